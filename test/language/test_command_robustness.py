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

"""Commands: whatever comes, the parser answers or refuses, and soon."""

from contextlib import suppress
import random
import re
import time

from grounded_perception.errors import CommandError
from grounded_perception.geometry import POSITIONS, RELATIONS
from grounded_perception.language.command import parse
from grounded_perception.records import Phrase
import pytest

#: What the parser treats specially, to be mixed at random.
WORDS = re.findall(
    r'\S+',
    """
    the a two dog cup orange red of on left right next to between and or , that is not with in
    wearing shirt holding front middle second from 's one other thing ? stop find where what
    closest camera glasses slice pair all big sitting riding me please
    """,
)


def test_a_megabyte_is_refused_at_once() -> None:
    start = time.perf_counter()
    with pytest.raises(CommandError):
        parse('dog ' * 250_000, 500)
    assert time.perf_counter() - start < 0.05


def _walk(phrase: Phrase, depth: int = 0) -> int:
    assert phrase.position in {'', *POSITIONS}
    assert all(tie.kind in RELATIONS for tie in phrase.relations)
    assert phrase.size in {'', 'large', 'small'}
    return max([depth, *(_walk(tie.anchor, depth + 1) for tie in phrase.relations)])


def _random_text(rng: random.Random) -> str:
    if rng.random() < 0.5:
        ranges = ((0x20, 0x7F), (0, 0x3000), (0, 0x110000))
        return ''.join(chr(rng.randrange(*rng.choice(ranges))) for _ in range(rng.randrange(80)))
    return ' '.join(rng.choice(WORDS) for _ in range(rng.randrange(1, 60)))


def test_any_text_gives_a_valid_command_or_a_command_error() -> None:
    rng = random.Random(1)
    for _ in range(2000):
        text = _random_text(rng)
        try:
            command = parse(text, 500)
        except CommandError:
            continue
        assert all(_walk(phrase) <= 5 for phrase in command.phrases), text


@pytest.mark.parametrize(
    'word', ['on', 'next to one', 'the dog', 'of', 'a next to b and', 'not', 'in red', "isn't"]
)
def test_time_grows_with_length_only(word: str) -> None:
    text = ' '.join([word] * 5000)[:10_000]
    start = time.perf_counter()
    with suppress(CommandError):
        parse(text, 10_000)
    # about 30 ms; a parser that looked back for every word would need minutes
    assert time.perf_counter() - start < 2
