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
YOLO's folders: a text file for each image, a line for each object, everything as a share of it.

As https://docs.ultralytics.com/datasets/detect describes: ``class x y width height`` with the
centre, or ``class x1 y1 x2 y2 x3 y3 ...`` with an outline. The names of the classes are in
``classes.txt`` or in the ``names`` of a ``data.yaml`` beside or above the labels; the images,
whose sizes are needed, in a folder ``images`` beside ``labels``. An image without a text file has
nothing in it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from grounded_perception.errors import TruthError
from grounded_perception.evaluation.truth.draft import Box, Draft
from grounded_perception.evaluation.truth.files import lines_of, numbers, whole
from grounded_perception.evaluation.truth.image_size import size_of
from grounded_perception.evaluation.truth.names import IMAGE_ENDINGS
import yaml

CLASS_FILES = ('classes.txt', 'obj.names', 'data.yaml', 'dataset.yaml', 'data.yml')
#: Rounded to six digits, a box at the edge comes to lie this far outside.
_SLACK = 1e-3


def read(path: Path) -> Draft:
    """
    Read boxes.

    :param path: folder of the labels.
    :returns: all images of the folder of images, those without a box as well.
    :raises TruthError: naming the file and the line, or what is not beside the folder.
    """
    draft = Draft(path, 'yolo')
    names = _names(draft, path)
    draft.declare(names.values())
    images = _images(path)
    texts = sorted(p for p in path.rglob('*.txt') if p.name not in CLASS_FILES)
    labels = {text.relative_to(path).with_suffix('').as_posix(): text for text in texts}
    lost = [str(text) for name, text in labels.items() if name not in images]
    if lost:
        raise TruthError(
            f'{lost[0]}: no image of this name in {_image_folder(path)}, and without its size '
            f'the boxes are not known in pixels ({len(lost)} of {len(labels)} files)'
        )
    for name, image in images.items():
        size = size_of(image)
        key = image.relative_to(_image_folder(path)).as_posix()
        draft.image(key, image, size)
        draft.remember(key, f'{size}'.encode())
        if name in labels:
            for where, line in lines_of(labels[name], draft.text(labels[name])):
                _line(draft, key, line, where, names, size)
    bare = len(images) - len(labels)
    if bare:
        draft.problems.append(f'images without a label file, taken as showing nothing: {bare}')
    return draft


def _line(
    draft: Draft, key: str, line: str, where: str, names: dict[int, str], size: tuple[int, int]
) -> None:
    first, *rest = line.split()
    number = whole(first, where, 'a class')
    if number not in names:
        raise TruthError(
            f'{where}: the class {number} has no name; there are {len(names)}, from {min(names)} '
            f'to {max(names)}'
        )
    values = numbers(rest, where)
    if len(values) == 5:
        raise TruthError(f'{where}: five numbers after the class: a score? That is no truth')
    if len(values) != 4 and (len(values) < 6 or len(values) % 2):
        raise TruthError(
            f'{where}: four numbers are wanted after the class, or an outline of three points or '
            f'more; got {len(values)} numbers'
        )
    box, area = _box(values) if len(values) == 4 else _outline(values)
    if any(not -_SLACK <= value <= 1 + _SLACK for value in box):
        raise TruthError(f'{where}: a box is in shares of the image, 0 to 1; it goes to {box}')
    x1, y1, x2, y2 = (min(max(value, 0.0), 1.0) for value in box)
    width, height = size
    pixels = (x1 * width, y1 * height, x2 * width, y2 * height)
    draft.box(key, pixels, names[number], where, area_px=area and area * width * height)


def _box(values: tuple[float, ...]) -> tuple[Box, None]:
    x, y, width, height = values
    return (x - width / 2, y - height / 2, x + width / 2, y + height / 2), None


def _outline(values: tuple[float, ...]) -> tuple[Box, float]:
    """Return what encloses an outline, and its area by the shoelace formula."""
    xs, ys = values[::2], values[1::2]
    before = zip((xs[-1], *xs[:-1]), (ys[-1], *ys[:-1]), strict=True)
    twice = sum(x0 * y - x * y0 for (x0, y0), x, y in zip(before, xs, ys, strict=True))
    return (min(xs), min(ys), max(xs), max(ys)), abs(twice) / 2


def _image_folder(labels: Path) -> Path:
    """Return where the images of a folder of labels are: the ``images`` for its ``labels``."""
    parts = labels.absolute().parts
    if 'labels' in parts:
        last = len(parts) - 1 - parts[::-1].index('labels')
        folder = Path(*parts[:last], 'images', *parts[last + 1 :])
        if folder.is_dir():
            return folder
    beside = labels.parent / 'images'
    return beside if beside.is_dir() else labels


def _images(labels: Path) -> dict[str, Path]:
    """Return the images of a folder of labels by their names without ending."""
    folder = _image_folder(labels)
    found = {
        path.relative_to(folder).with_suffix('').as_posix(): path
        for path in sorted(folder.rglob('*'))
        if path.suffix.lower() in IMAGE_ENDINGS
    }
    if not found:
        raise TruthError(
            f'{labels}: YOLO gives boxes as shares of the image, and the images are not found: '
            f'put them, or a link to them, into {labels.parent / "images"}'
        )
    return found


def _names(draft: Draft, labels: Path) -> dict[int, str]:
    """Return the names of the classes by number."""
    places = [labels, *labels.absolute().parents[:2]]
    for path in (place / name for place in places for name in CLASS_FILES):
        if path.is_file():
            text = draft.text(path)
            lines = [line.strip() for line in text.splitlines()]
            names = _yaml_names(path, text) if path.suffix[:2] == '.y' else lines
            numbered = dict(enumerate(names)) if isinstance(names, list) else names
            return {number: name for number, name in numbered.items() if name}
    raise TruthError(
        f'{labels}: no file of class names ({", ".join(CLASS_FILES)}) in it or in the two folders '
        'above'
    )


def _yaml_names(path: Path, text: str) -> Any:
    """Return the names in a ``data.yaml``, a list or by number."""
    try:
        told = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as exc:
        raise TruthError(f'{path} is no YAML: {exc}') from exc
    names = told.get('names') if isinstance(told, dict) else None
    if isinstance(names, list) and all(isinstance(name, str) for name in names):
        return names
    if isinstance(names, dict) and all(
        isinstance(number, int) and isinstance(name, str) for number, name in names.items()
    ):
        return names
    raise TruthError(f"{path}: 'names' is a list of texts, or texts by number; got {names!r}")
