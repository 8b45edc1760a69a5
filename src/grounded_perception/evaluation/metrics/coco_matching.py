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
pycocotools' matching of detections to objects, kept in little memory.

``COCOeval.evaluateImg`` decides what is matched to what; frames go through it in batches, and of
its verdicts only bits are kept. What sums them up is in
:mod:`~grounded_perception.evaluation.metrics.average_precision`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
import io
from typing import Any

from grounded_perception.errors import ModelMissing
from grounded_perception.evaluation.results import Boxes, Json
from grounded_perception.evaluation.truth.records import TrueFrame
import numpy as np
from numpy.typing import NDArray

#: IoU from .5 to .95, and sizes: what ``COCOeval`` measures by itself.
AREAS = ('all', 'small', 'medium', 'large')
IOUS = 10
MOST_DETECTIONS = 100
_BATCH = 100
_BITS = 1 << np.arange(IOUS, dtype=np.uint16)


@dataclass(frozen=True, eq=False)
class Verdicts:
    """
    What is matched of one class: D detections, best score first, in P frames with any of it.

    :param scores: ``(D,)`` float64, falling.
    :param frames: ``(D,)`` number of the frame.
    :param ranks: ``(D,)`` place among the frame's detections of the class, from 0.
    :param hits: ``(areas, D)`` bit t: found an object at the t-th IoU.
    :param passed_over: ``(areas, D)`` bit t: neither right nor wrong at the t-th IoU.
    :param places: ``(P,)`` numbers of the frames.
    :param to_find: ``(areas, P)`` how many objects there are that it is wrong to miss.
    """

    scores: NDArray[np.float64]
    frames: NDArray[np.int64]
    ranks: NDArray[np.int64]
    hits: NDArray[np.uint16]
    passed_over: NDArray[np.uint16]
    places: NDArray[np.int64]
    to_find: NDArray[np.int64]

    def hit(self, area: int, iou: int) -> NDArray[np.bool_]:
        """Return ``(D,)`` whether each is right; area and IoU are numbers from 0."""
        right = self.hits[area] & ~self.passed_over[area]
        return np.asarray(right & _BITS[iou] > 0, np.bool_)

    def counts(self, area: int, iou: int) -> NDArray[np.bool_]:
        """Return ``(D,)`` whether each is right or wrong, and not passed over."""
        return np.asarray(self.passed_over[area] & _BITS[iou] == 0, np.bool_)

    @property
    def truths(self) -> int:
        """How many objects there are to find."""
        return int(self.to_find[0].sum())


@dataclass(frozen=True, eq=False)
class _Piece:
    """Verdicts of one class in one frame."""

    frame: int
    scores: NDArray[np.float64]
    hits: NDArray[np.uint16]
    passed_over: NDArray[np.uint16]
    to_find: NDArray[np.int64]


class CocoMatching:
    """
    Matches frame by frame.

    :param class_names: that are judged; detections of others are left out. An ignored object
        without a name is ignored for every class.
    :raises ModelMissing: when pycocotools is not installed.
    """

    def __init__(self, class_names: Sequence[str]) -> None:
        self._evaluation = _cocoeval()
        self._class_of = {name: k for k, name in enumerate(class_names)}
        self._waiting: list[tuple[list[Json], list[Json]]] = []
        self._pieces: list[list[_Piece]] = [[] for _ in class_names]
        #: How many frames were added.
        self.frames = 0

    def add(self, truth: TrueFrame, boxes: Boxes) -> None:
        """
        Match one frame.

        :param truth: what is in it.
        :param boxes: what was found.
        """
        self._waiting.append((self._truths(truth), self._detections(boxes)))
        self.frames += 1
        if len(self._waiting) == _BATCH:
            self._match()

    def finish(self) -> list[Verdicts]:
        """Return the verdicts, one for each class."""
        self._match()
        return [_joined(pieces) for pieces in self._pieces]

    def _truths(self, truth: TrueFrame) -> list[Json]:
        found = []
        for i, label in enumerate(truth.labels):
            ignored = bool(truth.ignored[i])
            classes = self._class_of.values() if ignored and not label else ()
            for k in (self._class_of[label],) if label in self._class_of else classes:
                one = _box(truth.boxes_px[i], k)
                found.append({**one, 'area': float(truth.areas_px[i]), 'iscrowd': int(ignored)})
        return found

    def _detections(self, boxes: Boxes) -> list[Json]:
        found = []
        for i, label in enumerate(boxes.labels):
            if label in self._class_of:
                one = _box(boxes.boxes_px[i], self._class_of[label])
                found.append({**one, 'score': float(boxes.scores[i])})
        return found

    def _match(self) -> None:
        """Match what waits."""
        if not self._waiting or not self._pieces:
            self._waiting.clear()
            return
        first = self.frames - len(self._waiting)
        truths, detections = ([b for both in self._waiting for b in both[side]] for side in (0, 1))
        numbers = range(len(self._waiting))
        for side in (0, 1):
            for number, both in zip(numbers, self._waiting, strict=True):
                for one in both[side]:
                    one['image_id'] = number
        with redirect_stdout(io.StringIO()):
            evaluation = self._evaluation(
                _coco(truths, numbers, len(self._pieces)),
                _coco(detections, numbers, len(self._pieces)),
                'bbox',
            )
            evaluation.evaluate()
        self._waiting.clear()
        for k, pieces in enumerate(self._pieces):
            pieces.extend(_pieces(evaluation.evalImgs, k, len(numbers), first))


