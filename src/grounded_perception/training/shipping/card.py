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

"""The model card: what ships says where it comes from and what it is good for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from grounded_perception.calibration import Bin
from grounded_perception.training.fitting.metrics import Metrics, Share
from grounded_perception.training.shipping.origin import Origin

#: Name of the sentences, right before (None = there was no before), right after.
Comparison = tuple[str, Share | None, Share]

_TEMPLATE = """\
# Fusion network of grounded_perception

A small transformer over the regions that a detector found in one image. It is given a sentence,
word by word, and says for each region how probable it is that the sentence means it, and how
probable it is that none is meant.

- Command: `{command}`
- Seed: {seed}
- Data: {data}
- Size: {size}
- Temperature: {temperature:.4f}, fitted on held-out sentences, part of weights and graph
- Versions: {versions}
- Licence of the weights: {licence}

## What it learned from

{origin}

## Intended use

To choose among regions of a camera image for a robot that is told things in English, or to say
that nothing or more than one thing fits. Its inputs are those that this package makes.

## Limits

- {seen}
- It knows the 80 COCO classes through the detector, and English only.
- It must not decide alone where a wrong answer can hurt someone, and not tell people apart.

## Figures

On {measured} that it did not learn from; an answer is right when the most probable of
regions and *none* is true.

{figures}

Negative log likelihood {nll:.4f} nats. Expected calibration error (15 bins) {error:.4f}.

{compared}## Reliability

{reliability}
"""
#: What figures are measured on, unless it is said otherwise.
INVENTED = 'invented scenes'
_UNSEEN = """\
It has seen no real image in training: figures on invented scenes are above those on
  photographs."""
_SEEN = """\
Figures on pictures unlike those that it learned from are likely lower, and those on invented
  scenes are above those on photographs."""
_COMPARED = """\
## Own pictures, before and after

Sentences about the pictures that were held out; before = the weights that it began with.

{table}

"""


@dataclass(frozen=True)
class Facts:
    """
    What the card says.

    :param command: command line that made the weights.
    :param seed: of everything drawn.
    :param data: scenes and sentences.
    :param size: of the network.
    :param temperature: of the answer.
    :param versions: of what took part, by name.
    :param metrics: on sentences that were held out.
    :param bins: their reliability.
    :param error: their expected calibration error.
    :param origin: what it learned from.
    :param measured: what the figures were measured on.
    :param compared: shares on one's own held-out pictures, before and after, by name.
    """

    command: str
    seed: int
    data: str
    size: str
    temperature: float
    versions: Mapping[str, str]
    metrics: Metrics
    bins: list[Bin]
    error: float
    origin: Origin = field(default_factory=Origin)
    measured: str = INVENTED
    compared: Sequence[Comparison] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON takes it, without the bins."""
        return {
            'command': self.command,
            'seed': self.seed,
            'data': self.data,
            'versions': dict(self.versions),
            'origin': self.origin.as_dict(),
            'figures': {**self.metrics.as_dict(), 'calibration_error': self.error},
        }


def model_card(facts: Facts) -> str:
    """
    Write the card.

    :param facts: what it says.
    :returns: Markdown.
    """
    bins = [
        f'| {b.confidence:.3f} | {b.accuracy:.3f} | {b.count} |' for b in facts.bins if b.count
    ]
    return _TEMPLATE.format(
        command=facts.command,
        seed=facts.seed,
        data=facts.data,
        size=facts.size,
        temperature=facts.temperature,
        licence=facts.origin.licence,
        origin=facts.origin.text(),
        seen=_UNSEEN if facts.origin.every == () else _SEEN,
        measured=facts.measured,
        compared=_compared(facts.compared),
        versions=', '.join(f'{k} {v}' for k, v in facts.versions.items()),
        figures='\n'.join(_table(facts.metrics)),
        nll=facts.metrics.nll,
        error=facts.error,
        reliability='\n'.join(['| confidence | accuracy | count |', '|---|---|---|', *bins]),
    )


def shares(metrics: Metrics) -> list[tuple[str, Share]]:
    """
    List all shares with names.

    :param metrics: figures.
    :returns: all, by true answer, by kind where there is one: people's sentences have none.
    """
    kinds = [(f'kind: {name}', share) for name, share in metrics.by_kind.items() if name]
    return [('all', metrics.total), *metrics.by_status.items(), *kinds]


def comparisons(before: Metrics | None, after: Metrics) -> list[Comparison]:
    """
    Put the shares before and after a fit side by side.

    :param before: None = it began with nothing.
    :param after: of the same sentences.
    :returns: name, before, after.
    """
    first = dict(shares(before)) if before else {}
    return [(name, first.get(name), share) for name, share in shares(after)]


def _compared(rows: Sequence[Comparison]) -> str:
    if not rows:
        return ''
    lines = [
        f'| {name} | {f"{before.accuracy:.4f}" if before else "-"} | {after.accuracy:.4f} '
        f'| {after.count} |'
        for name, before, after in rows
    ]
    head = ['| sentences | before | after | count |', '|---|---|---|---|']
    return _COMPARED.format(table='\n'.join([*head, *lines]))


def _table(metrics: Metrics) -> list[str]:
    rows = [f'| {n} | {s.accuracy:.4f} | {s.count} |' for n, s in shares(metrics)]
    return ['| sentences | accuracy | count |', '|---|---|---|', *rows]
