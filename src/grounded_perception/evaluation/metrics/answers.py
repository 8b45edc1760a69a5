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

"""One answer to one sentence of a truth, judged."""

from __future__ import annotations

from dataclasses import dataclass

from grounded_perception import geometry
from grounded_perception.evaluation.metrics.matching import SAME
from grounded_perception.evaluation.results import Reply
from grounded_perception.evaluation.truth.records import TrueSentence
import numpy as np

REFUSED = 'REFUSED'


@dataclass(frozen=True)
class Judgement:
    """
    One answer, judged.

    :param sentence: what was asked, and its truth.
    :param said: the answer's status, or REFUSED.
    :param right: whether it is right: the status is, and where it is FOUND the first box overlaps
        the true one by an IoU of .5.
    :param seen: whether the thing is among the candidates.
    :param reason: that was given.
    :param confidence: probability of the likeliest answer, *none* included; None where a sentence
        means several things or nobody had to choose.
    :param likeliest: whether that one is right, as far as the candidates go.
    """

    sentence: TrueSentence
    said: str
    right: bool
    seen: bool
    reason: str
    confidence: float | None = None
    likeliest: bool = False


def judge(sentence: TrueSentence, reply: Reply) -> Judgement:
    """
    Judge one answer.

    :param sentence: what was asked, and its truth.
    :param reply: the answer.
    :returns: the judgement.
    """
    fits = np.zeros(len(reply.boxes_px), bool)
    if sentence.box_px is not None:
        true = np.array([sentence.box_px], np.float32)
        fits = geometry.iou(reply.boxes_px, true)[:, 0] >= SAME
    right = reply.status == sentence.status
    if right and reply.status == 'FOUND':
        right = bool(fits[reply.indices[0]])
    seen = bool(fits.any())
    confidence, likeliest = _confidence(sentence, reply, fits.tolist())
    return Judgement(sentence, reply.status, right, seen, reply.reason, confidence, likeliest)


def failed(sentence: TrueSentence, error: str) -> Judgement:
    """
    Judge a sentence about an image that could not be used: it is refused.

    :param sentence: what was asked.
    :param error: why.
    :returns: the judgement.
    """
    return Judgement(sentence, REFUSED, False, False, f'the frame failed: {error}')


def _confidence(
    sentence: TrueSentence, reply: Reply, fits: list[bool]
) -> tuple[float | None, bool]:
    """Return the probability of the likeliest answer, and whether that one is right."""
    chosen = not reply.asks_all and sentence.status != 'AMBIGUOUS' and reply.status != REFUSED
    if not chosen or not fits or reply.none_probability == 1:
        return None, False
    best = int(np.argmax(reply.probabilities))
    if reply.none_probability > reply.probabilities[best]:
        return float(reply.none_probability), not any(fits)
    return float(reply.probabilities[best]), fits[best]
