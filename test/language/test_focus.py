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
"""What a sentence is about, found by the network that ships."""

import shutil

from grounded_perception.errors import ModelCorrupt, SettingsError
from grounded_perception.language import focus
from grounded_perception.language.encoder import TextEncoder
from grounded_perception.language.focus import Focus
from grounded_perception.settings import Settings
import pytest

pytestmark = pytest.mark.model


@pytest.fixture(scope='module')
def shipped(text_encoder: TextEncoder) -> Focus:
    """Return the network that ships."""
    return focus.load(text_encoder)


@pytest.mark.parametrize(
    ('said', 'meant', 'name'),
    [
        (
            'catch up with the man holding two poles in the lower right',
            'the man holding two poles in the lower right',
            'man',
        ),
        ('keep two metres away from the barking dog', 'the barking dog', 'dog'),
        ('please ask the waiter by the door to come over', 'the waiter by the door', 'waiter'),
        ('I could use a clean spoon', 'a clean spoon', 'spoon'),
        ('the kettle on the stove is boiling over', 'the kettle on the stove', 'kettle'),
        ('put this on the small table by the sofa', 'the small table by the sofa', 'table'),
        ('follow the white van so we do not lose it', 'the white van', 'van'),
        ('mine is the second mug from the left', 'the second mug from the left', 'mug'),
    ],
)  # fmt: skip
def test_what_wraps_a_description_is_left_away(shipped, said, meant, name):
    found = shipped.read(said)
    assert found.text == meant
    assert found.name is not None
    start, end = found.name
    assert found.text[start:end] == name


@pytest.mark.parametrize(
    'said',
    [
        'the red car left of the bus',
        'left giraffe',
        'woman in blue shirt on the far right',
        'dog',
        'the small elephant beside the one facing the camera',
        'second bottle from the left',
    ],
)
def test_a_bare_description_is_left_as_it_is(shipped, said):
    assert shipped.read(said).text == said


def test_parts_of_a_description_are_joined(shipped):
    found = shipped.read('I need the grey van, if you can, the one with the ladder on it')
    assert found.text == 'the grey van, the one with the ladder on it'


@pytest.mark.parametrize('said', ['', ' ', '?!', '\ud800', 'word ' * 300])
def test_any_text_can_be_read(shipped, said):
    assert isinstance(shipped.read(said).text, str)


def test_it_is_checked_before_it_is_used(text_encoder, tmp_path):
    folder = tmp_path / 'focus'
    shutil.copytree(focus.PACKAGED, folder)
    assert focus.load(text_encoder, folder).read('take the cup').text == 'the cup'
    with (folder / focus.WEIGHTS).open('r+b') as stream:
        stream.seek(-1, 2)
        stream.write(b'\x7f')
    with pytest.raises(ModelCorrupt, match=r'manifest\.json'):
        focus.load(text_encoder, folder)


def test_a_setting_names_it(tmp_path):
    assert focus.folder_of(Settings()) == focus.PACKAGED
    assert focus.folder_of(Settings(focus='none')) is None
    assert focus.folder_of(Settings(focus=str(tmp_path))) == tmp_path
    with pytest.raises(SettingsError, match="focus must be 'trained', 'none' or a folder"):
        focus.folder_of(Settings(focus='nowhere'))
