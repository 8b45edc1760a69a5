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

"""Padding, bucketing, and what is withheld."""

from grounded_perception.fusion.inputs import ASKED, EVIDENCE_WIDTH
import numpy as np
import pytest

torch = pytest.importorskip('torch', reason="torch is not installed: extra 'train'")

from grounded_perception.fusion.network import FusionNetwork, NetworkConfig  # noqa: E402
from grounded_perception.training.fitting.batches import (  # noqa: E402
    collate,
    NETWORK_KEYS,
    plan,
    size_of,
)
from grounded_perception.training.fitting.feed import Feed  # noqa: E402
from grounded_perception.training.fitting.options import FitOptions  # noqa: E402
from grounded_perception.training.fitting.prediction import predict  # noqa: E402
from grounded_perception.training.fitting.withholding import draw, withhold  # noqa: E402

CHECKED = EVIDENCE_WIDTH - ASKED


def test_every_example_lies_in_the_corner_of_its_row_and_the_rest_is_masked(learnable):
    examples = learnable(5)
    batch = collate(examples)
    assert {t.dtype for k, t in batch.items() if k != 'status'} == {torch.float32}
    for i, example in enumerate(examples):
        n, b, length = (*reversed(example.member.shape), example.inputs.text.shape[1])
        np.testing.assert_array_equal(batch['regions'][i, :n], example.inputs.regions)
        np.testing.assert_array_equal(batch['text'][i, :b, :length], example.inputs.text)
        np.testing.assert_array_equal(batch['evidence'][i, :b, :n], example.inputs.evidence)
        np.testing.assert_array_equal(batch['target'][i, :b, :n], example.target[:, :n])
        np.testing.assert_array_equal(batch['target'][i, :b, -1], example.target[:, -1])
        np.testing.assert_array_equal(batch['status'][i, :b], example.status)
        assert batch['region_mask'][i].tolist() == [1] * n + [0] * (batch['regions'].shape[1] - n)
        assert batch['sentence_mask'][i].sum() == b
        assert batch['text_mask'][i].sum() == b * length
        assert batch['target'][i, :, n:-1].sum() == batch['member'][i, :, n:].sum() == 0
        assert (batch['status'][i, b:] == -1).all()


def test_padding_changes_no_answer(learnable):
    torch.manual_seed(0)
    network = FusionNetwork(NetworkConfig(width=16, layers=2)).eval()
    examples = learnable(6)
    for together, example in zip(predict(network, examples), examples, strict=True):
        (alone,) = predict(network, [example])
        np.testing.assert_allclose(together, alone, atol=1e-4)
        assert alone.shape == example.target.shape


def test_a_batch_of_nothing_but_padding_is_finite(learnable):
    batch = collate(learnable(1))
    batch['region_mask'].zero_()
    batch['text_mask'].zero_()
    network = FusionNetwork(NetworkConfig(width=16, layers=1))
    for out in network(*(batch[key] for key in NETWORK_KEYS)):
        assert torch.isfinite(out).all()


def test_a_plan_has_everyone_once_and_likes_together(learnable):
    sizes = [size_of(e) for e in learnable(200)]
    batches = plan(sizes, 8, seed=3, epoch=0)
    assert sorted(i for batch in batches for i in batch) == list(range(200))
    assert batches == plan(sizes, 8, seed=3, epoch=0)
    assert batches != plan(sizes, 8, seed=3, epoch=1)
    assert batches != plan(sizes, 8, seed=4, epoch=0)
    spread = [max(sizes[i][0] for i in b) - min(sizes[i][0] for i in b) for b in batches]
    assert np.mean(spread) < 1


def test_a_sentence_loses_evidence_or_words_and_never_both(learnable):
    examples = learnable(60)
    options = FitOptions(drop_evidence=0.4, drop_words=0.3)
    whole, batch = collate(examples), collate(examples)
    batch['evidence'][..., -1] = 1
    withhold(batch, draw(range(60), examples, 5, options), options)
    real = whole['sentence_mask'].bool()
    blind = (batch['evidence'][..., :CHECKED] == 0).all(-1).all(-1)[real]
    deaf = (batch['text'] == 0).all(-1).all(-1)[real]
    assert not (blind & deaf).any()
    assert 0.25 < blind.float().mean() < 0.55
    assert 0.15 < deaf.float().mean() < 0.45
    assert (batch['evidence'][..., -1] == 1).all()  # what was asked stays
    assert (batch['text_mask'][real][deaf].sum(-1) == 1).all()


def test_processes_share_a_batch_and_draw_alike(learnable):
    examples = learnable(10)
    options = FitOptions(batch=4, drop_evidence=0.5)
    (whole, *_), *parts = (
        list(Feed(examples, options, rank, world).rest_of_epoch(3))
        for rank, world in ((0, 1), (0, 2), (1, 2))
    )
    firsts = [part[0] for part in parts]
    assert whole[1] == firsts[0][1] == firsts[1][1]
    assert whole[0]['sentence_mask'].sum() == sum(p[0]['sentence_mask'].sum() for p in firsts)
    sums = [float(each[0]['evidence'].sum()) for each in (whole, *firsts)]
    assert sums[0] == pytest.approx(sums[1] + sums[2], rel=1e-5)


def test_a_process_without_a_share_has_no_weight(learnable):
    batch, sentences = next(Feed(learnable(1), FitOptions(), 1, 2).rest_of_epoch(0))
    assert sentences > 0
    assert batch['sentence_mask'].sum() == 0


def test_the_rest_of_an_epoch_is_what_was_left(learnable):
    feed = Feed(learnable(20), FitOptions(batch=4))
    whole, rest = list(feed.rest_of_epoch(5)), list(feed.rest_of_epoch(7))
    assert (feed.steps, len(whole), len(rest)) == (5, 5, 3)
    for a, b in zip(whole[2:], rest, strict=True):
        assert all(torch.equal(a[0][key], b[0][key]) for key in a[0])
