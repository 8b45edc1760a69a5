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

"""From a part of a torch network to OpenVINO, and running it there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any
import warnings

from grounded_perception.compute import (
    compile_openvino,
    Compute,
    openvino_core,
    OPENVINO_INSTALL,
    resolve_precision,
)
from grounded_perception.errors import ModelFailed, ModelMissing
from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray

RUNTIMES = ('auto', 'torch', 'openvino')
#: Shape of an input; -1 = any.
Shape = tuple[int, ...]


def resolve_runtime(runtime: str, compute: Compute) -> str:
    """
    Turn ``auto`` into what is fastest here.

    :param runtime: ``auto``, ``torch`` or ``openvino``.
    :param compute: where it runs.
    :returns: ``openvino`` on a CPU where it is installed, else ``torch``.
    :raises ModelMissing: when OpenVINO was asked for and is not installed.
    """
    is_installed = find_spec('openvino') is not None
    if runtime == 'openvino' and not is_installed:
        raise ModelMissing(f'OpenVINO is not installed: {OPENVINO_INSTALL}')
    if runtime == 'auto':
        return 'openvino' if is_installed and compute.device != 'cuda' else 'torch'
    return runtime


def arithmetic(compute: Compute) -> str:
    """
    Say in which arithmetic OpenVINO runs on this machine.

    :param compute: ``auto`` = as for the embedded detector: bf16 where the CPU has it.
    :returns: ``f32`` or ``bf16``.
    :raises ModelMissing: when OpenVINO is not installed, or cannot keep what it compiles.
    """
    return resolve_precision(openvino_core(), compute.precision)


def as_module(forward: Callable[..., Any], *parts: Any) -> Any:
    """
    Make a torch module of a function, which is what can be exported.

    :param forward: tensors in, a tuple of tensors out.
    :param parts: modules that it uses.
    :returns: a ``torch.nn.Module``.
    """
    import torch

    own = {'forward': lambda self, *fed, **how: forward(*fed, **how)}
    made = type('Part', (torch.nn.Module,), own)()
    made.parts = torch.nn.ModuleList(parts)
    return made.eval()


def trace(module: Any, inputs: Mapping[str, tuple[Any, Shape]]) -> Any:
    """
    Turn a module into an OpenVINO model.

    :param module: no parameter of it wants gradients.
    :param inputs: in the order of its arguments: name → an example and the shape allowed.
    :returns: an ``openvino.Model`` with inputs of these names.
    :raises ModelFailed: when OpenVINO cannot follow it.
    """
    import torch

    examples = tuple(example for example, _ in inputs.values())
    try:
        # Tensors made under inference_mode cannot be part of a trace; and the remarks of the
        # tracer (a shape becomes a constant) are what is wanted.
        with torch.inference_mode(False), torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter('ignore')
            traced = torch.jit.trace(module, examples, check_trace=False, strict=False)
            model = _converted(traced, list(inputs.values()))
    except Exception as exc:
        # The tracer, the frontend and the network each raise errors of their own.
        line = str(exc).strip().partition('\n')[0]
        raise ModelFailed(f'OpenVINO cannot follow the network: {line}') from exc
    for number, name in enumerate(inputs):
        model.inputs[number].get_tensor().set_names({name})
    return model


def save(model: Any, path: Path, is_half: bool) -> None:
    """
    Write an OpenVINO model.

    :param model: an ``openvino.Model``.
    :param path: its ``.xml``; the weights lie beside it.
    :param is_half: whether weights are written as fp16: half the disk, and finer than bf16.
    """
    import openvino

    openvino.save_model(model, str(path), compress_to_fp16=is_half)


def _converted(traced: Any, inputs: Sequence[tuple[Any, Shape]]) -> Any:
    """Convert what torch traced; ``convert_model`` does as much but reports each use."""
    import openvino
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    frontend = FrontEndManager().load_by_framework('pytorch')
    decoder = TorchScriptPythonDecoder(traced)
    loaded = frontend.load(decoder)
    for place, (example, shape) in zip(loaded.get_inputs(), inputs, strict=True):
        loaded.set_partial_shape(place, openvino.PartialShape(list(shape)))
        loaded.set_element_type(place, openvino.Type(example.numpy().dtype))
    model = frontend.convert(loaded)
    # Shapes that the trace left open are known now.
    model.validate_nodes_and_infer_types()
    # The weights are still those of torch: they must not go before the model does.
    model.decoder = decoder
    return model


class Runner:
    """
    Runs an OpenVINO model; used from one thread.

    :param path: its ``.xml``.
    :param compute: in which arithmetic and with how many threads.
    :raises ModelFailed: when it cannot be compiled.
    """

    def __init__(self, path: Path, compute: Compute) -> None:
        self._request = compile_openvino(path, compute).create_infer_request()

    def __call__(self, *inputs: NDArray[Any]) -> list[Floats]:
        """
        Run it.

        :param inputs: arrays of the types that it was exported with, C order.
        :returns: its outputs, copies of their own.
        """
        self._request.infer(dict(enumerate(inputs)), share_inputs=True)
        return [np.array(tensor.data, np.float32) for tensor in self._request.output_tensors]
