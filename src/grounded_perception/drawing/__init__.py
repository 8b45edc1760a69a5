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
Pictures for people: detections, the answer to a command, and where its words looked.

Line width and letters grow with the image, so that 320 x 240 and 1920 x 1080 both read well.
Texts are reduced to ASCII, the only letters that every OpenCV can draw.
"""

from grounded_perception.drawing.annotated import annotate, class_colour, STATUS_COLOURS
from grounded_perception.drawing.attention import heat_map
from grounded_perception.drawing.canvas import drawable
from grounded_perception.drawing.masks import tinted
from grounded_perception.drawing.sheet import attention_sheet

__all__ = [
    'STATUS_COLOURS', 'annotate', 'attention_sheet', 'class_colour', 'drawable', 'heat_map',
    'tinted',
]  # fmt: skip
