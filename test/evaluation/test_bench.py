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

"""Units of work: a stretch of a recording answered, with what holds there."""

from dataclasses import replace

from grounded_perception.errors import RecordingError
from grounded_perception.evaluation import kept
from grounded_perception.evaluation.bench import Bench
from grounded_perception.evaluation.plan import units
from grounded_perception.evaluation.writing.reading import read
import pytest

pytestmark = pytest.mark.model


def done(plan, folder, stop=lambda: False):
    """Do all units of a plan; return the results of what was done, unit by unit, and its keys."""
    bench = Bench(plan)
    try:
        made = [bench.do(unit, folder, stop=stop) for unit in units(plan, plan.recordings[0])]
    finally:
        bench.close()
    keys = [unit.key(plan) for unit in made if unit]
    return [list(kept.results(folder, key)) for key in keys], keys


def answers(results):
    """Return all that does not depend on the clock."""
    return [
        replace(each, timings_ms={}, age_ms=0.0).to_json() for some in results for each in some
    ]


def test_units_hold_their_images_and_bags_their_answers(street, tmp_path):
    results, keys = done(street.plan(command='the left car'), tmp_path)
    assert [[each.index for each in some] for some in results] == [
        [0, 1, 2, 3, 4], [5, 6, 7, 8, 9], [10, 11],
    ]  # fmt: skip
    for some, key in zip(results, keys, strict=True):
        written = list(read(kept.bag_folder(tmp_path, key)))
        assert [each.stamp_ns for each in written] == [each.stamp_ns for each in some]
        for bag, result in zip(written, some, strict=True):
            assert result.detections.labels == ('car', 'car', 'person', 'dog')
            assert bag.detections.labels == ('car', 'car', 'person')  # from the threshold on
            assert bag.jpeg
            assert bag.state['status'] == result.replies[0].status == 'FOUND'
    assert not list(tmp_path.glob('*.part'))


def test_commands_hold_from_unit_to_unit(recorder, street, film, tmp_path):
    texts = {2: 'the person', 4: '\x00', 5: 'the left car', 7: 'what is this?', 9: 'stop'}
    bag = recorder.write(tmp_path / 'bag', film(12, texts))
    plan = street.plan(recordings=(bag,), truth=None)
    whole, keys = done(replace(plan, stretch=100), tmp_path)
    asked = [[reply.phrase for reply in each.replies] for each in whole[0]]
    assert asked == [[]] * 2 + [['the person']] * 3 + [['the left car']] * 4 + [[]] * 3
    refused = kept.notes(tmp_path, keys[0])['problems']
    assert [text.partition(':')[0] for text in refused] == [
        "command '\\x00'", "command 'what is this?'",
    ]  # fmt: skip
    for stretch in (1, 5):
        cut, keys = done(replace(plan, stretch=stretch), tmp_path)
        assert answers(cut) == answers(whole)
        assert kept.notes(tmp_path, keys[-1])['problems'] == refused
    alone = tmp_path / 'alone'
    alone.mkdir()
    for unit in units(plan, bag):  # each by somebody who has not done those before
        bench = Bench(plan)
        bench.do(unit, alone)
        bench.close()
        (some,) = ([*kept.results(alone, unit.key(plan))],)
        assert answers([some]) == answers(whole)[unit.first : unit.first + len(some)]


def test_sentences_of_a_truth_are_asked_besides_and_change_nothing(street, tmp_path):
    lines = [
        '{"image": "3.jpg", "expression": "the person", "bbox_xyxy": [1, 1, 9, 9]}',
        '{"image": "3.jpg", "expression": "\\u0000", "status": "ABSENT"}',
    ]
    file = tmp_path / 'sentences.jsonl'
    file.write_text('\n'.join(lines))
    source = street.source(paths=(street.truth, file), form='auto')
    (without,), _ = done(street.plan(stretch=100, command='the left car'), tmp_path)
    (with_them,), _ = done(
        street.plan(stretch=100, command='the left car', truth=source), tmp_path
    )
    assert [reply.status for reply in with_them[3].replies] == ['FOUND', 'FOUND', 'REFUSED']
    assert [reply.sentence for reply in with_them[3].replies] == [-1, 0, 1]
    commanded = [
        replace(each, replies=tuple(r for r in each.replies if r.sentence < 0))
        for each in with_them
    ]
    assert answers([commanded]) == answers([without])


