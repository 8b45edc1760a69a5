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

"""What a user may say about a model that writes."""

from __future__ import annotations

from dataclasses import dataclass

from grounded_perception.detectors.hub.options import CheckpointSource
from grounded_perception.settings import setting


@dataclass(frozen=True)
class WriterOptions(CheckpointSource):
    """
    Where the checkpoint of a model comes from, and how long it may write.

    :raises SettingsError: when a value is not allowed.
    """

    max_new_tokens: int = setting(128, 'Longest answer, in tokens.', low=1, high=4096)
    timeout_s: float = setting(
        30.0,
        'Writing stops after this many seconds, looked at after every token.',
        low=0.1,
        high=3600.0,
    )
