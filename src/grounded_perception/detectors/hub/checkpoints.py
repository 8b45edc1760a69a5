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
A folder that transformers saved, checked before anything of it is loaded.

Weights are safetensors or nothing: a pickle can run code when it is read. What is checked here
says what is wrong in our words; what only shows when the network is built, ``loading`` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
import json
from pathlib import Path
from typing import Any

from grounded_perception.errors import ModelCorrupt, ModelMissing, SettingsError

CONFIG = 'config.json'
WEIGHTS, WEIGHTS_INDEX = 'model.safetensors', 'model.safetensors.index.json'
#: Where image pre-processing is described: by itself, or as a part of the processor.
PREPROCESSOR, PROCESSOR = 'preprocessor_config.json', 'processor_config.json'
#: How the file begins that git-lfs leaves in place of another.
_POINTER = b'version https://git-lfs.github.com/spec/'
_PICKLES = ('*.bin', '*.pt', '*.pth', '*.ckpt', '*.pkl')
#: Sets of files that each make a tokenizer.
_TOKENIZERS = (('tokenizer.json',), ('vocab.json', 'merges.txt'), ('vocab.txt',))
#: ``model_type`` in ``config.json`` → the detector of this package that takes it, if not the same.
_DETECTORS = {
    'owlvit': 'owlvit',
    'owlv2': 'owlv2',
    'grounding-dino': 'grounding_dino',
    'mm-grounding-dino': 'mm_grounding_dino',
}


@dataclass(frozen=True)
class Checkpoint:
    """
    A folder with everything that a detector needs.

    :param folder: where it is.
    :param config: content of ``config.json``.
    :param preprocessor: how its images are prepared.
    """

    folder: Path
    config: Mapping[str, Any]
    preprocessor: Mapping[str, Any]


def inspect(
    folder: Path, detector: str, families: tuple[str, ...], reads_text: bool, sees: bool = True
) -> Checkpoint:
    """
    Check that a folder is a whole checkpoint of the right kind.

    :param folder: the folder.
    :param detector: name of the detector, for messages.
    :param families: the ``model_type`` values that it takes; none = any.
    :param reads_text: whether it needs a tokenizer.
    :param sees: whether it needs a description of how images are prepared.
    :returns: the folder with its descriptions read.
    :raises ModelMissing: when a part is not there, or the weights are pickled.
    :raises ModelCorrupt: when a part cannot be read.
    :raises SettingsError: when it is a network of another kind.
    """
    config = _json(folder, CONFIG)
    if config is None:
        raise ModelMissing(
            f'{folder} has no {CONFIG}: it is no checkpoint of transformers, or only a part of one'
        )
    family = config.get('model_type')
    if families and family not in families:
        other = _DETECTORS.get(str(family))
        hint = f': set detector to {other}' if other else ''
        raise SettingsError(
            f'{detector}.checkpoint must be of type {", ".join(families)}; {folder} is of type '
            f'{family}{hint}'
        )
    _check_weights(folder)
    preprocessor = _json(folder, PREPROCESSOR) or (_json(folder, PROCESSOR) or {}).get(
        'image_processor'
    )
    if sees and not isinstance(preprocessor, dict):
        raise ModelMissing(
            f'{folder} does not say how images are prepared: {PREPROCESSOR} is missing; it comes '
            'with the checkpoint'
        )
    if reads_text:
        _check_tokenizer(folder)
    return Checkpoint(folder, config, preprocessor if isinstance(preprocessor, dict) else {})


def _check_tokenizer(folder: Path) -> None:
    """Check that one of the sets of files that make a tokenizer is there."""
    whole = [s for s in _TOKENIZERS if all((folder / name).is_file() for name in s)]
    if not whole:
        sets = ' or '.join(' + '.join(names) for names in _TOKENIZERS)
        raise ModelMissing(f'{folder} has no tokenizer: {sets} is missing')
    for name in whole[0]:
        _refuse_pointer(folder / name)


def _json(folder: Path, name: str) -> dict[str, Any] | None:
    """Read a JSON object; None when there is no such file."""
    try:
        content = json.loads((folder / name).read_text(encoding='utf-8'))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as exc:
        raise ModelCorrupt(f'{folder / name} cannot be read: {exc}') from exc
    if not isinstance(content, dict):
        raise ModelCorrupt(f'{folder / name} must hold a JSON object')
    return content


def _check_weights(folder: Path) -> None:
    """Check that every weights file is there and whole: its header names all of its bytes."""
    try:
        from safetensors import safe_open, SafetensorError
    except ImportError as exc:
        raise ModelMissing(f'{exc.name} is not installed: pip install transformers torch') from exc
    for path in weights_of(folder):
        if not path.is_file():
            raise ModelMissing(f'{folder} has no {path.name}, which {WEIGHTS_INDEX} names')
        _refuse_pointer(path)
        try:
            with safe_open(str(path), framework='np'):
                pass
        except (SafetensorError, OSError) as exc:
            raise ModelCorrupt(
                f'{path} is truncated or no safetensors file ({exc}): copy it again'
            ) from exc


def _refuse_pointer(path: Path) -> None:
    """Refuse what git leaves in place of a large file that was not fetched."""
    with open(path, 'rb') as stream:
        if stream.read(len(_POINTER)) == _POINTER:
            raise ModelMissing(
                f'{path} is only a pointer of git-lfs: git lfs install && git lfs pull there'
            )


def weights_of(folder: Path) -> list[Path]:
    """List the weights files that belong to a checkpoint."""
    if (folder / WEIGHTS).exists():
        return [folder / WEIGHTS]
    if index := _json(folder, WEIGHTS_INDEX):
        parts = index.get('weight_map')
        if not isinstance(parts, dict) or not parts:
            raise ModelCorrupt(f'{folder / WEIGHTS_INDEX} names no file of weights')
        names = sorted({str(name) for name in parts.values()})
        if any(Path(name).name != name for name in names):
            raise ModelCorrupt(f'{folder / WEIGHTS_INDEX} names files outside of its folder')
        return [folder / name for name in names]
    pickled = sorted(path.name for pattern in _PICKLES for path in folder.glob(pattern))
    if pickled:
        raise ModelMissing(
            f'{folder} has its weights only as a pickle ({", ".join(pickled)}), which can run '
            f'code when read and is never opened: take a revision with {WEIGHTS}, or convert it '
            'where you trust it'
        )
    raise ModelMissing(f'{folder} has no weights: {WEIGHTS} is missing')
