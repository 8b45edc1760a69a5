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

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grounded_perception.training.fitting.calibration import Bin
from grounded_perception.training.fitting.metrics import Metrics, Share

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
- Licence of the weights: Apache-2.0

## What it learned from

Invented scenes only: no photograph and no text of others is in the training data. What an
invented region looks like is drawn too. Names are those of the 80 COCO classes; words are
embedded by all-MiniLM-L6-v2 (Apache-2.0), whose weights are not part of these files.

## Intended use

To choose among regions of a camera image for a robot that is told things in English, or to say
that nothing or more than one thing fits. Its inputs are those that this package makes.

## Limits

- It has seen no real image in training: figures on invented scenes are above those on
  photographs.
- It knows the 80 COCO classes through the detector, and English only.
- It must not decide alone where a wrong answer can hurt someone, and not tell people apart.

## Figures

On invented scenes that it did not learn from; an answer is right when the most probable of
regions and *none* is true.

{figures}

Negative log likelihood {nll:.4f} nats. Expected calibration error (15 bins) {error:.4f}.

## Reliability

{reliability}
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

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON takes it, without the bins."""
        return {
            'command': self.command,
            'seed': self.seed,
            'data': self.data,
            'versions': dict(self.versions),
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
    :returns: all, by true answer, by kind.
    """
    kinds = [(f'kind: {name}', share) for name, share in metrics.by_kind.items()]
    return [('all', metrics.total), *metrics.by_status.items(), *kinds]


def _table(metrics: Metrics) -> list[str]:
    rows = [f'| {n} | {s.accuracy:.4f} | {s.count} |' for n, s in shares(metrics)]
    return ['| sentences | accuracy | count |', '|---|---|---|', *rows]
