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
OWLv2: finds any word; needs a checkpoint and ``pip install transformers torch``.

Minderer et al. 2023 (https://arxiv.org/abs/2306.09683), e.g.
``google/owlv2-base-patch16-ensemble``. It sees the image as the upper left part of a square, and
its boxes are shares of that square.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grounded_perception.compute import Compute
from grounded_perception.detectors.hub.families import Family
from grounded_perception.detectors.hub.owl import OwlDetector
from grounded_perception.detectors.hub.owl_loading import load_parts, OwlFamily
from grounded_perception.detectors.hub.owl_options import OwlOptions
from grounded_perception.detectors.hub.pixels import CLIP_MEAN, CLIP_STD, read_preparation
from grounded_perception.detectors.hub.squares import SquarePreparation
from grounded_perception.errors import ModelCorrupt
from grounded_perception.settings import setting

CHECKPOINT = Family('owlv2', ('owlv2',), 'google/owlv2-base-patch16-ensemble')
_FAMILY = OwlFamily(CHECKPOINT, 'Owlv2ForObjectDetection')
_DEFAULTS = {
    'size': {'height': 960, 'width': 960},
    'image_mean': CLIP_MEAN,
    'image_std': CLIP_STD,
}
_PADDINGS = {'black': 0.0, 'grey': 0.5}


@dataclass(frozen=True)
class Options(OwlOptions):
    """
    Options of OWLv2.

    :raises SettingsError: when a value is not allowed.
    """

    alike_threshold: float = setting(
        0.9,
        'Score from which a region counts as like what was shown (exemplars): what is likely '
        'with 0.5; 0.9 is what transformers shows OWLv2 with.',
        low=0.01,
        high=0.99,
    )
    least_objectness: float = setting(
        0.0,
        'Boxes that are less likely than this to hold any thing at all are left out; 0 = none.',
        low=0.0,
        high=1.0,
    )
    padding: str = setting(
        'black',
        'What makes the image a square: black as transformers 5 does it, grey as its authors and '
        'early transformers did.',
        choices=tuple(_PADDINGS),
    )


def load(options: Options, compute: Compute) -> OwlDetector:
    """
    Load a checkpoint.

    :param options: see :class:`Options`.
    :param compute: where and in which arithmetic it runs.
    :returns: a detector.
    :raises SettingsError: when no checkpoint was named, or one of another kind.
    :raises ModelMissing: when a part, a library or the device is not there.
    :raises ModelCorrupt: when a part cannot be used.
    """
    parts = load_parts(
        options,
        compute,
        _FAMILY,
        lambda told: read_square(told, _PADDINGS[options.padding]),
    )
    return OwlDetector(
        CHECKPOINT.name,
        options,
        parts,
        is_square=True,
        least_objectness=options.least_objectness,
    )


def read_square(described: Mapping[str, Any], padding: float) -> SquarePreparation:
    """
    Read how a checkpoint wants its images.

    :param described: content of ``preprocessor_config.json``.
    :param padding: value of what makes the image a square, 0 = black, 1 = white.
    :returns: the preparation.
    :raises ModelCorrupt: when it is not OWLv2's.
    """
    plain = read_preparation(described, _DEFAULTS)
    if 'height' not in plain.size or not described.get('do_pad', True):
        raise ModelCorrupt(
            'preprocessor_config.json: an OWLv2 pads its images (do_pad) and resizes them to '
            f'height and width, got do_pad {described.get("do_pad")} and size {dict(plain.size)}'
        )
    return SquarePreparation(
        height=plain.size['height'],
        width=plain.size['width'],
        scale=plain.scale,
        mean=plain.mean,
        std=plain.std,
        padding=padding * 255 * plain.scale,
    )
