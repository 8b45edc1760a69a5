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

"""Sentences about scenes: every kind, their truth by hand and by brute force, their form."""

from collections import Counter
import re

from grounded_perception.detectors.coco import COCO_NAMES
from grounded_perception.errors import CommandError
from grounded_perception.imaging.colour import COLOURS
from grounded_perception.language.command import parse
from grounded_perception.language.concepts import Concepts, normalise
from grounded_perception.records import Command, Intent, Phrase, Quantity, Status
from grounded_perception.training.scene import Expression, KINDS, Scene, Thing
from grounded_perception.training.speech.expressions import expressions, WEIGHTS
import numpy as np
import pytest

MEANINGS = Concepts(COCO_NAMES)


def person(x: float, top: str, legs: str, depth: float = 6, hat: str = '', on: int = -1) -> Thing:
    foot = 100 + 2000 / (depth + 1)
    parts = {'top': top, 'legs': legs} | ({'hat': hat} if hat else {})
    return Thing('person', (x - 30, foot - 150, x + 30, foot), (top,), depth, parts, on=on)


TABLE = Scene(640, 480, (
    Thing('dining table', (100, 250, 560, 470), ('brown',), 2.0),
    Thing('cup', (130, 220, 170, 270), ('white',), 2.0, on=0),
    Thing('cup', (480, 225, 520, 275), ('red',), 2.0, on=0),
    Thing('laptop', (280, 180, 400, 280), ('black', 'gray'), 2.0, on=0),
    Thing('bottle', (420, 190, 445, 275), ('green',), 2.0, texture='striped', on=0),
    Thing('bowl', (190, 240, 265, 280), ('blue',), 1.9, on=0),
    Thing('banana', (205, 235, 250, 250), ('yellow',), 1.9, inside=5),
    Thing('chair', (20, 300, 95, 460), ('black',), 1.8),
    Thing('chair', (570, 300, 635, 460), ('purple',), 1.9),
))  # fmt: skip
STREET = Scene(640, 480, (
    person(90, 'red', 'black', hat='blue'),
    person(300, 'green', 'blue'),
    person(520, 'white', 'black', depth=9),
    Thing('car', (20, 180, 150, 250), ('red',), 15.0),
    Thing('car', (240, 190, 350, 245), ('white',), 18.0),
    Thing('car', (380, 250, 620, 420), ('blue',), 5.0),
    Thing('dog', (160, 330, 230, 390), ('brown',), 6.0),
    Thing('bicycle', (400, 380, 500, 470), ('black',), 4.0),
    Thing('person', (420, 290, 480, 440), ('yellow',), 4.0,
          {'top': 'yellow', 'legs': 'gray'}, on=7),
))  # fmt: skip


def random_scene(rng: np.random.Generator) -> Scene:
    """Return a few things anywhere, of few classes, so that they have rivals."""
    names = rng.choice(['car', 'dog', 'cup', 'chair', 'person'], 2)
    things = []
    for _ in range(rng.integers(1, 8)):
        x, y, w, h = rng.uniform((0, 0, 20, 20), (500, 300, 140, 180))
        name, colours = str(rng.choice(names)), tuple(str(c) for c in rng.choice(COLOURS, 2))
        parts = {'top': colours[0], 'legs': colours[1]} if name == 'person' else {}
        texture = str(rng.choice(['plain', 'plain', 'striped']))
        box = (x, y, x + w, y + h)
        things.append(Thing(name, box, colours[:1], rng.uniform(1, 20), parts, texture))
    return Scene(640, 480, tuple(things))


@pytest.fixture(scope='module')
def many() -> list[tuple[Scene, Expression]]:
    rng = np.random.default_rng(3)
    scenes = [TABLE, STREET] * 15 + [random_scene(rng) for _ in range(120)]
    return [(scene, said) for scene in scenes for said in expressions(scene, rng, 20)]


def test_every_kind_is_said_about_as_often_as_wanted() -> None:
    rng = np.random.default_rng(0)
    said = [e for scene in (TABLE, STREET) for e in expressions(scene, rng, 2000)]
    shares = Counter(e.kind for e in said)
    assert set(shares) == set(KINDS) == set(WEIGHTS)
    for kind, weight in WEIGHTS.items():
        wanted = weight / sum(WEIGHTS.values()) * len(said)
        assert 0.5 * wanted < shares[kind] < 1.6 * wanted, kind


def test_the_same_chance_says_the_same() -> None:
    first, second, other = (
        expressions(STREET, np.random.default_rng(seed), 50) for seed in (7, 7, 8)
    )
    assert first == second != other


