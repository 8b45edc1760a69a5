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
Image topics of the running ROS graph: who publishes, with which QoS, and whether frames arrive.

This is the one file outside ``ros/`` that imports rclpy, and only inside a function: it is a
tool of the command line and no part of the node.
"""

from __future__ import annotations

from dataclasses import dataclass, field
import time
from typing import Any

from grounded_perception.cli.checks import Finding, Level

_DISCOVERY_SECONDS = 1.5
#: How long frames are waited for.
LISTEN_SECONDS = 2.0
_DEFAULT_SEGMENT = 512 << 10
_KINDS = {'sensor_msgs/msg/Image': 'Image', 'sensor_msgs/msg/CompressedImage': 'CompressedImage'}


@dataclass(frozen=True)
class Endpoint:
    """
    A publisher or subscription.

    :param node: full name of its node.
    :param reliable: its reliability.
    :param latched: whether its durability is transient local.
    """

    node: str
    reliable: bool
    latched: bool

    @property
    def qos(self) -> str:
        """Its QoS in words."""
        return ('reliable' if self.reliable else 'best effort') + ', latched' * self.latched


@dataclass
class Topic:
    """
    An image topic and what was heard of it.

    :param name: the topic.
    :param kind: ``Image`` or ``CompressedImage``.
    :param publishers: who offers.
    :param subscribers: who asks, this doctor left out.
    :param sizes: bytes of each message that arrived.
    :param lost: messages that the middleware knows to have missed.
    """

    name: str
    kind: str
    publishers: list[Endpoint]
    subscribers: list[Endpoint]
    sizes: list[int] = field(default_factory=list)
    lost: int = 0


def look() -> list[Finding]:
    """
    Listen to every image topic for two seconds.

    :returns: one finding or more for each; one that says so where there is none.
    :raises ImportError: when there is no ROS in this environment.
    """
    topics, nodes = _listen()
    if not topics:
        return [none_published(nodes)]
    return [finding for topic in topics for finding in judge(topic)]


def none_published(nodes: int) -> Finding:
    """
    Judge a graph without images.

    :param nodes: how many other nodes are heard.
    :returns: the finding.
    """
    text = f'no image topic has a publisher; {nodes} other nodes are heard'
    fix = 'start the camera driver' + (
        '' if nodes else '; if it runs: same ROS_DOMAIN_ID, same network, multicast allowed?'
    )
    return Finding(Level.WARN, 'graph', text, fix)


def judge(topic: Topic) -> list[Finding]:
    """
    Judge what was heard of a topic.

    :param topic: with at least one publisher.
    :returns: a finding about the frames, then one for each subscription that cannot match.
    """
    offers = '; '.join(f'{p.node} ({p.qos})' for p in topic.publishers)
    head = f'{topic.kind} from {offers}'
    found = []
    if topic.sizes:
        rate = len(topic.sizes) / LISTEN_SECONDS
        size = max(topic.sizes)
        text = f'{head}: {rate:.1f} Hz, {size / 1024:.0f} KB each'
        if topic.lost:
            text += f'; {topic.lost} were lost in {LISTEN_SECONDS:.0f} s'
            found.append(Finding(Level.WARN, topic.name, text, _fix(topic)))
        else:
            found.append(Finding(Level.OK, topic.name, text))
    else:
        text = f'{head}: nothing arrived within {LISTEN_SECONDS:.0f} s'
        found.append(Finding(Level.WARN, topic.name, text, _fix(topic)))
    for asker in topic.subscribers:
        for offer in topic.publishers:
            if problem := mismatch(offer, asker):
                found.append(Finding(Level.WARN, topic.name, *problem))
    return found


def _fix(topic: Topic) -> str:
    """Name what most likely keeps the frames of a published topic away."""
    if topic.kind == 'CompressedImage' or all(p.reliable for p in topic.publishers):
        return 'is the camera running? does a firewall or the network drop its packets?'
    if topic.sizes and max(topic.sizes) <= _DEFAULT_SEGMENT:
        return 'the network or this machine is too slow for its rate'
    from grounded_perception.ros import transport

    profile = f'{transport.PROFILE_VARIABLES[0]}={transport.profile_path()}'
    return (
        f"Fast DDS's default transport loses best-effort images above "
        f'{_DEFAULT_SEGMENT >> 10} KB: start the camera driver with {profile}, or let it publish '
        f'reliably; between machines use CompressedImage'
    )


def mismatch(offer: Endpoint, asker: Endpoint) -> tuple[str, str] | None:
    """
    Say whether a subscription asks for more than a publisher offers: then ROS connects them not.

    :param offer: the publisher.
    :param asker: the subscription.
    :returns: what is wrong and what to do, or None if they match.
    """
    if asker.reliable and not offer.reliable:
        text = f'{asker.node} asks for reliable, {offer.node} offers best effort: no frame passes'
        return text, 'make the subscription best effort (here: image_reliability:=auto)'
    if asker.latched and not offer.latched:
        text = f'{asker.node} asks for latched, {offer.node} offers volatile: no frame passes'
        return text, 'make the subscription volatile'
    return None


def _listen() -> tuple[list[Topic], int]:
    """Return the image topics with what arrived, and how many other nodes are heard."""
    from grounded_perception.ros import transport
    import rclpy
    from rclpy.executors import SingleThreadedExecutor

    transport.prefer_big_images()  # as the node does: what it would hear is the question
    context = rclpy.Context()
    rclpy.init(args=[], context=context)
    node = rclpy.create_node('_grounded_perception_doctor', context=context)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    try:
        _spin(executor, _DISCOVERY_SECONDS)
        topics = _image_topics(node)
        for topic in topics:
            _subscribe(node, topic)
        _spin(executor, LISTEN_SECONDS)
        others = [n for n in node.get_node_names() if n != node.get_name()]
        return topics, len(others)
    finally:
        executor.shutdown()
        node.destroy_node()
        rclpy.shutdown(context=context)


def _spin(executor: Any, seconds: float) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        executor.spin_once(timeout_sec=left)


def _image_topics(node: Any) -> list[Topic]:
    topics = []
    for name, types in sorted(node.get_topic_names_and_types()):
        kinds = [_KINDS[t] for t in types if t in _KINDS]
        publishers = _endpoints(node.get_publishers_info_by_topic(name))
        if kinds and publishers:
            subscribers = _endpoints(node.get_subscriptions_info_by_topic(name))
            topics.append(Topic(name, kinds[0], publishers, subscribers))
    return topics


def _endpoints(infos: list[Any]) -> list[Endpoint]:
    return [
        Endpoint(
            node=f'{info.node_namespace.rstrip("/")}/{info.node_name}',
            reliable=info.qos_profile.reliability.name == 'RELIABLE',
            latched=info.qos_profile.durability.name == 'TRANSIENT_LOCAL',
        )
        for info in infos
    ]


def _subscribe(node: Any, topic: Topic) -> None:
    """Count what arrives, undecoded; reliable only where every publisher is."""
    from rclpy.event_handler import SubscriptionEventCallbacks
    from rclpy.qos import QoSProfile, ReliabilityPolicy
    from sensor_msgs import msg

    reliable = all(p.reliable for p in topic.publishers)
    wanted = ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT
    profile = QoSProfile(depth=5, reliability=wanted)
    kind = getattr(msg, topic.kind)

    def arrived(raw: bytes) -> None:
        topic.sizes.append(len(raw))

    def missed(event: Any) -> None:
        topic.lost += event.total_count_change

    events = SubscriptionEventCallbacks(message_lost=missed)
    node.create_subscription(kind, topic.name, arrived, profile, raw=True, event_callbacks=events)
