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

"""What units of work leave on the disk, each under its key's name once it is whole."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
import gzip
import json
import os
from pathlib import Path
import shutil
from typing import TextIO

from grounded_perception.errors import RecordingError
from grounded_perception.evaluation.plan import Plan, Unit
from grounded_perception.evaluation.results import FrameResult, Json

_FAST = 1  # gzip: little is gained by more
#: Where a shorter unit's notes say which one it is the beginning of.
_PART_OF = 'part_of'


def results_file(folder: Path, key: str) -> Path:
    """
    Say where a unit's results are.

    :param folder: of all results.
    :param key: of the unit.
    :returns: a file of JSON lines, one an image, gzip.
    """
    return folder / f'{key}.jsonl.gz'


def notes_file(folder: Path, key: str) -> Path:
    """
    Say where it is kept what was wrong with a unit's recording.

    :param folder: of all results.
    :param key: of the unit.
    :returns: a JSON file.
    """
    return folder / f'{key}.json'


def bag_folder(folder: Path, key: str) -> Path:
    """
    Say where a unit's bag is.

    :param folder: of all results.
    :param key: of the unit.
    :returns: the bag's folder.
    """
    return folder / key


class Draft:
    """
    A unit's results while they are written.

    :param folder: of all results.
    :param lines: to be written to, see :func:`line`.
    :param part: the file that they go to.
    """

    def __init__(self, folder: Path, lines: TextIO, part: Path) -> None:
        self.lines = lines
        self._folder, self._part = folder, part

    def finish(self, key: str, notes: Json, part_of: str = '') -> None:
        """
        Give the results their name: they are whole.

        :param key: of the unit that they are of.
        :param notes: see :func:`notes`.
        :param part_of: key of the unit that they are the beginning of: with that done, they are
            no longer needed, see :func:`tidy`.
        """
        self.lines.close()
        # The same stretch may have been a unit of its own in another cut of the recording.
        if part_of and not _is_own(self._folder, key):
            notes = {**notes, _PART_OF: part_of}
        notes_file(self._folder, key).write_text(line(notes), encoding='utf-8')
        os.replace(self._part, results_file(self._folder, key))


@contextmanager
def draft(folder: Path, key: str) -> Iterator[Draft]:
    """
    Begin a unit's results; what is not finished at the end is gone.

    :param folder: of all results.
    :param key: of the unit.
    :returns: what to write to.
    :raises RecordingError: when it cannot be written.
    """
    part = results_file(folder, key).with_suffix('.part')
    try:
        with gzip.open(part, 'wt', _FAST, encoding='utf-8') as lines:
            yield Draft(folder, lines, part)
    except OSError as exc:
        raise RecordingError(f'{part} cannot be written: {exc.strerror or exc}') from exc
    finally:
        part.unlink(missing_ok=True)


def is_done(plan: Plan, unit: Unit, folder: Path) -> bool:
    """
    Tell whether a unit's results are whole.

    :param plan: what it is a part of.
    :param unit: which.
    :param folder: of all results.
    """
    key = unit.key(plan)
    return results_file(folder, key).is_file() and (
        not plan.bag or bag_folder(folder, key).is_dir()
    )


def results(folder: Path, key: str) -> Iterator[FrameResult]:
    """
    Read a unit's results.

    :param folder: of all results.
    :param key: of the unit.
    :returns: one for each image.
    :raises RecordingError: when the file was damaged since it was written.
    """
    file = results_file(folder, key)
    try:
        with gzip.open(file, 'rt', encoding='utf-8') as lines:
            for row in lines:
                yield FrameResult.from_json(json.loads(row))
    except (OSError, EOFError, ValueError, KeyError, TypeError) as exc:
        raise _damaged(file, exc) from exc


def notes(folder: Path, key: str) -> Json:
    """
    Read what a unit's results say of the recording.

    :param folder: of all results.
    :param key: of the unit.
    :returns: ``problems``, sentences for people, and ``topic``, whose images were read.
    :raises RecordingError: when the file was damaged since it was written.
    """
    file = notes_file(folder, key)
    try:
        found: Json = json.loads(file.read_text(encoding='utf-8'))
    except (OSError, ValueError) as exc:
        raise _damaged(file, exc) from exc
    return found


def tidy(folder: Path, keys: Collection[str]) -> None:
    """
    Remove shorter units, which Ctrl-C left, of units that are done; all others stay.

    :param folder: of all results.
    :param keys: of units that are done; a shorter one among them is a unit of its own from now on.
    :raises RecordingError: when something cannot be removed.
    """
    try:
        for file in sorted(folder.glob('*.json')):
            key = file.stem
            told = _read(file)
            whole = told.pop(_PART_OF, '')
            if whole and key in keys:
                file.write_text(line(told), encoding='utf-8')
            elif whole in keys:
                results_file(folder, key).unlink(missing_ok=True)
                if bag_folder(folder, key).is_dir():
                    shutil.rmtree(bag_folder(folder, key))
                file.unlink()  # the last: who was killed before it does the rest the next time
    except OSError as exc:
        raise RecordingError(f'{folder} cannot be tidied: {exc.strerror or exc}') from exc


def _is_own(folder: Path, key: str) -> bool:
    """Tell whether results are there, and not as the beginning of others."""
    return results_file(folder, key).is_file() and _PART_OF not in _read(notes_file(folder, key))


def _read(file: Path) -> Json:
    """Read notes; those that are damaged say nothing."""
    try:
        found = json.loads(file.read_text(encoding='utf-8'))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _damaged(file: Path, exc: Exception) -> RecordingError:
    return RecordingError(f'{file} is damaged ({exc!r}): remove it and evaluate again')


def line(given: Json) -> str:
    """
    Write an object.

    :param given: it.
    :returns: one line of JSON.
    """
    return json.dumps(given, separators=(',', ':')) + '\n'
