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

"""A recording's own pace, by hand: images come every 100 ms of the recording."""

from grounded_perception.evaluation.pacing import in_real_time
from grounded_perception.evaluation.results import Boxes, FrameResult
import numpy as np
import pytest


def image(number, spent_ms):
    nothing = Boxes.of(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), ())
    logged_ns = 10**18 + number * 100_000_000
    return FrameResult(
        number, logged_ns, logged_ns, '', 4, 4, 'answered', '', nothing, (), '', {}, spent_ms
    )


def paced(spent_ms, rate, drop):
    """Return the age of each image's answer in milliseconds; None = it was dropped."""
    results = list(in_real_time(map(image, range(len(spent_ms)), spent_ms), rate, drop))
    assert [result.index for result in results] == list(range(len(spent_ms)))
    return [None if r.outcome == 'dropped' else round(r.age_ms, 3) for r in results]


@pytest.mark.parametrize(
    ('spent_ms', 'rate', 'drop', 'ages'),
    [
        # Fast enough: nothing waits.
        ([60, 100, 40], 1, True, [60, 100, 40]),
        ([60, 100, 40], 1, False, [60, 100, 40]),
        # Answers at 150, 300, 450, 600: each waiting image is still the newest when its turn is.
        ([150, 150, 150, 150], 1, True, [150, 200, 250, 300]),
        # Answers at 250, 500, 750: the second image had been replaced by the third at 200.
        ([250, 250, 250, 250], 1, True, [250, None, 300, 450]),
        ([250, 250, 250, 250], 1, False, [250, 400, 550, 700]),
        # At twice the pace images come at 0, 50, 100, 150.
        ([150, 150, 150, 150], 2, True, [150, None, 200, 300]),
        ([150, 150, 150, 150], 2, False, [150, 250, 350, 450]),
        # One slow answer costs four images; then all is well again.
        ([450, 20, 20, 20, 20, 20], 1, True, [450, None, None, None, 70, 20]),
        # At half the pace even slow answers are in time.
        ([190, 190], 0.5, True, [190, 190]),
        ([30], 1, True, [30]),
        ([], 1, True, []),
    ],
)
def test_what_a_camera_that_does_not_wait_makes_of_it(spent_ms, rate, drop, ages):
    assert paced(spent_ms, rate, drop) == ages
