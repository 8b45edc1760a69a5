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
How like a name's exemplars the regions of a frame are, and the answer to "find it".

The likeness of a region is the greatest cosine between its features and an exemplar's, mixed with
how far the named colours overlap, less what it is nearer to an exemplar of another name ("my mug"
beside "your mug"). A logistic curve makes a probability of it. ``benchmarks/exemplars.py``
measures what each part is worth.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from grounded_perception import geometry
from grounded_perception.exemplars.exemplar import Looks
from grounded_perception.records import Floats, Regions, Status
from grounded_perception.settings import check, setting
import numpy as np

#: Boxes that overlap more than this show one thing.
_SAME_THING = 0.5
#: A box that has more than this of a better one in it shows that one's thing, too.
_HELD = 0.9
#: What is more likely than all but this counts as if it were not.
_SURE = 1e-6


@dataclass(frozen=True)
class Options:
    """
    When a region is like an exemplar.

    :raises SettingsError: when a value is not allowed.
    """

    colour_weight: float = setting(
        0.15,
        'Share of the colours in the likeness; more tells one cup from the other, less finds '
        'other cups.',
        low=0.0,
        high=1.0,
    )
    rival_weight: float = setting(
        0.5,
        'How much likeness a region loses for each bit that it is nearer to another name.',
        low=0.0,
        high=2.0,
    )
    absent_threshold: float = setting(
        0.5, 'ABSENT when no region is like an exemplar with this probability.', low=0.0, high=1.0
    )
    ambiguity_margin: float = setting(
        0.1,
        'AMBIGUOUS when the probability of another thing is nearer to the best than this share.',
        low=0.0,
        high=1.0,
    )

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class Scale:
    """
    The logistic curve from likeness to probability: it depends on the features.

    :param middle: likeness at which a thing is there as often as not.
    :param width: how much more makes it e times as likely.
    """

    middle: float
    width: float


@dataclass(frozen=True, eq=False)
class Likeness:
    """
    The answer for one name in one frame.

    :param name: what was looked for.
    :param status: FOUND, AMBIGUOUS or ABSENT.
    :param indices: the regions that answer, best first; none when ABSENT.
    :param probabilities: ``(N,)`` float32: that a region is like an exemplar.
    :param margin: best probability minus that of the next thing, in [0, 1].
    :param exemplar: which of the name's exemplars the best region is most like; -1 without one,
        and where a detector compared them all at once.
    :param reason: one sentence for people.
    """

    name: str
    status: Status
    indices: tuple[int, ...]
    probabilities: Floats
    margin: float
    exemplar: int
    reason: str

    @property
    def score(self) -> float:
        """Probability of the answer: of the best region, of none when ABSENT."""
        best = float(self.probabilities.max(initial=0))
        return 1 - best if self.status is Status.ABSENT else best


def likeness(own: Looks, others: Looks | None, regions: Looks, options: Options) -> Floats:
    """
    Compare regions with exemplars.

    :param own: K exemplars of the name, at least one.
    :param others: exemplars of other names; None = there are none.
    :param regions: N regions.
    :param options: see :class:`Options`.
    :returns: ``(N, K)`` float32, at most 1.
    """
    near = _compared(regions, own, options.colour_weight)
    if others is not None and len(others) and len(near):
        rival = _compared(regions, others, options.colour_weight).max(axis=1)
        loss = options.rival_weight * np.maximum(rival - near.max(axis=1), 0)
        near = near - loss[:, None]
    return np.asarray(near, np.float32)


def _compared(regions: Looks, exemplars: Looks, colour_weight: float) -> Floats:
    features = regions.features @ exemplars.features.T
    if not colour_weight:
        return np.asarray(features, np.float32)
    shared = np.minimum(regions.colours[:, None], exemplars.colours[None]).sum(axis=2)
    return np.asarray((1 - colour_weight) * features + colour_weight * shared, np.float32)


def answer(name: str, near: Floats, boxes_px: Floats, scale: Scale, options: Options) -> Likeness:
    """
    Say where a thing is.

    :param name: what was looked for.
    :param near: ``(N, K)`` from :func:`likeness`.
    :param boxes_px: ``(N, 4)`` float32 xyxy of the regions.
    :param scale: the curve of the features.
    :param options: see :class:`Options`.
    :returns: the answer.
    """
    best_of = near.max(axis=1, initial=-1.0)
    p = np.asarray(1 / (1 + np.exp((scale.middle - best_of) / scale.width)), np.float32)
    things = _things(p, boxes_px)
    if not things or p[things[0]] < options.absent_threshold:
        tail = f': the best is likely with {p[things[0]]:.2f}' if things else ''
        margin = float(1 - 2 * p[things[0]]) if things else 1.0
        reason = f'nothing here is like {name!r}{tail}'
        return Likeness(name, Status.ABSENT, (), p, max(margin, 0.0), -1, reason)
    top = things[0]
    least = (1 - options.ambiguity_margin) * p[top]
    rivals = [i for i in things if p[i] >= max(least, options.absent_threshold)]
    margin = float(p[top] - p[things[1]]) if len(things) > 1 else float(p[top])
    which = int(near[top].argmax())
    if len(rivals) > 1:
        reason = f'{len(rivals)} things are about equally like {name!r} ({p[top]:.2f})'
        status, chosen = Status.AMBIGUOUS, tuple(rivals)
    else:
        reason = f'this is most like {name!r} ({p[top]:.2f})'
        status, chosen = Status.FOUND, (top,)
    return Likeness(name, status, chosen, p, margin, which, reason)


def proposed(name: str, regions: Regions, options: Options) -> Likeness:
    """
    Say where a thing is among what a detector found like it.

    :param name: what was looked for, one of the names of the regions.
    :param regions: N regions; ``posterior`` says how likely each is like each name's exemplars.
    :param options: see :class:`Options`.
    :returns: the answer.
    """
    p = np.clip(regions.posterior, _SURE, 1 - _SURE)
    odds = np.log(p / (1 - p))
    column = regions.names.index(name)
    own, others = odds[:, column], np.delete(odds, column, axis=1)
    rival = others.max(axis=1, initial=-np.inf)
    near = own - options.rival_weight * np.maximum(rival - own, 0)
    found = answer(name, np.asarray(near[:, None]), regions.boxes_px, Scale(0, 1), options)
    return replace(found, exemplar=-1)


def _things(p: Floats, boxes_px: Floats) -> list[int]:
    """
    Return regions best first, without those that show a better one's thing again.

    A table is like the cup that stands on it for that cup's sake.
    """
    order = np.argsort(-p, kind='stable')
    overlap = geometry.iou(boxes_px, boxes_px)
    shared = geometry.intersection(boxes_px, boxes_px)
    holds = shared > _HELD * np.maximum(geometry.area(boxes_px), 1)[None]
    kept: list[int] = []
    for i in order:
        if not (overlap[i, kept] > _SAME_THING).any() and not holds[i, kept].any():
            kept.append(int(i))
    return kept
