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

"""The parameter file and the README's table are what the settings say."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope='module')
def reference():
    """Return scripts/reference.py as a module."""
    spec = importlib.util.spec_from_file_location('reference', ROOT / 'scripts' / 'reference.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_parameter_file_is_up_to_date(reference):
    assert reference.YAML_PATH.read_text() == reference.as_yaml(), 'run scripts/reference.py'


def test_the_readme_is_up_to_date(reference):
    readme = reference.README_PATH.read_text()
    assert readme == reference.readme_with(reference.as_table(), readme), 'run the same'
    assert reference.BEGIN in readme
    assert '`ambiguity_margin`' in readme
