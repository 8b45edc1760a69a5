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

"""Truth that a bag brings along: ``vision_msgs/msg/Detection2DArray`` on a topic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from grounded_perception.errors import RecordingError, TruthError
from grounded_perception.evaluation.truth.draft import Draft
from grounded_perception.evaluation.truth.finishing import finished
from grounded_perception.evaluation.truth.records import Truth
from grounded_perception.wire.detected import Detected, detected


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
        for j, found in enumerate(_detected(message, f'{path}, message {i} (stamp {stamp_ns})')):
            where = f'{path}, message {i} (stamp {stamp_ns}), detection {j}'
            name, track = _name(found, where), found.track
            # Without, or the same twice, it is not which object it is.
            tracked &= bool(track) and track not in here
            here.add(track)
            number = tracks.setdefault(track, len(tracks)) if track else -1
            draft.box(key, found.box_px, name, where, track=number)
            draft.remember(key, repr((name, found.box_px, number)).encode())
    draft.has_tracks = tracked and bool(tracks)
    return finished(draft, class_names, mapping, resolve)


def _detected(message: Any, where: str) -> tuple[Detected, ...]:
    """Read a message; what is left out elsewhere would make what is found there false here."""
    try:
        return detected(message)
    except RecordingError as exc:
        raise TruthError(f'{where}, {exc}') from exc


def _name(found: Detected, where: str) -> str:
    """Return the class of one detection."""
    if not found.hypotheses:
        raise TruthError(f'{where}: no result, so that its class is not known')
    name, _ = found.best
    if not name:
        raise TruthError(f'{where}: an empty class')
    return name
