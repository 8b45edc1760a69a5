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

"""The text half: each label is embedded once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from grounded_perception.detectors.hub.loading import computing, Network
from grounded_perception.records import Floats
import numpy as np

_BATCH = 32
_REMEMBERED = 4096


class Texts:
    """
    Embeds labels and remembers them; for one thread at a time.

    :param network: a CLIP or SigLIP network.
    :param tokenizer: its tokenizer.
    :param family: ``clip`` or ``siglip``.
    :param template: the sentence that a label is put into, in place of ``{}``.
    """

    def __init__(self, network: Network, tokenizer: Any, family: str, template: str) -> None:
        self._network = network
        self._tokenizer = tokenizer
        self._is_filled = family == 'siglip'
        self._template = template
        self._kept: OrderedDict[str, Floats] = OrderedDict()

    def embed(self, labels: Sequence[str]) -> Floats:
        """
        Embed labels.

        :param labels: L labels, at least one.
        :returns: ``(L, D)`` float32 rows of length 1.
        :raises ModelFailed: when the network raises.
        """
        found = {label: self._kept[label] for label in labels if label in self._kept}
        missing = [label for label in dict.fromkeys(labels) if label not in found]
        for start in range(0, len(missing), _BATCH):
            batch = missing[start : start + _BATCH]
            found.update(zip(batch, self._read(batch), strict=True))
        for label, vector in found.items():
            self._kept[label] = vector
            self._kept.move_to_end(label)
        while len(self._kept) > _REMEMBERED:
            self._kept.popitem(last=False)
        return np.stack([found[label] for label in labels])

    def _read(self, labels: Sequence[str]) -> Floats:
        network = self._network
        longest = int(network.model.config.text_config.max_position_embeddings)
        with computing('clip'):
            # SigLIP was trained on texts that are filled up to one length, and pools their end.
            tokens = self._tokenizer(
                [self._template.replace('{}', label.strip()) for label in labels],
                padding='max_length' if self._is_filled else True,
                truncation=True,
                max_length=longest,
                return_tensors='pt',
            )
            wanted = ('input_ids',) if self._is_filled else ('input_ids', 'attention_mask')
            inputs = {name: tokens[name].to(network.device) for name in wanted}
            return unit_rows(network.model.get_text_features(**inputs))


def unit_rows(output: Any) -> Floats:
    """
    Read the vectors that a half of a network gives.

    :param output: a tensor ``(N, D)``, or what holds it as ``pooler_output``.
    :returns: ``(N, D)`` float32 rows of length 1.
    """
    vectors = getattr(output, 'pooler_output', output).float().cpu().numpy()
    norm = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(norm, np.finfo(np.float32).tiny), np.float32)
