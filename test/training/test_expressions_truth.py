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

"""The rules behind the sentences, one by one, by hand."""

from random import Random

from grounded_perception.records import Quantity, Status
from grounded_perception.training.scene import Scene, Thing
from grounded_perception.training.speech import anchors, choosing, properties, slips
from grounded_perception.training.speech.description import denied, Description, Noun, Room
from grounded_perception.training.speech.naming import article, mixable, name_of, plural
from grounded_perception.training.speech.phrasing import Phraser
from grounded_perception.training.speech.truth import Facts, FALSE, TRUE, UNCLEAR
import pytest

CAR, BUS = Noun('car', frozenset({'car'})), Noun('bus', frozenset({'bus'}))
CUP, TABLE = Noun('cup', frozenset({'cup'})), Noun('table', frozenset({'dining table'}))
MAN = Noun('man', frozenset({'person'}), is_person=True)


def car(x: float, colour: str = 'red', depth: float = 10.0, size: float = 60) -> Thing:
    return Thing('car', (x - size / 2, 300 - size, x + size / 2, 300), (colour,), depth)


def room(*things: Thing) -> Room:
    return Room(Facts(Scene(640, 480, things)))


def test_colours_that_look_alike_are_unclear() -> None:
    facts = Facts(Scene(640, 480, (
        car(100, 'black'), car(300, 'red'),
        Thing('car', (0, 0, 50, 50), ('green', 'white'), 5.0),
    )))  # fmt: skip
    assert facts.colour('black').tolist() == [TRUE, FALSE, FALSE]
    assert facts.colour('gray').tolist() == [UNCLEAR, FALSE, FALSE]
    assert facts.colour('white').tolist() == [FALSE, FALSE, UNCLEAR]
    assert facts.colour('green', 'white').tolist() == [FALSE, FALSE, TRUE]


def test_in_red_is_the_top_or_most_of_it() -> None:
    def someone(**parts: str) -> Thing:
        return Thing('person', (10, 10, 60, 200), ('blue',), 5.0, parts)

    facts = Facts(Scene(640, 480, (
        someone(top='red', legs='black'), someone(top='white', legs='red'),
        someone(hat='red', top='blue', legs='red'), someone(top='blue', legs='green'), car(300),
    )))  # fmt: skip
    assert facts.dressed('red').tolist() == [TRUE, UNCLEAR, TRUE, FALSE, FALSE]
    assert facts.worn('hat', '').tolist() == [FALSE, FALSE, TRUE, FALSE, FALSE]
    assert facts.worn('legs', 'red').tolist() == [FALSE, TRUE, TRUE, FALSE, FALSE]


def test_nothing_hinges_on_what_is_unclear() -> None:
    here = room(car(100, 'black'), car(300, 'red'))
    for said in ('gray', 'black'):
        expected = (0,) if said == 'black' else None
        assert here.fitting(Description(CAR, (properties.colour(here, said),))) == expected
    assert here.fitting(Description(BUS, (properties.colour(here, 'gray'),))) == ()


@pytest.mark.parametrize(
    ('xs', 'side', 'expected'),
    [
        ((100, 500), 'left', (0,)),
        ((400, 600), 'left', (0,)),  # the left one of two on the right
        ((100, 120, 500), 'left', (0, 1)),
        ((500,), 'left', None),
        ((250, 290, 330), 'left', None),
        ((100, 500, 600), 'right', (2,)),
    ],
)
def test_a_side_compares_first(
    xs: tuple[float, ...], side: str, expected: tuple[int, ...] | None
) -> None:
    facts = Facts(Scene(640, 480, tuple(car(x) for x in xs)))
    assert choosing.on_side(side)(facts, range(len(xs))) == expected


def test_counting_needs_steps_and_enough_things() -> None:
    facts = Facts(Scene(640, 480, (car(300), car(100), car(500), car(510))))
    everything = range(4)
    assert choosing.nth(2, 'left')(facts, everything) == (0,)
    assert choosing.nth(2, 'right')(facts, everything) is None
    assert choosing.nth(5, 'left')(facts, everything) == ()


def test_sizes_and_depths_need_margins() -> None:
    facts = Facts(Scene(640, 480, (car(100, depth=9), car(250, depth=10, size=64),
                                   car(450, depth=4, size=120))))  # fmt: skip
    assert choosing.by_size('large')(facts, (0, 1, 2)) == (2,)
    assert choosing.by_size('small')(facts, (0, 1, 2)) is None
    assert choosing.by_depth('nearest')(facts, (0, 1, 2)) == (2,)
    assert choosing.by_depth('farthest')(facts, (0, 1, 2)) is None


def test_two_comparisons_must_agree_in_either_order() -> None:
    here = room(car(100, size=40), car(250, size=60), car(500, size=120))
    left = properties.on_side('left')
    size = properties.size_of(Random(0), here, 2, (0, 1, 2))
    assert size is not None
    assert here.fitting(Description(CAR, (left, size))) is None


def test_standings() -> None:
    here = room(
        Thing('dining table', (100, 250, 500, 400), ('brown',), 2.0),
        Thing('cup', (150, 210, 190, 265), ('white',), 2.0, on=0),
        Thing('cup', (320, 210, 360, 265), ('white',), 2.0, on=0),
        Thing('bowl', (200, 230, 260, 265), ('white',), 2.0, on=0),
        Thing('apple', (215, 225, 240, 245), ('red',), 2.0, inside=3),
    )
    of = here.standing.of
    assert of('on')[:, 0].tolist() == [FALSE, TRUE, TRUE, TRUE, UNCLEAR]
    assert of('in')[:, 3].tolist() == [FALSE, FALSE, FALSE, FALSE, TRUE]
    assert of('left of')[1].tolist()[2:] == [TRUE, TRUE, TRUE]
    assert of('left of')[2].tolist()[1:] == [FALSE, FALSE, FALSE, FALSE]
    assert of('right of')[2, 1] == TRUE
    assert of('next to')[:, 3].tolist()[1:3] == [TRUE, FALSE]
    assert of('containing')[3, 4] == TRUE
    assert here.standing.between(1, 2).tolist()[3:] == [TRUE, TRUE]


