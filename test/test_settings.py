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

"""A setting that is wrong says so by name, with what is allowed and what came."""

from dataclasses import fields, replace

from grounded_perception.errors import SettingsError
from grounded_perception.settings import Settings
import pytest


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        ({'threshold': 1.5}, r'threshold must be in \[0.0, 1.0\], got 1.5'),
        ({'threshold': float('nan')}, 'threshold must be finite, got nan'),
        ({'threshold': 'high'}, "threshold must be a float, got str 'high'"),
        ({'max_detections': True}, 'max_detections must be a int, got bool'),
        ({'max_detections': 0}, r'max_detections must be in \[1, 1000\], got 0'),
        ({'precision': 'int4'}, "precision must be one of auto, f32, bf16, got 'int4'"),
    ],
)
def test_a_wrong_value_is_refused(change, message):
    with pytest.raises(SettingsError, match=message):
        replace(Settings(), **change)


def test_a_whole_number_will_do_for_a_float():
    assert replace(Settings(), threshold=1).threshold == 1


def test_every_setting_is_documented_and_its_default_is_allowed():
    for declared in fields(Settings()):
        assert declared.metadata['doc'].endswith('.'), declared.name
