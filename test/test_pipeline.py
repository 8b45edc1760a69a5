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

"""The whole core, with real language and real or scripted detection."""

from dataclasses import fields, replace
import json
import time

from grounded_perception.assembly import build, KINDS
from grounded_perception.assistants import interpreter
from grounded_perception.classifiers.base import LabelMatch
from grounded_perception.compute import Compute
from grounded_perception.detectors import scripted
from grounded_perception.detectors.coco import COCO_NAMES
from grounded_perception.errors import CommandError, ModelFailed, ModelMissing, SettingsError
from grounded_perception.fusion.attention import WordAttention
from grounded_perception.fusion.finer import Finer
from grounded_perception.fusion.grounder import Grounder
from grounded_perception.fusion.memory import Memory
from grounded_perception.fusion.query import Query
from grounded_perception.language.encoder import load_encoder
from grounded_perception.language.vocabulary import Vocabulary
from grounded_perception.pipeline import Pipeline
from grounded_perception.records import Frame, Intent, Regions, Status
from grounded_perception.settings import Settings
import numpy as np
import pytest

pytestmark = pytest.mark.model
NOISE = np.random.default_rng(0).integers(0, 255, (100, 200, 3), np.uint8)
VIEW = Frame(NOISE, stamp_ns=5, frame_id='camera')


@pytest.fixture(scope='module')
def pipeline():
    """Return a pipeline whose detector finds two cars and a person."""
    script = '[["car",0.9,0,0,0.3,1],["car",0.8,0.6,0,0.9,1],["person",0.35,0.4,0,0.5,1]]'
    try:
        made = build(Settings(detector='scripted'), {'scripted': scripted.Options(script=script)})
    except ModelMissing as exc:
        pytest.skip(str(exc))
    yield made
    made.close()


def test_without_a_command_there_are_only_detections(pipeline):
    seen = pipeline.perceive(VIEW)
    assert seen.groundings == ()
    assert seen.detections.labels == ('car', 'car')  # the person is below the threshold
    assert set(seen.timings_ms) == {'detect', 'judge', 'ground'}


def test_grounding_looks_below_the_threshold_of_detections(pipeline):
    seen = pipeline.perceive(VIEW, pipeline.understand('find the pedestrian'))
    assert seen.groundings[0].status is Status.FOUND
    assert seen.candidates.labels[seen.groundings[0].indices[0]] == 'person'


def test_several_phrases_are_answered_one_by_one(pipeline):
    query = pipeline.understand('cars, a dog and the forklift')
    statuses = [g.status for g in pipeline.perceive(VIEW, query).groundings]
    assert statuses == [Status.FOUND, Status.ABSENT, Status.ABSENT]
    assert query.nouns == ('car', 'dog', 'forklift')
    assert len(query.not_understood) == 1
    assert 'forklift' in query.not_understood[0]


def test_anchors_are_looked_for_too(pipeline):
    query = pipeline.understand('the car next to the person')
    assert query.nouns == ('car', 'person')


def test_clearing_has_nothing_to_look_for(pipeline):
    query = pipeline.understand('stop')
    assert query.command.intent is Intent.CLEAR
    assert pipeline.perceive(VIEW, query).groundings == ()


@pytest.mark.parametrize('text', ['', b'\xff\xfe', 'x' * 501])
def test_a_sentence_that_cannot_be_used_is_refused(pipeline, text):
    with pytest.raises(CommandError):
        pipeline.understand(text)


def test_thresholds_are_read_for_every_frame(pipeline):
    before = pipeline.settings
    try:
        pipeline.settings = replace(before, threshold=0.85)
        assert len(pipeline.perceive(VIEW).detections) == 1
    finally:
        pipeline.settings = before


def test_thresholds_of_classes_decide_what_is_published_and_not_what_is_found(pipeline):
    before = pipeline.settings
    try:
        pipeline.settings = replace(before, class_thresholds='person:0.3, car:0.85')
        seen = pipeline.perceive(VIEW, pipeline.understand('find the cars'))
        assert seen.detections.labels == ('car', 'person')
        assert len(seen.groundings[0].indices) == 2
    finally:
        pipeline.settings = before
    with pytest.raises(SettingsError, match='must name classes of the detector'):
        pipeline.check(replace(before, class_thresholds='forklift:0.3'))
    with pytest.raises(SettingsError, match='must name classes of the detector'):
        build(Settings(class_thresholds='persom:0.3'))


