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

"""The loss, against numbers worked out by hand."""

import math

import pytest

torch = pytest.importorskip('torch', reason="torch is not installed: extra 'train'")

from grounded_perception.fusion.network import FusionNetwork, NetworkConfig  # noqa: E402
from grounded_perception.training.fitting.batches import collate, NETWORK_KEYS  # noqa: E402
from grounded_perception.training.fitting.loss import (  # noqa: E402
    answer_loss,
    fusion_loss,
    member_loss,
)
from grounded_perception.training.fitting.options import FitOptions  # noqa: E402


def test_the_answer_costs_its_cross_entropy():
    logits = torch.log(torch.tensor([[[0.5, 0.25, 0.25]]]))
    target = torch.tensor([[[0.5, 0.5, 0.0]]])
    loss = answer_loss(logits, target, torch.ones(1, 2), 0.0)
    assert float(loss) == pytest.approx(0.5 * math.log(2) + 0.5 * math.log(4))


def test_smoothing_gives_nothing_to_padding():
    logits = torch.tensor([[[0.0, -1e4, 0.0]]])
    target = torch.tensor([[[1.0, 0.0, 0.0]]])
    loss = answer_loss(logits, target, torch.tensor([[1.0, 0.0]]), 0.2)
    assert float(loss) == pytest.approx(math.log(2))


def test_every_region_weighs_the_same_in_membership():
    fits = torch.tensor([[[3.0, 0.0, 0.0, -1e4]]])
    member = torch.tensor([[[1.0, 0.0, 0.0, 0.0]]])
    mask = torch.tensor([[1.0, 1.0, 1.0, 0.0]])
    expected = (math.log1p(math.exp(-3)) + 2 * math.log(2)) / 8
    assert float(member_loss(fits, member, mask)) == pytest.approx(expected)


def test_membership_is_learned_as_the_share_that_fits():
    """The best constant logit for one member among three regions is that of 1 / 3."""
    member, mask = torch.tensor([[[1.0, 0.0, 0.0]]]), torch.ones(1, 3)
    grid = torch.linspace(-3, 3, 601)
    losses = [float(member_loss(torch.full((1, 1, 3), float(z)), member, mask)) for z in grid]
    best = float(torch.sigmoid(grid[int(torch.tensor(losses).argmin())]))
    assert best == pytest.approx(1 / 3, abs=0.01)


def test_the_loss_is_a_sum_over_sentences_whatever_the_padding(learnable):
    torch.manual_seed(0)
    network, examples = FusionNetwork(NetworkConfig(width=16, layers=1)).eval(), learnable(4)

    def loss(chosen):
        batch = collate(chosen)
        with torch.no_grad():
            logits, fits, _ = network(*(batch[key] for key in NETWORK_KEYS))
        return float(fusion_loss(logits, fits, batch, FitOptions(smoothing=0.1)))

    assert loss(examples) == pytest.approx(sum(loss([e]) for e in examples), rel=1e-4)
