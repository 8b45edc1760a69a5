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

"""Why: what was asked, looked up on the regions, as checks and as words for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grounded_perception.fusion.evidence import Evidence
from grounded_perception.fusion.tokens import TextTokens
from grounded_perception.records import Check
import numpy as np

_PLACES = {'left': 'on the left', 'right': 'on the right', 'top': 'at the top',
           'bottom': 'at the bottom', 'middle': 'in the middle'}  # fmt: skip
_ORDINALS = ('first', 'second', 'third')
#: Kinds of which people want to know how much; the others are yes or no.
_GRADED = ('noun', 'colour', 'without', 'posture')
#: Kinds whose evidence has words for people.
_WORDED = ('colour', 'without', 'posture', 'usual')


def checks_on(text: TextTokens, found: Evidence, region: int | None) -> tuple[Check, ...]:
    """
    Look up everything that a phrase asks on one region.

    :param text: the phrase.
    :param found: what the regions are found to be.
    :param region: which; None = there is none, only what cannot be checked is told.
    :returns: one check for each part that can be checked, then one for each that cannot.
    """
    told = []
    if region is not None:
        fits, holds = found.fits[:, region], found.holds[:, region]
        for w, (what, kind) in enumerate(zip(_asked(text, found), found.kinds, strict=True)):
            sure = float(fits[w]) * (float(found.seen[region]) if kind == 'noun' else 1.0)
            name = f'is {what}' if kind == 'noun' else what
            told.append(Check(name, kind, sure, bool(holds[w])))
    return (*told, *(Check(word, 'word', 0.0, None) for word in _unchecked(text, found.looked)))


def listed(checks: Sequence[Check]) -> str:
    """
    Write checks for people.

    :param checks: of one region.
    :returns: ``'is a car 0.93; red 0.81; left of the bus: yes'``.
    """
    return '; '.join(map(_line, checks))


def shared(text: TextTokens, found: Evidence, rivals: Sequence[int]) -> str:
    """
    Say what holds of every one of some regions, and what of none.

    :param text: the phrase.
    :param found: what the regions are found to be.
    :param rivals: at least one region.
    :returns: ``'each is a car, red; none is on the left'``, and what cannot be checked.
    """
    holds = found.holds[:, list(rivals)]
    asked = list(_asked(text, found))
    every = [what for w, what in enumerate(asked) if holds[w].all()]
    none = [what for w, what in enumerate(asked) if not holds[w].any()]
    parts = [f'each is {", ".join(every)}'] if every else []
    parts += [f'none is {what}' for what in none]
    return '; '.join([*parts, *_cannot(text, found)])


def missing(text: TextTokens, found: Evidence) -> str:
    """
    Say which check fails where a phrase has no answer.

    :param text: the phrase.
    :param found: what the regions are found to be.
    :returns: ``'a dog is here, none is brown: brown 0.08'``.
    """
    return '; '.join([_failing(text, found), *_cannot(text, found)])


def _failing(text: TextTokens, found: Evidence) -> str:
    asked, n = list(_asked(text, found)), len(found.scores)
    if not n:
        return 'nothing at all is seen'
    of_kind = found.holds[0]
    if not of_kind.any():
        best = float((found.fits[0] * found.seen).max())
        return f'{_none(asked[0])} is seen; the likest thing here is one by {best:.2f}'
    holds, fits = found.holds[:, of_kind], found.fits[:, of_kind]
    never = [w for w in range(1, len(asked)) if not holds[w].any()]
    if never and all(found.kinds[w] == 'relation' for w in never) and found.anchors.max() < 0.5:
        anchors = ' or '.join(dict.fromkeys(_anchors(text)))
        return f'{asked[0]} is here, {_none(anchors)} is seen to relate it to'
    if never:
        told = '; '.join(
            _line(Check(asked[w], found.kinds[w], float(fits[w].max()), False)) for w in never
        )
        return f'{asked[0]} is here, none is {", ".join(asked[w] for w in never)}: {told}'
    nearest = int(np.flatnonzero(of_kind)[np.argmax(found.logits[of_kind])])
    failing = [c for c in checks_on(text, found, nearest) if c.holds is False]
    if failing:
        return f'{asked[0]} is here, none is everything asked; the nearest: {listed(failing)}'
    sure = float(found.seen[nearest] * found.fits[0, nearest])
    return f'the nearest is {asked[0]} by {sure:.2f} only, too unsure to answer with'


def _line(check: Check) -> str:
    if check.holds is None:
        return f'{check.what!r} cannot be checked'
    if check.kind in _GRADED:
        return f'{check.what} {check.value:.2f}'
    return f'{check.what}: {"yes" if check.holds else "no"}'


def _asked(text: TextTokens, found: Evidence) -> Iterator[str]:
    """Yield a name for people for each part of the evidence, in its order."""
    phrase = text.phrase
    yield _with_article(phrase.noun or 'thing')
    told = list(zip(found.words, found.kinds, strict=True))
    yield from (word for word, kind in told if kind in _WORDED)
    if phrase.size:
        yield phrase.size
    if phrase.position and phrase.ordinal:
        n = phrase.ordinal
        nth = _ORDINALS[n - 1] if n <= len(_ORDINALS) else f'number {n}'
        yield f'the {nth} from the {phrase.position}'
    elif phrase.position:
        on = 'at the ' if ' ' in phrase.position else ''
        yield _PLACES.get(phrase.position, f'{on}{phrase.position}')
    for relation, anchor in zip(phrase.relations, text.anchors, strict=True):
        if anchor.match.class_names:
            yield f'{relation.kind} {_the(relation.anchor.text)}'


def _anchors(text: TextTokens) -> Iterator[str]:
    return (a.phrase.noun or 'thing' for a in text.anchors if a.match.class_names)


def _unchecked(text: TextTokens, looked: bool) -> Iterator[str]:
    """Yield the words that nothing here can check, of anchors too."""
    yield from text.phrase.unchecked(looked=looked)
    for relation, anchor in zip(text.phrase.relations, text.anchors, strict=True):
        if not anchor.match.class_names:
            yield f'{relation.kind} {_the(relation.anchor.text)}'
        else:
            yield from _unchecked(anchor, looked)


def _cannot(text: TextTokens, found: Evidence) -> list[str]:
    loose = _unchecked(text, found.looked)
    return [_line(Check(word, 'word', 0.0, None)) for word in loose]


def _with_article(noun: str) -> str:
    return f'{"an" if noun[0] in "aeiou" else "a"} {noun}'


def _none(noun: str) -> str:
    return f'no {noun.removeprefix("a ").removeprefix("an ")}'


def _the(words: str) -> str:
    """Put an article before words that have none."""
    first = words.partition(' ')[0]
    return words if first in ('the', 'a', 'an', 'another', 'all', 'any') else f'the {words}'
