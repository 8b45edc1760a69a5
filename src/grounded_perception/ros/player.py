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
A small camera: publishes photographs, films or a real camera as ``sensor_msgs/Image``.

::

    image_player street.jpg --rate 10 --ros-args -r image:=/camera/image_raw
    image_player kitchen/ film.mp4#t=2,8 --hold 3
    image_player --camera 0

Every frame is stamped when it is published. ``~/next`` (std_srvs/Trigger) shows the next source
at once and answers with its name.
"""

from __future__ import annotations

import argparse
import array
from collections.abc import Callable, Sequence
import sys
import time
from typing import Any

import cv2
from grounded_perception.errors import FrameError
from grounded_perception.ros import transport
from grounded_perception.ros.leaving import Interrupts, is_end
from grounded_perception.ros.player_sources import Camera, files, open_file, Picture, Source
import numpy as np
import rclpy
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from rclpy.qos import HistoryPolicy, QoSProfile, ReliabilityPolicy
from rclpy.utilities import remove_ros_args
from sensor_msgs.msg import CompressedImage, Image
from std_srvs.srv import Trigger

_JPEG_QUALITY = 90


class RawFiller:
    """Puts frames into one ``Image`` message; its memory is used again."""

    kind, topic = Image, 'image'

    def __init__(self, frame_id: str) -> None:
        self.message = Image(encoding='bgr8')
        self.message.header.frame_id = frame_id

    def fill(self, bgr: Picture) -> None:
        """
        Put a frame in.

        :param bgr: uint8 ``(H, W, 3)``, contiguous.
        """
        message = self.message
        if len(message.data) == bgr.size:
            # Through the buffer: assigning a numpy array would convert element by element.
            np.frombuffer(message.data, np.uint8)[:] = bgr.reshape(-1)
        else:
            message.data = array.array('B', bgr.tobytes())
        message.height, message.width = bgr.shape[:2]
        message.step = 3 * bgr.shape[1]


class JpegFiller:
    """Puts frames into one ``CompressedImage`` message."""

    kind, topic = CompressedImage, 'image/compressed'

    def __init__(self, frame_id: str) -> None:
        self.message = CompressedImage(format='bgr8; jpeg compressed bgr8')
        self.message.header.frame_id = frame_id

    def fill(self, bgr: Picture) -> None:
        """
        Put a frame in.

        :param bgr: uint8 ``(H, W, 3)``.
        """
        good, coded = cv2.imencode('.jpg', bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
        assert good, 'OpenCV writes every 8-bit BGR image as JPEG'
        self.message.data = array.array('B', coded.tobytes())


class Player(Node):
    """
    Publishes one source after the other.

    :param openers: open the sources, in order; one is open at a time.
    :param options: see :func:`arguments`.
    """

    def __init__(
        self, openers: Sequence[Callable[[], Source]], options: argparse.Namespace
    ) -> None:
        super().__init__('image_player')
        self._openers, self._options = openers, options
        self._filler = (JpegFiller if options.compressed else RawFiller)(options.frame_id)
        profile = QoSProfile(
            history=HistoryPolicy.KEEP_LAST,
            depth=2,
            reliability=ReliabilityPolicy[options.reliability.upper()],
        )
        self._publisher = self.create_publisher(self._filler.kind, self._filler.topic, profile)
        self.create_service(Trigger, '~/next', self._on_next)
        self._filled: Picture | None = None
        self._index, self._source = 0, openers[0]()
        self._began = 0.0
        #: Set when everything was shown and nothing is to be shown again.
        self.done = False
        self.create_timer(1 / options.rate, self._tick)
        topic = self._publisher.topic_name
        self.get_logger().info(f'{self._source.name} on {topic} at {options.rate:g} Hz')

    def _tick(self) -> None:
        now = time.monotonic()
        self._began = self._began or now
        elapsed = now - self._began
        frame = self._source.frame_at(elapsed)
        hold = self._options.hold
        if frame is None and not hold:
            self._began, frame = now, self._source.frame_at(0.0)
        elif frame is None or (hold and not self._source.ends and elapsed >= hold):
            if not self._advance(self._options.once):
                return
            frame = self._source.frame_at(0.0)
        if frame is not None:
            self._publish(frame)

    def _publish(self, frame: Picture) -> None:
        if frame is not self._filled:
            self._filler.fill(frame)
            self._filled = frame
        self._filler.message.header.stamp = self.get_clock().now().to_msg()
        self._publisher.publish(self._filler.message)

    def _advance(self, is_last_the_end: bool) -> bool:
        """Show the next source, the first after the last; return whether there was one."""
        if is_last_the_end and self._index + 1 == len(self._openers):
            self.done = True
            return False
        self._index = (self._index + 1) % len(self._openers)
        if len(self._openers) > 1:
            self._source.close()
            self._source = self._openers[self._index]()
        self._began = time.monotonic()
        return True

    def _on_next(self, request: Any, response: Any) -> Any:
        self._advance(False)
        response.success = True
        response.message = self._source.name
        return response

    def close(self) -> None:
        """Free the source in use."""
        self._source.close()


def arguments() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = argparse.ArgumentParser(
        prog='image_player',
        description='Publish photographs, films or a camera on the topic image.',
        epilog='ROS arguments follow --ros-args, for instance: -r image:=/camera/image_raw',
    )
    parser.add_argument(
        'sources', nargs='*', help='photographs, films (also film.mp4#t=start,end), folders'
    )
    parser.add_argument('--camera', type=int, help='number of a camera of this machine')
    parser.add_argument('--rate', type=float, default=10.0, help='frames a second (10)')
    parser.add_argument(
        '--hold',
        type=float,
        default=0.0,
        help='seconds to show each photograph; 0 = show each source until ~/next is called (0)',
    )
    parser.add_argument('--once', action='store_true', help='end after the last source')
    parser.add_argument(
        '--max-side', type=int, default=1280, help='longest side in pixels; 0 = any (1280)'
    )
    parser.add_argument('--reliability', choices=('reliable', 'best_effort'), default='reliable')
    parser.add_argument('--compressed', action='store_true', help='JPEG on image/compressed')
    parser.add_argument('--frame-id', default='camera_optical_frame')
    return parser


def _options(argv: list[str]) -> argparse.Namespace:
    parser = arguments()
    options = parser.parse_args(argv)
    if bool(options.sources) == (options.camera is not None):
        parser.error('name photographs, films or folders, or one --camera')
    if not 0 < options.rate <= 1000:
        parser.error(f'--rate must be in (0, 1000], got {options.rate:g}')
    if options.hold < 0 or options.max_side < 0:
        parser.error('--hold and --max-side must not be negative')
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """
    Play until told to stop.

    :param argv: command line, ROS arguments included; None = that of the process.
    :returns: exit code: 0, or 1 when a source cannot be read.
    """
    given = sys.argv[1:] if argv is None else list(argv)
    options = _options(remove_ros_args(['image_player', *given])[1:])
    transport.prefer_big_images()
    player = None
    with Interrupts() as interrupts:
        rclpy.init(args=['image_player', *given])
        try:
            player = Player(_openers(options), options)
            interrupts.leave_to_rclpy()
            while not player.done:
                rclpy.spin_once(player)
        except (KeyboardInterrupt, ExternalShutdownException):
            pass
        except FrameError as exc:
            print(f'image_player: {exc}', file=sys.stderr)
            return 1
        except Exception as exc:
            if not is_end(exc, rclpy.get_default_context()):
                raise
        finally:
            interrupts.leave_to_rclpy()
            if player:
                player.close()
                player.destroy_node()
            rclpy.try_shutdown()
    return 0


def _openers(options: argparse.Namespace) -> list[Callable[[], Source]]:
    if options.camera is not None:
        return [lambda: Camera(options.camera, options.max_side)]
    return [_opener(path, options.max_side) for path in files(options.sources)]


def _opener(path: str, max_side: int) -> Callable[[], Source]:
    return lambda: open_file(path, max_side)


if __name__ == '__main__':
    sys.exit(main())
