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
MM-Grounding-DINO, LLMDet: any phrase; needs a checkpoint and ``pip install transformers torch``.

Zhao et al. 2024 (https://arxiv.org/abs/2401.02361), e.g.
``openmmlab-community/mm_grounding_dino_tiny_o365v1_goldg``;
Fu et al. 2025 (https://arxiv.org/abs/2501.18954), e.g. ``iSEE-Laboratory/llmdet_tiny``.
"""

from __future__ import annotations

from dataclasses import dataclass

from grounded_perception.compute import Compute
from grounded_perception.detectors.hub.families import Family
from grounded_perception.detectors.hub.grounding import GroundingDetector
from grounded_perception.detectors.hub.grounding_loading import GroundingOptions, load_grounding

CHECKPOINT = Family(
    'mm_grounding_dino',
    ('mm-grounding-dino',),
    'openmmlab-community/mm_grounding_dino_tiny_o365v1_goldg',
)


@dataclass(frozen=True)
class Options(GroundingOptions):
    """
    Options of MM-Grounding-DINO and LLMDet.

    :raises SettingsError: when a value is not allowed.
    """


def load(options: Options, compute: Compute) -> GroundingDetector:
    """
    Load a checkpoint.

    :param options: see :class:`Options`.
    :param compute: where and in which arithmetic it runs.
    :returns: a detector.
    :raises SettingsError: when no checkpoint was named, or one of another kind.
    :raises ModelMissing: when a part, a library or the device is not there.
    :raises ModelCorrupt: when a part cannot be used.
    """
    return load_grounding(options, compute, CHECKPOINT, 'MMGroundingDinoForObjectDetection')
