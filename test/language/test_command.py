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

"""Commands: what sentences mean; the table reads as documentation."""

from grounded_perception.errors import CommandError
from grounded_perception.language.command import clean, parse
from grounded_perception.records import Intent, Phrase, Quantity
import pytest


def show(phrase: Phrase) -> str:
    """Write a phrase in one line: what is not said is left out."""
    parts = [phrase.noun or '*', *phrase.colours]
    parts += [f'-{colour}' for colour in phrase.without_colours]
    if phrase.ordinal:
        parts.append(f'#{phrase.ordinal}')
    if phrase.position:
        parts.append(f'@{phrase.position}')
    if phrase.size:
        parts.append(phrase.size)
    if phrase.count:
        parts.append(f'x{phrase.count}')
    if phrase.quantity is Quantity.ALL:
        parts.append('ALL')
    parts += [f'~{posture}' for posture in phrase.postures]
    parts += [f'+{"/".join(g.colours)} {g.name} ({g.zone})' for g in phrase.garments]
    parts += [f'%{"/".join(p.colours)} {p.name}' for p in phrase.parts]
    parts += [f'?{word}' for word in phrase.unresolved]
    parts += [f'({tie.kind}: {show(tie.anchor)})' for tie in phrase.relations]
    return ' '.join(parts)


def shown(text: str) -> str:
    return '; '.join(show(phrase) for phrase in parse(text, 500).phrases)


