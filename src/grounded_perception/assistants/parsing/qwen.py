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
Qwen-VL's text: JSON with ``bbox_2d``, or ``<|box_start|>(x1,y1),(x2,y2)<|box_end|>``.

Qwen2.5-VL writes pixels of the image as it was resized for the network, Qwen3-VL thousandths of
the sides.
"""

from __future__ import annotations

import re

from grounded_perception.assistants.parsing import json_boxes
from grounded_perception.assistants.parsing.found import MAX_CHARS, Parsed, Sieve

_NUMBER = r'\s{0,9}(-?\d{1,9}(?:\.\d{1,9})?)\s{0,9}'
_TOKENS = re.compile(
    r'(?:<\|object_ref_start\|>([^<]{0,200})<\|object_ref_end\|>)?\s{0,9}<\|box_start\|>'
    rf'\({_NUMBER},{_NUMBER}\)\s{{0,9}},?\s{{0,9}}\({_NUMBER},{_NUMBER}\)'
)


def read(
    text: str, width: int, height: int, label: str = '', space: tuple[float, float] | None = None
) -> Parsed:
    """
    Read boxes in either form.

    :param text: what the model wrote, special tokens included.
    :param width: width of the original image in pixels.
    :param height: its height.
    :param label: what a box without a label is called.
    :param space: see :func:`grounded_perception.assistants.parsing.json_boxes.read`.
    :returns: the boxes in pixels of the original image.
    """
    if '<|box_start|>' not in text:
        return json_boxes.read(_without_marks(text), width, height, label, space)
    sieve = Sieve(width, height, label)
    extent = space or (float(width), float(height))
    scale = (width / extent[0], height / extent[1])
    looked_at = text[:MAX_CHARS]
    name, whole = '', 0
    for match in _TOKENS.finditer(looked_at):
        whole += 1
        name = match[1] if match[1] is not None else name  # one name, several boxes
        sieve.add(name, [float(match[i + 2]) * scale[i % 2] for i in range(4)])
    if broken := looked_at.count('<|box_start|>') - whole:
        sieve.problem(f'{broken} of <|box_start|> are not followed by (x1,y1),(x2,y2)')
    if len(text) > MAX_CHARS:
        sieve.problem(f'only the first {MAX_CHARS} of {len(text)} characters were read')
    return sieve.parsed()


def _without_marks(text: str) -> str:
    return text[: MAX_CHARS + 1].replace('<|im_end|>', '').replace('<|endoftext|>', '')
