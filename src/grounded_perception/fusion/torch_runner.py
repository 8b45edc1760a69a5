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

"""The fusion network in torch: on a GPU, or wherever torch runs."""

from __future__ import annotations

from grounded_perception.errors import ModelFailed
from grounded_perception.fusion.inputs import Inputs
from grounded_perception.fusion.network import FusionNetwork
from grounded_perception.records import Floats
import numpy as np
import torch


class TorchRunner:
    """
    A :class:`.trained.Runner`; for one thread at a time.

    :param network: the network with its weights.
    :param device: a torch device: ``'cpu'``, ``'cuda:0'``.
    :param dtype: arithmetic: float32, bfloat16 or float16.
    """

    def __init__(
        self, network: FusionNetwork, device: str = 'cpu', dtype: torch.dtype = torch.float32
    ) -> None:
        self._network = network.to(device=device, dtype=dtype).eval()
        self._device, self._dtype = device, dtype

    def __call__(self, arrays: Inputs) -> tuple[Floats, Floats, Floats]:
        """
        Run the network once; see the protocol.

        :param arrays: B sentences, N regions.
        :returns: logits, logits that a region fits, attention.
        :raises ModelFailed: when torch fails, for one for lack of memory.
        """
        every = (
            arrays.regions,
            arrays.boxes,
            np.ones(len(arrays.regions), np.float32),
            arrays.text,
            arrays.text_mask,
            arrays.evidence,
        )
        try:
            with torch.inference_mode():
                feed = [
                    torch.from_numpy(each)[None].to(self._device, self._dtype) for each in every
                ]
                found = [out[0].float().cpu().numpy() for out in self._network(*feed)]
        except RuntimeError as exc:
            raise ModelFailed(f'the fusion network failed on {self._device}: {exc}') from exc
        return found[0], found[1], found[2]
