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
What came of it: answers, and numbers with their uncertainty.

Everything here is plain data, written as JSON and read back unchanged, so that an evaluation can
be cut into pieces, resumed, spread over machines and put together again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
import math
from typing import Any

from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray

Json = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Boxes:
    """
    Detections of one frame.

    :param boxes_px: ``(N, 4)`` float32 xyxy in pixels, best score first.
    :param scores: ``(N,)`` float32 in [0, 1].
    :param labels: N words.
    :param track_ids: ``(N,)`` int64; -1 where nobody tracks.
    """

    boxes_px: Floats
    scores: Floats
    labels: tuple[str, ...]
    track_ids: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    @staticmethod
    def of(boxes_px: Floats, scores: Floats, labels: tuple[str, ...]) -> Boxes:
        """
        Make boxes that nobody tracks.

        :param boxes_px: ``(N, 4)`` float32 xyxy.
        :param scores: ``(N,)`` float32.
        :param labels: N words.
        :returns: them, best first; equal scores keep their order.
        """
        order = np.argsort(-scores, kind='stable')
        return Boxes(
            np.ascontiguousarray(boxes_px[order], np.float32),
            np.ascontiguousarray(scores[order], np.float32),
            tuple(labels[i] for i in order),
            np.full(len(labels), -1, np.int64),
        )

    def to_json(self) -> Json:
        """Return it as JSON; float32 survives the way there and back."""
        return {
            'boxes': self.boxes_px.tolist(),
            'scores': self.scores.tolist(),
            'labels': list(self.labels),
            'tracks': self.track_ids.tolist(),
        }

    @staticmethod
    def from_json(given: Json) -> Boxes:
        """
        Read what :meth:`to_json` wrote.

        :param given: the object.
        :returns: the same boxes.
        """
        return Boxes(
            np.array(given['boxes'], np.float32).reshape(-1, 4),
            np.array(given['scores'], np.float32),
            tuple(given['labels']),
            np.array(given['tracks'], np.int64),
        )


@dataclass(frozen=True, eq=False)
class Reply:
    """
    What one phrase of a command, or one sentence of a truth, was answered in one frame.

    :param sentence: number of the
        :class:`~grounded_perception.evaluation.truth.records.TrueSentence`; -1 for a command.
    :param phrase: what was asked for.
    :param status: ``'FOUND'``, ``'AMBIGUOUS'``, ``'ABSENT'``, or ``'REFUSED'`` for a sentence
        that was not taken.
    :param score: probability of the answer, of absence when ABSENT.
    :param margin: to the next best, in [0, 1].
    :param none_probability: that nothing is meant.
    :param boxes_px: ``(N, 4)`` float32 of the candidates.
    :param probabilities: ``(N,)`` float32, that each is meant.
    :param labels: N words of the detector for them.
    :param indices: the candidates that answer, best first.
    :param asks_all: whether every fitting thing is meant, not one.
    :param reason: one sentence for people.
    :param quantity: how many things are meant, a :class:`~grounded_perception.records.Quantity`'s
        value; empty where nothing was chosen.
    :param count: the number said, 0 = none.
    :param singled_out: see :class:`.selection.Asked`.
    """

    sentence: int
    phrase: str
    status: str
    score: float
    margin: float
    none_probability: float
    boxes_px: Floats
    probabilities: Floats
    labels: tuple[str, ...]
    indices: tuple[int, ...]
    asks_all: bool
    reason: str
    quantity: str = ''
    count: int = 0
    singled_out: bool = False

    def to_json(self) -> Json:
        """Return it as JSON."""
        return {
            'sentence': self.sentence,
            'phrase': self.phrase,
            'status': self.status,
            'score': self.score,
            'margin': self.margin,
            'none': self.none_probability,
            'boxes': self.boxes_px.tolist(),
            'probabilities': self.probabilities.tolist(),
            'labels': list(self.labels),
            'indices': list(self.indices),
            'all': self.asks_all,
            'reason': self.reason,
            'quantity': self.quantity,
            'count': self.count,
            'singled_out': self.singled_out,
        }

    @staticmethod
    def from_json(given: Json) -> Reply:
        """
        Read what :meth:`to_json` wrote.

        :param given: the object.
        :returns: the same reply.
        """
        return Reply(
            sentence=given['sentence'],
            phrase=given['phrase'],
            status=given['status'],
            score=given['score'],
            margin=given['margin'],
            none_probability=given['none'],
            boxes_px=np.array(given['boxes'], np.float32).reshape(-1, 4),
            probabilities=np.array(given['probabilities'], np.float32),
            labels=tuple(given['labels']),
            indices=tuple(given['indices']),
            asks_all=given['all'],
            reason=given['reason'],
            # What was answered before these were kept has none of them.
            quantity=given.get('quantity', ''),
            count=given.get('count', 0),
            singled_out=given.get('singled_out', False),
        )


