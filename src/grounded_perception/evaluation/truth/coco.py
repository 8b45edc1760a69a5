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
COCO's ``instances.json``: images, categories, annotations (https://cocodataset.org/#format-data).

``bbox`` is x, y, width, height; ``area`` that of the outline, by which COCO tells small from
large; ``iscrowd`` (and ``ignore``, which pycocotools reads too) marks what does not count.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from grounded_perception.errors import TruthError
from grounded_perception.evaluation.truth.draft import Draft
from grounded_perception.evaluation.truth.files import (
    field_of,
    json_of,
    list_field,
    numbers,
    text_field,
    whole,
)


def read(path: Path) -> Draft:
    """
    Read boxes.

    :param path: of the JSON file.
    :returns: all images of the file, those without a box as well.
    :raises TruthError: naming the file, and the annotation by its place and id.
    """
    draft = Draft(path, 'coco')
    told = json_of(path, draft.text(path))
    names = _categories(path, told)
    draft.declare(names.values())
    keys: dict[int, str] = {}
    for i, image in enumerate(list_field(told, 'images', path)):
        where = f'{path}, images[{i}]'
        number = whole(field_of(image, 'id', where), where, 'an image id')
        if number in keys:
            raise TruthError(f'{where}: the image id {number} is there twice')
        keys[number] = text_field(image, 'file_name', where)
        size = tuple(whole(image.get(side) or 0, where, side) for side in ('width', 'height'))
        draft.image(keys[number], where, (size[0], size[1]))
    seen: set[int] = set()
    for i, annotation in enumerate(list_field(told, 'annotations', path)):
        where = f'{path}, annotations[{i}]'
        number = whole(field_of(annotation, 'id', where), where, 'an annotation id')
        if number in seen:
            raise TruthError(f'{where}: the annotation id {number} is there twice')
        seen.add(number)
        _annotation(draft, annotation, f'{where} (id {number})', keys, names)
    return draft


def _categories(path: Path, told: Any) -> dict[int, str]:
    names: dict[int, str] = {}
    for i, category in enumerate(list_field(told, 'categories', path)):
        where = f'{path}, categories[{i}]'
        number = whole(field_of(category, 'id', where), where, 'a category id')
        if number in names:
            raise TruthError(f'{where}: the category id {number} is there twice')
        names[number] = text_field(category, 'name', where)
    return names


def _annotation(
    draft: Draft, told: dict[str, Any], where: str, keys: dict[int, str], names: dict[int, str]
) -> None:
    image = whole(field_of(told, 'image_id', where), where, 'image_id')
    if image not in keys:
        raise TruthError(f'{where}: the image {image} is not among the images')
    category = whole(field_of(told, 'category_id', where), where, 'category_id')
    if category not in names:
        raise TruthError(
            f'{where}: the category {category} is not among the categories '
            f'({", ".join(map(str, list(names)[:20]))})'
        )
    values = numbers(list_field(told, 'bbox', where), where)
    if len(values) != 4:
        raise TruthError(f'{where}: bbox is x, y, width, height, got {len(values)} numbers')
    x, y, width, height = values
    area = told.get('area')
    draft.box(
        keys[image],
        (x, y, x + width, y + height),
        names[category],
        where,
        ignored=bool(told.get('iscrowd') or told.get('ignore')),
        area_px=numbers((area,), where)[0] if area is not None else None,
    )
