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

"""The node's name and its topics: the only place where they are written."""

from __future__ import annotations

from dataclasses import dataclass

#: The node's name without a namespace.
NODE = 'perception'
#: What the node listens to for commands; relative, so that it can be remapped.
COMMAND = 'command'
#: Where every node reports its health.
DIAGNOSTICS = '/diagnostics'


@dataclass(frozen=True)
class Topic:
    """
    One thing that the node publishes, reliably, keeping the last few.

    :param name: below the node's own name.
    :param type: of its messages.
    :param depth: how many are kept for a slow reader.
    :param latched: whether a late reader gets the last one (transient local).
    """

    name: str
    type: str
    depth: int
    latched: bool = False

    @property
    def private(self) -> str:
        """The name as the node itself writes it."""
        return f'~/{self.name}'

    def of(self, node: str = f'/{NODE}') -> str:
        """
        Return the full name.

        :param node: the node's full name.
        :returns: as others write it.
        """
        return f'{node.rstrip("/")}/{self.name}'


DETECTIONS = Topic('detections', 'vision_msgs/msg/Detection2DArray', depth=5)
GROUNDING = Topic('grounding', 'vision_msgs/msg/Detection2DArray', depth=5)
QUERY_STATE = Topic('query_state', 'diagnostic_msgs/msg/DiagnosticStatus', depth=1, latched=True)
ANNOTATED = Topic('annotated', 'sensor_msgs/msg/Image', depth=1)
#: The same as JPEG, named as image_transport names it; only in bags.
ANNOTATED_JPEG = Topic('annotated/compressed', 'sensor_msgs/msg/CompressedImage', depth=1)
ATTENTION = Topic('attention', 'sensor_msgs/msg/Image', depth=1)
ANSWER = Topic('answer', 'std_msgs/msg/String', depth=5)
LABEL_MASK = Topic('label_mask', 'sensor_msgs/msg/Image', depth=1)
LABEL_INFO = Topic('label_info', 'vision_msgs/msg/LabelInfo', depth=1, latched=True)
