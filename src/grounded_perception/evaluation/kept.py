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

from collections.abc import Iterator
import gzip
import json
from pathlib import Path

from grounded_perception.errors import RecordingError
from grounded_perception.evaluation.plan import Plan, Unit
from grounded_perception.evaluation.records import FrameResult, Json


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


def _damaged(file: Path, exc: Exception) -> RecordingError:
    return RecordingError(f'{file} is damaged ({exc!r}): remove it and evaluate again')


def line(given: Json) -> str:
    """
    Write an object.

    :param given: it.
    :returns: one line of JSON.
    """
    return json.dumps(given, separators=(',', ':')) + '\n'
