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

"""How often sentences are answered rightly, and whose fault an error is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from grounded_perception.evaluation.metrics.answers import failed, judge, Judgement, REFUSED
from grounded_perception.evaluation.metrics.bootstrap import CHEAP, Draws, Numbers
from grounded_perception.evaluation.metrics.calibration import calibrated
from grounded_perception.evaluation.results import FrameResult, Json, Reply
from grounded_perception.evaluation.truth.records import TrueSentence, Truth
import numpy as np
from numpy.typing import NDArray

STATUSES = ('FOUND', 'ABSENT', 'AMBIGUOUS')


class Answers:
    """
    Judges the answers to a truth's sentences, frame by frame.

    :param truth: whose sentences were asked.
    :param seed: of the draws.
    """

    def __init__(self, truth: Truth, seed: int = 0) -> None:
        self._seed = seed
        self._by_number = {sentence.number: sentence for sentence in truth.sentences}
        self._by_key: dict[str, list[TrueSentence]] = defaultdict(list)
        for sentence in truth.sentences:
            self._by_key[sentence.key].append(sentence)
        self._judged: list[Judgement] = []
        self._frame_of: list[int] = []
        self._frames = 0
        self._wrong: list[Json] = []

    def add(self, recording: str, result: FrameResult) -> None:
        """
        Judge one frame's answers; those to commands, of which nobody knows the truth, are not.

        :param recording: path of the recording, for people.
        :param result: what became of the frame.
        """
        found = list(self._judgements(result))
        self._judged += found
        self._frame_of += [self._frames] * len(found)
        self._frames += bool(found)
        self._wrong += [_told(recording, result, one) for one in found if not one.right]

    def _judgements(self, result: FrameResult) -> Iterator[Judgement]:
        if result.outcome == 'failed':
            for sentence in self._by_key.get(result.key, ()):
                yield failed(sentence, result.error)
        elif result.outcome == 'answered':
            first: dict[int, Reply] = {}
            for reply in result.replies:
                first.setdefault(reply.sentence, reply)
            for number, reply in first.items():
                if number in self._by_number:
                    yield judge(self._by_number[number], reply)

    def grounding(self) -> Json | None:
        """Return the part ``grounding`` of the results; None where nothing was asked."""
        if not self._judged:
            return None
        draws = Draws.of(self._frames, CHEAP, self._seed)
        right, seen = (
            np.array([getattr(one, name) for one in self._judged]) for name in ('right', 'seen')
        )
        of = {
            status: np.array([one.sentence.status == status for one in self._judged])
            for status in STATUSES
        }

        def share(good: NDArray[np.bool_], among: NDArray[np.bool_]) -> Json:
            return draws.ratio(self._per_frame(good & among), self._per_frame(among)).to_json()

        def by_kind(kind: str) -> Json:
            turns_on_it = np.array([kind in one.sentence.kinds for one in self._judged])
            return share(right, of['FOUND'] & turns_on_it)

        kinds = {kind for one in self._judged if _is_found(one) for kind in one.sentence.kinds}
        said = Counter((one.sentence.status, one.said) for one in self._judged)
        labels = [*STATUSES, REFUSED]
        return {
            'summary': {
                'accuracy': share(right, np.ones_like(right)),
                'found_accuracy': share(right, of['FOUND']),
                'absent_accuracy': share(right, of['ABSENT']),
                'ambiguous_accuracy': share(right, of['AMBIGUOUS']),
                'given_detection': share(right, of['FOUND'] & seen),
                'detector_recall': share(seen, of['FOUND']),
            },
            'by_kind': {kind: by_kind(kind) for kind in sorted(kinds)},
            'confusion': {
                'labels': labels,
                'counts': [[said[true, answer] for answer in labels] for true in labels],
            },
            'wrong': self._wrong,
        }

    def _per_frame(self, chosen: NDArray[np.bool_]) -> Numbers:
        """Count answers frame by frame."""
        frames = np.array(self._frame_of)[chosen]
        return np.bincount(frames, minlength=self._frames).astype(np.float64)

    def calibration(self) -> Json | None:
        """Return the part ``calibration`` of the results; None where no answer was a choice."""
        return calibrated(self._judged, self._frame_of, self._seed)


def _is_found(one: Judgement) -> bool:
    return one.sentence.status == 'FOUND'


def _told(recording: str, result: FrameResult, one: Judgement) -> Json:
    """Return a wrong answer, for people."""
    return {
        'frame': result.index,
        'recording': recording,
        'key': result.key,
        'expression': one.sentence.expression,
        'truth': one.sentence.status,
        'said': one.said,
        'reason': one.reason,
        'was_detected': one.seen if _is_found(one) else None,
    }
