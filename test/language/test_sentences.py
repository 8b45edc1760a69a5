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
"""Sentences read with a focus that is scripted, and without one."""

from grounded_perception.errors import CommandError
from grounded_perception.language.focus import Focused
from grounded_perception.language.sentences import SentenceReader
from grounded_perception.records import Intent
import pytest


class Scripted:
    """A focus that knows one answer."""

    def __init__(self, text: str, name: str = '') -> None:
        self._found = Focused(text)
        if name:
            start = text.index(name)
            self._found = Focused(text, (start, start + len(name)))

    def read(self, text: str) -> Focused:
        return self._found


def nouns(command):
    return [phrase.noun for phrase in command.phrases]


def test_the_grammar_reads_what_the_focus_leaves():
    reader = SentenceReader(Scripted('the man holding two poles', 'man'))
    command = reader.read('zigzag past the man holding two poles', 500)
    assert nouns(command) == ['man']
    assert command.text == 'zigzag past the man holding two poles'
    assert command.phrases[0].text == 'the man holding two poles'


def test_a_name_that_is_known_ends_there():
    said = 'the man writing something down'
    assert nouns(SentenceReader(Scripted(said, 'man')).read(said, 500)) == ['man']


def test_a_name_in_several_words():
    said = 'the parking meter warden'
    assert nouns(SentenceReader(Scripted(said, 'warden')).read(said, 500)) == [
        'parking meter warden'
    ]


@pytest.mark.parametrize('name', ['one', 'red'])
def test_what_is_no_name_is_not_taken_for_one(name):
    said = 'the red one on the left'
    (phrase,) = SentenceReader(Scripted(said, name)).read(said, 500).phrases
    assert (phrase.noun, phrase.colours, phrase.position) == ('', ('red',), 'left')


@pytest.mark.parametrize(
    ('said', 'intent'),
    [('how many cars are there?', Intent.ASK), ('stop looking', Intent.CLEAR)],
)
def test_questions_and_orders_to_stop_are_the_grammars(said, intent):
    assert SentenceReader(Scripted('the dog')).read(said, 500).intent is intent


def test_no_thing_of_a_list_is_lost():
    reader = SentenceReader(Scripted('the fork'))
    assert nouns(reader.read('the knife, the fork and the forklift', 500)) == [
        'knife', 'fork', 'forklift',
    ]  # fmt: skip
    assert nouns(reader.read('frobnicator, find the fork', 500)) == ['fork']


def test_where_the_focus_leaves_nothing_to_look_for_the_grammar_holds():
    assert nouns(SentenceReader(Scripted('please')).read('bring the cup', 500)) == ['cup']


def test_a_sentence_that_names_nothing_is_refused_as_before():
    for reader in (SentenceReader(), SentenceReader(Scripted('please'))):
        with pytest.raises(CommandError, match='no thing to look for'):
            reader.read('please', 500)


def test_without_a_focus_the_grammar_reads_alone():
    assert nouns(SentenceReader().read('bring the cup', 500)) == ['cup']
