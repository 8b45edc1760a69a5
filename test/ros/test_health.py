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

"""Every silent failure has a verdict that names its fix."""

from dataclasses import replace

from grounded_perception.records import Quality
from grounded_perception.ros.health import ERROR, Health, Input, OK, WARN
import pytest

FINE = Input(
    topic='/camera/image',
    publishers=1,
    seconds_since_image=0.1,
    stale_after_s=2.0,
    lost=0,
    incompatible_qos='',
    subscription_reliable=False,
    profile='/share/fastdds_big_images.xml',
    others=(),
)
SILENT = replace(FINE, seconds_since_image=3.0)


@pytest.mark.parametrize(
    ('source', 'received', 'level', 'words'),
    [
        (FINE, 5, OK, 'images arrive on /camera/image'),
        (replace(FINE, lost=90), 5, WARN, '90 images of /camera/image were lost'),
        (replace(FINE, lost=90), 500, OK, 'images arrive'),
        (replace(SILENT, publishers=0), 0, ERROR, 'nobody publishes /camera/image: start'),
        (replace(SILENT, publishers=0, others=('/cam2',)), 0, ERROR, 'published on /cam2'),
        (replace(SILENT, incompatible_qos='RELIABILITY'), 0, ERROR, 'incompatible RELIABILITY'),
        (SILENT, 0, ERROR, 'FASTRTPS_DEFAULT_PROFILES_FILE=/share/fastdds_big_images.xml'),
        (SILENT, 0, ERROR, 'set image_reliability to reliable'),
        (SILENT, 7, ERROR, 'the camera on /camera/image stopped: no image for 3.0 s'),
    ],
)
def test_image_verdicts(source, received, level, words):
    health = Health()
    health.counts.received = received
    got, message = health.image_verdict(source)
    assert got == level
    assert words in message


def test_zero_stamps_are_a_warning():
    health = Health()
    health.counts.zero_stamps = 3
    level, message = health.image_verdict(FINE)
    assert level == WARN
    assert 'header.stamp' in message


def test_trouble_is_an_error_once_and_then_over():
    health = Health()
    assert health.work_verdict()[0] == OK
    health.counts.refused, health.last_error = 2, 'step must be at least 6'
    assert health.work_verdict() == (ERROR, '2 images could not be used: step must be at least 6')
    assert health.work_verdict()[0] == OK


def test_percentiles():
    health = Health()
    for ms in range(101):
        health.latencies.add({'total': float(ms)})
    assert health.latencies.percentiles() == {'total': (50.0, 95.0, 99.0)}


def test_image_quality_is_quiet_when_fine():
    health = Health()
    assert health.quality_verdict() == (OK, 'no image served yet')
    health.quality = Quality(0.5, 0.5, 0.0, 0.0, '', '')
    assert health.quality_verdict() == (OK, 'images are good enough')
    health.quality = Quality(0.0, 0.0, 1.0, 0.0, 'too dark', 'all of it is black: more light')
    assert health.quality_verdict() == (WARN, 'too dark: all of it is black: more light')
