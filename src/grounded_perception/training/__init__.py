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
How the fusion learns: scenes, sentences about them, what a detector would see, and the loop.

``scene`` holds the records that the others exchange. ``world`` invents scenes, ``looks`` paints
their surfaces, ``sight`` sees them as a detector would, ``speech`` says sentences about them with
their truth, ``dataset`` makes ``examples`` of all that, ``human`` of people's sentences;
``fitting`` fits the network, ``shipping`` writes what ships, ``tuning`` begins with given weights
and pictures of one's own, ``run`` does one after the other. Only what fits or exports imports
torch, and only when it is called.
"""
