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

"""JSON out of a text that may hold anything besides, or end too early."""

from __future__ import annotations

import json
import re
from typing import Any

from grounded_perception.assistants.parsing.found import MAX_CHARS

_OPENING = re.compile(r'[\[{]')
#: Places where reading is tried; a text of nothing but brackets must not take long.
_MAX_TRIES = 400


def values(text: str) -> tuple[list[Any], list[str]]:
    """
    Find every JSON list and object in a text.

    Words and code fences around are skipped. When a list or an object is broken off or not
    well-formed, the whole ones inside it are still found.

    :param text: any text.
    :returns: the values, outermost first, and what is wrong with the text.
    """
    looked_at = text[:MAX_CHARS]
    decoder = json.JSONDecoder()
    found: list[Any] = []
    broken, at, tries = -1, 0, 0
    while match := _OPENING.search(looked_at, at):
        at = match.start()
        tries += 1
        if tries > _MAX_TRIES:
            break
        try:
            value, at = decoder.raw_decode(looked_at, at)
        except (ValueError, RecursionError):  # also a whole number too long for Python
            broken = at if broken < 0 else broken
            at += 1
            continue
        found.append(value)
    problems = []
    if len(text) > MAX_CHARS:
        problems.append(f'only the first {MAX_CHARS} of {len(text)} characters were read')
    if tries > _MAX_TRIES:
        problems.append(f'too many brackets that open nothing: read up to character {at}')
    if broken >= 0:
        problems.append(f'the JSON that starts at character {broken} is cut off or malformed')
    return found, problems
