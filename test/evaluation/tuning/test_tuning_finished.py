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

"""An evaluation's truth read again: the same words without the detector, or a clear error."""

import json

from grounded_perception.errors import TruthError
from grounded_perception.evaluation.truth.sources import TruthSource
from grounded_perception.evaluation.tuning.finished import finished
from grounded_perception.evaluation.tuning.tune import lines, tune, Wish
from grounded_perception.wire import bag as bags
from grounded_perception.wire import topics
import pytest


@pytest.fixture
def evaluated(street, run, tmp_path):
    """Return a function: changes of the plan → the folder of its evaluation."""

    def make(**changes):
        run(street.plan(**{'bag': False, **changes}), 'out')
        return tmp_path / 'out'

    return make


def test_the_truth_is_what_it_was(street, evaluated):
    folder = evaluated()
    told = json.loads((folder / 'results.json').read_text())
    read = finished(folder)
    assert read.truth.digest == told['truth']['digest']
    assert dict(read.truth.mapping) == told['truth']['mapping']
    assert read.settings == street.plan().settings
    assert len(list(read.frames())) == street.count


@pytest.mark.parametrize(
    'mapping',
    [
        {},
        {'person': 'Dog', 'dog': '', 'unicorn': 'zebra'},
        {'car': 'ignored', 'dog': 'ignored'},
    ],
)
def test_classes_become_the_same_words_without_the_detector(street, evaluated, mapping):
    folder = evaluated(truth=street.source(mapping=mapping))
    told = json.loads((folder / 'results.json').read_text())['truth']
    truth = finished(folder).truth
    assert dict(truth.mapping) == told['mapping']
    assert sum(map(len, truth.frames.values())) == told['boxes']


def test_the_file_of_frames_is_not_needed_again(street, evaluated, tmp_path):
    copy = tmp_path / 'frames.json'
    copy.write_bytes(street.frames_map.read_bytes())
    folder = evaluated(truth=street.source(frames_map=copy))
    copy.unlink()
    assert len(list(finished(folder).frames())) == street.count


def test_an_image_that_comes_twice_counts_once(evaluated):
    folder = evaluated()
    frames = folder / 'frames.jsonl.gz'
    before = tune(folder, Wish()).boxes.whole.before.tolist()
    frames.write_bytes(frames.read_bytes() * 2)
    assert tune(folder, Wish()).boxes.whole.before.tolist() == before


def test_counts_before_are_those_of_the_evaluation(street, evaluated):
    folder = evaluated(settings={'class_thresholds': 'car: 0.85'})
    told = json.loads((folder / 'results.json').read_text())['metrics']['detection']
    before = tune(folder, Wish()).boxes.whole.before.tolist()
    assert before == [told['at_threshold'][name] for name in ('tp', 'fp', 'fn')]


def test_a_truth_on_a_topic_of_the_bag(
    recorder, film, evaluated, run, street, tmp_path, monkeypatch
):
    run(street.plan(truth=None), 'answers')
    answers = [
        ('/truth', time_ns, (topics.DETECTIONS.type, message))
        for topic, time_ns, message in bags.messages(tmp_path / 'answers' / 'bags' / 'bag')
        if topic == topics.DETECTIONS.of()
    ]
    # A topic that is not found unless it is named, which tune must do as well.
    images = [('/depth/image', time_ns, message) for _, time_ns, message in film(12)]
    bag = recorder.write(tmp_path / 'both', [*images, *answers])
    monkeypatch.chdir(tmp_path)
    named = bag.relative_to(tmp_path)
    source = TruthSource(topic='/truth')
    folder = evaluated(recordings=(named,), truth=source, image_topic='/depth/image')
    assert json.loads((folder / 'results.json').read_text())['recordings'][0]['path'] == 'both'
    monkeypatch.chdir('/')
    outcome = tune(folder, Wish())
    assert outcome.boxes.whole.truths == 36
    assert any(line.startswith('all') for line in lines(outcome))
    bag.rename(tmp_path / 'elsewhere')
    with pytest.raises(TruthError, match='both, the truth of the evaluation, is gone'):
        finished(folder)
    moved = finished(folder, [tmp_path / 'elsewhere'])
    assert moved.truth.digest == outcome.evaluation.truth.digest
