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
A detector that says what it was told to: for tests of whoever builds on this package.

It is a whole detector without weights: the same seam, the same checks, any picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import json
from pathlib import Path

from grounded_perception import geometry
from grounded_perception.compute import Compute
from grounded_perception.detectors.coco import COCO_NAMES
from grounded_perception.errors import ModelFailed, SettingsError
from grounded_perception.records import Regions
from grounded_perception.settings import check, setting
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Options:
    """
    Options of the scripted detector.

    :raises SettingsError: when a value is not allowed.
    """

    script: str = setting(
        '[]',
        'What it finds in every image: JSON list of [label, score, x1, y1, x2, y2], boxes as '
        'shares of the image; or the path of a file that holds such a list.',
    )
    fail_every: int = setting(
        0, 'Raise in every n-th image, to see how a system takes it; 0 = never.', low=0, high=1000
    )

    def __post_init__(self) -> None:
        check(self)


def load(options: Options, compute: Compute) -> ScriptedDetector:
    """
    Read the script.

    :param options: see :class:`Options`.
    :param compute: ignored.
    :returns: a detector.
    :raises SettingsError: when the script cannot be read.
    """
    text = options.script
    try:
        if not text.lstrip().startswith('['):
            text = Path(text).read_text()
        rows = json.loads(text)
        labels = tuple(str(row[0]) for row in rows)
        numbers = np.array([row[1:6] for row in rows], np.float32).reshape(len(rows), 5)
    except (OSError, ValueError, TypeError, IndexError) as exc:
        raise SettingsError(f'scripted.script is not a list of regions: {exc}') from exc
    return ScriptedDetector(labels, numbers, options.fail_every)


class ScriptedDetector:
    """A :class:`~grounded_perception.detectors.base.Detector` that finds what it was told."""

    def __init__(
        self, labels: tuple[str, ...], numbers: NDArray[np.float32], fail_every: int
    ) -> None:
        self._regions = Regions.of_labels(numbers[:, 1:], numbers[:, 0], labels)
        self._fail_every = fail_every
        self._calls = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The 80 COCO names and whatever else the script says."""
        return tuple(dict.fromkeys((*COCO_NAMES, *self._regions.labels)))

    def propose(
        self, rgb: NDArray[np.uint8], phrases: Sequence[str], floor: float, limit: int
    ) -> Regions:
        """
        Return the script's regions; see the protocol.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param phrases: ignored.
        :param floor: lowest score wanted.
        :param limit: most regions wanted.
        :returns: regions, best first.
        :raises ModelFailed: in every ``fail_every``-th image.
        """
        self._calls += 1
        if self._fail_every and self._calls % self._fail_every == 0:
            raise ModelFailed(f'scripted failure in image {self._calls}')
        height, width = rgb.shape[:2]
        scale = np.array([width, height, width, height], np.float32)
        order = np.argsort(-self._regions.scores, kind='stable')
        chosen = self._regions.take(order[self._regions.scores[order] >= floor][:limit])
        boxes = geometry.clip(chosen.boxes_px * scale, width, height)
        return Regions.of_labels(boxes, chosen.scores, chosen.labels)

    def close(self) -> None:
        """Do nothing: it holds nothing."""
