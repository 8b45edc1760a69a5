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

"""Tiny random checkpoints, built from configurations and saved as transformers saves them."""

from contextlib import contextmanager
import logging

import numpy as np
import pytest


@contextmanager
def one_thread(torch):
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@pytest.fixture(scope='session', autouse=True)
def quiet_and_single():
    """Keep the library's bars out of the report and its threads off the other tests' cores."""
    torch, transformers = pytest.importorskip('torch'), pytest.importorskip('transformers')
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity(logging.CRITICAL)
    with one_thread(torch):
        yield


@pytest.fixture(scope='session')
def bytes_tokenizer():
    """Return a function: special tokens by role, more tokens → a tokenizer of single bytes."""
    transformers = pytest.importorskip('transformers')
    from tokenizers import decoders, models, pre_tokenizers, Tokenizer

    def make(more=(), special=(), **roles):
        named = [token for token in roles.values() if isinstance(token, str)]
        entries = list(dict.fromkeys(named)) + sorted(pre_tokenizers.ByteLevel.alphabet())
        vocabulary = {entry: i for i, entry in enumerate(entries)}
        core = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token=roles.get('unk_token')))
        core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        core.decoder = decoders.ByteLevel()
        made = transformers.PreTrainedTokenizerFast(tokenizer_object=core, **roles)
        made.add_tokens(list(more))
        made.add_tokens(list(special), special_tokens=True)
        return made

    return make


@pytest.fixture(scope='session')
def chaotic():
    """Return a function that gives a network weights whose output depends on everything."""
    torch = pytest.importorskip('torch')

    def fill(model, seed=0, std=0.1):
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for name, weight in model.named_parameters():
                if weight.dim() > 1 or 'bias' in name:
                    weight.copy_(torch.randn(weight.shape, generator=generator) * std)
        return model.eval()

    return fill


@pytest.fixture(scope='session')
def picture():
    """Return a picture with edges, wider than high."""
    rng = np.random.default_rng(5)
    coarse = rng.integers(0, 256, (9, 16, 3), np.uint8)
    return np.ascontiguousarray(coarse.repeat(10, axis=0).repeat(10, axis=1))