def test_an_empty_scene_leaves_nothing_to_say() -> None:
    assert expressions(Scene(640, 480, ()), np.random.default_rng(0), 5) == ()


def test_a_single_thing_can_be_talked_about() -> None:
    scene = Scene(640, 480, (Thing('dog', (100, 100, 200, 200), ('brown',), 3.0),))
    assert len(expressions(scene, np.random.default_rng(0), 50)) == 50


def test_weights_choose_the_kinds() -> None:
    said = expressions(STREET, np.random.default_rng(0), 40, {'ordinal': 1.0})
    assert {e.kind for e in said} == {'ordinal'}


def test_status_and_meaning_agree(many: list[tuple[Scene, Expression]]) -> None:
    for scene, said in many:
        assert all(0 <= i < len(scene.things) for i in said.meant), said
        assert (said.status is Status.ABSENT) == (not said.meant), said
        assert (said.status is Status.ABSENT) == said.kind.startswith('absent'), said
        assert (said.status is Status.AMBIGUOUS) == (said.kind == 'ambiguous'), said
        if said.status is Status.FOUND and said.quantity is Quantity.ONE:
            assert len(said.meant) == 1, said


def test_the_runtime_can_read_nearly_all(many: list[tuple[Scene, Expression]]) -> None:
    commands = [(understood(said.text), said.quantity) for _, said in many]
    readable = [c is not None and len(c.phrases) == 1 for c, _ in commands]
    agreed = [c.phrases[0].quantity is quantity for c, quantity in commands if c and c.phrases]
    assert np.mean(readable) > 0.99
    assert np.mean(agreed) > 0.99


def understood(text: str) -> Command | None:
    """Read a sentence as the node does; None where it is refused or wants no thing."""
    try:
        command = parse(text, 300)
    except CommandError:
        return None
    return command if command.intent is Intent.FIND else None


def test_sentences_vary(many: list[tuple[Scene, Expression]]) -> None:
    texts = [said.text for _, said in many]
    assert len(set(texts)) > 0.6 * len(texts)
    assert not any('  ' in text or text != text.strip() for text in texts)
    assert any(text.istitle() for text in texts)
    assert any(text.isupper() for text in texts)
    assert all(re.fullmatch(r"[\w ,.?!'-]+", text) for text in texts)


def fits(scene: Scene, phrase: Phrase) -> list[int] | None:
    """Work out what a phrase means again, from what the parser made of it; None: not simple."""
    told = phrase.relations or phrase.unresolved or phrase.size or phrase.ordinal or phrase.count
    names, rest, _ = MEANINGS.look_up(normalise(phrase.noun))
    if told or rest or not names or phrase.position not in ('', 'left', 'right'):
        return None
    found = [i for i, thing in enumerate(scene.things) if thing.name in names]
    for colour in phrase.colours:
        found = [i for i in found if colour == scene.things[i].colours[0]]
    for colour in phrase.without_colours:
        found = [i for i in found if colour != scene.things[i].colours[0]]
    if phrase.position and found and phrase.quantity is Quantity.ONE:
        sign = 1 if phrase.position == 'left' else -1
        edges = [sign * sum(scene.things[i].box[::2]) for i in found]
        ranked = [found[i] for i in np.argsort(edges)]
        return ranked[:1]
    if phrase.position and found:
        middle = scene.width / 2
        on_left = [sum(scene.things[i].box[::2]) / 2 < middle for i in found]
        return [i for i, is_so in zip(found, on_left, strict=True)
                if is_so == (phrase.position == 'left')]  # fmt: skip
    return found


def test_brute_force_finds_the_same(many: list[tuple[Scene, Expression]]) -> None:
    checked: Counter[str] = Counter()
    for scene, said in many:
        command = parse(said.text, 300)
        if command.intent is not Intent.FIND or len(command.phrases) != 1:
            continue
        phrase = command.phrases[0]
        is_dressed = 'person' in MEANINGS.look_up(normalise(phrase.noun)).class_names
        is_looked_at = phrase.colours or phrase.without_colours or phrase.unresolved
        is_guess = said.kind == 'ambiguous' and phrase.position  # several on the left
        if (is_dressed and is_looked_at) or len(phrase.colours) > 1 or is_guess:
            continue
        if re.search(r'striped|stripy|plaid|check|chequ|spotted|dot', said.text.lower()):
            continue
        found = fits(scene, phrase)
        if found is not None and phrase.quantity is said.quantity:
            assert sorted(found) == list(said.meant), (said, phrase, scene)
            checked[said.kind] += 1
    for kind in ('name', 'attribute', 'position', 'plural', 'absent class', 'ambiguous'):
        assert checked[kind] > 20, checked
