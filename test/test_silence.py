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

"""Nothing calls anybody unasked."""

import os
import subprocess
import sys

import pytest

SCRIPT = """
import grounded_perception, openvino, sys
assert openvino.Core().available_devices
sys.exit('openvino_telemetry' in sys.modules and bool(sys.modules['openvino_telemetry']))
"""


def test_openvino_reports_to_nobody(tmp_path):
    pytest.importorskip('openvino')
    reporter = tmp_path / 'openvino_telemetry'
    reporter.mkdir()
    (reporter / '__init__.py').write_text("raise SystemExit('the reporter was imported')")
    paths = [str(tmp_path), *filter(None, sys.path)]
    environment = {**os.environ, 'PYTHONPATH': os.pathsep.join(paths)}
    ran = subprocess.run(
        [sys.executable, '-c', SCRIPT], env=environment, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
