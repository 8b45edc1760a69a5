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
Truth that a bag brings along: ``vision_msgs/msg/Detection2DArray`` on a topic.

Messages are taken as they are, whatever library decoded them. In vision_msgs 4 a result has
``hypothesis.class_id`` and a centre ``position``; before, both lay one level higher.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from grounded_perception.errors import TruthError
from grounded_perception.evaluation.records import Truth
from grounded_perception.evaluation.truth.draft import Draft
from grounded_perception.evaluation.truth.files import numbers
from grounded_perception.evaluation.truth.finishing import finished


def truth_of(
    messages: Iterable[tuple[int, Any]],
    path: str,
    *,
    class_names: Sequence[str] = (),
    mapping: Mapping[str, str] | None = None,
    resolve: Callable[[str], str] | None = None,
) -> Truth:
    """
    Read boxes of a topic.

    :param messages: stamp of the image in nanoseconds, and the message.
    :param path: of bag and topic, for messages and the record.
    :param class_names: the detector's words; empty = it takes any.
    :param mapping: the user's own words for the topic's classes.
    :param resolve: asks further for a word.
    :returns: by stamp. A class is known only from its boxes.
    :raises TruthError: naming the message and the detection.
    """
    draft = Draft(path, 'bag')
    tracks: dict[str, int] = {}
    tracked = True
    for i, (stamp_ns, message) in enumerate(messages):
        key = str(stamp_ns)
        draft.image(key, f'{path}, message {i}', stamp_ns=stamp_ns)
        here: set[str] = set()
        for j, detection in enumerate(_of(message, 'detections', f'{path}, message {i}')):
            where = f'{path}, message {i} (stamp {stamp_ns}), detection {j}'
            name, box, track = _detection(detection, where)
            # Without, or the same twice, it is not which object it is.
            tracked &= bool(track) and track not in here
            here.add(track)
            number = tracks.setdefault(track, len(tracks)) if track else -1
            draft.box(key, box, name, where, track=number)
            draft.remember(key, repr((name, box, number)).encode())
    draft.has_tracks = tracked and bool(tracks)
    return finished(draft, class_names, mapping, resolve)


def _detection(detection: Any, where: str) -> tuple[str, tuple[float, float, float, float], str]:
    """Return name, xyxy and identity over time of one detection."""
    results = list(_of(detection, 'results', where))
    if not results:
        raise TruthError(f'{where}: no result, so that its class is not known')
    guesses = [getattr(each, 'hypothesis', each) for each in results]
    best = max(guesses, key=lambda each: numbers((_of(each, 'score', where),), where))
    name = str(_of(best, 'class_id' if hasattr(best, 'class_id') else 'id', where)).strip()
    if not name:
        raise TruthError(f'{where}: an empty class')
    box = _of(detection, 'bbox', where)
    centre = _of(box, 'center', where)
    centre = getattr(centre, 'position', centre)
    x, y, width, height = numbers(
        (
            _of(centre, 'x', where),
            _of(centre, 'y', where),
            _of(box, 'size_x', where),
            _of(box, 'size_y', where),
        ),
        where,
    )
    track = getattr(detection, 'id', '') or getattr(detection, 'tracking_id', '')
    return name, (x - width / 2, y - height / 2, x + width / 2, y + height / 2), str(track)


def _of(given: Any, name: str, where: str) -> Any:
    try:
        return getattr(given, name)
    except AttributeError:
        raise TruthError(
            f'{where}: no field {name!r} in {type(given).__name__}; '
            'vision_msgs/msg/Detection2DArray is wanted'
        ) from None
