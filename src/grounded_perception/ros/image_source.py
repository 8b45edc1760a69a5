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

"""The image subscription: which type and topic, and a reliability that follows its publishers."""

from __future__ import annotations

from collections.abc import Callable
import time
from typing import Any

from grounded_perception.ros import qos
from grounded_perception.settings import Settings
from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.lifecycle import Node
from rclpy.qos import qos_policy_name_from_kind, ReliabilityPolicy
from sensor_msgs.msg import CompressedImage, Image


class ImageSource:
    """
    Subscribes to the camera.

    With ``image_reliability: auto`` it starts best effort, which every publisher matches, and
    becomes reliable once every publisher is: a reliable pair loses nothing on a transport that
    drops fragments of big images.

    :param node: owns the subscription.
    :param settings: transport and reliability.
    :param on_image: gets every message, in the executor's thread.
    """

    def __init__(self, node: Node, settings: Settings, on_image: Callable[[Any], None]) -> None:
        self._node = node
        self.settings = settings
        self._on_image = on_image
        self._reliable = settings.image_reliability == 'reliable'
        self.incompatible_qos = ''
        #: Images that the middleware knows it lost.
        self.lost = 0
        self.last_image = time.monotonic()
        self._subscription = self._subscribe()

    @property
    def topic(self) -> str:
        """Full name of the topic, remaps applied."""
        return str(self._subscription.topic_name)

    @property
    def reliable(self) -> bool:
        """What the subscription asks for at present."""
        return self._reliable

    def publishers(self) -> list[Any]:
        """Return endpoint info of the topic's publishers."""
        return list(self._node.get_publishers_info_by_topic(self.topic))

    def other_topics(self) -> tuple[str, ...]:
        """List other topics that carry images, for who mistyped a remap."""
        kind = f'sensor_msgs/msg/{self._kind.__name__}'
        own = f'{self._node.get_fully_qualified_name()}/'
        return tuple(
            name
            for name, kinds in self._node.get_topic_names_and_types()
            if kind in kinds
            and name != self.topic
            and not name.startswith(own)
            and self._node.count_publishers(name)
        )[:5]

    def follow_publishers(self) -> None:
        """Subscribe anew if ``auto`` now means another reliability."""
        if self.settings.image_reliability != 'auto':
            return
        known = self.publishers()
        if not known:
            return
        wanted = all(p.qos_profile.reliability == ReliabilityPolicy.RELIABLE for p in known)
        if wanted != self._reliable:
            self._reliable = wanted
            self._node.destroy_subscription(self._subscription)
            self._subscription = self._subscribe()

    def close(self) -> None:
        """Stop listening."""
        self._node.destroy_subscription(self._subscription)

    @property
    def _kind(self) -> Any:
        return CompressedImage if self.settings.image_transport == 'compressed' else Image

    def _subscribe(self) -> Any:
        compressed = self._kind is CompressedImage
        events = SubscriptionEventCallbacks(
            incompatible_qos=self._on_incompatible,
            message_lost=self._on_lost,
            use_default_callbacks=False,
        )
        return self._node.create_subscription(
            self._kind,
            'image/compressed' if compressed else 'image',
            self._take,
            qos.image(self._reliable),
            event_callbacks=events,
            # The reliability is a setting of ours; a second way to set it would fight it.
            qos_overriding_options=None,
        )

    def _take(self, message: Any) -> None:
        self.last_image = time.monotonic()
        self._on_image(message)

    def _on_lost(self, event: Any) -> None:
        self.lost += event.total_count_change

    def _on_incompatible(self, event: Any) -> None:
        self.incompatible_qos = qos_policy_name_from_kind(event.last_policy_kind)
