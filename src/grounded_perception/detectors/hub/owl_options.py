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

"""What a user may say about an OWL, of either family."""

from __future__ import annotations

from dataclasses import dataclass

from grounded_perception.detectors.hub.options import OpenOptions
from grounded_perception.errors import SettingsError
from grounded_perception.settings import setting


@dataclass(frozen=True)
class OwlOptions(OpenOptions):
    """
    Options of both OWL families.

    :raises SettingsError: when a value is not allowed.
    """

    prompt: str = setting(
        'a photo of a {}',
        'Sentence that a word is put into, at {}; the first of the sentences that the network '
        'was trained and is demonstrated with.',
    )
    context: str = setting(
        '',
        'Words that no region is proposed for, but that say what else one looks like, with '
        'commas; everyday = about 800 nouns that COCO lacks; empty = none.',
    )
    alike_threshold: float = setting(
        0.6,
        'Score from which a region counts as like what was shown (exemplars): what is likely '
        'with 0.5; 0.6 is what transformers shows OWL-ViT with.',
        low=0.01,
        high=0.99,
    )
    quantize: str = setting(
        'none',
        'int8 = weights and activations of the image tower in 8 bits: faster yet, less exact '
        '(measure it: grounded-perception verify); only in openvino and with nncf.',
        choices=('none', 'int8'),
    )
    calibration: str = setting(
        '',
        'Folder of pictures from the camera in question, a few dozen, by which int8 finds its '
        'ranges; the first 100 by name are used.',
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.quantize == 'int8' and self.runtime == 'torch':
            raise SettingsError('quantize must be none where runtime is torch, got int8')
        if self.quantize == 'int8' and not self.calibration.strip():
            raise SettingsError(
                'calibration is empty, and quantize int8 needs it: set it to a folder of '
                'pictures from the camera in question'
            )
        if self.prompt.count('{}') != 1 or set(self.prompt.replace('{}', '')) & set('{}'):
            raise SettingsError(
                f"prompt must hold {{}} once, where the word goes ('a photo of a {{}}'), "
                f'got {self.prompt!r}'
            )