@pytest.mark.parametrize(
    ('text', 'wanted'),
    [
        # what strangers say
        ('curly-haired puppy asleep on the rug', 'puppy ?curly-haired ?asleep (on: rug)'),
        ('the two-tier cake', 'cake ?two-tier'),
        ('the white flower-shaped donut', 'donut white ?flower-shaped'),
        ('player furthest to the left', 'player @left'),
        ('the farthest right chair', 'chair @right'),
        ('blue boat, second from the front', 'boat blue #2 @nearest'),
        ('the left-hand one of the two black cups', 'cup black @left'),
        ('the suitcase on top of the other two', 'suitcase (on: suitcase)'),
        ('bird nearest us', 'bird @nearest'),
        ('duck close to the camera', 'duck @nearest'),
        ("the racquet he's carrying", 'racquet ?carrying'),
        ('go to what the man is sitting on', '* (under: man ~sitting)'),
        ('the thing the baby is holding', '* (next to: baby)'),
        ('taxi over to the old biplane', 'biplane ?old'),
        ('container to the right of the cup', 'container (right of: cup)'),
        ('go and stand by the man', 'man'),
        ('take a picture of the giraffe', 'giraffe'),
        ('tabby', 'tabby'),
        ('standing on the left', 'person @left ~standing'),
        ('slice of cake', 'cake'),
        ('half of the sandwich', 'sandwich'),
        # what needs no word
        ('the bowl of peas', 'bowl %green peas'),
        ('the cup with the red drink at the top left', 'cup @top left %red drink'),
        ('the glass of red juice', 'glass %red juice'),
        ('the bowl with the spoon', 'bowl (next to: spoon)'),
        ('the woman in black jeans', 'woman black +black jeans (legs)'),
        ('the little girl in the dark sweatshirt', 'girl dark +dark sweatshirt (torso)'),
        ('the smallest girl', 'girl small'),
        ('the little dog', 'dog small'),
        ('the tabby with the white paws', 'tabby %white paws'),
        ('the microwave all the way on the right', 'microwave @right'),
        ('all the cups', 'cup ALL'),
        # dark and pale, parts with colours, who wears what
        ('the dark car', 'car dark'),
        ('the man way over on the right', 'man @right'),
        ('lady over by the door', 'lady (next to: door)'),
        ('the bird over the water', 'bird (above: water)'),
        ('the woman at the far left of the group', 'woman @left'),
        ('the boat on the left part of the pier', 'boat @left (on: pier)'),
        ('the brush that sticks up the highest', 'brush @top ?sticks'),
        ("the one who's got the frisbee", '* (next to: frisbee)'),
        ('kid w/ red balloon', 'kid (next to: balloon red)'),
        ('horse w/o rider', 'horse ?without rider'),
        ('man w beard and cap, top left', 'man @top left ?with beard ?cap'),
        ('the one in jeans', 'person blue +blue jeans (legs)'),
        ('carrot strips', 'carrot ALL'),
        ('lady in purple sari second from left', 'lady purple #2 @left +purple sari (torso)'),
        ('traffic cone nearest the manhole', 'traffic cone (next to: manhole)'),
        ('big green suitcase by the front door', 'suitcase green large (next to: front door)'),
        (
            'man in grey jumper, right by the fountain',
            'man gray +gray jumper (torso) (next to: fountain)',
        ),
        # afterthoughts
        ('the bed, the one by the window', 'bed (next to: window)'),
        ('the other SUV, the grey one by the pump', 'suv gray (next to: pump)'),
        ('the mug, the second one from the left', 'mug #2 @left'),
        ('the red car, the blue one', 'car red ?the blue one'),
        ('the cup, the plate', 'cup; plate'),
        ('the dark blue car', 'car blue'),
        ('the darker of the two horses', 'horse dark'),
        ('a light coloured dog', 'dog pale'),
        ('the man in the dark', 'man ?in the dark'),
        ('woman in a dark cardigan', 'woman dark +dark cardigan (torso)'),
        ('the teddy with the green ribbon', 'teddy %green ribbon'),
        ('the orange-bristled brush', 'brush %orange bristled'),
        ('red-haired woman', 'woman %red haired'),
        ('blue shirt', 'person blue +blue shirt (torso)'),
        ('red cap and black shorts', 'person red black +black shorts (legs) +red cap (head)'),
        ('bring me the shirt', 'shirt'),
        # who is named after a thing is with it
        ('the cyclist', 'cyclist (on: bicycle)'),
        ('the surfer next to the boat', 'surfer (next to: boat)'),
        # names
        ('dog', 'dog'),
        ('Find the TRAFFIC LIGHT!', 'traffic light'),
        ('the traffic_light', 'traffic light'),
        ('stop sign', 'stop sign'),
        ('hot dogs', 'hot dog ALL'),
        ('the coffee cup', 'coffee cup'),
        ('the salt and pepper shakers', 'salt and pepper shaker ALL'),
        ('the watering can', 'watering can'),
        ('the red one', '* red'),
        ('find something red', '* red'),
        ('follow it', '*'),
        ('follow him', 'person'),
        ('the slice of cake', 'cake'),
        ('the glass of red wine', 'glass ?of red wine'),
        # how many
        ('cars', 'car ALL'),
        ('all the chairs', 'chair ALL'),
        ('every car', 'car ALL'),
        ('each car', 'car ALL'),
        ('any dogs', 'dog ALL'),
        ('the two people on the left', 'person @left x2 ALL'),
        ('a couple of dogs', 'dog x2 ALL'),
        ('three men', 'man x3 ALL'),
        ('a group of people', 'person ALL'),
        ('knives, forks and spoons', 'knife ALL; fork ALL; spoon ALL'),
        ('the skis', 'skis'),
        ('a pair of scissors', 'scissors'),
        ('the sheep on the left', 'sheep @left'),
        ('wine glasses', 'wine glass ALL'),
        # colours
        ('the red car', 'car red'),
        ('black and white cat', 'cat black white'),
        ('the dark green truck', 'truck green'),
        ('the reddish-brown dog', 'dog red brown'),
        ('the grey elephant', 'elephant gray'),
        ('the silver car', 'car gray'),
        ('the car that is not white', 'car -white'),
        ("the car isn't red", 'car -red'),
        ('non-red cars', 'car -red ALL'),
        ('the cup without red', 'cup -red'),
        ('the orange', 'orange'),
        ('three oranges', 'orange x3 ALL'),
        ('an orange next to the cup', 'orange (next to: cup)'),
        ('the orange cup', 'cup orange'),
        ('the red and the blue car', 'car red; car blue'),
        # sizes, and what nothing can check
        ('the biggest skateboard', 'skateboard large'),
        ('the tiny bird', 'bird small'),
        ('the shortest of the knives', 'knife small'),
        ('the old car', 'car ?old'),
        ('the wooden table', 'table ?wooden'),
        ('sleeping dog', 'dog ?sleeping'),
        ('the person who is not wearing a hat', 'person ?not wearing a hat'),
        ('the car towards the door', 'car ?towards the door'),
        # places
        ('the cup on the left', 'cup @left'),
        ('man on left of image', 'man @left'),
        ('the leftmost cup', 'cup @left'),
        ('the bird on the far right', 'bird @right'),
        ('the phone at the right edge', 'phone @right'),
        ('the bird in the top left corner', 'bird @top left'),
        ('teddy bottom left', 'teddy @bottom left'),
        ('the bear in the middle', 'bear @middle'),
        ('the car in the background', 'car @farthest'),
        ('the dog in front of us', 'dog @nearest'),
        ('white horse closest to camera', 'horse white @nearest'),
        ('the front left cup', 'cup @bottom left'),
        ('the lower of the two birds on the right', 'bird @bottom right'),
        ('second from left', '* #2 @left'),
        ('the second knife from the left', 'knife #2 @left'),
        ('2nd bear from left', 'bear #2 @left'),
        ('third person from right', 'person #3 @right'),
        ('the first dog', 'dog ?first'),
        ('the dog facing left', 'dog ?facing left'),
        # ties
        ('the red car left of the bus', 'car red (left of: bus)'),
        ('the cup to the right of the plate', 'cup (right of: plate)'),
        ('the clock above the door', 'clock (above: door)'),
        ('the lamp below the shelf', 'lamp (below: shelf)'),
        ('the cat on top of the car', 'cat (on: car)'),
        ('the dog under the bench', 'dog (under: bench)'),
        ('the driver inside the bus', 'driver (in: bus)'),
        ('the bike beside the tree', 'bike (next to: tree)'),
        ('the chair closest to the door', 'chair (next to: door)'),
        ('the car in front of the white truck', 'car (in front of: truck white)'),
        ('the boat right behind the yellow one', 'boat (behind: boat yellow)'),
        ('a person riding a horse', 'person (on: horse)'),
        ('the person holding an umbrella', 'person (next to: umbrella)'),
        ('the stuffed animal lying on the bed', 'stuffed animal (on: bed)'),
        ('the car the cat is sitting on', 'car (under: cat)'),
        ('the person between the car and the bus', 'person (next to: car) (next to: bus)'),
        ('the cup on the table next to the laptop', 'cup (on: table (next to: laptop))'),
        ('the bag on the left chair', 'bag (on: chair @left)'),
        ('the man with the laptop on the right', 'man @right (next to: laptop)'),
        ('the bat held by the player on the left', 'bat (next to: player @left)'),
        ('plant on the right end of the shelf', 'plant @right (on: shelf)'),
        # clothes
        ('man in red shirt left', 'man red @left +red shirt (torso)'),
        ('the player with the blue helmet', 'player blue +blue helmet (head)'),
        (
            'the umpire in black behind the catcher',
            'umpire black (behind: catcher (next to: baseball glove))',
        ),
        ('green shirt dude', 'dude green +green shirt (torso)'),
        ('the one wearing the black hat', 'person black +black hat (head)'),
        (
            'woman in a red hat and a blue shirt',
            'woman red blue +red hat (head) +blue shirt (torso)',
        ),
        (
            'a man in a black and white striped shirt',
            'man black white +black/white shirt (torso) ?striped',
        ),
        ('the person wearing light blue jeans', 'person blue +blue jeans (legs)'),
        ('the kid with white sneakers', 'kid white +white sneakers (feet)'),
        ('the person in the apron', 'person ?apron'),
        ('the person with red glasses', 'person red ?glasses'),
        ('the person without a red cap', 'person ?without a red cap'),
        ('the person who is not wearing a red cap', 'person ?not wearing a red cap'),
        ('the dog in a red shirt', 'dog %red shirt'),
        # how a person holds itself
        ('the person sitting down', 'person ~sitting'),
        ('the sitting man', 'man ~sitting'),
        ('the man sitting on the bench', 'man ~sitting (on: bench)'),
        ('the man who is standing on the left', 'man @left ~standing'),
        ('someone lying on the floor', 'person ~lying (on: floor)'),
        ('the kneeling player', 'player ~crouching'),
        ('the person bending over', 'person ~bending over'),
        ('the woman waving at us', 'woman ~raising an arm'),
        ('the guy with his hands up', 'guy ~raising an arm'),
        ('the man with his back to us', 'man ~facing away'),
        ('all people sitting', 'person ALL ~sitting'),
        ('the cup next to the person sitting down', 'cup (next to: person ~sitting)'),
        ('the person not sitting', 'person ?not sitting'),
        # only people do
        ('the dog lying on the bed', 'dog (on: bed)'),
        ('the wine glass standing on the table', 'wine glass (on: table)'),
        ('the parked car', 'car ?parked'),
        ('the pot with the blue lid', 'pot %blue lid'),
        # wrappers
        ('could you please go to the red chair for me', 'chair red'),
        ('I want you to find me a bottle', 'bottle'),
        ('where is the dog?', 'dog'),
        ("where's the pizza?", 'pizza'),
        ('navigate to the fire hydrant', 'fire hydrant'),
        ('pick the bottle up', 'bottle'),
        ('water the potted plant', 'potted plant'),
        ('watch', 'watch'),
        ('stop at the traffic light', 'traffic light'),
        ('turn left behind the red car', 'car red'),
        ('vacuum the rug', 'rug'),
        # several things
        ('find the dog, the cat; and the bird', 'dog; cat; bird'),
        ('a red car or a blue truck', 'car red; truck blue'),
        ('find the laptop & mouse', 'laptop; mouse'),
        ('find the cup and bring it to me', 'cup'),
    ],
)
def test_phrases(text: str, wanted: str) -> None:
    assert shown(text) == wanted