def _box(xyxy: NDArray[np.float32], k: int) -> Json:
    """Return the fields that objects and detections have in common."""
    x1, y1, x2, y2 = xyxy.tolist()
    return {'category_id': k, 'bbox': [x1, y1, x2 - x1, y2 - y1], 'area': (x2 - x1) * (y2 - y1)}


def _coco(boxes: list[Json], images: range, classes: int) -> Any:
    """Return a ``COCO`` in memory."""
    from pycocotools.coco import COCO

    coco = COCO()
    # Numbers begin at 1: to COCOeval a match with number 0 is none.
    coco.dataset = {
        'images': [{'id': i} for i in images],
        'categories': [{'id': k, 'name': str(k)} for k in range(classes)],
        'annotations': [{**one, 'id': i + 1} for i, one in enumerate(boxes)],
    }
    coco.createIndex()
    return coco


def _pieces(verdicts: Sequence[Any], k: int, images: int, first: int) -> Iterator[_Piece]:
    """Yield one class's verdicts, laid out by class, area and image."""
    for i in range(images):
        areas = [verdicts[(k * len(AREAS) + a) * images + i] for a in range(len(AREAS))]
        if areas[0] is None:
            continue
        yield _Piece(
            frame=first + i,
            scores=np.array(areas[0]['dtScores'], np.float64),
            hits=np.array([_BITS @ (one['dtMatches'] > 0) for one in areas], np.uint16),
            passed_over=np.array([_BITS @ one['dtIgnore'] for one in areas], np.uint16),
            to_find=np.array([np.count_nonzero(one['gtIgnore'] == 0) for one in areas], np.int64),
        )


def _joined(pieces: list[_Piece]) -> Verdicts:
    """Put frames together, best score first; equal ones in the frames' order, as COCOeval."""
    nothing = np.zeros((len(AREAS), 0))
    scores = np.concatenate([np.zeros(0), *(one.scores for one in pieces)])
    order = np.argsort(-scores, kind='stable')
    counts = [len(one.scores) for one in pieces]
    places = np.array([one.frame for one in pieces], np.int64)
    ranks = [np.arange(n) for n in counts]
    hits = [nothing.astype(np.uint16), *(one.hits for one in pieces)]
    passed_over = [nothing.astype(np.uint16), *(one.passed_over for one in pieces)]
    to_find = [nothing.astype(np.int64), *(one.to_find[:, None] for one in pieces)]
    return Verdicts(
        scores=scores[order],
        frames=np.repeat(places, counts)[order],
        ranks=np.concatenate([np.zeros(0, np.int64), *ranks])[order],
        hits=np.concatenate(hits, axis=1)[:, order],
        passed_over=np.concatenate(passed_over, axis=1)[:, order],
        places=places,
        to_find=np.concatenate(to_find, axis=1),
    )


def _cocoeval() -> Any:
    """
    Return the class ``COCOeval``.

    :raises ModelMissing: when pycocotools is not installed.
    """
    try:
        from pycocotools.cocoeval import COCOeval
    except ImportError as exc:
        raise ModelMissing(
            "Judging detections needs pycocotools: pip install 'grounded_perception[evaluate]'"
        ) from exc
    return COCOeval
