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

"""Images as networks want them: equal to the processors of transformers that use PIL and scipy."""

import os
from pathlib import Path

import cv2
from grounded_perception.detectors import owlv2
from grounded_perception.detectors.hub.frames import fit
from grounded_perception.detectors.hub.loading import computing
from grounded_perception.detectors.hub.pixels import read_preparation
from grounded_perception.errors import ModelCorrupt
import numpy as np
import pytest

from .conftest import image_processor

pytest.importorskip('torch')
pytest.importorskip('transformers')
pytest.importorskip('PIL')
pytest.importorskip('scipy')

#: Family → what its published checkpoints say of their images.
SIZES = {
    'owlvit': {'height': 768, 'width': 768},
    'owlv2': {'height': 960, 'width': 960},
    'grounding_dino': {'shortest_edge': 800, 'longest_edge': 1333},
    'detr': {'shortest_edge': 800, 'longest_edge': 1333},
    'yolos': {'shortest_edge': 512, 'longest_edge': 864},
    'rt_detr': {'height': 640, 'width': 640},
}
FAMILIES = pytest.mark.parametrize('family', SIZES)
#: Most levels (of 255) that a value differs: bicubic rounds twice.
LEVELS = {'owlvit': 2, 'owlv2': 0.01}


def both(family, image, **changes):
    """Return our pixels and theirs, in levels."""
    theirs = image_processor(family)(size=SIZES[family], **changes)
    described = theirs.to_dict()
    ours = (
        owlv2.read_square(described, 0.0)
        if family == 'owlv2'
        else read_preparation(described, {}, 16 if family == 'yolos' else 1)
    )
    expected = theirs(images=image, return_tensors='np', input_data_format='channels_last')[
        'pixel_values'
    ]
    levels = np.array(ours.std, np.float32)[None, :, None, None] / np.float32(ours.scale)
    return ours(image) * levels, expected * levels


@FAMILIES
@pytest.mark.parametrize('name', ['chelsea.png', 'rocket.jpg'])
def test_pixels_are_those_of_the_reference(photo, family, name):
    ours, theirs = both(family, photo(name))
    assert ours.shape == theirs.shape
    assert ours.dtype == np.float32
    differences = np.abs(ours - theirs)
    assert differences.max() <= LEVELS.get(family, 1) + 1e-3
    assert differences.mean() < 0.05


@pytest.mark.shared
@FAMILIES
def test_pixels_of_photographs_from_elsewhere(family):
    folder = Path(os.environ.get('GROUNDED_PERCEPTION_DATA', '../shared/data'))
    images = sorted((folder / 'coco_train2017_90' / 'images').glob('*.jpg'))[:2]
    if not images:
        pytest.skip(f'no photographs in {folder}')
    for path in images:
        ours, theirs = both(family, np.ascontiguousarray(cv2.imread(str(path))[..., ::-1]))
        assert np.abs(ours - theirs).max() <= LEVELS.get(family, 1) + 1e-3


@pytest.mark.parametrize('shape', [(33, 47), (1, 1), (1, 300), (500, 3)])
@pytest.mark.parametrize('family', ['owlvit', 'owlv2', 'rt_detr'])
def test_small_big_and_narrow_images(family, shape):
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    ours, theirs = both(family, image)
    assert np.abs(ours - theirs).max() <= LEVELS.get(family, 1) + 1e-3


@FAMILIES
@pytest.mark.parametrize(
    'shape', [(480, 640), (640, 480), (720, 1280), (800, 600), (37, 1000), (333, 333), (1333, 800)]
)
def test_sides_are_those_of_the_reference(family, shape):
    processor = image_processor(family)(size=SIZES[family])
    if family == 'owlv2':
        shape = (max(shape),) * 2
    image = np.zeros((3, *shape), np.uint8)
    theirs = processor(images=image, return_tensors='np', input_data_format='channels_first')
    multiple = 16 if family == 'yolos' else 1
    assert fit(SIZES[family], *shape, multiple) == theirs['pixel_values'].shape[2:]


def test_an_image_that_needs_no_resizing_is_exact(photo):
    image = photo('chelsea.png')
    ours = read_preparation({'do_resize': False, 'do_normalize': False, 'do_rescale': False}, {})
    np.testing.assert_array_equal(ours(image[:, ::-1])[0].transpose(1, 2, 0), image[:, ::-1])


@pytest.mark.parametrize(
    ('size', 'defaults', 'read'),
    [
        (768, {}, {'height': 768, 'width': 768}),
        ([64, 96], {}, {'height': 64, 'width': 96}),
        (800, {'size': {'shortest_edge': 1}}, {'shortest_edge': 800, 'longest_edge': 1333}),
        ({'max_height': 9, 'max_width': 7}, {}, {'max_height': 9, 'max_width': 7}),
        ({'shortest_edge': 9, 'longest_edge': None}, {}, {'shortest_edge': 9}),
    ],
)
def test_sizes_as_they_were_written_over_the_years(size, defaults, read):
    told = {'size': size, 'do_normalize': False}
    assert read_preparation(told, defaults).size == read


@pytest.mark.parametrize(
    ('described', 'said'),
    [
        ({'size': {'width': 3}}, 'size must have height and width'),
        ({'size': {'height': -3, 'width': 9}}, 'size must have height and width'),
        ({'size': {'height': 'tall', 'width': 9}}, 'cannot be understood'),
        ({'resample': 1}, 'resample must be 2'),
        ({'resample': 'good'}, 'cannot be understood'),
        ({'rescale_factor': [1]}, 'cannot be understood'),
        ({'image_std': [1, 1]}, 'image_std must be 3 numbers'),
        ({'image_std': [1, 0, 1]}, 'image_std must be positive'),
        ({'do_center_crop': True, 'crop_size': 50}, 'do_center_crop'),
        ({'pad_size': {'height': 3, 'width': 3}}, 'pad_size'),
    ],
)
def test_what_is_not_done_here_is_refused(described, said):
    defaults = {
        'size': {'height': 64, 'width': 64},
        'image_mean': (0, 0, 0),
        'image_std': (1, 1, 1),
    }
    with pytest.raises(ModelCorrupt, match=said):
        read_preparation(described, defaults)


@pytest.mark.parametrize('family', ['owlvit', 'owlv2', 'grounding_dino', 'detr', 'rt_detr'])
def test_no_box_moves_by_a_pixel(load, photo, processor_of, family):
    name = 'object_detection' if 'detr' in family else family
    detector = load(name, family)
    image = photo('coffee.png')
    theirs = processor_of(family)(images=image, return_tensors='np')['pixel_values']
    network = getattr(detector, '_tower', None) or detector._network
    caption = (np.array([[101, 1032, 1012, 102]]),) if 'dino' in family else ()
    boxes = []
    with computing('test'):
        for pixels in (detector._prepare(image), theirs.astype(np.float32)):
            seen = network(pixels, *caption)
            boxes.append(seen[0] if isinstance(seen, tuple) else seen.boxes)
    moved = np.abs(boxes[0][:, None] - boxes[1][None]).max(axis=2) * max(image.shape[:2])
    # Networks that pick the best places first may list two of them the other way round.
    assert moved.min(axis=1).max() < 1
