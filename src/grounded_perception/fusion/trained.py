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
The trained fusion: the network behind the seam.

The network's arithmetic is behind a :class:`Runner`: OpenVINO on a CPU, torch where a GPU is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from grounded_perception.fusion.base import Fused
from grounded_perception.fusion.evidence import answers, Evidence, log_softmax
from grounded_perception.fusion.gathering import gather
from grounded_perception.fusion.inputs import Inputs, inputs
from grounded_perception.fusion.looking import attended
from grounded_perception.fusion.tokens import RegionTokens, TextTokens
from grounded_perception.records import Attention, Floats
import numpy as np

#: The grammar's share in the answer, in logarithms. What the network learned of an invented world
#: is not all true of the real one; what the grammar checks is. Chosen on photographs: see
#: ``benchmarks/transfer.py``.
GRAMMAR = 0.3
#: A word that nothing here can check ("the sitting man") may single out another region than the
#: likeliest: the answer's logarithms are divided by this. It leaves the order as it is.
UNCHECKED = 1.3
#: The network is calibrated on invented scenes; of photographs it is a little too sure: there the
#: answer's logarithms are divided by this.
PHOTOGRAPHS = 1.15


class Runner(Protocol):
    """Runs the network."""

    def __call__(self, arrays: Inputs) -> tuple[Floats, Floats, Floats]:
        """
        Run the network once for all sentences about an image.

        :param arrays: B sentences, N regions, N at least 1.
        :returns: float32 logits ``(B, N + 1)``, the last for *none*; logits ``(B, N)`` that a
            region fits; attention ``(B, N, L)`` of regions over words.
        :raises ModelFailed: when the library fails.
        """
        ...


class TrainedFusion:
    """
    The trained :class:`.base.Fusion`.

    :param runner: runs the network.
    :param grammar: share of :attr:`.evidence.Evidence.answer` in the answer, in [0, 1].
    """

    def __init__(self, runner: Runner, grammar: float = GRAMMAR) -> None:
        self._run = runner
        self._grammar = grammar

    def fuse(self, regions: RegionTokens, texts: Sequence[TextTokens]) -> tuple[Fused, ...]:
        """
        Decide how well each region answers each phrase; see the protocol.

        :param regions: N region tokens.
        :param texts: B phrases.
        :returns: B results.
        :raises ModelFailed: when the network cannot be run.
        """
        if not texts:
            return ()
        found = gather(regions, texts)
        if not len(regions):
            return tuple(_nothing(each) for each in found)
        logits, fits, looks = self._run(inputs(regions, texts, found))
        # The network was never told of people, nor of what people like to speak of: that is added
        # to what it says.
        none = np.zeros(len(regions))
        held = np.stack([none if each.people is None else each.people for each in found])
        summed = logits.astype(np.float64)
        summed[:, :-1] += held + np.stack([each.salience for each in found])
        learned, checked = log_softmax(summed), answers(found)
        share = self._grammar
        pairs = zip(texts, found, strict=True)
        loose = [
            text.phrase.unchecked(looked=each.looked) or not text.ties_are_known
            for text, each in pairs
        ]
        doubt = np.array([[UNCHECKED if words else 1.0] for words in loose])
        mixed = (1 - share) * learned + share * checked
        every = np.exp(log_softmax(mixed / (PHOTOGRAPHS * doubt)))
        every = every.astype(np.float32)
        member = 1 / (1 + np.exp(-np.clip(fits + held.astype(np.float32), -30, 30)))
        # What each region looked at, turned into where each word was looked from.
        total = np.maximum(looks.sum(axis=1, keepdims=True), np.finfo(np.float32).tiny)
        shares = np.ascontiguousarray((looks / total).transpose(0, 2, 1))
        return tuple(
            Fused(
                every[b, :-1],
                float(every[b, -1]),
                member[b],
                attended(text, shares[b], found[b]),
                found[b],
            )
            for b, text in enumerate(texts)
        )


def _nothing(found: Evidence) -> Fused:
    """Answer where there is no region."""
    empty = np.zeros(0, np.float32)
    weights = np.zeros((len(found.words), 0), np.float32)
    return Fused(empty, 1.0, empty, Attention(found.words, weights), found)
