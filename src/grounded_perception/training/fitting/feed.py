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

"""The batches of a fit, in an order that seed and step alone decide, made ahead of their use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
import math

from grounded_perception.training.examples import Example
from grounded_perception.training.fitting.batches import collate, plan, size_of
from grounded_perception.training.fitting.options import FitOptions
from grounded_perception.training.fitting.withholding import draw, withhold
from torch import Tensor

#: This process's part of a batch, and the sentences of the whole.
Share = tuple[dict[str, Tensor], int]


class Feed:
    """
    Gives one of several processes its part of every batch.

    :param examples: all of them.
    :param options: batch size, seed, what is withheld.
    :param rank: number of this process.
    :param world: number of processes.
    """

    def __init__(
        self, examples: Sequence[Example], options: FitOptions, rank: int = 0, world: int = 1
    ) -> None:
        self._examples, self._options = examples, options
        self._rank, self._world = rank, world
        self._sizes = [size_of(each) for each in examples]
        #: Steps of an epoch.
        self.steps = math.ceil(len(examples) / options.batch)

    def rest_of_epoch(self, step: int) -> Iterator[Share]:
        """
        Yield this process's part of each batch from a step to the end of its epoch.

        :param step: steps done, over all epochs.
        :returns: parts; while one is in use the next is made.
        """
        epoch, done = divmod(step, self.steps)
        batches = plan(self._sizes, self._options.batch, self._options.seed, epoch)[done:]
        with ThreadPoolExecutor(1) as pool:
            waiting: Future[Share] | None = None
            for number, indices in enumerate(batches, step):
                following = pool.submit(self._share, indices, number)
                if waiting:
                    yield waiting.result()
                waiting = following
            if waiting:
                yield waiting.result()

    def _share(self, indices: list[int], step: int) -> Share:
        sentences = sum(len(self._examples[i].target) for i in indices)
        own = indices[self._rank :: self._world]
        # Every process must take part in every step: one without a share runs for nothing.
        chosen = own or indices[:1]
        batch = collate([self._examples[i] for i in chosen])
        withhold(batch, draw(chosen, self._examples, step, self._options), self._options)
        if not own:
            batch['sentence_mask'].zero_()
        return batch, sentences
