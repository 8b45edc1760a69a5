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

"""How sure a detector must be of each class for its detections to be published."""

from __future__ import annotations

from difflib import get_close_matches

from grounded_perception.errors import SettingsError
from grounded_perception.records import Regions
from grounded_perception.settings import Settings, spelt
import numpy as np

#: Names told when there is none that is spelt alike.
_NAMED = 5


def check_names(settings: Settings, names: tuple[str, ...]) -> None:
    """
    Refuse thresholds of classes that the detector never finds.

    :param settings: see :class:`Settings`.
    :param names: the detector's; none where it knows any word.
    :raises SettingsError: naming the class, and those that are spelt alike.
    """
    known = {spelt(name) for name in names}
    unknown = [name for name in settings.own_thresholds if known and name not in known]
    for name in unknown:
        alike = get_close_matches(name, known) or [*names[:_NAMED], '...']
        raise SettingsError(
            f'class_thresholds must name classes of the detector {settings.detector} '
            f'({", ".join(alike)}), got {name!r}'
        )


def lowest(settings: Settings) -> float:
    """
    Return the lowest score that anybody wants to see.

    :param settings: see :class:`Settings`.
    :returns: that to ask the detector for, in [0, 1].
    """
    wanted = settings.threshold, settings.proposal_threshold, *settings.own_thresholds.values()
    return min(wanted)


def published(regions: Regions, settings: Settings) -> Regions:
    """
    Keep the regions that are sure enough of their class.

    :param regions: N of them.
    :param settings: see :class:`Settings`.
    :returns: at most N, in their order.
    """
    general, own = settings.threshold, settings.own_thresholds
    if not own:
        return regions.take(regions.scores >= general)
    least = [own.get(spelt(label), general) for label in regions.labels]
    return regions.take(regions.scores >= np.array(least, np.float32))
