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

"""What the network is fitted to: the one region that is meant, and every region that fits."""

from __future__ import annotations

from grounded_perception.training.fitting.options import FitOptions
import torch
from torch import nn, Tensor

#: Regions of an ordinary scene: a scale only, the same for all scenes.
_USUAL_REGIONS = 8


def fusion_loss(
    logits: Tensor, fits: Tensor, batch: dict[str, Tensor], options: FitOptions
) -> Tensor:
    """
    Sum the loss over the sentences of a batch.

    A sum, not a mean: processes that share a batch may have unequal shares of it.

    :param logits: ``(S, B, N + 1)`` of the answer, the last for *none*.
    :param fits: ``(S, B, N)`` of membership.
    :param batch: of :func:`grounded_perception.training.fitting.batches.collate`.
    :param options: smoothing and the weight of membership.
    :returns: one number.
    """
    answer = answer_loss(logits, batch['target'], batch['region_mask'], options.smoothing)
    member = member_loss(fits, batch['member'], batch['region_mask'])
    return ((answer + options.member_weight * member) * batch['sentence_mask']).sum()


def answer_loss(logits: Tensor, target: Tensor, region_mask: Tensor, smoothing: float) -> Tensor:
    """
    Return the cross-entropy of the softmax over regions and *none* against a soft truth.

    :param logits: ``(S, B, N + 1)``, very low where padding is.
    :param target: ``(S, B, N + 1)``, rows sum to 1, 0 where padding is.
    :param region_mask: ``(S, N)``.
    :param smoothing: share of the truth that goes to all answers alike.
    :returns: ``(S, B)``.
    """
    possible = nn.functional.pad(region_mask, (0, 1), value=1.0)[:, None]
    even = possible / possible.sum(-1, keepdim=True)
    truth = (1 - smoothing) * target + smoothing * even
    return -(truth * torch.log_softmax(logits.float(), -1)).sum(-1)


def member_loss(fits: Tensor, member: Tensor, region_mask: Tensor) -> Tensor:
    """
    Return the binary cross-entropy of membership, every region weighing the same.

    So its probability is what it says: weighing the few that fit like the many that do not would
    let everything fit rather often.

    :param fits: logits ``(S, B, N)``.
    :param member: ``(S, B, N)`` 1 = fits.
    :param region_mask: ``(S, N)``.
    :returns: ``(S, B)``.
    """
    each = nn.functional.binary_cross_entropy_with_logits(fits.float(), member, reduction='none')
    return (each * region_mask[:, None]).sum(-1) / _USUAL_REGIONS
