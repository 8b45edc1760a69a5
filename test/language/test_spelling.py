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

"""Typing slips."""

from grounded_perception.language.spelling import correct, is_one_slip
import pytest


@pytest.mark.parametrize(
    ('a', 'b', 'wanted'),
    [
        ('motorcyle', 'motorcycle', True),  # lost
        ('giraffee', 'giraffe', True),  # added
        ('persin', 'person', True),  # changed
        ('zerba', 'zebra', True),  # swapped
        ('zebra', 'zebra', False),
        ('zerab', 'zebra', False),
        ('', 'a', True),
        ('ab', 'ba', True),
        ('abc', 'bca', False),
    ],
)
def test_one_slip(a: str, b: str, wanted: bool) -> None:
    assert is_one_slip(a, b) is wanted
    assert is_one_slip(b, a) is wanted


@pytest.mark.parametrize(
    ('word', 'wanted'),
    [('bananna', ['banana']), ('mitten', []), ('boet', []), ('banana', [])],
)
def test_correct(word: str, wanted: list[str]) -> None:
    assert correct(word, ['banana', 'kitten', 'boat']) == wanted