@pytest.mark.parametrize(
    ('text', 'intent', 'wanted'),
    [
        ('find the dog', Intent.FIND, 'dog'),
        ('where are the dogs?', Intent.FIND, 'dog ALL'),
        ('can you find the dog?', Intent.FIND, 'dog'),
        ('describe the scene', Intent.DESCRIBE, ''),
        ('what do you see?', Intent.DESCRIBE, ''),
        ('describe the red car', Intent.DESCRIBE, 'car red'),
        ('what colour is the car on the left?', Intent.ASK, 'car @left'),
        ('how many people are there?', Intent.ASK, 'person ALL'),
        ('is there a dog?', Intent.ASK, 'dog'),
        ('is there a dog on the couch', Intent.ASK, 'dog (on: couch)'),
        ('which car is red?', Intent.ASK, 'car red'),
        ('stop', Intent.CLEAR, ''),
        ('Stop, please!', Intent.CLEAR, ''),
        ('cancel', Intent.CLEAR, ''),
        ('forget it', Intent.CLEAR, ''),
        ('stop tracking the dog', Intent.CLEAR, ''),
        ('clear', Intent.CLEAR, ''),
        ('clear the table', Intent.FIND, 'table'),
    ],
)
def test_intents(text: str, intent: Intent, wanted: str) -> None:
    command = parse(text, 500)
    assert command.intent is intent
    assert '; '.join(show(phrase) for phrase in command.phrases) == wanted


