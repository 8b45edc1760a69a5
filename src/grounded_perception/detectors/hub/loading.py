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

"""Networks and tokenizers out of a checked folder: no code, no pickle, no hub."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from grounded_perception.compute import Compute
from grounded_perception.detectors.hub.checkpoints import Checkpoint
from grounded_perception.errors import ModelCorrupt, ModelFailed, ModelMissing, PerceptionError

INSTALL = 'pip install transformers torch'
#: Tensors named in a message, of those that are missing or too many.
_NAMED = 3


@dataclass(frozen=True)
class Network:
    """
    A network that is ready to run.

    :param model: a ``transformers.PreTrainedModel`` in evaluation mode.
    :param device: a torch device: ``'cpu'``, ``'cuda'``.
    :param dtype: its arithmetic, a ``torch.dtype``.
    """

    model: Any
    device: str
    dtype: Any


def load_network(checkpoint: Checkpoint, class_name: str, compute: Compute) -> Network:
    """
    Build a network and fill it with the weights of a checkpoint.

    :param checkpoint: a checked folder.
    :param class_name: a class of transformers, an ``Auto`` class for one.
    :param compute: ``cuda`` only where asked for; ``bf16`` only where asked for.
    :returns: the network.
    :raises ModelMissing: when a library or the device is not there.
    :raises ModelCorrupt: when weights and description do not fit.
    :raises ModelFailed: when the device cannot hold it.
    """
    torch, transformers = _libraries()
    device = resolve_device(torch, compute.device)
    dtype = torch.bfloat16 if compute.precision == 'bf16' else torch.float32
    if compute.threads:
        torch.set_num_threads(compute.threads)
    folder = checkpoint.folder
    made = getattr(transformers, class_name, None)
    if made is None:
        raise ModelMissing(
            f'transformers {transformers.__version__} has no {class_name}: {INSTALL} --upgrade'
        )
    try:
        with _quiet(transformers):
            model, report = made.from_pretrained(
                str(folder),
                local_files_only=True,
                use_safetensors=True,
                trust_remote_code=False,
                dtype=dtype,
                output_loading_info=True,
            )
    except ImportError as exc:
        # The library's own words, some of them a paragraph: which package is wanted is in them.
        wanted = [name for name in ('timm', 'torchvision') if name in str(exc)]
        raise ModelMissing(
            f'{folder} needs {" and ".join(wanted) or exc.name or exc}, which this package does '
            'without: take a checkpoint whose backbone is part of transformers'
        ) from exc
    except Exception as exc:
        # Whatever a foreign description makes a library do, it is the checkpoint's fault.
        raise ModelCorrupt(
            f'{folder} cannot be loaded as {class_name}: {type(exc).__name__}: {_first_line(exc)}'
        ) from exc
    _check_names(checkpoint, model, report)
    try:
        return Network(model.to(device).eval().requires_grad_(False), device, dtype)
    except RuntimeError as exc:
        raise ModelFailed(f'{folder} does not fit on {device}: {_first_line(exc)}') from exc


def load_tokenizer(checkpoint: Checkpoint) -> Any:
    """
    Load the tokenizer of a checkpoint.

    :param checkpoint: a checked folder.
    :returns: a ``transformers`` tokenizer that knows where its tokens came from.
    :raises ModelMissing: when a library is not installed.
    :raises ModelCorrupt: when it cannot be read.
    """
    _, transformers = _libraries()
    folder = checkpoint.folder
    try:
        with _quiet(transformers):
            tokenizer = transformers.AutoTokenizer.from_pretrained(
                str(folder), local_files_only=True, trust_remote_code=False, use_fast=True
            )
    except Exception as exc:
        # As above: the file decides what is run, and which error that gives.
        raise ModelCorrupt(
            f'the tokenizer in {folder} cannot be read: {type(exc).__name__}: {_first_line(exc)}'
        ) from exc
    if not tokenizer.is_fast:
        raise ModelCorrupt(f'the tokenizer in {folder} does not tell where its tokens came from')
    return tokenizer


def resolve_device(torch: Any, device: str) -> str:
    """
    Turn the setting into a device of torch.

    :param torch: the module.
    :param device: ``auto``, ``cpu`` or ``cuda``.
    :returns: ``cpu`` or ``cuda``; ``auto`` is ``cpu``.
    :raises ModelMissing: when there is no GPU that torch can use.
    """
    if device != 'cuda':
        return 'cpu'
    if not torch.cuda.is_available():
        raise ModelMissing(
            f'device is cuda, but torch {torch.__version__} finds no GPU here: set device to cpu, '
            'or install the driver and a CUDA build of torch'
        )
    return 'cuda'


@contextmanager
def computing(name: str) -> Iterator[None]:
    """
    Run a network without gradients; what it raises becomes one of our errors.

    :param name: name of the detector, for messages.
    :raises ModelFailed: whatever the network raised.
    """
    import torch

    try:
        with torch.inference_mode():
            yield
    except PerceptionError:
        raise
    except Exception as exc:
        # Out of memory, a shape that a description made wrong: one bad frame ends no node.
        raise ModelFailed(f'{name} raised {type(exc).__name__}: {_first_line(exc)}') from exc


def _libraries() -> tuple[Any, Any]:
    try:
        import torch
        import transformers
    except ImportError as exc:
        raise ModelMissing(f'{exc.name} is not installed: {INSTALL}') from exc
    return torch, transformers


@contextmanager
def _quiet(transformers: Any) -> Iterator[None]:
    """Keep a library from drawing bars and tables: what matters of them is an error of ours."""
    log = transformers.utils.logging
    verbosity, bars = log.get_verbosity(), log.is_progress_bar_enabled()
    log.set_verbosity(log.CRITICAL)
    log.disable_progress_bar()
    try:
        yield
    finally:
        log.set_verbosity(verbosity)
        if bars:
            log.enable_progress_bar()


def _check_names(checkpoint: Checkpoint, model: Any, report: dict[str, Any]) -> None:
    """Refuse weights that leave a part of the network to chance, or that nobody takes."""
    # Constants that older versions saved are computed now: they may be in the file.
    constants = {name for name, _ in model.named_buffers()}
    missing = sorted(map(str, report['missing_keys']))
    surplus = sorted(set(map(str, report['unexpected_keys'])) - constants)
    for names, trouble in ((missing, 'lacks weights'), (surplus, 'has weights that nobody takes')):
        if names:
            more = f' and {len(names) - _NAMED} more' if len(names) > _NAMED else ''
            raise ModelCorrupt(
                f'{checkpoint.folder} {trouble}: {", ".join(names[:_NAMED])}{more}; it is not a '
                f'{type(model).__name__}, or only a part of one'
            )


def _first_line(exc: BaseException) -> str:
    return str(exc).strip().partition('\n')[0]