@pytest.mark.parametrize(
    ('level', 'verdict'), [(0, 'too dark'), (255, 'too bright'), (128, 'near')]
)
def test_an_image_that_shows_nothing_gets_no_confident_answer(pipeline, level, verdict):
    blank = Frame(np.full((100, 200, 3), level, np.uint8))
    seen = pipeline.perceive(blank, pipeline.understand('a car and the dog'))
    assert verdict in seen.quality.verdict
    for answer in seen.groundings:
        assert (answer.status, answer.score, answer.margin) == (Status.ABSENT, 0.5, 0)
        assert seen.quality.reason in answer.reason
    assert pipeline.perceive(VIEW).quality.verdict == ''


def test_answers_say_what_was_checked(pipeline):
    query = pipeline.understand('the shiny car left of the person')
    (answer,) = pipeline.perceive(VIEW, query).groundings
    assert [(c.what, c.holds) for c in answer.checks] == [
        ('is a car', True), ('left of the person', True), ('shiny', None),
    ]  # fmt: skip


def test_a_memory_makes_twins_resolve_to_the_one_before(pipeline):
    query, memory = pipeline.understand('the car'), Memory()
    left, right = pipeline.understand('the car on the left'), pipeline.understand('the car')
    frames = [replace(VIEW, stamp_ns=10**18 + i * 10**8) for i in range(6)]
    assert pipeline.perceive(frames[0], query, memory).groundings[0].status is Status.AMBIGUOUS
    mixed = Query(query.command, left.phrases)
    assert pipeline.perceive(frames[1], mixed, memory).groundings[0].status is Status.FOUND
    mixed.__dict__['phrases'] = right.phrases  # the same command, less clear from now on
    told = [pipeline.perceive(frame, mixed, memory).groundings[0] for frame in frames[2:]]
    assert {answer.status for answer in told} == {Status.FOUND}
    assert {answer.indices for answer in told} == {(0,)}
    before = pipeline.settings
    try:
        pipeline.settings = replace(before, smoothing_s=0.0)
        seen = pipeline.perceive(replace(VIEW, stamp_ns=10**18 + 10**9), mixed, memory)
        assert seen.groundings[0].status is Status.AMBIGUOUS
    finally:
        pipeline.settings = before


class Broken:
    """A plug-in that does what it should not."""

    names = ('car',)

    def __init__(self, action):
        self._action = action

    def propose(self, rgb, phrases, floor, limit):
        return self._action()

    def close(self):
        pass


@pytest.mark.parametrize(
    'action',
    [
        lambda: {}['key'],
        lambda: Regions.of_labels(
            np.full((1, 4), np.nan, np.float32), np.ones(1, np.float32), ('car',)
        ),
    ],
)
def test_a_plugin_that_raises_or_returns_nan_is_a_model_failure(pipeline, action):
    broken = Pipeline(Settings(), Broken(action), Grounder(words=None, fusion=None))
    with pytest.raises(ModelFailed):
        broken.perceive(VIEW)


def test_an_unknown_detector_is_a_settings_error():
    with pytest.raises(SettingsError, match='detector must be one of'):
        build(Settings(detector='nope'))


@pytest.mark.parametrize(
    ('picture', 'sentence', 'status', 'label'),
    [
        ('motorcycle_left.png', 'find the motorbike', Status.FOUND, 'motorcycle'),
        ('chelsea.png', 'where is the cat', Status.FOUND, 'cat'),
        ('chelsea.png', 'a dog', Status.ABSENT, ''),
        ('coffee.png', 'the mug', Status.FOUND, 'cup'),
        ('astronaut.png', 'the lady', Status.FOUND, 'person'),
    ],
)
def test_real_photographs(real_pipeline, photo, picture, sentence, status, label):
    seen = real_pipeline.perceive(Frame(photo(picture)), real_pipeline.understand(sentence))
    answer = seen.groundings[0]
    assert answer.status is status, answer.reason
    assert [seen.candidates.labels[i] for i in answer.indices[:1]] == ([label] if label else [])