def test_holding_and_riding() -> None:
    here = room(
        Thing('person', (100, 100, 180, 350), ('red',), 5.0, {'top': 'red'}, on=1),
        Thing('horse', (60, 220, 300, 400), ('brown',), 5.0),
        Thing('person', (400, 100, 480, 400), ('red',), 5.0, {'top': 'blue'}),
        Thing('umbrella', (440, 150, 475, 210), ('black',), 5.0),
    )
    assert here.standing.of('riding')[:, 1].tolist() == [TRUE, FALSE, FALSE, FALSE]
    assert here.standing.of('holding')[:, 3].tolist() == [FALSE, FALSE, TRUE, FALSE]
    riding = anchors.tie_to(here, 'riding', Description(Noun('horse', frozenset({'horse'}))))
    assert riding is not None
    assert here.fitting(Description(MAN, (riding,))) == (0,)
    assert here.fitting(Description(MAN, (denied(riding),))) == (2,)


def test_left_of_needs_one_anchor_and_contact_any() -> None:
    here = room(car(100), car(500), Thing('bus', (250, 200, 350, 300), ('red',), 10.0))
    assert anchors.tie_to(here, 'left of', Description(CAR)) is None
    left = anchors.tie_to(here, 'left of', Description(BUS))
    assert left is not None
    assert here.fitting(Description(CAR, (left,))) == (0,)
    assert anchors.tie_to(here, 'next to', Description(CAR)) is not None


def test_status_of_counts() -> None:
    here = room(car(100), car(300), car(500))
    answers = {n: here.meaning(Description(CAR, (), Quantity.ALL, n)) for n in (0, 2, 3, 4)}
    statuses = {n: answer.status for n, answer in answers.items() if answer}
    assert statuses == {0: Status.FOUND, 2: Status.AMBIGUOUS, 3: Status.FOUND, 4: Status.ABSENT}
    for quantity, status in ((Quantity.ONE, Status.AMBIGUOUS), (Quantity.ANY, Status.FOUND)):
        answer = here.meaning(Description(CAR, (), quantity))
        assert answer is not None
        assert (answer.status, answer.meant) == (status, (0, 1, 2))


def test_what_fails() -> None:
    here = room(car(100), Thing('bus', (250, 200, 350, 300), ('blue',), 10.0))
    behind = anchors.tie_to(here, 'right of', Description(BUS))
    assert behind is not None
    cases = {
        'class': Description(CUP),
        'attribute': Description(CAR, (properties.colour(here, 'green'),)),
        'relation': Description(CAR, (behind,)),
    }
    for fails, description in cases.items():
        answer = here.meaning(description)
        assert answer is not None
        assert (answer.status, answer.fails) == (Status.ABSENT, fails)


def test_of_several_beside_it_the_nearest_is_meant_so_it_is_not_said() -> None:
    here = room(car(150), car(20, size=30), Thing('bus', (250, 200, 350, 300), ('red',), 10.0))
    left = anchors.tie_to(here, 'left of', Description(BUS))
    assert left is not None
    assert here.meaning(Description(CAR, (left,))) is None


def test_names() -> None:
    r = Random(0)
    said = {name_of(r, 'person').word for _ in range(300)}
    assert {'man', 'woman', 'guy', 'person'} <= said
    assert {name_of(r, 'car', is_plain=True).classes for _ in range(50)} == {frozenset({'car'})}
    assert 'wine glass' in mixable('cup')
    assert mixable('zebra') == frozenset()
    assert [plural(w) for w in ('knife', 'fireman', 'bus', 'coffee mug', 'puppy', 'toy')] == [
        'knives', 'firemen', 'buses', 'coffee mugs', 'puppies', 'toys'
    ]  # fmt: skip
    assert [article(w) for w in ('orange cup', 'cup', 'one')] == ['an', 'a', 'a']


def test_phrases() -> None:
    here = room(car(100), car(500))
    description = Description(CAR, (properties.colour(here, 'red'), properties.on_side('left')))
    r = Random(1)
    whole = {Phraser(r, is_telegram=False).phrase(description) for _ in range(300)}
    notes = {Phraser(r, is_telegram=True).phrase(description) for _ in range(300)}
    assert {'the red car on the left', 'the left red car'} <= whole
    assert {'red car on left', 'left red car'} <= notes
    assert len(whole) > 30


def test_a_place_said_last_is_never_the_anchors() -> None:
    here = room(car(100), car(500), Thing('bus', (10, 200, 90, 300), ('red',), 10.0))
    anchor = Description(CAR, (properties.on_side('left'),))
    tie = anchors.tie_to(here, 'next to', anchor)
    assert tie is not None
    r = Random(1)
    said = {Phraser(r, is_telegram=False).phrase(Description(BUS, (tie,))) for _ in range(100)}
    assert all(text.endswith(' car') for text in said)


def test_slips_keep_words_apart_and_their_ends() -> None:
    r = Random(2)
    for _ in range(300):
        first, second, third = slips.misspell(r, 'the every giraffes').split(' ')
        assert (first, second, third[0], third[-1]) == ('the', 'every', 'g', 's')
        assert abs(len(third) - len('giraffes')) <= 1
    assert slips.misspell(r, 'a cup') == 'a cup'
