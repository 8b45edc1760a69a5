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

"""A fitted network → the files that ship, each checked against the network they come from."""

from __future__ import annotations

from collections.abc import Mapping
import json
from pathlib import Path
from typing import Any

from grounded_perception.compute import compile_openvino, Compute, OPENVINO_INSTALL
from grounded_perception.detectors.hub.runtimes import trace
from grounded_perception.errors import ModelFailed, ModelMissing
from grounded_perception.fusion import loading
from grounded_perception.fusion.inputs import EVIDENCE_WIDTH, REGION_WIDTH
from grounded_perception.fusion.loading import GRAPH, WEIGHTS
from grounded_perception.fusion.network import FusionNetwork
from grounded_perception.fusion.storage import load, save_network
from grounded_perception.language.minilm import WIDTH as TEXT_WIDTH
from grounded_perception.training.fitting.batches import NETWORK_KEYS
from grounded_perception.training.shipping.folding import folded
from grounded_perception.weights import file_hash, MANIFEST
import torch
from torch import Tensor

__all__ = ['FILES', 'MANIFEST', 'export', 'load']

CARD = 'MODEL_CARD.md'
FILES = (*loading.FILES, CARD)
_OUTPUTS = ('answer', 'fits', 'attention')
#: Regions, sentences, words with which the graph is compared.
_SHAPES = ((1, 1, 1), (2, 1, 5), (7, 3, 9), (1, 32, 2), (30, 32, 1), (100, 4, 24))
#: The graph is traced with numbers that differ, so that none is taken for another.
_TRACED = (5, 3, 7)
_TOLERANCE = 1e-4


def export(network: FusionNetwork, folder: Path, card: str, about: Mapping[str, Any]) -> float:
    """
    Write weights, OpenVINO graph, model card and the hashes of them.

    :param network: fitted and calibrated.
    :param folder: made if need be; files of the same names are replaced.
    :param card: text of the model card.
    :param about: what stands in the weights file: command line, seed, versions, figures.
    :returns: greatest difference of a probability between graph and network.
    :raises ModelMissing: when OpenVINO is not installed.
    :raises ModelFailed: when the graph does not compute what the network does.
    """
    network = network.cpu().float().eval()
    folder.mkdir(parents=True, exist_ok=True)
    # Without its manifest a folder that is half written is known as such.
    (folder / MANIFEST).unlink(missing_ok=True)
    save_network(folder / WEIGHTS, network, about)
    _write_graph(folded(network), folder / GRAPH)
    difference = compare(network, folder / GRAPH)
    (folder / CARD).write_text(card, encoding='utf-8')
    manifest = {name: file_hash(folder / name) for name in FILES}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + '\n')
    return difference


def compare(network: FusionNetwork, graph: Path) -> float:
    """
    Compare the graph with the network on random inputs of several shapes.

    :param network: on the CPU, in float32.
    :param graph: the ``.xml``.
    :returns: greatest difference of a probability.
    :raises ModelFailed: when it is too great.
    """
    compiled = compile_openvino(graph, Compute(precision='f32'))
    worst = 0.0
    for shape in _SHAPES:
        feed = random_inputs(*shape)
        with torch.inference_mode():
            expected = _probabilities(network(*feed))
        out = compiled([tensor.numpy() for tensor in feed])
        got = _probabilities(tuple(torch.from_numpy(out[i]) for i in range(len(_OUTPUTS))))
        for name, a, b in zip(_OUTPUTS, expected, got, strict=True):
            off = float((a - b).abs().max()) if a.shape == b.shape else float('inf')
            if not off < _TOLERANCE:
                raise ModelFailed(
                    f'the exported graph differs from the network: {name} by {off:.2g} at '
                    f'{shape} regions, sentences, words; at most {_TOLERANCE} is allowed'
                )
            worst = max(worst, off)
    return worst


def random_inputs(regions: int, sentences: int, words: int) -> tuple[Tensor, ...]:
    """
    Make inputs of one image, the same ones each time.

    :param regions: N, at least 1.
    :param sentences: B.
    :param words: L; the last sentence has but one.
    :returns: what :meth:`FusionNetwork.forward` takes.
    """
    random = torch.Generator().manual_seed(regions * 10000 + sentences * 100 + words)

    def numbers(*shape: int) -> Tensor:
        return torch.rand(1, *shape, generator=random)

    corner = numbers(regions, 2) * 0.6
    text_mask = torch.ones(1, sentences, words)
    text_mask[:, -1, 1:] = 0
    return (
        numbers(regions, REGION_WIDTH) - 0.5,
        torch.cat([corner, corner + numbers(regions, 2) * 0.4], -1),
        torch.ones(1, regions),
        numbers(sentences, words, TEXT_WIDTH) - 0.5,
        text_mask,
        numbers(sentences, regions, EVIDENCE_WIDTH) - 0.5,
    )


def _write_graph(network: FusionNetwork, path: Path) -> None:
    try:
        import openvino
    except ImportError as exc:
        raise ModelMissing(f'OpenVINO is not installed: {OPENVINO_INSTALL}') from exc
    shapes = (
        (1, -1, REGION_WIDTH),
        (1, -1, 4),
        (1, -1),
        (1, -1, -1, TEXT_WIDTH),
        (1, -1, -1),
        (1, -1, -1, EVIDENCE_WIDTH),
    )
    examples = zip(random_inputs(*_TRACED), shapes, strict=True)
    model = trace(network, dict(zip(NETWORK_KEYS, examples, strict=True)))
    for port, name in zip(model.outputs, _OUTPUTS, strict=True):
        port.get_tensor().set_names({name})
    # Half precision would be off by more than is allowed, and save less than a megabyte.
    openvino.save_model(model, path, compress_to_fp16=False)


def _probabilities(outputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    logits, fits, attention = outputs
    return torch.softmax(logits, -1), torch.sigmoid(fits), attention
