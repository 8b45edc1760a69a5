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

"""What was perceived, drawn: detections thin, answers bold, a line for each phrase."""

from __future__ import annotations

from collections.abc import Iterable
import zlib

from grounded_perception import geometry
from grounded_perception.drawing.canvas import Canvas, Colour, Picture
from grounded_perception.records import Floats, Grounding, Perception, Status
import numpy as np

#: Colour of each answer, RGB.
STATUS_COLOURS: dict[Status, Colour] = {
    Status.FOUND: (40, 220, 70),
    Status.AMBIGUOUS: (255, 176, 0),
    Status.ABSENT: (255, 90, 90),
}
#: Colours of classes; none that could be taken for an answer's.
_PALETTE: tuple[Colour, ...] = (
    (86, 180, 233), (220, 120, 240), (120, 140, 255), (0, 200, 200), (255, 140, 190),
    (150, 110, 220), (150, 200, 255), (200, 180, 255), (60, 150, 220), (230, 200, 230),
    (110, 220, 230), (190, 150, 170),
)  # fmt: skip
#: A detection that covers a grounded box by more than this is the same thing drawn twice.
_SAME_IOU = 0.85


def annotate(rgb: Picture, perception: Perception) -> Picture:
    """
    Draw what was perceived: detections thin, the answer bold, a banner line for each phrase.

    :param rgb: uint8 ``(H, W, 3)`` RGB; not written to.
    :param perception: what was perceived in it.
    :returns: uint8 ``(H, W, 3)`` RGB, a new array.
    """
    canvas = Canvas(np.array(rgb, np.uint8, order='C'))
    answers = list(_answers(perception))
    plain = perception.detections
    if answers:
        drawn = np.array([box for box, _, _ in answers], np.float32)
        plain = plain.take(geometry.iou(plain.boxes_px, drawn).max(axis=1) <= _SAME_IOU)
    rows = list(zip(plain.boxes_px, plain.labels, plain.scores, strict=True))
    # Worst score first, so that the best lies on top; answers above all.
    for box, name, _ in reversed(rows):
        canvas.outline(box, class_colour(name), bold=False)
    for box, _, colour in reversed(answers):
        canvas.outline(box, colour, bold=True)
    # Texts by importance: the first has the choice of places.
    canvas.banner([banner_line(g) for g in perception.groundings])
    for box, text, colour in answers:
        canvas.label(box, text, colour)
    for box, name, score in rows:
        canvas.label(box, f'{name} {score:.2f}', class_colour(name), optional=True)
    return canvas.image


def class_colour(name: str) -> Colour:
    """
    Choose the colour of a class: the same in every picture and every process.

    :param name: class label.
    :returns: RGB.
    """
    return _PALETTE[zlib.crc32(name.encode('utf-8', 'replace')) % len(_PALETTE)]


def banner_line(grounding: Grounding) -> tuple[str, str, Colour]:
    """
    Sum up an answer.

    :param grounding: the answer.
    :returns: phrase, verdict and the verdict's colour.
    """
    status = grounding.status
    verdict = f'{status.value} {grounding.score:.2f}'
    return f'"{grounding.phrase.text}"', verdict, STATUS_COLOURS[status]


def _answers(perception: Perception) -> Iterable[tuple[Floats, str, Colour]]:
    """Yield box, text and colour of everything that answers, the candidates numbered."""
    regions = perception.candidates
    for grounding in perception.groundings:
        for rank, i in enumerate(grounding.indices, start=1):
            number = f'{rank} ' if grounding.status is Status.AMBIGUOUS else ''
            text = f'{number}{regions.labels[i]} {grounding.probabilities[i]:.2f}'
            yield regions.boxes_px[i], text, STATUS_COLOURS[grounding.status]
