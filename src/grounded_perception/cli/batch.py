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

"""Many sentences about many images: lines in, the same lines with their answers out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
import json
from pathlib import Path
import sys

from grounded_perception import drawing
from grounded_perception.cli import answers, images
from grounded_perception.cli.answers import Json
from grounded_perception.cli.finder import Answer, Finder
from grounded_perception.cli.progress import Progress
from grounded_perception.errors import CommandError, FrameError, PerceptionError
from grounded_perception.records import Frame

#: Keys that an answer brings. A line that has them already (a truth to compare with, say) gets
#: them back under ``given``, so that no value of the input can be taken for an answer.
_OURS = (
    'status', 'bbox_xyxy', 'score', 'candidates', 'reason', 'phrases', 'not_understood',
    'latency_ms', 'error', 'quality', 'regions',
)  # fmt: skip


@dataclass(frozen=True)
class Question:
    """
    One line of the input.

    :param number: of the line, from 1; 0 = it was not read from lines.
    :param given: its object; empty where it is none.
    :param error: why it cannot be answered, or empty.
    """

    number: int
    given: Json
    error: str = ''

    @property
    def image(self) -> str:
        """The image's name, empty where the line has none."""
        return '' if self.error else str(self.given['image'])

    @property
    def echo(self) -> Json:
        """What is written back of the input."""
        if not self.given:
            return {'line': self.number}
        kept = {key: value for key, value in self.given.items() if key not in _OURS}
        displaced = {key: value for key, value in self.given.items() if key in _OURS}
        return {**kept, 'given': displaced} if displaced else kept


def read(lines: Iterable[bytes]) -> list[Question]:
    """
    Read questions, good and bad.

    :param lines: JSON objects in UTF-8, one a line; empty lines are left out.
    :returns: one question for each line.
    """
    return [_question(n, line) for n, line in enumerate(lines, start=1) if line.strip()]


def _question(number: int, line: bytes) -> Question:
    try:
        given = json.loads(line)
    except (ValueError, RecursionError) as exc:
        return Question(number, {}, f'not JSON: {exc}')
    if not isinstance(given, dict):
        return Question(number, {}, f'must be a JSON object, got {type(given).__name__}')
    for key in ('image', 'expression'):
        if not isinstance(given.get(key), str):
            return Question(number, given, f'{key} must be a text, got {given.get(key)!r}')
    return Question(number, given)


class Sketcher:
    """
    Draws answers into files.

    :param folder: where; made if need be.
    :param explain: whether to draw also where the words looked.
    :param questions: all of them: their images are never written over.
    :param images_folder: what their images' names are relative to.
    :raises OSError: when the folder cannot be made.
    """

    def __init__(
        self, folder: Path, explain: bool, questions: list[Question], images_folder: Path
    ) -> None:
        named = {q.image for q in questions} - {''}
        self._album = images.Album(folder, [images_folder / name for name in named])
        self._explain = explain

    def draw(self, file: Path, frame: Frame, answer: Answer) -> None:
        """
        Draw one answer.

        :param file: the image; gives the pictures' names.
        :param frame: its pixels.
        :param answer: what was found in it.
        :raises OSError: when a picture cannot be written.
        """
        perception = answer.perception
        picture = frame.rgb
        if answer.masks:
            said = {i: g.status for g in perception.groundings for i in g.indices}
            colours = [drawing.STATUS_COLOURS[said[i]] for i in answer.shown]
            picture = drawing.tinted(picture, answer.masks, colours)
        self._album.write(file, 'grounded', drawing.annotate(picture, perception))
        if not self._explain:
            return
        for grounding in perception.groundings:
            sheet = drawing.attention_sheet(frame.rgb, grounding, perception.candidates)
            self._album.write(file, 'explained', sheet)


class Clerk:
    """
    Answers questions in any order and writes the answers in theirs.

    :param finder: finds.
    :param folder: what the images' names are relative to.
    :param as_json: JSON lines, or lines for people.
    :param explain: whether to tell every check and where each word looked.
    :param sketcher: draws, if anyone wants pictures.
    """

    def __init__(
        self,
        finder: Finder,
        folder: Path,
        as_json: bool,
        explain: bool = False,
        sketcher: Sketcher | None = None,
    ) -> None:
        self._finder = finder
        self._explain = explain
        self._folder = folder
        self._as_json = as_json
        self._sketcher = sketcher

    def serve(self, questions: list[Question]) -> int:
        """
        Answer all; a line that cannot be answered gets ``error`` and does not stop the others.

        Images are taken one after the other, in the order in which they are first named, each
        read and detected once.

        :param questions: as read.
        :returns: how many could not be answered.
        """
        groups: dict[str, list[int]] = {}
        for i, question in enumerate(questions):
            groups.setdefault(question.image, []).append(i)
        results: dict[int, Json] = {}
        progress = Progress(len(groups))
        written = failures = 0
        for image, members in groups.items():
            progress.step(image)
            results.update(self._serve_image(image, [questions[i] for i in members], members))
            progress.clear()
            while written in results:
                failures += self._write(questions[written], results.pop(written))
                written += 1
        return failures

    def _serve_image(
        self, image: str, questions: list[Question], places: list[int]
    ) -> dict[int, Json]:
        """Answer the questions about one image, by their places in the input."""
        if not image:
            errors = [q.error or 'image must be a file name, got an empty text' for q in questions]
            return {place: {'error': e} for place, e in zip(places, errors, strict=True)}
        file = self._folder / image
        try:
            frame = Frame(images.read(file))
        except FrameError as exc:
            return {place: {'error': str(exc)} for place in places}
        return {
            place: self._answer(file, frame, question)
            for place, question in zip(places, questions, strict=True)
        }

    def _answer(self, file: Path, frame: Frame, question: Question) -> Json:
        try:
            answer = self._finder.find(frame, question.given['expression'])
        except CommandError as exc:
            return {'error': str(exc)}
        except PerceptionError as exc:
            return {'error': f'{file}: {exc}'}
        if self._sketcher:
            self._sketcher.draw(file, frame, answer)
        masks: dict[int, Json] = {}
        if answer.masks and self._as_json:
            masks = {i: answers.mask_of(answer.masks, n) for n, i in enumerate(answer.shown)}
        return {
            **answers.answer(answer.perception, self._explain, masks),
            'not_understood': list(answer.not_understood),
            'latency_ms': round(answer.latency_ms, 2),
        }

    def _write(self, question: Question, result: Json) -> bool:
        """Write one answer; say whether it is an error."""
        line = {**question.echo, **result}
        error = result.get('error')
        if error:
            where = f'line {question.number}: ' if question.number else ''
            print(f'grounded-perception: {where}{error}', file=sys.stderr)
        if self._as_json:
            print(answers.dumps(line), flush=True)
        elif not error:
            print(*answers.answer_lines(line), sep='\n', flush=True)
        return bool(error)
