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

"""The detector that remembers one image."""

from grounded_perception.detectors.memo import Memo
from grounded_perception.detectors.scripted import ScriptedDetector
from grounded_perception.errors import ModelFailed
from grounded_perception.records import Regions
import numpy as np
import pytest


def test_memory_of_one_image():
    calls = []

    class Detector:
        names: tuple[str, ...] = ()

        def propose(self, rgb, phrases, floor, limit):
            calls.append(phrases)
            if len(calls) == 4:
                raise ModelFailed('fourth')
            return Regions.empty()

        def close(self):
            calls.append('closed')

    memo = Memo(Detector())
    one, two = (np.zeros((2, 2, 3), np.uint8) for _ in range(2))
    memo.propose(one, ('car',), 0.3, 10)
    memo.propose(one, ('car',), 0.3, 10)
    assert len(calls) == 1
    memo.propose(one, ('bus',), 0.3, 10)
    assert len(calls) == 2, 'an open vocabulary finds other things for other words'
    memo.propose(two, ('bus',), 0.3, 10)
    assert len(calls) == 3, 'an equal image may be another'
    with pytest.raises(ModelFailed):
        memo.propose(one, ('bus',), 0.3, 10)
    memo.propose(one, ('bus',), 0.3, 10)
    assert len(calls) == 5, 'a failure is not remembered'
    memo.close()
    assert calls[-1] == 'closed'


def test_closed_vocabulary_is_asked_once_whatever_the_words():
    memo = Memo(ScriptedDetector(('car',), np.array([[0.9, 0, 0, 1, 1]], np.float32), 0))
    rgb = np.zeros((9, 9, 3), np.uint8)
    first = memo.propose(rgb, ('car',), 0.3, 10)
    assert memo.propose(rgb, ('bus',), 0.3, 10) is first
    assert memo.propose(rgb, ('bus',), 0.5, 10) is not first


def test_what_is_below_the_floor_is_overheard_and_not_handed_on():
    rows = np.array([[0.9, 0, 0, 1, 1], [0.1, 0, 0, 1, 1]], np.float32)
    scripted = ScriptedDetector(('car', 'bus'), rows, 0)
    memo = Memo(scripted, floor=0.05)
    rgb = np.zeros((9, 9, 3), np.uint8)
    assert memo.propose(rgb, (), 0.3, 10).scores.tolist() == pytest.approx([0.9])
    assert memo.overheard.scores.tolist() == pytest.approx([0.9, 0.1])
    memo.propose(np.zeros((9, 9, 3), np.uint8), (), 0.01, 10)
    assert len(memo.overheard) == 2, 'whoever asks for less is given it'