def test_phrase_keeps_the_words_as_said() -> None:
    (phrase,) = parse('Please find the Red Car left of the BUS, thanks', 500).phrases
    assert phrase.text == 'the Red Car left of the BUS'
    assert phrase.relations[0].anchor.text == 'the BUS'


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('', 'must have a word, got 0 blank'),
        (' \t\n\u200b', 'must have a word, got 4 blank'),
        ('x' * 501, '500 characters at most, got 501 characters'),
        (b'x' * 1_000_000, '500 characters at most, got 1000000 bytes'),
        (b'find \xff', 'UTF-8 text, got byte 0xff at position 5'),
        ('!!!', 'no thing to look for'),
        ('please', 'no thing to look for'),
        ('\N{DOG FACE}', 'no thing to look for'),
    ],
)
def test_unusable_commands_are_refused_with_what_is_allowed(
    text: str | bytes, message: str
) -> None:
    with pytest.raises(CommandError, match=message):
        parse(text, 500)


@pytest.mark.parametrize(
    ('text', 'wanted'),
    [
        (b'find the dog', 'find the dog'),
        ('  find\tthe\r\n dog\x00\x07 ', 'find the dog'),
        ('find\u200b the\u202e dog', 'find the dog'),
        ('\ufb01nd the \uff44\uff4f\uff47', 'find the dog'),
        ('find \ud800the dog', 'find the dog'),
    ],
)
def test_clean_leaves_nothing_invisible(text: str | bytes, wanted: str) -> None:
    assert clean(text, 500) == wanted


def test_compatibility_characters_cannot_grow_past_the_limit() -> None:
    with pytest.raises(CommandError, match='at most'):
        clean('\ufdfa' * 400, 500)


@pytest.mark.parametrize(
    ('text', 'by_hand'),
    [
        ('the man holding the bat', True),
        ('the man with the bat', True),
        ('the man swinging a bat', True),
        ('the bat held by the man', True),
        ('the bat the man is holding', True),
        ('the batter', True),
        ('the man next to the bat', False),
        ('the man by the bat', False),
        ('the surfer', False),
    ],
)
def test_what_hands_do_is_told_from_what_is_beside(text: str, by_hand: bool) -> None:
    (phrase,) = parse(text, 500).phrases
    assert [relation.by_hand for relation in phrase.relations] == [by_hand]


@pytest.mark.parametrize(
    ('text', 'is_near'),
    [
        ('the man next to the suitcase', True),
        ('the chair closest to the door', True),
        ('the closest chair to the door', True),
        ('the cup by the sink', True),
        ('the man holding the bat', False),
        ('the man at the table', False),
        ('the cup on the table', False),
    ],
)
def test_what_is_said_to_be_close_is_known(text: str, is_near: bool) -> None:
    (phrase,) = parse(text, 100).phrases
    assert [relation.is_near for relation in phrase.relations] == [is_near]
