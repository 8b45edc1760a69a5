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

"""What the tests of fitting share; those of inventing need none of it."""

from pathlib import Path
import runpy

import pytest


@pytest.fixture(scope='session')
def learnable():
    """Return a function: count, seed → examples that a tiny network learns."""
    return runpy.run_path(str(Path(__file__).with_name('learnable.py')))['learnable']


@pytest.fixture
def fitting():
    """Make torch give the same numbers each time, and let each test choose its precision."""
    torch = pytest.importorskip('torch', reason="torch is not installed: extra 'train'")
    state = pytest.importorskip('accelerate.state', reason="Accelerate comes with extra 'train'")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    state.AcceleratorState._reset_state(reset_partial_state=True)
    yield
    state.AcceleratorState._reset_state(reset_partial_state=True)
    torch.set_num_threads(threads)
