# Copyright 2026 grounded_perception contributors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.


"""SAM and SAM 2: the same masks as by the way that transformers shows, and honest refusals."""

import json
import shutil

from grounded_perception import segmenters
from grounded_perception.compute import Compute
from grounded_perception.errors import ModelCorrupt, ModelFailed, ModelMissing, SettingsError
from grounded_perception.records import Regions
import numpy as np
import pytest

SIDE = 128
CPU = Compute(precision='f32', threads=1)
BOXES = ((10, 5, 90, 60), (0, 0, 128, 64), (40.5, 20.5, 100.2, 50.9))


def load(folder, compute=CPU, **options):
    module = segmenters.module('sam')
    return module.load(module.Options(checkpoint=str(folder), **options), compute)


def picture(height, width):
    """Draw blots of a few pixels' width."""
    coarse = np.random.default_rng(0).integers(0, 256, (height // 8 + 1, width // 8 + 1, 3))
    return np.repeat(np.repeat(coarse, 8, 0), 8, 1)[:height, :width].astype(np.uint8)


def regions(*boxes):
    array = np.array(boxes, np.float32).reshape(-1, 4)
    return Regions.of_labels(array, np.ones(len(array), np.float32), ('thing',) * len(array))


def reference_sam(torch, folder, rgb, boxes):
    """Return whole masks by transformers' own processor, model and post-processing."""
    from transformers import SamImageProcessorPil, SamModel

    prepare = SamImageProcessorPil.from_pretrained(folder)
    network = SamModel.from_pretrained(folder).eval()
    seen = prepare(rgb, return_tensors='pt')
    rows, columns = (int(v) for v in seen['reshaped_input_sizes'][0])
    scale = torch.tensor([columns / rgb.shape[1], rows / rgb.shape[0]] * 2)
    with torch.inference_mode():
        answer = network(
            pixel_values=seen['pixel_values'], input_boxes=(torch.tensor(boxes) * scale)[None]
        )
    masks = prepare.post_process_masks(
        answer.pred_masks,
        seen['original_sizes'],
        seen['reshaped_input_sizes'],
        pad_size={'height': SIDE, 'width': SIDE},
    )[0]
    best = answer.iou_scores[0].argmax(dim=-1)
    return masks[torch.arange(len(boxes)), best].numpy()


def reference_sam2(torch, folder, rgb, boxes):
    """Return whole masks by the steps of transformers' processor, which needs torchvision."""
    from transformers import Sam2Model

    network = Sam2Model.from_pretrained(folder).eval()
    pixels = torch.from_numpy(rgb).permute(2, 0, 1)[None].float()
    pixels = torch.nn.functional.interpolate(pixels, (SIDE, SIDE), mode='bilinear', antialias=True)
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (MEAN, STD))
    scale = torch.tensor([SIDE / rgb.shape[1], SIDE / rgb.shape[0]] * 2)
    with torch.inference_mode():
        answer = network(
            pixel_values=(pixels.round() / 255 - mean) / std,
            input_boxes=(torch.tensor(boxes) * scale)[None],
        )
    masks = torch.nn.functional.interpolate(
        answer.pred_masks[0], rgb.shape[:2], mode='bilinear', align_corners=False
    )
    best = answer.iou_scores[0].argmax(dim=-1)
    return (masks[torch.arange(len(boxes)), best] > 0).numpy()


MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
KINDS = [('sam_folder', reference_sam), ('sam2_folder', reference_sam2)]


def agreement(masks, wanted):
    """Return the share of pixels in the boxes on which both agree, and the share of masks."""
    same, object_pixels = [], []
    for (x1, y1, x2, y2), crop, whole in zip(masks.boxes_px, masks.crops, wanted, strict=True):
        same.append((crop == whole[y1:y2, x1:x2]).ravel())
        object_pixels.append(crop.ravel())
    return np.concatenate(same).mean(), np.concatenate(object_pixels).mean()


@pytest.mark.parametrize(('kind', 'reference'), KINDS)
@pytest.mark.parametrize(
    ('shape', 'least'), [((SIDE, SIDE), 1.0), ((64, 128), 1.0), ((100, 256), 0.98)]
)
def test_the_masks_are_those_of_transformers(torch, request, kind, reference, shape, least):
    folder = request.getfixturevalue(kind)
    rgb = picture(*shape)
    if kind == 'sam2_folder' and shape[0] != SIDE:
        least = 0.98  # the image is stretched, whose rounding differs by a level
    masks = load(folder).segment(rgb, regions(*BOXES))
    same, share = agreement(masks, reference(torch, folder, rgb, BOXES))
    assert same >= least
    assert 0.05 < share < 0.95, 'masks that are all or nothing would prove nothing'


def test_a_video_checkpoint_serves_for_images(torch, sam2_video_folder, capfd):
    rgb = picture(SIDE, SIDE)
    masks = load(sam2_video_folder).segment(rgb, regions(*BOXES))
    same, _ = agreement(masks, reference_sam2(torch, sam2_video_folder, rgb, BOXES))
    assert same == 1


def test_loading_draws_no_bars(sam2_video_folder, capfd):
    load(sam2_video_folder)
    assert capfd.readouterr() == ('', '')


@pytest.mark.parametrize('kind', ['sam_folder', 'sam2_folder'])
def test_the_image_is_embedded_once_and_boxes_go_together(request, kind):
    sam = load(request.getfixturevalue(kind), boxes_at_once=2)
    calls = {'image': 0, 'boxes': []}

    def count_image(*_):
        calls['image'] += 1

    def count_boxes(_, args, kwargs):
        calls['boxes'].append(kwargs['sparse_prompt_embeddings'].shape[1])

    sam._model.vision_encoder.register_forward_hook(count_image)
    sam._model.mask_decoder.register_forward_pre_hook(count_boxes, with_kwargs=True)
    some = sam.segment(picture(SIDE, SIDE), regions(*BOXES))
    assert calls == {'image': 1, 'boxes': [2, 1]}
    together = load(request.getfixturevalue(kind)).segment(picture(SIDE, SIDE), regions(*BOXES))
    assert agreement(some, [together.full(i) for i in range(3)])[0] > 0.999


@pytest.mark.parametrize('kind', ['sam_folder', 'sam2_folder'])
@pytest.mark.parametrize('shape', [(SIDE, SIDE), (480, 640), (1, 1), (3, 200), (200, 3)])
def test_masks_lie_in_their_boxes_on_any_picture(request, kind, shape):
    rgb = np.random.default_rng(0).integers(0, 256, (*shape, 6), np.uint8)[..., ::2]
    before = rgb.copy()
    height, width = shape
    boxes = regions((0, 0, width, height), (0, 0, 1, 1), (width, 0, width, 1))
    masks = load(request.getfixturevalue(kind)).segment(rgb, boxes)
    assert [crop.shape for crop in masks.crops] == [(height, width), (1, 1), (0, 0)]
    np.testing.assert_array_equal(rgb, before)


def test_without_regions_the_network_rests(sam_folder):
    sam = load(sam_folder)
    sam.close()
    assert len(sam.segment(picture(60, 80), Regions.empty())) == 0
    assert sam.segment(picture(60, 80), regions((5, 5, 5, 5))).areas.tolist() == [0]


@pytest.mark.parametrize('kind', ['sam_folder', 'sam2_folder'])
def test_bf16_finds_much_the_same(request, kind):
    folder = request.getfixturevalue(kind)
    rgb = picture(SIDE, SIDE)
    exact = load(folder).segment(rgb, regions(*BOXES))
    coarse = load(folder, Compute(precision='bf16', threads=1)).segment(rgb, regions(*BOXES))
    assert agreement(coarse, [exact.full(i) for i in range(3)])[0] > 0.9


def test_what_the_network_raises_is_a_model_failure(sam_folder):
    sam = load(sam_folder)

    def fail(*_):
        raise RuntimeError('out of memory')

    sam._model.vision_encoder.register_forward_pre_hook(fail)
    with pytest.raises(ModelFailed, match='out of memory'):
        sam.segment(picture(60, 80), regions((5, 5, 50, 50)))


def test_a_checkpoint_must_be_named(torch):
    with pytest.raises(SettingsError, match=r'sam\.checkpoint is empty.*facebook/sam'):
        load('')


def test_a_checkpoint_that_is_not_here_says_how_to_get_it(torch, monkeypatch, tmp_path):
    monkeypatch.setenv('HF_HUB_OFFLINE', '1')
    with pytest.raises(ModelMissing, match=r'sam\.download to true'):
        load('nobody/there-is-no-such-sam')
    with pytest.raises(ModelMissing, match='no folder'):
        load(tmp_path / 'none')
    with pytest.raises(ModelMissing, match=r'config\.json'):
        load(tmp_path)


def test_a_checkpoint_of_another_kind_is_refused(sam_folder, tmp_path):
    folder = shutil.copytree(sam_folder, tmp_path / 'bert')
    (folder / 'config.json').write_text(json.dumps({'model_type': 'bert'}))
    with pytest.raises(SettingsError, match=r'sam, sam2, sam2_video.*bert'):
        load(folder)


def test_a_cut_file_is_corrupt(sam_folder, tmp_path):
    folder = shutil.copytree(sam_folder, tmp_path / 'cut')
    weights = folder / 'model.safetensors'
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(ModelCorrupt, match='truncated'):
        load(folder)


def test_weights_that_are_missing_are_not_made_up(sam_folder, tmp_path):
    safetensors = pytest.importorskip('safetensors.torch')
    folder = shutil.copytree(sam_folder, tmp_path / 'gaps')
    weights = safetensors.load_file(folder / 'model.safetensors')
    del weights['mask_decoder.mask_tokens.weight']
    safetensors.save_file(weights, folder / 'model.safetensors', metadata={'format': 'pt'})
    with pytest.raises(ModelCorrupt, match='mask_tokens'):
        load(folder)
