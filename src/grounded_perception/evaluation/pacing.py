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

"""What a recording's own pace would have made of its images."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
import math

from grounded_perception.evaluation.results import FrameResult


def in_real_time(results: Iterable[FrameResult], rate: float, drop: bool) -> Iterator[FrameResult]:
    """
    Tell what would have become of images that come at a recording's own pace.

    One worker serves them, as in the node: with ``drop`` the newest waiting image wins and the
    others are dropped, without it they queue. How long each takes was measured.

    :param results: of every image, in their order.
    :param rate: how many seconds of the recording pass in one.
    :param drop: whether the newest wins.
    :returns: the same, ``outcome`` ``'dropped'`` where a newer one won, ``age_ms`` from an
        image's arrival to its answer.
    """
    free_ms = -math.inf
    waiting: FrameResult | None = None
    for newest in results:
        if waiting:
            if drop and free_ms > newest.logged_ns / 1e6 / rate:
                yield replace(waiting, outcome='dropped', age_ms=0.0)
            else:
                free_ms, served = _served(waiting, free_ms, rate)
                yield served
        waiting = newest
    if waiting:
        yield _served(waiting, free_ms, rate)[1]


def as_it_was(results: Iterable[FrameResult], rate: float) -> Iterator[FrameResult]:
    """
    Tell ages of a node's recorded answers in the machine's time.

    :param results: with ages in the recording's time.
    :param rate: how many seconds of the recording passed in one.
    :returns: the same results.
    """
    return (replace(result, age_ms=result.age_ms / rate) for result in results)


def _served(result: FrameResult, free_ms: float, rate: float) -> tuple[float, FrameResult]:
    """Return when the worker is free again, and the image with its age then."""
    arrived_ms = result.logged_ns / 1e6 / rate
    done_ms = max(free_ms, arrived_ms) + result.age_ms
    return done_ms, replace(result, age_ms=done_ms - arrived_ms)
