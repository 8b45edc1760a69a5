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
Pascal VOC's XML: a file for each image (http://host.robots.ox.ac.uk/pascal/VOC, section 2.2).

Pixels count from 1 and a box includes its last one, so 1 is taken from its left and upper side.
What is ``difficult`` neither has to be found nor may be counted as false.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from grounded_perception.errors import TruthError
from grounded_perception.evaluation.truth.draft import Draft
from grounded_perception.evaluation.truth.files import numbers, whole

_SIDES = ('xmin', 'ymin', 'xmax', 'ymax')


class _Builder(ElementTree.TreeBuilder):
    """Builds a tree of a file that declares nothing: no entity can grow or reach out."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        """Refuse, before what is declared is used."""
        raise TruthError('it declares a document type (<!DOCTYPE), which is not read')


def read(path: Path) -> Draft:
    """
    Read boxes.

    :param path: folder of the XML files.
    :returns: an image for each file.
    :raises TruthError: naming the file and the object.
    """
    draft = Draft(path, 'voc')
    for file in sorted(path.glob('*.xml')):
        root = _root(file, draft.text(file))
        size = [root.findtext(f'size/{side}') or '0' for side in ('width', 'height')]
        width, height = (whole(side, file, 'a size') for side in size)
        key = (root.findtext('filename') or '').strip() or file.stem
        draft.image(key, file, (width, height))
        for i, thing in enumerate(root.iterfind('object')):
            _object(draft, key, thing, f'{file}, object {i + 1}')
    return draft


def _root(file: Path, text: str) -> ElementTree.Element:
    try:
        root = ElementTree.fromstring(text, ElementTree.XMLParser(target=_Builder()))
    except TruthError as exc:
        raise TruthError(f'{file}: {exc}') from exc
    except (ElementTree.ParseError, ValueError) as exc:
        raise TruthError(f'{file} is no XML: {exc}') from exc
    if root.tag != 'annotation':
        raise TruthError(f'{file}: <annotation> is wanted, got <{root.tag}>')
    return root


def _object(draft: Draft, key: str, thing: ElementTree.Element, where: str) -> None:
    name = (thing.findtext('name') or '').strip()
    if not name:
        raise TruthError(f'{where}: no <name>')
    sides = [thing.findtext(f'bndbox/{side}') for side in _SIDES]
    if None in sides:
        raise TruthError(f'{where} ({name}): no <bndbox> with {", ".join(_SIDES)}')
    x1, y1, x2, y2 = numbers(sides, f'{where} ({name})')
    difficult = (thing.findtext('difficult') or '0').strip() == '1'
    # Many tools count from 0: their leftmost box must not begin outside of the image.
    box = (max(x1 - 1, 0.0) if x1 >= 0 else x1, max(y1 - 1, 0.0) if y1 >= 0 else y1, x2, y2)
    draft.box(key, box, name, f'{where} ({name})', ignored=difficult)
