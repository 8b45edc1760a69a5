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

"""The fusion that the settings name."""

from __future__ import annotations

from grounded_perception.fusion.attention import WordAttention
from grounded_perception.fusion.base import Fusion
from grounded_perception.settings import Settings


def load(settings: Settings) -> Fusion:
    """
    Load what fuses regions with phrases.

    :param settings: its ``fusion`` says which.
    :returns: the trained network, or the rules where those are asked for.
    :raises ModelError: when the network's weights cannot be loaded.
    """
    # Until the weights ship, "trained" is answered by the rules as well.
    return WordAttention()
