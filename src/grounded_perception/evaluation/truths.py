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

"""The truth of an evaluation, from files or from the recordings' own topic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
import hashlib

from grounded_perception.errors import TruthError
from grounded_perception.evaluation.plan import Plan
from grounded_perception.evaluation.truth import bag
from grounded_perception.evaluation.truth.opening import load_truths
from grounded_perception.evaluation.truth.records import Truth


def truth_of(plan: Plan, class_names: Sequence[str]) -> Truth | None:
    """
    Read what should be there in all recordings of a plan.

    :param plan: names the truth.
    :param class_names: the detector's words; empty = it takes any.
    :returns: it; None where the plan names none.
    :raises TruthError: naming the place, what is there and what is allowed.
    :raises RecordingError: when a recording cannot be read, or lacks the topic.
    """
    source = plan.truth
    if source is None:
        return None
    if not source.topic:
        return load_truths(source, class_names)
    if source.paths:
        raise TruthError(f'a truth is a topic ({source.topic}) or files, not both')
    found = []
    for path in plan.recordings:
        recording = plan.open(path)
        try:
            found.append(
                bag.truth_of(
                    recording.detections(source.topic),
                    f'{path}:{source.topic}',
                    class_names=class_names,
                    mapping=source.mapping,
                )
            )
        finally:
            recording.close()
    return found[0] if len(found) == 1 else _together(found)


def _together(truths: Sequence[Truth]) -> Truth:
    """Put truths of several recordings together."""
    frames = {key: frame for truth in truths for key, frame in truth.frames.items()}
    if len(frames) < sum(len(truth.frames) for truth in truths):
        raise TruthError(
            'two recordings have truths with the same stamp, so that one cannot be told from '
            'the other: evaluate them one by one'
        )
    return replace(
        truths[0],
        path=', '.join(truth.path for truth in truths),
        digest=hashlib.sha256(''.join(t.digest for t in truths).encode()).hexdigest(),
        frames=frames,
        class_names=tuple(dict.fromkeys(name for t in truths for name in t.class_names)),
        mapping={k: v for truth in truths for k, v in truth.mapping.items()},
        has_tracks=any(truth.has_tracks for truth in truths),
        problems=tuple(problem for truth in truths for problem in truth.problems),
    )
