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

"""Fixtures of the language tests."""

from grounded_perception.errors import ModelMissing
from grounded_perception.language.encoder import load_encoder, TextEncoder
import pytest


@pytest.fixture(scope='session')
def text_encoder() -> TextEncoder:
    """Return the real text encoder; skip where it is not installed."""
    try:
        return load_encoder(threads=0)
    except ModelMissing as exc:
        pytest.skip(str(exc))
