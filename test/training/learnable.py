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

"""Examples that a tiny network learns in seconds: the region with the most belief is meant."""

from grounded_perception.fusion.inputs import EVIDENCE_WIDTH, Inputs, REGION_WIDTH
from grounded_perception.language.minilm import WIDTH as TEXT_WIDTH
from grounded_perception.training.examples import Example
import numpy as np

KINDS = ('name', 'position', 'absent class')


def learnable(count, seed=0, regions=(1, 6), sentences=(2, 5), words=(1, 5)):
    """Make examples; where no region has much belief, none is meant."""
    return [
        _one(np.random.default_rng((seed, i)), regions, sentences, words) for i in range(count)
    ]


def _one(random, regions, sentences, words):
    n, b, length = (int(random.integers(*each)) for each in (regions, sentences, words))
    belief = random.random((b, n)) * 0.5
    none = random.random(b) < 0.25
    best = random.integers(n, size=b)
    belief[np.arange(b), best] += np.where(none, 0, 1)
    evidence = np.zeros((b, n, EVIDENCE_WIDTH), np.float16)
    evidence[..., 0] = belief
    corner = random.random((n, 2)) * 0.6
    inputs = Inputs(
        regions=(random.normal(size=(n, REGION_WIDTH)) * 0.05).astype(np.float16),
        boxes=np.concatenate([corner, corner + 0.1 + random.random((n, 2)) * 0.3], 1).astype(
            np.float32
        ),
        text=(random.normal(size=(b, length, TEXT_WIDTH)) * 0.05).astype(np.float16),
        text_mask=np.ones((b, length), np.float32),
        evidence=evidence,
    )
    target = np.eye(n + 1, dtype=np.float32)[np.where(none, n, best)]
    kinds = tuple(KINDS[2] if empty else KINDS[i % 2] for i, empty in enumerate(none))
    status = np.where(none, 2, 0).astype(np.int64)
    return Example(inputs, target, target[:, :-1].copy(), status, kinds)