@pytest.fixture(scope='module')
def real_pipeline():
    """Return the pipeline as it ships, in f32."""
    try:
        made = build(Settings(precision='f32'))
    except ModelMissing as exc:
        pytest.skip(str(exc))
    yield made
    made.close()


class FarSighted:
    """A detector whose second look finds a dog."""

    names = ('car', 'dog')

    def __init__(self):
        self.looks = []

    def propose(self, rgb, phrases, floor, limit):
        return self._found('far', 'car', (0, 0, 60, 100))

    def look_closer(self, rgb, phrases, floor, limit):
        return self._found('close', 'dog', (150, 60, 180, 90))

    def close(self):
        pass

    def _found(self, how, label, box):
        self.looks.append(how)
        boxes = np.array([box], np.float32)
        return Regions.of_labels(boxes, np.array([0.9], np.float32), (label,))


@pytest.fixture
def far_sighted(pipeline):
    detector = FarSighted()
    return detector, Pipeline(Settings(detector='far'), detector, pipeline._grounder)


@pytest.mark.parametrize(
    ('when', 'asked', 'looks', 'status'),
    [
        ('unsure', 'the car', ['far'], Status.FOUND),
        ('unsure', 'the dog', ['far', 'close'], Status.FOUND),
        ('unsure', 'the forklift', ['far'], Status.ABSENT),  # no look makes it a word
        ('never', 'the dog', ['far'], Status.ABSENT),
        ('always', 'the car', ['far', 'close'], Status.FOUND),
    ],
)
def test_a_closer_look_is_taken_where_the_first_left_it_open(
    far_sighted, when, asked, looks, status
):
    detector, pipeline = far_sighted
    pipeline.settings = replace(pipeline.settings, closer_look=when)
    seen = pipeline.perceive(VIEW, pipeline.understand(asked))
    assert detector.looks == looks
    assert seen.groundings[0].status is status
    assert seen.detections.labels == ('car',)  # what is published does not depend on commands


def test_no_closer_look_without_a_command_or_a_picture(far_sighted):
    detector, pipeline = far_sighted
    pipeline.perceive(VIEW)
    dark = Frame(np.zeros((100, 200, 3), np.uint8))
    pipeline.perceive(dark, pipeline.understand('the dog'))
    assert detector.looks == ['far', 'far']


def test_a_question_is_answered_in_words(pipeline):
    query = pipeline.understand('how many cars are there?')
    assert query.is_question
    assert query.nouns == ('car',)
    seen = pipeline.perceive(VIEW, query)
    assert seen.groundings == ()
    answer = pipeline.answer(VIEW, query, seen)
    assert 'two cars' in answer.text
    assert [seen.candidates.labels[i] for i in answer.boxes] == ['car', 'car']


def test_what_finds_things_can_be_asked_as_a_question(pipeline):
    query = pipeline.reader.question('where is the person?', 500)
    assert 'person' in pipeline.answer(VIEW, query, pipeline.perceive(VIEW, query)).text
    assert not pipeline.understand('where is the person?').is_question


def test_a_language_model_reads_what_the_grammar_cannot(pipeline):
    reply = {'intent': 'find', 'phrases': [{'text': 'this dude', 'noun': 'person'}]}

    class Model:
        def complete(self, system, user):
            return json.dumps(reply)

    options = interpreter.Options(backend='local', ask='always')
    reader = interpreter.Interpreter(Model(), options, 500)
    script = '[["person",0.9,0.4,0,0.5,1]]'
    fake = scripted.load(scripted.Options(script=script), Compute())
    grounder = Grounder(Vocabulary(fake.names, load_encoder(1)), WordAttention())
    made = Pipeline(Settings(detector='scripted'), fake, grounder, interpreter=reader)
    text = 'erm so yeah there is this dude right'
    query, deadline = made.reader.begin(text, 500), time.monotonic() + 10
    assert query is None  # nobody waits for it
    while query is None and time.monotonic() < deadline:
        query = made.reader.poll()
    assert query.read_by == 'model', query.read_why
    assert made.perceive(VIEW, query).groundings[0].status is Status.FOUND
    assert made.understand(text).read_by == 'model'
    made.close()


