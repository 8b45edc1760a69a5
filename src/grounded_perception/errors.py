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
One tree of errors: whatever this package refuses, it refuses with one of these.

::

    PerceptionError
    ├── SettingsError        a setting has a value that it must not have
    ├── CommandError         a text command cannot be used as it came
    ├── FrameError           an image cannot be used as it came
    ├── TrainingError        a network cannot be fitted to these examples, or no further
    ├── RecordingError       a bag, a folder of images or a film cannot be read or written
    ├── TruthError           what should be there, by a file of truths, cannot be used as it came
    └── ModelError
        ├── ModelMissing     weights or a library that a model needs are not installed
        ├── ModelCorrupt     a file is there but is not the one that was asked for
        └── ModelFailed      a loaded model raised while it computed

A shell (node, command line) catches ``PerceptionError`` only: anything else is a bug and is
shown as one.
"""


class PerceptionError(Exception):
    """Base of every error that this package raises on purpose."""


class SettingsError(PerceptionError):
    """A setting has a value that it must not have; the text says what is allowed."""


class CommandError(PerceptionError):
    """A text command cannot be used as it came (empty, too long, not text)."""


class FrameError(PerceptionError):
    """An image cannot be used as it came (encoding, size, step, stamp)."""


class TrainingError(PerceptionError):
    """A network cannot be fitted to these examples, or no further; the text says what to do."""


class RecordingError(PerceptionError):
    """A bag, a folder of images or a film cannot be read or written; the text says where."""


class TruthError(PerceptionError):
    """A file of truths, or of an evaluation's results, cannot be used as it came."""


class ModelError(PerceptionError):
    """Base of what goes wrong with a model."""


class ModelMissing(ModelError):
    """Weights or a library are not installed; the text carries the install line."""


class ModelCorrupt(ModelError):
    """A model file exists but its content is not what was pinned."""


class ModelFailed(ModelError):
    """A loaded model raised while it computed; the cause is chained."""
