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

"""The Fast DDS transport that carries big images; no ROS import, so that shells can set it."""

from __future__ import annotations

from collections.abc import MutableMapping
import os
from pathlib import Path

#: Fast DDS 2.x (Humble to Jazzy) reads the first, 3.x (Kilted on) the second.
PROFILE_VARIABLES = ('FASTRTPS_DEFAULT_PROFILES_FILE', 'FASTDDS_DEFAULT_PROFILES_FILE')


def profile_path() -> Path:
    """Return the XML profile that ships with this package."""
    return Path(__file__).with_name('fastdds_big_images.xml')


def prefer_big_images(environment: MutableMapping[str, str] = os.environ) -> None:
    """
    Choose the profile for this process and its children, unless the user chose one.

    :param environment: where to set it; takes effect for participants made afterwards.
    """
    if not any(environment.get(name) for name in PROFILE_VARIABLES):
        for name in PROFILE_VARIABLES:
            environment[name] = str(profile_path())


def carries_big_images(environment: MutableMapping[str, str] = os.environ) -> bool:
    """
    Say whether some profile was chosen; the default transport loses images above 512 KB.

    :param environment: where to look.
    :returns: whether one of the variables names a file that exists.
    """
    return any(Path(environment.get(name) or '/').is_file() for name in PROFILE_VARIABLES)
