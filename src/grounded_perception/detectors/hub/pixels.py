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

"""
Images as the networks want them, without PIL: equal to the processors of transformers.

Their resizing filters before it shrinks, OpenCV's does not, which moves colours by up to 120
levels and boxes with them; torch's on bytes equals PIL's within 1 level (bilinear) or 2 (bicubic)
in a quarter of PIL's time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grounded_perception.detectors.hub.frames import fit
from grounded_perception.errors import ModelCorrupt
from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray

#: PIL's numbers of resampling filters → torch's names.
_FILTERS = {2: 'bilinear', 3: 'bicubic'}
#: What a size may be told by; each of these sets is enough.
_FORMS = ({'height', 'width'}, {'shortest_edge'}, {'max_height', 'max_width'})
#: Of the images that CLIP and its descendants were trained on, and of ImageNet.
CLIP_MEAN, CLIP_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Preparation:
    """
    How a checkpoint wants its images.

    :param size: what ``preprocessor_config.json`` says: ``height`` and ``width``, or
        ``shortest_edge`` and ``longest_edge``; empty = as they come.
    :param resample: 2 = bilinear, 3 = bicubic.
    :param scale: what bytes are multiplied with; 1 = nothing.
    :param mean: mean of each channel after that.
    :param std: standard deviation of each channel.
    :param multiple: sides are cut down to a multiple of this.
    """

    size: Mapping[str, int]
    resample: int
    scale: float
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    multiple: int = 1

    def __call__(self, rgb: NDArray[np.uint8]) -> Floats:
        """
        Prepare an image.

        :param rgb: uint8 ``(H, W, 3)`` RGB, any strides.
        :returns: ``(1, 3, h, w)`` float32.
        """
        import torch

        height, width = fit(self.size, rgb.shape[0], rgb.shape[1], self.multiple)
        # Torch knows no negative strides, and no read-only memory.
        pixels = torch.from_numpy(np.require(rgb, requirements=['C', 'W'])).permute(2, 0, 1)[None]
        if (height, width) != rgb.shape[:2]:
            pixels = torch.nn.functional.interpolate(
                pixels, (height, width), mode=_FILTERS[self.resample], antialias=True
            )
        return normalised(pixels[0].contiguous().numpy(), self.scale, self.mean, self.std)[None]


def normalised(
    pixels: NDArray[Any],
    scale: float,
    mean: tuple[float, float, float],
    std: tuple[float, float, float],
) -> Floats:
    """
    Bring values to the range that a network was trained on.

    :param pixels: ``(3, h, w)``, any type.
    :param scale: what values are multiplied with first.
    :param mean: mean of each channel after that.
    :param std: standard deviation of each channel.
    :returns: ``(3, h, w)`` float32.
    """
    deviation = np.array(std, np.float32)[:, None, None]
    result = pixels * (np.float32(scale) / deviation)
    result -= np.array(mean, np.float32)[:, None, None] / deviation
    return np.asarray(result, np.float32)


def read_preparation(
    described: Mapping[str, Any], defaults: Mapping[str, Any], multiple: int = 1
) -> Preparation:
    """
    Read how a checkpoint wants its images.

    :param described: content of ``preprocessor_config.json``.
    :param defaults: what its family takes where that says nothing.
    :param multiple: sides are cut down to a multiple of this.
    :returns: the preparation.
    :raises ModelCorrupt: when it asks for something that is not done here.
    """
    told = {**defaults, **{key: value for key, value in described.items() if value is not None}}
    try:
        return _read(told, defaults, multiple)
    except (TypeError, ValueError) as exc:
        raise ModelCorrupt(f'preprocessor_config.json cannot be understood: {exc}') from exc


def _read(told: Mapping[str, Any], defaults: Mapping[str, Any], multiple: int) -> Preparation:
    if told.get('pad_size') or (told.get('do_center_crop') and not _is_whole(told, defaults)):
        raise ModelCorrupt(
            'preprocessor_config.json asks for do_center_crop or pad_size: boxes could not be '
            'told in pixels of the whole image'
        )
    resample = int(told.get('resample', 2))
    if resample not in _FILTERS:
        raise ModelCorrupt(
            'preprocessor_config.json: resample must be 2 (bilinear) or 3 (bicubic), '
            f'got {resample}'
        )
    normalise = told.get('do_normalize', True)
    # The first checkpoints called it by another name.
    rescale = told.get('do_rescale', told.get('rescale', True))
    size = read_size(told, defaults) if told.get('do_resize', True) else {}
    return Preparation(
        size=size,
        resample=resample,
        scale=float(told.get('rescale_factor', 1 / 255)) if rescale else 1.0,
        mean=_channels(told, 'image_mean') if normalise else (0.0, 0.0, 0.0),
        std=_channels(told, 'image_std') if normalise else (1.0, 1.0, 1.0),
        multiple=multiple,
    )


def read_size(told: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, int]:
    """
    Read the size of images, in any of the forms that were written over the years.

    :param told: content of ``preprocessor_config.json`` over the defaults of the family.
    :param defaults: those defaults: they say which side a single number means.
    :returns: as :class:`Preparation` takes it.
    :raises ModelCorrupt: when it is none of them.
    """
    size = told.get('size')
    if isinstance(size, int):
        if 'shortest_edge' in defaults.get('size', {}):
            return {'shortest_edge': size, 'longest_edge': int(told.get('max_size', 1333))}
        return {'height': size, 'width': size}
    if isinstance(size, list) and len(size) == 2:
        return {'height': int(size[0]), 'width': int(size[1])}
    if isinstance(size, dict):
        known = {str(key): int(value) for key, value in size.items() if value}
        keys = set(known)
        if 'shortest_edge' in keys and 'longest_edge' not in keys and 'max_size' in told:
            known['longest_edge'] = int(told['max_size'])
        is_whole = any(keys >= form for form in _FORMS)
        if is_whole and min(known.values()) > 0:
            return known
    raise ModelCorrupt(
        'preprocessor_config.json: size must have height and width, or shortest_edge and '
        f'longest_edge, got {size!r}'
    )


def _channels(told: Mapping[str, Any], key: str) -> tuple[float, float, float]:
    values = told.get(key)
    if not isinstance(values, list | tuple) or len(values) != 3:
        raise ModelCorrupt(f'preprocessor_config.json: {key} must be 3 numbers, got {values!r}')
    red, green, blue = (float(value) for value in values)
    if key == 'image_std' and min(red, green, blue) <= 0:
        raise ModelCorrupt(f'preprocessor_config.json: {key} must be positive, got {values!r}')
    return red, green, blue


def _is_whole(told: Mapping[str, Any], defaults: Mapping[str, Any]) -> bool:
    """Say whether a crop in the middle takes everything that resizing leaves."""
    crop = told.get('crop_size')
    size = read_size(told, defaults)
    sides = (size.get('height'), size.get('width'))
    if isinstance(crop, dict):
        return (crop.get('height'), crop.get('width')) == sides
    return (crop, crop) == sides