def test_an_image_that_fails_is_one_result_and_no_message(street, tmp_path):
    fails = {'scripted': replace(street.plan().options['scripted'], fail_every=4)}
    (some,), (key,) = done(street.plan(options=fails, stretch=100), tmp_path)
    failed = [each.index for each in some if each.outcome == 'failed']
    assert len(some) == 12
    assert failed
    assert all('scripted failure' in some[index].error for index in failed)
    assert len(list(read(kept.bag_folder(tmp_path, key)))) == 12 - len(failed)


def test_who_is_stopped_leaves_a_shorter_unit(street, tmp_path):
    asked = []

    def stop():
        asked.append(1)
        return len(asked) > 8  # once before a unit and once after each image: in the second

    plan = street.plan()
    results, keys = done(plan, tmp_path, stop)
    assert [len(some) for some in results] == [5, 2]
    assert len(list(read(kept.bag_folder(tmp_path, keys[1])))) == 2
    assert [kept.is_done(plan, unit, tmp_path) for unit in units(plan, street.bag)] == [
        True, False, False,
    ]  # fmt: skip
    assert not list(tmp_path.glob('*.part'))


class Leaving:
    """Does the units of plans in one folder, as processes that are stopped after some images."""

    def __init__(self, plan, folder):
        self.plan, self.folder = plan, folder

    def do(self, stretch, images=100):
        asked = []

        def stop():
            asked.append(1)
            return len(asked) > images  # it is asked once before the first image

        plan = replace(self.plan, stretch=stretch)
        bench = Bench(plan)
        bench.do(next(units(plan, plan.recordings[0])), self.folder, stop=stop)
        bench.close()
        return self

    def tidy(self, stretch):
        plan = replace(self.plan, stretch=stretch)
        kept.tidy(self.folder, {unit.key(plan) for unit in units(plan, plan.recordings[0])})
        return self

    def lengths(self):
        files = self.folder.glob('*.jsonl.gz')
        keys = [file.name.removesuffix('.jsonl.gz') for file in files]
        assert {path.name for path in self.folder.iterdir()} == {
            name for key in keys for name in (key, f'{key}.json', f'{key}.jsonl.gz')
        }
        return sorted(len(list(kept.results(self.folder, key))) for key in keys)


@pytest.fixture
def leaving(street, tmp_path):
    return Leaving(street.plan(), tmp_path)


def test_shorter_units_are_removed_when_the_whole_is_done(leaving):
    leaving.do(5, images=2).do(5, images=3)
    assert leaving.tidy(12).lengths() == [2, 3]  # of no unit that is done
    assert leaving.do(5).tidy(5).lengths() == [5]


def test_what_is_a_unit_of_another_cut_is_kept(leaving):
    leaving.do(2).do(5, images=2)  # the same two images: once whole, once shorter
    assert leaving.do(5).tidy(5).lengths() == [2, 5]


def test_what_another_cut_has_found_done_is_kept(leaving):
    leaving.do(5, images=2).tidy(2)
    assert leaving.do(5).tidy(5).lengths() == [2, 5]


def test_what_is_tidied_and_damaged_is_left(leaving, tmp_path):
    (tmp_path / 'a.json').write_text('{')
    (tmp_path / 'b.json').write_text('[]')
    kept.tidy(tmp_path, {'a', 'b'})
    assert len(list(tmp_path.iterdir())) == 2


def test_results_that_were_damaged_are_told(street, tmp_path):
    plan = street.plan(stretch=100)
    _, (key,) = done(plan, tmp_path)
    file = kept.results_file(tmp_path, key)
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(RecordingError, match=r'is damaged .* remove it and evaluate again'):
        list(kept.results(tmp_path, key))


def test_a_unit_that_cannot_be_written_is_told(street, tmp_path):
    bench = Bench(street.plan(bag=False))
    (unit, *_) = units(bench.plan, street.bag)
    with pytest.raises(RecordingError, match='cannot be written'):
        bench.do(unit, tmp_path / 'not there')
    bench.do(unit, tmp_path)
    bench.close()
