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
The values that travel between the rooms: frozen, shapes and dtypes checked when made.

Boxes are ``xyxy`` in pixels of the original image: x right, y down, (0, 0) the outer corner of
the first pixel, x2/y2 exclusive. Colours are RGB. Times are integer nanoseconds of the clock
that stamped the image.
"""

from grounded_perception.records.answers import (
    Attention,
    Check,
    Grounding,
    Perception,
    Status,
)
from grounded_perception.records.images import Frame, Quality
from grounded_perception.records.regions import Floats, Regions
from grounded_perception.records.sentences import (
    Command,
    Garment,
    Intent,
    Part,
    Phrase,
    Quantity,
    Relation,
)

__all__ = [
    'Attention', 'Check', 'Command', 'Floats', 'Frame', 'Garment', 'Grounding', 'Intent',
    'Part', 'Perception', 'Phrase', 'Quality', 'Quantity', 'Regions', 'Relation', 'Status',
]  # fmt: skip