def test_masks_lie_in_their_boxes(pipeline):
    seen = pipeline.perceive(VIEW)
    masks = pipeline.segment(VIEW, seen.detections)
    assert len(masks) == 2
    assert not masks.full(0)[:, 70:].any()


def test_none_stands_for_no_segmenter_and_no_assistant(pipeline):
    script = '[["car",0.9,0,0,0.3,1]]'
    settings = Settings(detector='scripted', segmenter='none', assistant='none')
    made = build(settings, {'scripted': scripted.Options(script=script)})
    assert not made.has_masks
    assert len(made.segment(VIEW, made.perceive(VIEW).detections)) == 0
    with pytest.raises(CommandError, match='assistant is none'):
        made.understand('describe')


def test_names_of_what_can_be_exchanged_are_told_apart():
    """Their options share one space of parameter names."""
    every = [name for kind in KINDS for name in kind.names()]
    settings = {f.name for f in fields(Settings)}
    assert len(every) == len({*every} - settings)


def test_a_classifier_tells_which_of_a_class_is_meant(pipeline):
    """Two cars, and the right one looks like a taxi."""

    class Taxis:
        def understand(self, labels):
            return tuple(LabelMatch(x, True, 'name', (x,), 1.0, '') for x in labels)

        def classify(self, rgb, boxes, labels):
            return (boxes[:, :1] > 100).astype(np.float32) * 0.7

        def close(self):
            pass

    script = '[["car",0.9,0,0,0.3,1],["car",0.9,0.6,0,0.9,1]]'
    fake = scripted.load(scripted.Options(script=script), Compute())
    words = Vocabulary(COCO_NAMES, load_encoder(1))
    made = Pipeline(Settings(), fake, Grounder(words, WordAttention(), Finer(Taxis())))
    seen = made.perceive(VIEW, made.understand('the taxi'))
    (answer,) = seen.groundings
    assert answer.status is Status.FOUND
    assert seen.candidates.boxes_px[answer.indices[0], 0] > 100
    assert [c.what for c in answer.checks if c.kind == 'look'] == ['looks like a taxi']
    (plain,) = made.perceive(VIEW, made.understand('the car')).groundings
    assert plain.status is Status.AMBIGUOUS
    made.close()


def test_what_was_found_can_be_remembered_and_found_by_its_looks(tmp_path):
    """Two boxes of two looks: the one that was pointed out is found again, whatever its name."""
    rgb = np.full((120, 240, 3), 90, np.uint8)
    rgb[20:100, 10:90] = np.random.default_rng(1).integers(0, 255, (80, 80, 3))
    rgb[20:100, 150:230, 0] = 220
    frame = Frame(rgb)
    script = '[["cup",0.9,0.04,0.16,0.38,0.84],["cup",0.9,0.62,0.16,0.96,0.84]]'
    settings = Settings(
        detector='scripted', classifier='efficientnet', exemplars=str(tmp_path), fusion='rules'
    )
    try:
        made = build(settings, {'scripted': scripted.Options(script=script)})
    except ModelMissing as exc:
        pytest.skip(str(exc))
    keep = made.understand('remember this as my odd mug')
    with pytest.raises(CommandError, match='point it out first'):
        made.remember(frame, keep, made.perceive(frame, made.understand('the cup')))
    seen = made.perceive(frame, made.understand('the cup on the right'))
    assert 'remembered' in made.remember(frame, keep, seen)
    query = made.understand('find something like my odd mug')
    assert query.command.intent is Intent.LIKE
    again = made.perceive(frame, query)
    (answer,) = again.groundings
    assert again.candidates.boxes_px[answer.indices[0], 0] > 120
    # What was never shown is a word like any other.
    assert made.understand('find something like a cup').command.intent is Intent.FIND
    made.close()


def test_without_a_classifier_nothing_is_remembered(pipeline):
    with pytest.raises(CommandError, match='classifier is none'):
        pipeline.understand('remember this as my mug')
