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
Camera image + free sentence → the one thing that is meant, or ABSENT, or AMBIGUOUS.

The core knows no ROS: :class:`grounded_perception.pipeline.Pipeline` is the whole of it. The
folder ``ros`` is a shell around it, the folder ``cli`` another.
"""

import sys

# Where this package is installed, importing OpenVINO or nncf tells its makers over the network.
# A robot calls nobody unasked: without it both go on with a stand-in that says nothing.
sys.modules.setdefault('openvino_telemetry', None)  # type: ignore[arg-type]

__version__ = '0.1.0'