@dataclass(frozen=True, eq=False)
class FrameResult:
    """
    What became of one image of a recording.

    :param index: of the image on its topic, from 0; images that were dropped count.
    :param stamp_ns: of its exposure.
    :param logged_ns: when it was recorded.
    :param key: its name in the truth; empty where the truth does not know it.
    :param width: columns.
    :param height: rows.
    :param outcome: ``'answered'``, ``'dropped'`` (a newer one had come) or ``'failed'``.
    :param error: why it failed, or empty.
    :param detections: everything that the detector proposed, far below the setting ``threshold``:
        average precision needs it; what the node publishes are those from ``threshold`` on.
    :param replies: one for each phrase of the command in force and each sentence of the truth.
    :param quality: what is wrong with the image, or empty.
    :param timings_ms: stage → milliseconds measured.
    :param age_ms: in real time, from the image's arrival to its answer; else the sum of timings.
    """

    index: int
    stamp_ns: int
    logged_ns: int
    key: str
    width: int
    height: int
    outcome: str
    error: str
    detections: Boxes
    replies: tuple[Reply, ...]
    quality: str
    timings_ms: Mapping[str, float]
    age_ms: float

    def to_json(self) -> Json:
        """Return it as JSON."""
        return {
            'index': self.index,
            'stamp_ns': self.stamp_ns,
            'logged_ns': self.logged_ns,
            'key': self.key,
            'width': self.width,
            'height': self.height,
            'outcome': self.outcome,
            'error': self.error,
            'detections': self.detections.to_json(),
            'replies': [reply.to_json() for reply in self.replies],
            'quality': self.quality,
            'timings_ms': dict(self.timings_ms),
            'age_ms': self.age_ms,
        }

    @staticmethod
    def from_json(given: Json) -> FrameResult:
        """
        Read what :meth:`to_json` wrote.

        :param given: the object.
        :returns: the same result.
        """
        return FrameResult(
            **{
                **given,
                'detections': Boxes.from_json(given['detections']),
                'replies': tuple(Reply.from_json(each) for each in given['replies']),
            }
        )


@dataclass(frozen=True)
class Measure:
    """
    A number and how far it can be trusted.

    :param value: not a number where there is nothing to measure.
    :param low: lower end of its 95 % interval; not a number where it was not estimated.
    :param high: upper end.
    :param count: of what it was measured on.
    """

    value: float
    low: float = math.nan
    high: float = math.nan
    count: int = 0

    def to_json(self) -> Json:
        """Return it as JSON, with null for what is not a number."""
        numbers = {'value': self.value, 'low': self.low, 'high': self.high}
        shown: Json = {k: None if math.isnan(v) else float(v) for k, v in numbers.items()}
        return {**shown, 'count': self.count}

    @staticmethod
    def from_json(given: Json) -> Measure:
        """
        Read what :meth:`to_json` wrote.

        :param given: the object.
        :returns: the same measure.
        """
        value, low, high = (
            math.nan if given[k] is None else given[k] for k in ('value', 'low', 'high')
        )
        return Measure(value, low, high, given['count'])
