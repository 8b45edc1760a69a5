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

"""What is there, which one it is, and where."""

from __future__ import annotations

from collections.abc import Sequence

from grounded_perception import geometry
from grounded_perception.assistants.composing import colouring
from grounded_perception.assistants.composing.placing import (
    distinct_spots,
    neighbour,
    rests_on,
    share,
    spot,
    supports,
)
from grounded_perception.assistants.composing.replies import (
    called,
    cannot,
    described,
    full,
    Reply,
    the,
    unchecked,
    unknown,
)
from grounded_perception.assistants.composing.sight import Sight
from grounded_perception.assistants.composing.telling import missing
from grounded_perception.assistants.composing.wording import (
    article,
    grouped,
    listing,
    number,
    plural,
    sentence,
)
from grounded_perception.language.asked import Question
from grounded_perception.records import Grounding, Phrase, Quantity, Status

#: Things that one answer names at most.
_MOST = 6
#: Degree from which on a thing stands in a relation.
_STANDS = 0.5
#: How far a thing may be from another, as a degree of "next to", to be told beside it.
_REACH = 0.12


def what(sight: Sight, question: Question) -> Reply:
    """
    Name the things at a place.

    :param sight: what is seen.
    :param question: of kind ``WHAT``.
    :returns: their names, the nearest or largest first.
    """
    phrase = question.subject
    if phrase is None:
        return cannot('no place was named')
    if refused := unknown(sight, phrase):
        return refused
    for relation in phrase.relations:
        if not sight.the(relation.anchor):
            return missing(sight, relation.anchor)
    before, after = described(sight, phrase)
    where = after or _superlative(phrase)
    found = _there(sight, phrase)
    if not found and phrase.noun:
        return Reply(sentence(f'I see no {full(sight, phrase, 2)}'), 0.8)
    if not found:
        seen = (
            f'I see no {before} things {where}' if before else f'I see nothing {where} that I know'
        )
        return Reply(sentence(' '.join(seen.split())), 0.4)
    note, trust = unchecked(sight, phrase)
    one = (
        (not where and not phrase.noun)
        or phrase.size
        or phrase.ordinal
        or phrase.position == 'nearest'
    )
    wanted = found[:1] if one and phrase.quantity is not Quantity.ALL else found[:_MOST]
    certain = [i for i in wanted if sight.scores[i] >= sight.scene.threshold]
    unsure = [i for i in wanted if i not in certain]
    sure = sum(sight.proved(float(sight.scores[i])) for i in wanted) / len(wanted) * trust
    parts = []
    if certain:
        parts.append(grouped(sight.labels[i] for i in certain))
    if unsure:
        parts.append(
            f'{"and " if certain else ""}perhaps {grouped(sight.labels[i] for i in unsure)}'
        )
    more = f', and {number(len(found) - _MOST)} more' if len(found) > _MOST and not one else ''
    text = f'{", ".join(parts)}{more}' + (f' {where}' if where and not one else '')
    head = 'I see '
    if one:
        head = f'{where}: ' if where else 'That is ' if not phrase.noun else head
    return Reply(
        sentence(head + text) + note, sure * (0.85 if phrase.relations else 1.0), tuple(wanted)
    )


def _superlative(phrase: Phrase) -> str:
    return {'large': 'the largest thing', 'small': 'the smallest thing'}.get(phrase.size, '')


def _there(sight: Sight, phrase: Phrase) -> list[int]:
    """Find what a phrase without a name asks for, the most telling first."""
    anchors = {i for relation in phrase.relations for i in sight.the(relation.anchor)}
    found = [
        i
        for i in sight.fitting(phrase)
        if i not in anchors and not any(sight.doubles(i, anchor) for anchor in anchors)
    ]
    if phrase.relations and anchors:
        near = geometry.RELATIONS['next to'](sight.boxes, sight.boxes[sorted(anchors)]).max(axis=1)
        close = [i for i in found if near[i] >= _REACH]
        return sorted(close or found, key=lambda i: -float(near[i] * sight.scores[i]))
    area = geometry.area(sight.boxes)
    return sorted(found, key=lambda i: -float(area[i] ** 0.5 * sight.scores[i]))


def which(sight: Sight, question: Question) -> Reply:
    """
    Point out what is meant, in words.

    :param sight: what is seen.
    :param question: of kind ``WHICH``.
    :returns: where it is and what it looks like.
    """
    phrase = question.subject
    if phrase is None:
        return cannot('no thing was named')
    if refused := unknown(sight, phrase):
        return refused
    found = sight.fitting(phrase)
    note, trust = unchecked(sight, phrase)
    if not found:
        bare = sight.fitting(Phrase(phrase.text, phrase.noun))
        name = full(sight, phrase, 2)
        if perhaps := sight.perhaps_fitting(phrase):
            return cannot(f'I am not sure that I see any {name}', perhaps)
        bare_name = full(sight, Phrase(phrase.text, phrase.noun), len(bare))
        here = f', though I see {number(len(bare))} {bare_name}'
        return Reply(sentence(f'I see no {name}{here if bare else ""}'), 0.7, tuple(bare))
    sure = min(sight.proved(float(sight.scores[i])) for i in found[:_MOST]) * 0.9 * trust
    spots = _spots(sight, found)
    name = called(sight, phrase)
    if len(found) == 1:
        whole = _appearance(sight, found[0], name)
        by = _beside(sight, found[0], used=phrase)
        text = (
            f'{article(whole)} {spots[0]}{by}'
            if phrase.quantity is Quantity.ALL
            else (f'the {whole} {spots[0]}{by}')
        )
        return Reply(sentence(text) + note, sure, tuple(found))
    if len(found) > _MOST:
        return Reply(
            sentence(f'{number(len(found))} {plural(name)} fit') + note, sure, tuple(found)
        )
    places = [f'one {place}' for place in spots]
    text = f'{number(len(found))} {full(sight, phrase, len(found))}: {listing(places)}'
    return Reply(sentence(text) + note, sure, tuple(found))


