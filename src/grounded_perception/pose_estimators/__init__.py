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

"""Pose estimators: one file is one way to find people's joints; see :mod:`..plugins`."""

from grounded_perception.plugins import Kind

KIND = Kind('pose_estimator', __name__, ('base', 'hands', 'postures', 'worn'), without='none')
names, module = KIND.names, KIND.module
