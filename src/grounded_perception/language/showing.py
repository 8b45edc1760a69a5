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

"""Sentences about things without a name: "remember this as my mug", "find things like my mug"."""

from __future__ import annotations

import re

from grounded_perception.records import Command, Intent, Phrase

_REMEMBER = re.compile(
    r'(?:please )?(?:remember|keep|learn|save) (?:this|that|it|the thing) as '
    r'(?:a |an |the |my )?(?P<name>.+?)(?: please)?[.!]*',
    re.IGNORECASE,
)
_LIKE = re.compile(
    r'(?:please )?(?:(?:find|show|get|fetch|bring|look for|search for|where (?:is|are))(?: me)? )?'
    r'(?:the |a |an |all |any |some )?(?:things?|something|anything|ones?|objects?)'
    r'(?: that)?(?: looks?| looking)? (?:just |most )?like '
    r'(?:a |an |the |my |this |that )?(?P<name>.+?)(?: please)?[.!?]*',
    re.IGNORECASE,
)


def showing(text: str) -> Command | None:
    """
    Read a sentence about what has been shown, or is to be remembered.

    :param text: a cleaned sentence.
    :returns: a command of :attr:`Intent.LIKE` or :attr:`Intent.REMEMBER` whose one phrase has the
        thing's name as its noun; None for any other sentence.
    """
    for intent, pattern in ((Intent.REMEMBER, _REMEMBER), (Intent.LIKE, _LIKE)):
        if said := pattern.fullmatch(text):
            return Command(text, intent, (Phrase(text, said['name'].lower()),))
    return None
