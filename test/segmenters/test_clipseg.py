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


"""CLIPSeg: the heat of a label is the one transformers gives; image and words are read once."""

from grounded_perception import segmenters
from grounded_perception.compute import Compute
from grounded_perception.errors import ModelMissing, SettingsError
from grounded_perception.records import Regions
import numpy as np
import pytest

CPU = Compute(precision='f32', threads=1)


def load(folder, compute=CPU, **options):
    module = segmenters.module('clipseg')
    return module.load(module.Options(checkpoint=str(folder), **options), compute)


def regions(*found):
    boxes = np.array([box for _, box in found], np.float32).reshape(-1, 4)
    labels = tuple(label for label, _ in found)
    return Regions.of_labels(boxes, np.ones(len(found), np.float32), labels)


def picture(height, width):
    coarse = np.random.default_rng(0).integers(0, 256, (height // 8 + 1, width // 8 + 1, 3))
    return np.repeat(np.repeat(coarse, 8, 0), 8, 1)[:height, :width].astype(np.uint8)


def reference(torch, folder, rgb, labels):
    """Return each label's heat over the image, one whole run of the model for each."""
    from transformers import AutoTokenizer, CLIPSegForImageSegmentation, ViTImageProcessorPil

    network = CLIPSegForImageSegmentation.from_pretrained(folder).eval()
    words = AutoTokenizer.from_pretrained(folder)
    prepare = ViTImageProcessorPil(
        size={'height': 96, 'width': 96},
        image_mean=[0.485, 0.456, 0.406],
        image_std=[0.229, 0.224, 0.225],
    )
    heats = []
    for label in labels:
        tokens = words([label], return_tensors='pt')
        with torch.inference_mode():
            seen = prepare(rgb, return_tensors='pt')
            logits = network(**tokens, **seen).logits
        heat = torch.nn.functional.interpolate(
            logits.reshape(1, 1, *logits.shape[-2:]), rgb.shape[:2], mode='bilinear'
        )
        heats.append(heat.sigmoid()[0, 0].numpy())
    return heats


@pytest.mark.parametrize(('shape', 'least'), [((96, 96), 1.0), ((120, 160), 0.97)])
def test_a_mask_is_where_in_its_box_the_label_is_hot(torch, clipseg_folder, shape, least):
    rgb = picture(*shape)
    found = regions(
        ('dog', (5, 5, 90, 80)), ('big red car', (0, 0, 96, 96)), ('dog', (0, 0, 50, 9))
    )
    heats = reference(torch, clipseg_folder, rgb, found.labels)
    middle = float(np.median(heats[1]))
    masks = load(clipseg_folder, threshold=middle).segment(rgb, found)
    for (x1, y1, x2, y2), crop, heat in zip(masks.boxes_px, masks.crops, heats, strict=True):
        assert (crop == (heat[y1:y2, x1:x2] > middle)).mean() >= least
    assert 0.05 < masks.crops[1].mean() < 0.95, 'all or nothing would prove nothing'


def test_a_higher_threshold_keeps_less(clipseg_folder):
    rgb, found = picture(96, 96), regions(('dog', (0, 0, 96, 96)))
    areas = [
        int(load(clipseg_folder, threshold=t).segment(rgb, found).areas[0])
        for t in (0.01, 0.4, 0.6, 0.99)
    ]
    assert areas == sorted(areas, reverse=True)
    assert areas[0] > areas[-1]


def test_the_image_is_read_once_and_a_label_only_when_it_is_new(clipseg_folder):
    clipseg = load(clipseg_folder)
    calls = {'vision_model': [], 'text_model': []}
    for name, seen in calls.items():
        part = getattr(clipseg._model.clip, name)
        part.register_forward_hook(lambda _, __, out, seen=seen: seen.append(len(out[0])))
    rgb = picture(60, 80)
    some = regions(('dog', (0, 0, 9, 9)), ('cat', (0, 0, 50, 50)), ('dog', (9, 9, 30, 30)))
    clipseg.segment(rgb, some)
    assert calls == {'vision_model': [1], 'text_model': [2]}
    clipseg.segment(rgb, some)
    clipseg.segment(rgb, regions(('cow', (0, 0, 9, 9)), ('cat', (0, 0, 9, 9))))
    assert calls == {'vision_model': [1, 1, 1], 'text_model': [2, 1]}


def test_labels_longer_than_the_network_knows_are_cut(clipseg_folder):
    masks = load(clipseg_folder).segment(picture(60, 80), regions(('long ' * 50, (0, 0, 9, 9))))
    assert masks.crops[0].shape == (9, 9)


@pytest.mark.parametrize('shape', [(1, 1), (480, 640), (3, 200)])
def test_masks_lie_in_their_boxes_on_any_picture(clipseg_folder, shape):
    rgb = np.random.default_rng(0).integers(0, 256, (*shape, 6), np.uint8)[..., ::2]
    height, width = shape
    found = regions(('a', (0, 0, width, height)), ('b', (0, 0, 1, 1)), ('c', (width, 0, width, 1)))
    masks = load(clipseg_folder).segment(rgb, found)
    assert [crop.shape for crop in masks.crops] == [(height, width), (1, 1), (0, 0)]


def test_without_regions_the_network_rests(clipseg_folder):
    clipseg = load(clipseg_folder)
    clipseg.close()
    assert len(clipseg.segment(picture(60, 80), Regions.empty())) == 0


def test_bf16_finds_much_the_same(clipseg_folder):
    rgb, found = picture(96, 96), regions(('dog', (0, 0, 96, 96)))
    exact = load(clipseg_folder, threshold=0.5).segment(rgb, found)
    half = load(clipseg_folder, Compute(precision='bf16', threads=1), threshold=0.5)
    assert (half.segment(rgb, found).crops[0] == exact.crops[0]).mean() > 0.9


def test_a_checkpoint_without_words_is_refused(sam_folder, clipseg_folder, tmp_path):
    with pytest.raises(SettingsError, match='clipseg'):
        load(sam_folder)
    for name in ('config.json', 'model.safetensors', 'preprocessor_config.json'):
        (tmp_path / name).write_bytes((clipseg_folder / name).read_bytes())
    with pytest.raises(ModelMissing, match='no tokenizer'):
        load(tmp_path)
