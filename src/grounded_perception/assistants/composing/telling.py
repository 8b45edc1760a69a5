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

"""Colours, sizes, and whether something holds of a thing."""

from __future__ import annotations

from grounded_perception.assistants.composing import colouring
from grounded_perception.assistants.composing.placing import distinct_spots, share
from grounded_perception.assistants.composing.replies import (
    called,
    cannot,
    described,
    Reply,
    the,
    unchecked,
    unknown,
)
from grounded_perception.assistants.composing.sight import Sight
from grounded_perception.assistants.composing.wording import (
    article,
    listing,
    number,
    plural,
    sentence,
)
from grounded_perception.language.asked import Question
from grounded_perception.records import Phrase, Quantity

#: Things answered one by one.
_MOST = 4
#: Degrees of a relation that count as yes, and as no; between them it is left open.
_YES, _NO = 0.5, 0.35
_Verdict = tuple[bool | None, float]


def missing(sight: Sight, phrase: Phrase) -> Reply:
    """
    Say that what a question is about is not here.

    :param sight: what is seen.
    :param phrase: what it is about.
    :returns: the reply.
    """
    before, after = described(sight, phrase)
    what = ' '.join(part for part in (before, called(sight, phrase), after) if part)
    if perhaps := sight.perhaps_fitting(phrase):
        return cannot(f'I am not sure that I see {article(what)}', perhaps)
    return cannot(f'I see no {what}')


def colour(sight: Sight, question: Question) -> Reply:
    """
    Name colours.

    :param sight: what is seen.
    :param question: of kind ``COLOUR``.
    :returns: the colour of each thing that is meant.
    """
    phrase = question.subject
    if phrase is None:
        return cannot('no thing was named')
    if refused := unknown(sight, phrase):
        return refused
    every = sight.the(phrase)
    found = every[:_MOST]
    if not found:
        return missing(sight, phrase)
    note, trust = unchecked(sight, phrase)
    told = [_colours_of(sight, i, question.part) for i in found]
    name = called(sight, phrase)
    what = f"{name}'s {question.part}" if question.part else name
    if len(found) == 1:
        names, sure = told[0]
        if not names:
            why = 'is too small to see' if question.part else 'has no clear colour here'
            return cannot(f'the {what} {why}', found)
        verb = 'are' if question.part.endswith('s') and question.part != 'dress' else 'is'
        hedge = '' if sure >= 0.55 else 'probably '
        score = float(sight.scores[found[0]])
        doubt = ', if it is one,' if score < sight.scene.threshold else ''
        text = sentence(f'The {what}{doubt} {verb} {hedge}{listing(names)}')
        return Reply(text + note, sure * trust * sight.proved(score), tuple(found))
    found.sort(key=lambda i: float(sight.boxes[i][0] + sight.boxes[i][2]))
    told = [_colours_of(sight, i, question.part) for i in found]
    spots = distinct_spots(sight.boxes[found], sight.scene.width, sight.scene.height)
    parts = [
        f'the one {spot} is {listing(names) if names else "of no clear colour"}'
        for spot, (names, _) in zip(spots, told, strict=True)
    ]
    sure = min(max(s, 0.2) for _, s in told)
    many = f'{number(len(found))} {plural(name)}' if not question.part else plural(name)
    head = f'I see {many}' if not question.part else f'Of the {question.part} of the {many}'
    if len(every) > len(found):
        head = f'I see {number(len(every))} {plural(name)}, of the {number(len(found))} plainest'
    return Reply(sentence(f'{head}: {listing(parts)}') + note, sure * trust, tuple(found))


def _colours_of(sight: Sight, index: int, part: str) -> tuple[tuple[str, ...], float]:
    if part:
        zone = colouring.zone_of(part)
        worn = sight.worn(index, zone) if zone else None
        if worn is not None:
            return colouring.main_colours(worn)
        shares = colouring.garment_shares(sight.rgb, sight.boxes[index], part)
        return colouring.main_colours(shares) if shares is not None else ((), 0.0)
    return colouring.main_colours(sight.descriptors.colours[index])


def size(sight: Sight, question: Question) -> Reply:
    """
    Say how large things look.

    :param sight: what is seen.
    :param question: of kind ``SIZE``.
    :returns: the share of the image; real sizes need depth.
    """
    phrase = question.subject
    if phrase is None:
        return cannot('no thing was named')
    if refused := unknown(sight, phrase):
        return refused
    found = sight.the(phrase)[:1]
    if not found:
        return missing(sight, phrase)
    part = share(sight.boxes[found[0]], sight.scene.width, sight.scene.height)
    text = sentence(f'{the(sight, phrase)} takes up {part}; its true size needs depth')
    return Reply(text, sight.proved(float(sight.scores[found[0]])), tuple(found))


