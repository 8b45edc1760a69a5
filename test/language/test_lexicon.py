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

"""Words: inflection, tokens, what can be a noun."""

from grounded_perception.language.lexicon import may_be_noun, singular, tokenize
import pytest


@pytest.mark.parametrize(
    ('plural', 'wanted'),
    [
        ('dogs', 'dog'),
        ('buses', 'bus'),
        ('bus', 'bus'),
        ('boxes', 'box'),
        ('dishes', 'dish'),
        ('horses', 'horse'),
        ('glasses', 'glasses'),
        ('cherries', 'cherry'),
        ('ties', 'tie'),
        ('people', 'person'),
        ('children', 'child'),
        ('men', 'man'),
        ('mice', 'mouse'),
        ('knives', 'knife'),
        ('sheep', 'sheep'),
        ('skis', 'skis'),
        ('scissors', 'scissors'),
        ('jeans', 'jeans'),
        ('grass', 'grass'),
        ('tennis', 'tennis'),
        ('gas', 'gas'),
    ],
)
def test_singular(plural: str, wanted: str) -> None:
    assert singular(plural) == wanted


@pytest.mark.parametrize(
    ('text', 'wanted'),
    [
        ("the dog's bowl", ['the', 'dog', "'s", 'bowl']),
        ('it isn\N{RIGHT SINGLE QUOTATION MARK}t red', ['it', 'not', 'red']),
        ('dark-red T-shirt', ['dark', 'red', 't-shirt']),
        ('one, two', ['one', ',', 'two']),
        ('stop_sign', ['stop', 'sign']),
    ],
)
def test_tokenize(text: str, wanted: list[str]) -> None:
    assert [token.word for token in tokenize(text)] == wanted


def test_tokens_know_where_they_stand() -> None:
    text = 'Dark-Red dog'
    assert [text[token.start : token.end] for token in tokenize(text)] == ['Dark', 'Red', 'dog']


@pytest.mark.parametrize(
    ('word', 'wanted'),
    [('building', True), ('jumping', False), ('bed', True), ('parked', False), ('left', False)],
)
def test_may_be_noun(word: str, wanted: bool) -> None:
    assert may_be_noun(word) is wanted
