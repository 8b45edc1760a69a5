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

"""Classifiers, and tiny networks of two towers saved as checkpoints are."""

import string

from grounded_perception.classifiers import efficientnet
from grounded_perception.compute import Compute
from grounded_perception.errors import ModelMissing
import pytest


@pytest.fixture(scope='session')
def classifier():
    """Return the embedded classifier in f32, the arithmetic that is the same on every CPU."""
    try:
        return efficientnet.load(efficientnet.Options(), Compute(precision='f32'))
    except ModelMissing as exc:
        pytest.skip(str(exc))


@pytest.fixture(scope='session')
def checkpoint_of(tmp_path_factory):
    """Return a function: family → folder of its tiny checkpoint, made on the first call."""
    made = {}

    def folder(family):
        torch = pytest.importorskip('torch')
        tf = pytest.importorskip('transformers')
        pytest.importorskip('PIL')
        if family not in made:
            torch.manual_seed(7)
            made[family] = tmp_path_factory.mktemp(family)
            _save(tf, torch, family, made[family])
        return made[family]

    return folder


def _save(tf, torch, family, folder):
    letters = string.ascii_lowercase + string.digits + string.punctuation
    tokens = ['!!', *letters, *(f'{letter}</w>' for letter in letters)]
    tokens = [*dict.fromkeys(tokens), '<|startoftext|>', '<|endoftext|>']
    vocab = {token: number for number, token in enumerate(tokens)}
    tokenizer = tf.CLIPTokenizer(vocab=vocab, merges=[], pad_token='!', model_max_length=40)
    end = tokenizer.eos_token_id
    sides = {
        'hidden_size': 32, 'intermediate_size': 64, 'num_attention_heads': 4,
        'num_hidden_layers': 2,
    }  # fmt: skip
    text = {
        **sides, 'vocab_size': end + 1, 'eos_token_id': end, 'bos_token_id': end - 1,
        'pad_token_id': 0, 'max_position_embeddings': 40,
    }  # fmt: skip
    vision = {**sides, 'image_size': 48, 'patch_size': 16}
    if family == 'clip':
        config = tf.CLIPConfig(text_config=text, vision_config=vision, projection_dim=24)
        model, processor = tf.CLIPModel(config), tf.CLIPImageProcessor
        size = {'size': {'shortest_edge': 48}, 'crop_size': {'height': 48, 'width': 48}}
    else:
        config = tf.SiglipConfig(text_config={**text, 'projection_size': 32}, vision_config=vision)
        model, processor = tf.SiglipModel(config), tf.SiglipImageProcessor
        size = {'size': {'height': 48, 'width': 48}}
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim > 1:
                weight.normal_(0, 0.25)  # fresh networks hardly tell one picture from another
        model.logit_scale.fill_(2.0)
        if family == 'siglip':
            model.logit_bias.fill_(-3.0)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    processor(**size).save_pretrained(folder)
