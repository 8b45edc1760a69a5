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

"""The text encoder against the reference implementation, and at its limits."""

import subprocess
import sys

from grounded_perception.errors import ModelCorrupt, ModelMissing
from grounded_perception.language import encoder, minilm
from grounded_perception.language.encoder import load_encoder, TextEncoder
import numpy as np
import pytest

# Reference: transformers 5.23.0 AutoModel on torch 2.13.0 (CPU, f32) with the same weights, mean
# over the attention mask, unit length:
#   h = AutoModel.from_pretrained(folder)(input_ids, attention_mask).last_hidden_state
#   v = (h * mask[..., None]).sum(1) / mask.sum(1)[:, None]; v /= norm(v, axis=1)
# Largest difference over six texts: 1.8e-7 for the f32 graph, 2.6e-4 for the fp16 file.
GOLDEN = {
    'a dog': [-0.01437, 0.00067, 0.0336, 0.0902, -0.06273, 0.02883, 0.05794, -0.03241],
    'a traffic cone': [0.04731, 0.02629, -0.00119, 0.01705, -0.04642, -0.04276, 0.15284, 0.04848],
    'the red car left of the bus': [
        0.00143, 0.05397, -0.02152, 0.07893, 0.0249, 0.12096, 0.07364, 0.03049,
    ],
    'a wine glass': [0.02399, 0.04035, -0.04017, 0.01931, -0.02733, -0.00868, 0.1415, -0.03274],
    'a' + ' very' * 200 + ' long text': [
        -0.02949, -0.01565, 0.02293, -0.01774, -0.06042, -0.00544, 0.03378, -0.08848,
    ],
}  # fmt: skip
COSINES = [0.20159, 0.14161, 0.09388]  # "a dog" with the next three

pytestmark = pytest.mark.model


@pytest.mark.parametrize('text', GOLDEN, ids=lambda text: text[:20])
def test_reference_values(text_encoder: TextEncoder, text: str) -> None:
    assert text_encoder.phrases([text])[0, :8] == pytest.approx(GOLDEN[text], abs=1e-3)


def test_reference_cosines(text_encoder: TextEncoder) -> None:
    vectors = text_encoder.phrases(list(GOLDEN)[:4])
    assert (vectors[1:] @ vectors[0]).tolist() == pytest.approx(COSINES, abs=1e-3)


def test_batch_gives_what_each_text_gives(text_encoder: TextEncoder) -> None:
    texts = [f'a thing{" of length" * (i % 7)} {i}' for i in range(150)]
    together = text_encoder.phrases(texts)
    alone = load_encoder(0)
    assert together.shape == (150, 384)
    for i in (0, 75, 149):
        assert np.allclose(together[i], alone.phrases([texts[i]])[0], atol=1e-5)


@pytest.mark.parametrize('text', ['', ' ', '\ud800', '\N{DOG FACE}', 'word ' * 100_000])
def test_any_text_has_a_unit_vector(text_encoder: TextEncoder, text: str) -> None:
    (vector,) = text_encoder.phrases([text])
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_no_texts(text_encoder: TextEncoder) -> None:
    assert text_encoder.phrases([]).shape == (0, 384)


def test_tokens(text_encoder: TextEncoder) -> None:
    text = 'The reddish-brown giraffee, left'
    found = text_encoder.tokens(text)
    assert found.words == ('The', 'reddish', '-', 'brown', 'giraffee', ',', 'left')
    assert tuple(text[a:b] for a, b in found.spans) == found.words
    assert np.allclose(np.linalg.norm(found.vectors, axis=1), 1, atol=1e-5)
    assert text_encoder.tokens('').vectors.shape == (0, 384)


def test_cache_is_bounded(text_encoder: TextEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, '_CACHED_PHRASES', 3)
    for i in range(6):
        text_encoder.phrases([f'number {i}'])
    assert list(text_encoder._phrases) == ['number 3', 'number 4', 'number 5']


def test_knows_common_words_only(text_encoder: TextEncoder) -> None:
    assert text_encoder.knows('house')
    assert not text_encoder.knows('motorcyle')


def test_foreign_tokenizer_is_refused(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / 'tokenizer.json').write_text('{}')
    with pytest.raises(ModelCorrupt, match='tokenizer'):
        minilm.convert(tmp_path / 'model.safetensors', tmp_path / 'out')


def test_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, 'tokenizers', None)
    with pytest.raises(ModelMissing, match='pip install tokenizers'):
        load_encoder(0)


def test_import_is_light() -> None:
    code = (
        'import sys, grounded_perception.language.command, '
        'grounded_perception.language.vocabulary\n'
        'heavy = {"openvino", "tokenizers", "torch", "transformers"} & set(sys.modules)\n'
        'assert not heavy, heavy'
    )
    subprocess.run([sys.executable, '-c', code], check=True)