def check(sight: Sight, question: Question) -> Reply:
    """
    Say whether something holds of a thing.

    :param sight: what is seen.
    :param question: of kind ``CHECK``.
    :returns: yes, no, or which of several.
    """
    phrase, claim = question.subject, question.claim
    if phrase is None or claim is None:
        return cannot('nothing was said that can be checked')
    if refused := unknown(sight, phrase, claim if claim.noun else None, *_anchors(claim)):
        return refused
    found = sight.the(phrase)
    if not found:
        return missing(sight, phrase)
    for relation in claim.relations:
        if not sight.the(relation.anchor):
            return missing(sight, relation.anchor)
    judged = [_judge(sight, claim, i) for i in found]
    note, trust = unchecked(sight, phrase, claim)
    yes = [i for i, (holds, _) in zip(found, judged, strict=True) if holds]
    is_open = any(holds is None for holds, _ in judged)
    sure = min((s for holds, s in judged if holds is not None), default=0.0) * trust
    involved = found[:1] + [sight.the(relation.anchor)[0] for relation in claim.relations]
    for i in involved:
        sure *= min(1.0, sight.proved(float(sight.scores[i])) + 0.1)
    what, said = the(sight, phrase), _said(sight, phrase, claim)
    if len(found) == 1:
        if is_open:
            return cannot(f'it is not clear whether {what} is {said}', found)
        instead = '' if yes else _instead(sight, claim, found[0])
        text = f'Yes, {what} is {said}' if yes else f'No, {what} is not {said}{instead}'
        return Reply(sentence(text) + note, sure, tuple(found))
    return _of_several(sight, question, found, yes, is_open, sure)


def _of_several(
    sight: Sight, question: Question, found: list[int], yes: list[int], is_open: bool, sure: float
) -> Reply:
    phrase, claim = question.subject, question.claim
    if phrase is None or claim is None:  # for type checkers: check() has looked
        return cannot('nothing was said that can be checked')
    many, said = (
        f'{number(len(found))} {plural(called(sight, phrase))}',
        _said(sight, phrase, claim),
    )
    if not yes:
        if is_open:
            return cannot(f'it is not clear whether any of the {many} is {said}', found)
        return Reply(sentence(f'No, none of the {many} is {said}'), sure, tuple(found))
    if len(yes) == len(found):
        which = 'both' if len(found) == 2 else f'all {number(len(found))}'
        return Reply(
            sentence(f'Yes, {which} {plural(called(sight, phrase))} are {said}'), sure, tuple(yes)
        )
    verb = 'is' if len(yes) == 1 else 'are'
    word = 'Not all' if phrase.quantity is Quantity.ALL else 'Yes'
    text = sentence(f'{word}: {number(len(yes))} of the {many} {verb} {said}')
    return Reply(text, sure * 0.8, tuple(yes))


def _anchors(claim: Phrase) -> list[Phrase]:
    return [relation.anchor for relation in claim.relations]


def _said(sight: Sight, subject: Phrase, claim: Phrase) -> str:
    """Put a claim into words after "is"."""
    before, after = described(sight, claim)
    if before and not claim.noun and sight.meant(subject).class_names == ('person',):
        before = f'in {before}'
    name = article(called(sight, claim)) if claim.noun else ''
    top = {'large': 'the largest', 'small': 'the smallest'}.get(claim.size, '')
    if claim.position in ('nearest', 'farthest'):
        return f'the {claim.position}'
    return ' '.join(part for part in (top, before, name, after) if part)


def _instead(sight: Sight, claim: Phrase, index: int) -> str:
    """Say what a thing is, where it is not what was claimed."""
    if claim.noun:
        return f' but {article(sight.labels[index])}'
    if claim.colours and not claim.relations:
        names, sure = colouring.main_colours(sight.descriptors.colours[index])
        return f', it looks {listing(names)}' if names and sure > 0.4 else ''
    return ''


def _judge(sight: Sight, claim: Phrase, index: int) -> _Verdict:
    """Check every part of a claim on one region: the weakest decides."""
    found: list[_Verdict] = [sight.coloured(index, c, claim) for c in claim.colours]
    found += [sight.holding(index, posture) for posture in claim.postures]
    for without in claim.without_colours:
        has, sure = sight.coloured(index, without)
        found.append((None if has is None else not has, sure))
    if claim.noun:
        is_named = bool(sight.named(claim)[index] > 0)
        found.append((is_named, sight.proved(float(sight.scores[index]))))
    if claim.size or claim.position in ('nearest', 'farthest') or claim.ordinal:
        same = Phrase('', sight.labels[index], position=claim.position, size=claim.size)
        found.append((sight.fitting(same)[:1] == [index], 0.75))
    elif claim.position:
        found.append((sight.placed(index, claim.position), 0.85))
    for relation in claim.relations:
        degree, _ = sight.related(index, relation.kind, relation.anchor)
        if _NO < degree < _YES:
            found.append((None, 0.0))
        else:
            found.append((degree >= _YES, 0.5 + 0.45 * abs(2 * degree - 1)))
    if any(holds is False for holds, _ in found):
        return False, max(sure for holds, sure in found if holds is False)
    if any(holds is None for holds, _ in found):
        return None, 0.0
    return True, min(sure for _, sure in found)
