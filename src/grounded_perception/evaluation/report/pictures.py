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


"""Pictures of frames for a report: what is there, what was said, and which frames to show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import math
from pathlib import Path

import cv2
from grounded_perception.drawing.canvas import Canvas, Colour, Picture
from grounded_perception.errors import RecordingError
from grounded_perception.evaluation.results import Boxes, Reply
from grounded_perception.evaluation.truth.records import TrueFrame, TrueSentence
import numpy as np
from numpy.typing import NDArray

#: Colours, RGB; the page's legend (``.key`` in report.css) has the same.
TRUTH: Colour = (255, 214, 0)
RIGHT: Colour = (86, 180, 233)
FALSE: Colour = (255, 90, 100)
MISSED: Colour = (228, 140, 255)
_QUALITY = 88
_IGNORED: Colour = (170, 170, 170)
_NO_MATCH = -1


@dataclass(frozen=True)
class Tally:
    """
    How a frame went, in counts.

    :param recording: that it is of.
    :param index: in its recording.
    :param tp: detections that are right.
    :param fp: detections that are false.
    :param fn: objects that were missed.
    :param wrong_sentences: sentences that were answered wrongly.
    :param right_sentences: sentences that were answered rightly.
    """

    recording: str
    index: int
    tp: int = 0
    fp: int = 0
    fn: int = 0
    wrong_sentences: int = 0
    right_sentences: int = 0

    @property
    def score(self) -> float:
        """Return F1 of its boxes; without any, the share of sentences answered rightly."""
        boxes = 2 * self.tp + self.fp + self.fn
        if boxes:
            return 2 * self.tp / boxes
        sentences = self.wrong_sentences + self.right_sentences
        return self.right_sentences / sentences if sentences else math.nan


@dataclass(frozen=True)
class Choice:
    """
    A frame that is shown.

    :param tally: which one.
    :param score: in [0, 1].
    :param why: the counts in words.
    """

    tally: Tally
    score: float
    why: str


def choose(frames: Sequence[Tally], most: int = 6) -> tuple[list[Choice], list[Choice]]:
    """
    Choose the frames that went best and worst.

    A frame with a wrong sentence is worse than one without; then the score decides, then how
    much there is to see. Frames with nothing to judge are left out.

    :param frames: in any order; the choice does not depend on it.
    :param most: of either kind.
    :returns: best and worst, each the most telling first; no frame is in both. The worst all
        have something wrong, the best something right and no wrong sentence.
    """
    judged = sorted((f for f in frames if not math.isnan(f.score)), key=_badness)
    half = judged[: min(most, math.ceil(len(judged) / 2))]
    best = [f for f in half if not f.wrong_sentences and f.score > 0]
    bad = (f for f in judged[::-1] if f.wrong_sentences or f.fp or f.fn)
    worst = [f for f in bad if f not in best][:most]
    return [_choice(f) for f in best], [_choice(f) for f in worst]


def _badness(frame: Tally) -> tuple[int, float, int, str, int]:
    wrong = frame.fp + frame.fn
    amount = wrong or -(frame.tp + frame.right_sentences)
    return frame.wrong_sentences, -frame.score, amount, frame.recording, frame.index


def _choice(frame: Tally) -> Choice:
    sentences = '{} wrong sentence' + ('s' if frame.wrong_sentences > 1 else '')
    counts = (
        ('{} right', frame.tp),
        ('{} false', frame.fp),
        ('{} missed', frame.fn),
        (sentences, frame.wrong_sentences),
    )
    why = ', '.join(text.format(count) for text, count in counts if count)
    return Choice(frame, frame.score, why or 'every sentence answered rightly')


@dataclass(frozen=True, eq=False)
class Asked:
    """
    A sentence and its answer.

    :param truth: the sentence and what it means.
    :param reply: what was answered.
    :param is_right: whether that is what it means.
    """

    truth: TrueSentence
    reply: Reply
    is_right: bool


def draw(
    rgb: Picture,
    truth: TrueFrame | None,
    said: Boxes,
    matches: NDArray[np.int64],
    asked: Sequence[Asked] = (),
) -> Picture:
    """
    Draw a frame: truth dashed, right detections thin, false ones and missed objects marked.

    :param rgb: uint8 ``(H, W, 3)`` RGB; not written to.
    :param truth: the objects; None where only sentences are judged: then nothing is called false.
    :param said: the detections from the threshold on.
    :param matches: ``(N,)`` of each detection the number of its object, -1 where it is false, or
        below where it counts as neither (``metrics.matching.matched``).
    :param asked: sentences, the wrong ones with a line each and a bold box.
    :returns: uint8 ``(H, W, 3)`` RGB, a new array.
    """
    canvas = Canvas(np.array(rgb, np.uint8, order='C'))
    wrong = [one for one in asked if not one.is_right]
    is_false = (matches == _NO_MATCH) & (truth is not None)
    missed = _missed(truth, matches)
    if truth is not None:
        _dashed(canvas, truth, missed)
    for i in reversed(range(len(said))):
        canvas.outline(said.boxes_px[i], FALSE if is_false[i] else RIGHT, bold=bool(is_false[i]))
    for one in wrong:
        for i in one.reply.indices:
            canvas.outline(one.reply.boxes_px[i], FALSE, bold=True)
    canvas.banner([_line(one) for one in wrong])
    if truth is not None:
        for i in np.flatnonzero(missed).tolist():
            canvas.label(truth.boxes_px[i], f'missed {truth.labels[i]}', MISSED)
    # The mistakes have the choice of places.
    for i in np.argsort(~is_false, kind='stable').tolist():
        text = f'{"false " if is_false[i] else ""}{said.labels[i]} {said.scores[i]:.2f}'
        colour = FALSE if is_false[i] else RIGHT
        canvas.label(said.boxes_px[i], text, colour, optional=not is_false[i])
    return canvas.image


def save(rgb: Picture, path: Path, most_width: int = 960) -> None:
    """
    Write a picture as JPEG.

    :param rgb: uint8 ``(H, W, 3)`` RGB.
    :param path: the file, ``.jpg``.
    :param most_width: a wider one is made smaller, in pixels.
    :raises RecordingError: when it cannot be written.
    """
    height, width = rgb.shape[:2]
    if width > most_width:
        size = (most_width, max(1, round(height * most_width / width)))
        rgb = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    bgr = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2BGR)
    good, coded = cv2.imencode('.jpg', bgr, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    assert good, 'OpenCV writes every 8-bit RGB image as JPEG'
    try:
        path.write_bytes(coded.tobytes())
    except OSError as exc:
        raise RecordingError(f'{path} cannot be written: {exc.strerror or exc}') from exc


def _missed(truth: TrueFrame | None, matches: NDArray[np.int64]) -> NDArray[np.bool_]:
    if truth is None:
        return np.zeros(0, np.bool_)
    missed = ~truth.ignored
    missed[matches[matches >= 0]] = False
    return missed


def _dashed(canvas: Canvas, truth: TrueFrame, missed: NDArray[np.bool_]) -> None:
    """Outline the objects with every other stretch left out."""
    height, width = canvas.image.shape[:2]
    whole = Canvas(canvas.image.copy())
    for i in np.argsort(missed, kind='stable').tolist():
        colour = MISSED if missed[i] else _IGNORED if truth.ignored[i] else TRUTH
        whole.outline(truth.boxes_px[i], colour, bold=bool(missed[i]))
    stretch = max(5, min(height, width) // 60)
    rows, columns = np.arange(height)[:, None] // stretch, np.arange(width) // stretch
    is_drawn = (rows + columns) % 2 == 0
    canvas.image[is_drawn] = whole.image[is_drawn]


def _line(one: Asked) -> tuple[str, str, Colour]:
    said, meant = one.reply.status, one.truth.status
    verdict = 'FOUND, another one' if said == meant == 'FOUND' else f'{said}, is {meant}'
    return f'"{one.truth.expression}"', verdict, FALSE
