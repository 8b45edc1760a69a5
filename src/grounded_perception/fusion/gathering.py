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

"""
Checks everything that phrases ask of an image's regions.

Whatever several phrases ask alike is measured for all of them at once, or once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
import math

from grounded_perception.fusion.evidence import (
    COLOUR_GAIN,
    Evidence,
    members,
    POSTURE_GAIN,
    RELATION_GAIN,
    SCORE_GAIN,
    SEMANTIC_GAIN,
    WITHOUT_GAIN,
)
from grounded_perception.fusion.likeness import Likeness, likenesses
from grounded_perception.fusion.measures import (
    COLOUR_SHARE,
    colour_shares,
    coloured,
    postures,
    whole_shares,
)
from grounded_perception.fusion.nats import logs, Nats
from grounded_perception.fusion.people import people
from grounded_perception.fusion.salience import clearness, nearness, salience
from grounded_perception.fusion.superlatives import foremost, largest, nth
from grounded_perception.fusion.tokens import RegionTokens, TextTokens
from grounded_perception.fusion.usual import usual
from grounded_perception.records import Floats, Quantity
import numpy as np

#: Superlatives compare what fits the rest of a phrase from these nats on and plainly stands there.
_COMPARED, _PLAINLY = math.log(0.1), 0.5
#: "The chair on the left" is one chair: how far others count by how much less likely they are it.
_ONE = 0.5
#: A degree from which on a relation, and a posture, holds without doubt.
_STANDS_SO, _HELD_SO = 0.8, 0.8
#: The name of a thing fits a region from these nats on.
_NAMED = -2.0


def gather(regions: RegionTokens, texts: Sequence[TextTokens]) -> list[Evidence]:
    """
    Check everything that phrases ask.

    :param regions: N region tokens.
    :param texts: B phrases.
    :returns: the evidence of each.
    """
    named = [each for text in texts for each in _named(text)]
    drafts = [
        _Draft(text, likeness, row)
        for text, likeness, row in zip(named, *_names(regions, named), strict=True)
    ]
    _colours(regions, drafts)
    by_text = {id(draft.text): draft for draft in drafts}
    for draft in reversed(drafts):  # what a phrase leans on is listed behind it
        _finish(regions, draft, by_text)
    return [_evidence(regions, by_text[id(text)]) for text in texts]


class _Draft:
    """
    What is found out of one phrase.

    :param text: the phrase.
    :param likeness: how far each region is what it names.
    :param row: ``(N,)`` nats of that.
    """

    def __init__(self, text: TextTokens, likeness: Likeness, row: Nats) -> None:
        self.text, self.likeness = text, likeness
        self.words, self.kinds, self.rows = [text.phrase.noun or 'thing'], ['noun'], [row]
        self.named = row > _NAMED  #: which regions may be what it names
        self.total = row  #: sum of the rows
        self.salience = np.zeros_like(row)  #: nats beside them
        self.members: list[Nats | None] = []  #: of its anchors; None where no region can be one

    def add(self, word: str, kind: str, row: Nats) -> None:
        """Add a row ``(N,)`` of nats."""
        self.words.append(word)
        self.kinds.append(kind)
        self.rows.append(row)
        self.total = self.total + row


def _named(text: TextTokens) -> Iterator[TextTokens]:
    """List all that a phrase names: itself, and what it leans on."""
    yield text
    for anchor in text.anchors:
        yield from _named(anchor)


def _names(regions: RegionTokens, texts: Sequence[TextTokens]) -> tuple[list[Likeness], Nats]:
    """Return how far regions are what phrases name, and rows ``(T, N)`` of it."""
    found = likenesses(regions, texts)
    near = np.array([each.near for each in found], np.float64).reshape(len(found), len(regions))
    # The scaled dot product I·Tᵀ/√D with √D folded into T: gain · cosine; agreement is 0 nats.
    return found, SEMANTIC_GAIN * (near - 1)


def _colours(regions: RegionTokens, drafts: Sequence[_Draft]) -> None:
    """Weigh the colours that phrases ask for, and those that must not be there."""
    wanted = [(each, part) for each in drafts for part in coloured(regions, each.text)]
    shares = [colour_shares(regions, each.text, part) for each, part in wanted]
    _add(
        [(each, part.name, 'colour') for each, part in wanted],
        lambda: COLOUR_GAIN * logs(np.array(shares) / COLOUR_SHARE),
    )
    banned = [(each, c) for each in drafts for c in each.text.phrase.without_colours]
    shown = [whole_shares(regions, colour) for _, colour in banned]
    _add(
        [(each, f'not {colour}', 'without') for each, colour in banned],
        lambda: WITHOUT_GAIN * logs(1 - np.array(shown) / COLOUR_SHARE),
    )


def _add(rows: Sequence[tuple[_Draft, str, str]], make: Callable[[], Nats]) -> None:
    """Add rows of (draft, word, kind), their nats made for all of them in one go."""
    if rows:
        for (draft, word, kind), row in zip(rows, make(), strict=True):
            draft.add(word, kind, row)


def _finish(regions: RegionTokens, draft: _Draft, by_text: dict[int, _Draft]) -> None:
    """Weigh what needs the rest of a phrase, or what it leans on."""
    text, phrase, named = draft.text, draft.text.phrase, draft.named
    draft.salience = salience(regions, text, named)
    for posture in phrase.postures:
        if (held := postures(regions, text, posture)) is not None:
            draft.add(posture, 'posture', POSTURE_GAIN * logs(held / _HELD_SO))
    if looks := usual(regions, text, named):
        draft.add(looks[0], 'usual', looks[1])
    # Superlatives compare things of the kind that was named, and described so far.
    if phrase.size or phrase.position:
        rivals = (draft.total > _COMPARED) & (draft.likeness.plain > _PLAINLY)
        if phrase.size:
            draft.add(phrase.size, 'size', largest(regions, rivals, phrase.size))
        if phrase.position and phrase.ordinal:
            word = f'{phrase.ordinal}. from {phrase.position}'
            draft.add(word, 'ordinal', nth(regions, rivals, phrase))
        elif phrase.position:
            draft.add(phrase.position, 'place', foremost(regions, rivals, phrase))
    for relation, anchor in zip(phrase.relations, text.anchors, strict=True):
        if not anchor.match.class_names:
            draft.members.append(None)
            continue  # an anchor that no region can be is no evidence either way
        member = _member(regions, by_text[id(anchor)])
        draft.members.append(member)
        word = f'{relation.kind} {relation.anchor.noun}'.strip()
        stands = _stands(regions, relation.kind, member)
        draft.add(word, 'relation', RELATION_GAIN * logs(stands / _STANDS_SO))
        if relation.is_near:
            draft.salience = draft.salience + nearness(stands, named)


def _member(regions: RegionTokens, draft: _Draft) -> Nats:
    """
    Return how likely ``(N,)`` a region is what a finished draft means.

    "The chair on the left" is one chair: others count by how much less likely they are the one.
    Of "a chair" or "the chairs" each counts for itself.
    """
    logits = _logits(regions, draft)
    member = members(logits)
    if draft.text.phrase.quantity is Quantity.ONE:
        member = member * np.exp(_ONE * (logits - logits.max(initial=-np.inf)))
    return member


def _logits(regions: RegionTokens, draft: _Draft) -> Nats:
    return _scores(regions) + draft.salience + draft.total


def _evidence(regions: RegionTokens, draft: _Draft) -> Evidence:
    anchors = [each for each in draft.members if each is not None]
    looks = np.zeros(len(regions))
    for kind, row in zip(draft.kinds, draft.rows, strict=True):
        if kind in ('posture', 'usual'):
            looks += row
    clear = clearness(regions, draft.text, draft.named)
    return Evidence(
        words=tuple(draft.words),
        kinds=tuple(draft.kinds),
        rows=np.array(draft.rows),
        logits=_logits(regions, draft) + clear,
        scores=_scores(regions),
        salience=draft.salience + clear,
        anchors=np.max(anchors, axis=0) if anchors else np.zeros(len(regions)),
        likeness=draft.likeness,
        looked=regions.persons is not None,
        people=people(regions, draft.text, draft.named, draft.members, looks),
    )


def _stands(regions: RegionTokens, kind: str, anchors: Nats) -> Floats:
    """Return the degree ``(N,)`` of standing in a relation to the best anchor."""
    each = regions.related(kind) * anchors.astype(np.float32)
    return np.asarray(each.max(axis=1, initial=0), np.float32)


def _scores(regions: RegionTokens) -> Nats:
    """Return nats of the detector's scores."""

    def measure() -> Nats:
        clipped = np.clip(regions.scores.astype(np.float64), 0.01, 0.99)
        return np.asarray(SCORE_GAIN * np.log(clipped / (1 - clipped)), np.float64)

    return regions.once('log odds', measure)
