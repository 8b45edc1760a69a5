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
Set up everything that `make demo` and `make test` need, with the standard library only.

This file stays readable for old versions of Python, so that they can say what is wrong.
"""

import sys

if sys.version_info < (3, 8):  # noqa: UP036
    sys.exit(
        'make setup: Python {}.{} came, 3.10 to 3.13 are supported: start make with '
        'PYTHON=python3.12, for instance.'.format(*sys.version_info[:2])
    )

from provision.main import main

if __name__ == '__main__':
    sys.exit(main())
