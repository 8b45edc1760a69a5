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
Examples for fine-tuning, from any pictures with sentences and boxes.

The regions are what the detector finds, as on the robot; a sentence means the region that overlaps
its box. Where the detector found nothing there, the true answer is ABSENT: what is not seen
cannot be pointed at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
from grounded_perception import geometry
from grounded_perception.detectors.base import Detector
from grounded_perception.errors import FrameError, TrainingError
from grounded_perception.fusion.candidates import distinct
from grounded_perception.fusion.query import nouns_of
from grounded_perception.fusion.tokens import region_tokens, Words
from grounded_perception.records import Floats, Frame, Regions
from grounded_perception.training.examples import Example
from grounded_perception.training.human.joining import joined
from grounded_perception.training.human.refcoco_files import Pointing, read
from grounded_perception.training.reading import tokens_of
import numpy as np

_LEAST_IOU = 0.5
#: Boxes are rounded and drawn by hand: this much beyond the border is no mistake.
_SLACK_PX = 3.0


def examples(
    annotations: Path,
    images: Path,
    detector: Detector,
    words: Words,
    instances: Path | None = None,
    split: str = '',
    floor: float = 0.3,
    limit: int = 100,
) -> Iterator[Example]:
    """
    Make examples, one for each picture; see :mod:`.refcoco_files` for the forms of annotations.

    Sentences that the node would not ask of its fusion (no command to find one thing, a noun that
    the detector does not know) are left out, and pictures in which nothing is found.

    :param annotations: sentences, ``.json`` or ``.jsonl``.
    :param images: folder of the pictures.
    :param detector: proposes regions.
    :param words: vocabulary over the detector's names.
    :param instances: COCO's ``instances.json``, where the annotations refer to it.
    :param split: only sentences of this split; empty = all.
    :param floor: lowest detector score considered; as the node's ``proposal_threshold``.
    :param limit: most regions; as the node's ``max_detections``.
    :returns: examples, as they are made.
    :raises TrainingError: naming the row and what is missing or wrong.
    :raises FrameError: naming the picture that cannot be read.
    """
    said = by_picture(read(annotations, instances, split))
    for _, example in looked_at(said, images, detector, words, floor, limit):
        if example is not None:
            yield example


def by_picture(pointings: Sequence[Pointing]) -> dict[str, list[Pointing]]:
    """
    Bring together what was said about each picture.

    :param pointings: sentences.
    :returns: by file name, in order.
    """
    pictures: dict[str, list[Pointing]] = {}
    for pointing in pointings:
        pictures.setdefault(pointing.image, []).append(pointing)
    return pictures


def looked_at(
    pictures: Mapping[str, Sequence[Pointing]],
    images: Path,
    detector: Detector,
    words: Words,
    floor: float,
    limit: int,
) -> Iterator[tuple[str, Example | None]]:
    """
    Look at each picture; see :func:`examples`.

    :param pictures: what was said, by file name.
    :param images: folder of the pictures.
    :param detector: proposes regions.
    :param words: vocabulary over the detector's names.
    :param floor: lowest detector score considered.
    :param limit: most regions.
    :returns: file names with their examples; None where there is nothing to learn.
    :raises TrainingError: naming the row whose box is wrong.
    :raises FrameError: naming the picture that cannot be read.
    """
    for name, said in pictures.items():
        frame = _frame(images / name, said[0].where)
        for pointing in said:
            _check(pointing, frame)
        asked = [(p, text) for p in said if (text := tokens_of(p.text, words)) is not None]
        nouns = nouns_of([text for _, text in asked])
        found = distinct(detector.propose(frame.rgb, nouns, floor, limit), floor)
        if not asked or not len(found):
            yield name, None
            continue
        example = joined(
            region_tokens(frame, found, words),
            [replace(text, words=words.tokens(text.phrase.text)) for _, text in asked],
            [_meant(pointing, found) for pointing, _ in asked],
            [pointing.kind for pointing, _ in asked],
        )
        yield name, example


def _frame(path: Path, where: str) -> Frame:
    """Read a picture as it lies in the file: annotations do not know of EXIF orientations."""
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
        flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
        image = cv2.imdecode(data, flags) if len(data) else None
    except OSError as exc:
        raise FrameError(f'{where}: {path}: {exc.strerror or exc}') from exc
    except cv2.error as exc:
        raise FrameError(f'{where}: {path} cannot be decoded: {exc.err}') from exc
    if image is None:
        raise FrameError(f'{where}: {path} is no image that OpenCV can read')
    return Frame(np.ascontiguousarray(image[..., ::-1]))


def _check(pointing: Pointing, frame: Frame) -> None:
    """Refuse boxes that lie beyond the picture, or are empty: often xyxy taken for xywh."""
    right, bottom = frame.width + _SLACK_PX, frame.height + _SLACK_PX
    for x1, y1, x2, y2 in pointing.boxes:
        if not (-_SLACK_PX <= x1 < x2 <= right and -_SLACK_PX <= y1 < y2 <= bottom):
            raise TrainingError(
                f'{pointing.where}: box {x1:g} {y1:g} {x2:g} {y2:g} (xyxy) does not lie in '
                f'{pointing.image}, {frame.width} x {frame.height} pixels'
            )


def _meant(pointing: Pointing, found: Regions) -> Sequence[int]:
    """Return the regions that show what a sentence points at."""
    truth: Floats = np.array(pointing.boxes, np.float32).reshape(-1, 4)
    overlaps = geometry.iou(truth, found.boxes_px)
    best = {int(row.argmax()) for row in overlaps if row.max() >= _LEAST_IOU}
    return sorted(best)
