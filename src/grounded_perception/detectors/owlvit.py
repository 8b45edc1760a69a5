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
OWL-ViT: finds any word; needs a checkpoint and ``pip install transformers torch``.

Minderer et al. 2022 (https://arxiv.org/abs/2205.06230), e.g. ``google/owlvit-base-patch32``.
"""

from __future__ import annotations

from dataclasses import dataclass

from grounded_perception.compute import Compute
from grounded_perception.detectors.hub.families import Family
from grounded_perception.detectors.hub.owl import OwlDetector
from grounded_perception.detectors.hub.owl_loading import load_parts, OwlFamily
from grounded_perception.detectors.hub.owl_options import OwlOptions
from grounded_perception.detectors.hub.pixels import CLIP_MEAN, CLIP_STD, read_preparation

CHECKPOINT = Family('owlvit', ('owlvit',), 'google/owlvit-base-patch32')
_FAMILY = OwlFamily(CHECKPOINT, 'OwlViTForObjectDetection')
_DEFAULTS = {
    'size': {'height': 768, 'width': 768},
    'resample': 3,
    'image_mean': CLIP_MEAN,
    'image_std': CLIP_STD,
}


@dataclass(frozen=True)
class Options(OwlOptions):
    """
    Options of OWL-ViT.

    :raises SettingsError: when a value is not allowed.
    """


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
    parts = load_parts(options, compute, _FAMILY, lambda told: read_preparation(told, _DEFAULTS))
    return OwlDetector(CHECKPOINT.name, options, parts)
