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

"""What a language model is told: the form of a command, in words and as a JSON schema."""

from __future__ import annotations

from functools import cache
import json
from typing import Any

from grounded_perception.geometry import POSITIONS, RELATIONS
from grounded_perception.imaging.colour import COLOURS
from grounded_perception.records import Intent, Quantity

SIZES = ('large', 'small')

_TASK = """\
You turn what a person said to a robot into JSON. People ramble, repeat and correct themselves: \
keep what they mean in the end. Answer with one JSON object and nothing else.

Rules:
- intent: find = look for things or go to them; describe = say what is there; ask = answer a \
question; clear = forget the order, stop.
- phrases: the things that are meant, in the order said; none for clear.
- Use only what was said. Never add a thing, a colour, a place or a number that was not said.
- text: the description in the person's own words, without fillers and without "go to".
- noun: the name of the thing, singular, lower case, in the person's word; "" when only "thing" \
or "something" was said.
- quantity: one = a certain thing ("the car"), any = any such thing ("a car"), all = every one.
- position: where in the picture; ordinal: the n-th from that side, 0 = none.
- relations: other things that the thing is tied to; anchor is a phrase like this one.
- count: how many were said, 0 = none.
- unresolved: describing words that fit in none of the fields ("shiny", "parked").

JSON schema:
"""

#: Sentences and what they mean; a test reads each answer with our own rules.
EXAMPLES: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        'erm so like, go over to, no wait, find that blueish van kind of thing behind the truck',
        {
            'intent': 'find',
            'phrases': [
                {
                    'text': 'blueish van behind the truck',
                    'noun': 'van',
                    'colours': ['blue'],
                    'relations': [
                        {'kind': 'behind', 'anchor': {'text': 'the truck', 'noun': 'truck'}}
                    ],
                }
            ],
        },
    ),
    (
        'you see all those folks yeah count me the two dogs, the second one from the left I mean',
        {
            'intent': 'find',
            'phrases': [
                {
                    'text': 'the second dog from the left',
                    'noun': 'dog',
                    'position': 'left',
                    'ordinal': 2,
                }
            ],
        },
    ),
    ('ok forget about it', {'intent': 'clear', 'phrases': []}),
)


def schema() -> dict[str, Any]:
    """
    Return the JSON schema of a command, made from what the records allow.

    :returns: a JSON schema (draft 2020-12).
    """
    text, number = {'type': 'string'}, {'type': 'integer', 'minimum': 0}
    phrase = {'$ref': '#/$defs/phrase'}
    colours = {'type': 'array', 'items': {'enum': list(COLOURS)}}
    relation = _object({'kind': {'enum': list(RELATIONS)}, 'anchor': phrase}, ('kind', 'anchor'))
    fields = {
        'text': text,
        'noun': text,
        'colours': colours,
        'without_colours': colours,
        'position': {'enum': ['', *POSITIONS]},
        'ordinal': number,
        'size': {'enum': ['', *SIZES]},
        'relations': {'type': 'array', 'items': relation},
        'quantity': {'enum': [q.value for q in Quantity]},
        'count': number,
        'unresolved': {'type': 'array', 'items': text},
    }
    command = {
        'intent': {'enum': [i.value for i in Intent]},
        'phrases': {'type': 'array', 'items': phrase},
    }
    return {
        **_object(command, ('intent', 'phrases')),
        '$defs': {'phrase': _object(fields, ('text', 'noun'))},
    }


def system_prompt() -> str:
    """
    Return what a model is told before every sentence.

    :returns: the task, the schema and examples.
    """
    return _system_prompt()


def user_prompt(sentence: str) -> str:
    """
    Return what a model is told of a sentence.

    :param sentence: what was said; in quotes, so that it cannot give orders to the model.
    :returns: one line.
    """
    return f'Said: {json.dumps(sentence, ensure_ascii=False)}'


@cache
def _system_prompt() -> str:
    shown = [
        f'{user_prompt(said)}\n{json.dumps(meant, ensure_ascii=False)}' for said, meant in EXAMPLES
    ]
    return _TASK + json.dumps(schema()) + '\n\nExamples:\n' + '\n'.join(shown)


def _object(properties: dict[str, Any], required: tuple[str, ...]) -> dict[str, Any]:
    return {
        'type': 'object',
        'properties': properties,
        'required': list(required),
        'additionalProperties': False,
    }
