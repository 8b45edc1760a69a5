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

"""From what a user wrote to a folder on the disk; the only place that may reach a hub."""

from __future__ import annotations

from pathlib import Path
import re

from grounded_perception.detectors.hub.options import CheckpointSource
from grounded_perception.errors import ModelMissing, SettingsError

_HUB_ID = re.compile(r'[A-Za-z0-9][\w.-]*/[\w.-]+')
#: What is fetched: no pickled weights, no code.
_FILES = ['*.json', '*.safetensors', '*.txt']


def locate(options: CheckpointSource, detector: str, example: str) -> Path:
    """
    Find the folder of a checkpoint.

    :param options: what the user wrote.
    :param detector: name of the detector, for messages.
    :param example: a hub id that would do, for messages.
    :returns: a folder; what is in it was not looked at.
    :raises SettingsError: when no checkpoint was named, or it cannot be one.
    :raises ModelMissing: when it is not on this disk, with the line that fetches it.
    """
    name = options.checkpoint.strip()
    if not name:
        raise SettingsError(
            f'{detector}.checkpoint is empty: set it to a folder with config.json, '
            f'model.safetensors and the rest, or to a hub id such as {example}'
        )
    try:
        folder = Path(name).expanduser()
        is_folder, is_file = folder.is_dir(), folder.is_file()
    except (OSError, RuntimeError, ValueError) as exc:
        # Too long for a name, or the home of nobody.
        raise SettingsError(f'{detector}.checkpoint {name!r} cannot be a folder: {exc}') from exc
    if is_folder:
        if options.revision:
            raise SettingsError(
                f'{detector}.revision must be empty when checkpoint is a folder ({folder}), '
                f'got {options.revision!r}'
            )
        return folder
    if is_file:
        raise SettingsError(f'{detector}.checkpoint must be a folder or a hub id, got file {name}')
    if not _HUB_ID.fullmatch(name):
        raise ModelMissing(f'{detector}.checkpoint: there is no folder {folder}')
    return _from_hub(name, options, detector)


def _from_hub(name: str, options: CheckpointSource, detector: str) -> Path:
    """Look into the hub's local cache; ask the hub only where the user said so."""
    try:
        from huggingface_hub import snapshot_download
    except ImportError as exc:
        raise ModelMissing(f'{exc.name} is not installed: pip install transformers torch') from exc
    try:
        found = snapshot_download(
            name,
            revision=options.revision or None,
            local_files_only=not options.download,
            allow_patterns=_FILES,
        )
    except Exception as exc:
        # The library raises those of its HTTP client as well, which have no base of their own.
        at = f' --revision {options.revision}' if options.revision else ''
        if options.download:
            raise ModelMissing(
                f'{detector}.checkpoint: {name} could not be fetched: {type(exc).__name__}: '
                f'{str(exc).strip().partition(chr(10))[0]}'
            ) from exc
        raise ModelMissing(
            f'{detector}.checkpoint: {name} is neither a folder nor in the local cache of the '
            f'hub: hf download {name}{at}, or set {detector}.download to true'
        ) from exc
    return Path(found)