def where(sight: Sight, question: Question) -> Reply:
    """
    Say where things are.

    :param sight: what is seen.
    :param question: of kind ``WHERE``.
    :returns: the part of the image, the neighbour and the size of each.
    """
    phrase = question.subject
    if phrase is None:
        return cannot('no thing was named')
    if refused := unknown(sight, phrase):
        return refused
    found = sight.the(phrase)
    note, trust = unchecked(sight, phrase)
    if not found:
        if perhaps := sight.perhaps_fitting(phrase):
            place = _place(sight, perhaps[0])
            text = sentence(f'I am not sure; perhaps {the(sight, phrase)} is {place}')
            return Reply(text, sight.proved(float(sight.scores[perhaps[0]])), (perhaps[0],))
        return missing(sight, phrase)
    sure = sight.proved(float(sight.scores[found[0]])) * trust
    if len(found) == 1:
        text = f'{the(sight, phrase)} is {located(sight, found[0])}'
        return Reply(sentence(text) + note, sure, tuple(found))
    if len(found) > _MOST:
        many = f'{number(len(found))} {full(sight, phrase, 2)}'
        text = f'I see {many}, the plainest {_place(sight, found[0])}'
        return Reply(sentence(text) + note, sure, tuple(found))
    spots = _spots(sight, found)
    places = listing([f'one {place}' for place in spots])
    text = f'I see {number(len(found))} {full(sight, phrase, len(found))}: {places}'
    return Reply(sentence(text) + note, sure, tuple(found))


def grounding_in_words(sight: Sight, answer: Grounding) -> str:
    """
    Say what a grounding found, and where.

    :param sight: what is seen.
    :param answer: its indices are those of the scene's regions.
    :returns: one sentence.
    """
    phrase = answer.phrase
    if answer.status is Status.ABSENT:
        return sentence(f'I see no {full(sight, phrase, 1)}')
    found = list(answer.indices)
    if len(found) == 1:
        return sentence(f'{the(sight, phrase)} is {located(sight, found[0])}')
    spots = _spots(sight, found)
    places = [f'one {place}' for place in spots[:_MOST]]
    many = f'{number(len(found))} {full(sight, phrase, len(found))}'
    if answer.status is Status.AMBIGUOUS:
        return sentence(f'It may be any of {many}: {listing(places, "or")}')
    return sentence(f'I see {many}: {listing(places)}')


def _spots(sight: Sight, found: list[int]) -> list[str]:
    """Tell where several things are, from left to right."""
    order = sorted(found, key=lambda i: float(sight.boxes[i][0] + sight.boxes[i][2]))
    return distinct_spots(sight.boxes[order], sight.scene.width, sight.scene.height)


def located(sight: Sight, index: int) -> str:
    """
    Say where one thing is.

    :param sight: what is seen.
    :param index: of the region.
    :returns: ``'at the bottom left, next to the bench, and takes up about 4 % of the image'``.
    """
    part = share(sight.boxes[index], sight.scene.width, sight.scene.height)
    return f'{_place(sight, index)}, and takes up {part}'


def _place(sight: Sight, index: int) -> str:
    place = spot(sight.boxes[index], sight.scene.width, sight.scene.height)
    return f'{place}{_beside(sight, index)}'


def _beside(sight: Sight, index: int, used: Phrase | None = None) -> str:
    """Tell the best landmark beside a thing, unless a phrase tells one already."""
    if used is not None and used.relations:
        return ''
    landmarks = [i for i in sight.certain if sight.labels[i] != sight.labels[index]]
    for i in landmarks:
        if (
            supports(sight.labels[index], sight.labels[i])
            and rests_on(sight.boxes, index, i) >= 0.6
        ):
            return f', on the {sight.labels[i]}'
    beside = neighbour(sight.boxes, index, landmarks)
    if beside is None:
        return ''
    kind, other = beside
    several = sum(label == sight.labels[other] for label in sight.labels) > 1
    name = article(sight.labels[other]) if several else f'the {sight.labels[other]}'
    return f', {kind} {name}'


def _appearance(sight: Sight, index: int, name: str) -> str:
    """Name a thing with its colour, where that is plain."""
    return ' '.join([*plain_colour(sight, index), name])


def plain_colour(sight: Sight, index: int) -> Sequence[str]:
    """
    Name the colour of a thing where it is beyond doubt.

    :param sight: what is seen.
    :param index: of the region.
    :returns: one colour, or none; none for people, whose clothes have many.
    """
    if sight.labels[index] == 'person':
        return ()
    names, sure = colouring.main_colours(sight.descriptors.colours[index])
    return names if len(names) == 1 and sure >= 0.7 else ()
