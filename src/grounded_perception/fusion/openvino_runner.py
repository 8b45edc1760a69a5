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

"""The fusion network on a CPU: the exported graph, run by OpenVINO."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from grounded_perception.compute import compile_openvino, Compute
from grounded_perception.errors import ModelFailed
from grounded_perception.fusion.inputs import Inputs
from grounded_perception.records import Floats
import numpy as np


class OpenVinoRunner:
    """
    A :class:`.trained.Runner`; for one thread at a time.

    :param network: the graph's ``.xml``.
    :param compute: where and in which arithmetic it runs.
    :raises ModelMissing: when OpenVINO is not installed.
    :raises ModelFailed: when the graph cannot be compiled.
    """

    def __init__(self, network: Path, compute: Compute) -> None:
        self._request: Any = compile_openvino(network, compute).create_infer_request()

    def __call__(self, arrays: Inputs) -> tuple[Floats, Floats, Floats]:
        """
        Run the network once; see the protocol.

        :param arrays: B sentences, N regions.
        :returns: logits, logits that a region fits, attention.
        :raises ModelFailed: when OpenVINO fails.
        """
        feed = [
            arrays.regions[None],
            arrays.boxes[None],
            np.ones((1, len(arrays.regions)), np.float32),
            arrays.text[None],
            arrays.text_mask[None],
            arrays.evidence[None],
        ]
        try:
            self._request.infer(feed, share_inputs=True)
            logits, fits, looks = (
                np.array(self._request.get_output_tensor(i).data[0], np.float32) for i in range(3)
            )
        except RuntimeError as exc:
            raise ModelFailed(f'the fusion network failed: {exc}') from exc
        return logits, fits, looks
