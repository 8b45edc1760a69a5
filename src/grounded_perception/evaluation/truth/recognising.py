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

"""Which form of truth a file or folder is, told from what is in it."""

from __future__ import annotations

from collections.abc import Iterator
import json
from pathlib import Path

from grounded_perception.errors import TruthError
from grounded_perception.evaluation.truth.files import bytes_of, plain
from grounded_perception.evaluation.truth.yolo import CLASS_FILES

#: The forms that are read from files, and what each is, for people.
FORMS = {
    'coco': "COCO's instances.json",
    'yolo': 'a folder of YOLO text files, with classes.txt or data.yaml',
    'kitti': "KITTI's folder label_2",
    'voc': 'a folder of Pascal VOC XML files',
    'expressions': 'sentences as .jsonl or .jsonl.gz, or RefCOCO as .json',
    'mot': "MOTChallenge's gt.txt",
}
#: Suffixes of files that may be a whole truth; ``.gz`` may follow.
_WHOLE = ('.json', '.jsonl')
#: So much of a file is looked at.
_HEAD = 65536
#: So many files of a folder of labels; those of images without objects are empty.
_LOOKED_AT = 50
#: Suffixes of the files of a folder of labels.
SUFFIXES = {'yolo': '.txt', 'kitti': '.txt', 'voc': '.xml'}
#: As their makers call them.
_LABELS = {'yolo': 'labels', 'kitti': 'label_2', 'voc': 'Annotations'}
#: Folders below a dataset's that have files of whole truths.
_OF_FILES = ('annotations', 'gt')
#: Folders of labels two levels below it.
_DEEP = ('training/label_2', 'labels/*', '*/labels')


def candidates(path: Path) -> list[tuple[str, Path]]:
    """
    Find what can be read.

    :param path: a file or a folder.
    :returns: form, and the file or folder to read, of each truth in it.
    :raises TruthError: when there is no such path.
    """
    if path.is_file():
        form = _form_of(path)
        return [(form, path)] if form else []
    if not path.is_dir():
        raise TruthError(f'{path}: no such file or folder')
    try:
        folders = [path, *sorted(p for p in path.iterdir() if p.is_dir())]
        folders += sorted(p for pattern in _DEEP for p in path.glob(pattern) if p.is_dir())
        return [each for folder in folders for each in _in_folder(folder, folder == path)]
    except OSError as exc:
        raise TruthError(f'{path}: {exc.strerror or exc}') from exc


def labels_in(path: Path, form: str) -> Path | None:
    """
    Find a folder of labels by its name and its files' names, whatever is in them.

    :param path: a dataset's folder, or that of its labels.
    :param form: of the labels.
    :returns: it, or None.
    """
    for folder in (path / _LABELS[form], path):
        if any(file.name not in CLASS_FILES for file in folder.glob(f'*{SUFFIXES[form]}')):
            return folder
    return None


def _in_folder(folder: Path, top: bool) -> Iterator[tuple[str, Path]]:
    """Yield the truths that lie directly in a folder."""
    files = sorted(p for p in folder.iterdir() if p.suffix and p.is_file())
    if top or folder.name in _OF_FILES:
        for path in files:
            whole = plain(path).suffix in _WHOLE or path.name == 'gt.txt'
            if whole and (form := _form_of(path)):
                yield form, path
    labels = [p for p in files if p.suffix in SUFFIXES.values() and p.name not in CLASS_FILES]
    forms = {_form_of(path) for path in labels[:_LOOKED_AT]}
    for form in SUFFIXES:
        if form in forms:
            yield form, folder


def _form_of(path: Path) -> str:
    """Tell the form of one file; empty = none that is known."""
    head = bytes_of(path, _HEAD).decode('utf-8-sig', errors='replace').lstrip()
    suffix = plain(path).suffix.lower()
    if suffix in ('.yaml', '.yml'):
        return 'yolo' if path.name in CLASS_FILES else ''
    if suffix == '.xml':
        return 'voc' if '<annotation' in head else ''
    if suffix in _WHOLE:
        return _json_form(suffix, head)
    return _text_form(head.partition('\n')[0].strip()) if suffix == '.txt' else ''


def _json_form(suffix: str, head: str) -> str:
    first = head.partition('\n')[0]
    if suffix == '.jsonl':
        return 'expressions' if _is_sentence(first) else ''
    if head.startswith('['):
        return 'expressions' if '"expression"' in head or '"sentences"' in head else ''
    if _is_sentence(first):
        return 'expressions'
    keys = ('"images"', '"annotations"', '"categories"')
    return 'coco' if any(key in head for key in keys) else ''


def _is_sentence(line: str) -> bool:
    """Say whether a line is a row with a sentence."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(row, dict) and ('expression' in row or 'sentences' in row)


def _text_form(line: str) -> str:
    """Tell the form by the first line of a text file."""
    commas = line.split(',')
    if len(commas) >= 7:
        # Trackers write detections in the same form, all of them object -1.
        return 'mot' if all(map(_is_number, commas[:7])) and commas[1].strip() != '-1' else ''
    first, *rest = line.split() or ['']
    if not rest or not all(map(_is_number, rest)):
        return ''
    if len(rest) == 14 and not _is_number(first):
        return 'kitti'
    return 'yolo' if first.isdigit() and (len(rest) == 4 or len(rest) >= 6) else ''


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
