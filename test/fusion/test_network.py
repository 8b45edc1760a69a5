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

"""The fusion network: what must not change its answer, and what must."""

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='the network itself needs torch')

from grounded_perception.fusion.inputs import EVIDENCE_WIDTH, REGION_WIDTH  # noqa: E402
from grounded_perception.fusion.network import (  # noqa: E402
    FusionNetwork,
    NetworkConfig,
    pair_features,
)

NAMES = ('regions', 'boxes', 'region_mask', 'text', 'text_mask', 'evidence')


@pytest.fixture(scope='module')
def network():
    torch.manual_seed(0)
    return FusionNetwork(NetworkConfig()).eval()


def feed(images=1, sentences=2, regions=5, words=4):
    draw = torch.Generator().manual_seed(1)
    low = torch.rand(images, regions, 2, generator=draw) * 0.7
    return {
        'regions': torch.randn(images, regions, REGION_WIDTH, generator=draw),
        'boxes': torch.cat([low, low + 0.1 + 0.2 * torch.rand(low.shape, generator=draw)], -1),
        'region_mask': torch.ones(images, regions),
        'text': torch.randn(images, sentences, words, 384, generator=draw),
        'text_mask': torch.ones(images, sentences, words),
        'evidence': torch.randn(images, sentences, regions, EVIDENCE_WIDTH, generator=draw),
    }


@torch.no_grad()
def run(network, arrays):
    return [out.numpy() for out in network(*(arrays[name] for name in NAMES))]


def test_shapes(network):
    logits, fits, looks = run(network, feed(3, 2, 5, 4))
    assert logits.shape == (3, 2, 6)
    assert fits.shape == (3, 2, 5)
    assert looks.shape == (3, 2, 5, 4)
    np.testing.assert_allclose(looks.sum(-1), 1, atol=1e-5)


def test_padding_changes_nothing(network):
    plain = feed()
    padded = {name: value.clone() for name, value in plain.items()}
    padded['regions'] = torch.cat([plain['regions'], torch.randn(1, 3, REGION_WIDTH)], 1)
    padded['boxes'] = torch.cat([plain['boxes'], torch.rand(1, 3, 4)], 1)
    padded['region_mask'] = torch.cat([plain['region_mask'], torch.zeros(1, 3)], 1)
    padded['text'] = torch.cat([plain['text'], torch.randn(1, 2, 2, 384)], 2)
    padded['text_mask'] = torch.cat([plain['text_mask'], torch.zeros(1, 2, 2)], 2)
    more = torch.randn(1, 2, 3, EVIDENCE_WIDTH)
    padded['evidence'] = torch.cat([plain['evidence'], more], 2)
    logits, fits, looks = run(network, plain)
    more_logits, more_fits, more_looks = run(network, padded)
    np.testing.assert_allclose(more_logits[..., :5], logits[..., :5], atol=1e-4)
    np.testing.assert_allclose(more_logits[..., -1], logits[..., -1], atol=1e-4)
    assert more_logits[..., 5:-1].max() < -1e3
    np.testing.assert_allclose(more_fits[..., :5], fits, atol=1e-4)
    np.testing.assert_allclose(more_looks[..., :5, :4], looks, atol=1e-4)


def test_the_order_of_regions_does_not_matter(network):
    plain = feed()
    order = [3, 0, 4, 1, 2]
    turned = {name: value.clone() for name, value in plain.items()}
    turned['regions'], turned['boxes'] = plain['regions'][:, order], plain['boxes'][:, order]
    turned['evidence'] = plain['evidence'][:, :, order]
    logits, _, _ = run(network, plain)
    turned_logits, _, _ = run(network, turned)
    np.testing.assert_allclose(turned_logits[..., :5], logits[..., order], atol=1e-4)


def test_sentences_of_one_image_do_not_see_each_other(network):
    both = feed(sentences=2)
    one = dict(both)
    for name in ('text', 'text_mask', 'evidence'):
        one[name] = both[name][:, 1:]
    np.testing.assert_allclose(run(network, one)[0], run(network, both)[0][:, 1:], atol=1e-4)


@pytest.mark.parametrize(
    ('switch', 'name'),
    [('use_text', 'text'), ('use_evidence', 'evidence'), ('use_geometry', 'boxes')],
)
def test_a_part_that_is_switched_off_is_not_seen(switch, name):
    torch.manual_seed(0)
    network = FusionNetwork(NetworkConfig(**{switch: False})).eval()
    plain, other = feed(), feed()
    other[name] = torch.rand(other[name].shape)
    np.testing.assert_allclose(run(network, other)[0], run(network, plain)[0], atol=1e-5)
    torch.manual_seed(0)
    seeing = FusionNetwork(NetworkConfig()).eval()
    assert np.abs(run(seeing, other)[0] - run(seeing, plain)[0]).max() > 1e-3


def test_geometry_is_seen_from_the_other_region():
    left_and_right = torch.tensor([[[0.1, 0.4, 0.2, 0.6], [0.7, 0.4, 0.9, 0.8]]])
    features = pair_features(left_and_right)[0]
    assert features[0, 0, 1] < 0 < features[0, 1, 0]  # offset of the centres along x
    assert features[5, 0, 1] < 0 < features[5, 1, 0]  # log ratio of the heights
    assert features[8:10, 0, 1].max() == 0  # nothing of one inside the other
    np.testing.assert_allclose(features[11].diagonal(), 1)  # each covers itself


def test_half_precision_agrees(network):
    arrays = feed()
    logits, _, _ = run(network, arrays)
    half = FusionNetwork(NetworkConfig()).eval()
    half.load_state_dict(network.state_dict())
    half = half.to(torch.bfloat16)
    low = run_half(half, arrays)
    assert np.abs(low - logits).max() < 0.1


@torch.no_grad()
def run_half(network, arrays):
    return network(*(arrays[name].to(torch.bfloat16) for name in NAMES))[0].float().numpy()
