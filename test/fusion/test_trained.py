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

"""The trained fusion behind the seam, with a scripted network."""

from grounded_perception.fusion.attention import WordAttention
from grounded_perception.fusion.inputs import EVIDENCE_WIDTH, MAX_WORDS, REGION_WIDTH
from grounded_perception.fusion.tokens import region_tokens, text_tokens
from grounded_perception.fusion.trained import PHOTOGRAPHS, TrainedFusion
from grounded_perception.language.command import parse
from grounded_perception.records import Frame, Regions
import numpy as np
import pytest


class ScriptedRunner:
    """Prefers the region whose detector believes most in the asked class."""

    def __init__(self):
        self.seen = None

    def __call__(self, arrays):
        self.seen = arrays
        belief = arrays.evidence[..., 0] * 8 - 4
        none = np.zeros((*belief.shape[:1], 1), np.float32)
        words = arrays.text.shape[1]
        looks = np.full((*belief.shape, words), 1 / words, np.float32)
        return np.concatenate([belief, none], 1), belief, looks


def tokens(words, labels=('car', 'person', 'car'), least=0.5):
    boxes = np.array([[10 * i, 10, 10 * i + 8, 30] for i in range(len(labels))], np.float32)
    boxes = boxes.reshape(-1, 4)
    scores = np.linspace(0.9, least, len(labels), dtype=np.float32)
    frame = Frame(np.full((60, 80, 3), 90, np.uint8))
    return region_tokens(frame, Regions.of_labels(boxes, scores, labels), words)


def texts(words, *sentences):
    return [text_tokens(parse(sentence, 500).phrases[0], words) for sentence in sentences]


def test_all_sentences_go_through_the_network_at_once(words):
    runner = ScriptedRunner()
    asked = texts(words, 'the person', 'the dog', 'the car next to the person')
    answers = TrainedFusion(runner).fuse(tokens(words), asked)
    assert runner.seen.regions.shape == (3, REGION_WIDTH)
    assert runner.seen.evidence.shape == (3, 3, EVIDENCE_WIDTH)
    assert [int(np.argmax(a.probabilities)) for a in answers] == [1, 0, 0]
    assert answers[1].none_probability > 0.9  # no dog
    for answer in answers:
        assert answer.probabilities.sum() + answer.none_probability == pytest.approx(1, abs=1e-5)


def test_the_grammar_has_a_share_in_the_answer(words):
    # Were it seen worse than the other car, that would count against it.
    seen, (asked,) = tokens(words, least=0.9), texts(words, 'the car on the right')

    def undecided(arrays):
        n, length = len(arrays.regions), arrays.text.shape[1]
        return np.zeros((1, n + 1)), np.zeros((1, n)), np.zeros((1, n, length))

    (answer,) = TrainedFusion(undecided).fuse(seen, [asked])
    (rules,) = WordAttention().fuse(seen, [asked])
    every = np.append(answer.probabilities, answer.none_probability)
    checked = np.append(rules.probabilities, rules.none_probability)
    assert int(np.argmax(every)) == 2
    # What people like to speak of is said to the network too: the whole of it, not a share.
    told = checked**0.3 * np.exp(0.7 * np.append(rules.evidence.salience, 0))
    told = told ** (1 / PHOTOGRAPHS)
    np.testing.assert_allclose(every, told / told.sum(), rtol=1e-4)


def test_attention_is_by_word(words):
    (answer,) = TrainedFusion(ScriptedRunner()).fuse(tokens(words), texts(words, 'the person'))
    assert answer.attention.words == ('the', 'person')
    assert answer.attention.weights.shape == (2, 3)
    np.testing.assert_allclose(answer.attention.weights.sum(axis=1), 1, rtol=1e-5)


def test_without_regions_nothing_is_meant(words):
    def never(arrays):
        raise AssertionError('the network was run')

    (answer,) = TrainedFusion(never).fuse(tokens(words, ()), texts(words, 'the car'))
    assert answer.none_probability == 1
    assert answer.probabilities.shape == (0,)


def test_a_long_sentence_is_cut(words):
    runner = ScriptedRunner()
    TrainedFusion(runner).fuse(tokens(words), texts(words, 'the car ' + 'very ' * 90))
    assert runner.seen.text.shape[1] == MAX_WORDS


def test_inputs_are_finite_for_the_emptiest_boxes(words):
    runner = ScriptedRunner()
    boxes = np.array([[0, 0, 0, 0], [79, 59, 80, 60], [0, 0, 80, 60]], np.float32)
    regions = Regions.of_labels(boxes, np.array([0, 1, 0.5], np.float32), ('car',) * 3)
    frame = Frame(np.zeros((60, 80, 3), np.uint8))
    TrainedFusion(runner).fuse(
        region_tokens(frame, regions, words),
        texts(words, 'the second largest red car left of the other car that is not blue'),
    )
    for name in ('regions', 'boxes', 'text', 'text_mask', 'evidence'):
        assert np.isfinite(getattr(runner.seen, name)).all(), name


def test_words_that_nothing_can_check_lower_the_confidence_not_the_order(words):
    plain, doubtful = TrainedFusion(ScriptedRunner()).fuse(
        tokens(words), texts(words, 'the person', 'the frowning person')
    )
    assert np.argmax(plain.probabilities) == np.argmax(doubtful.probabilities) == 1
    assert doubtful.probabilities.max() < plain.probabilities.max()
    assert doubtful.probabilities.sum() + doubtful.none_probability == pytest.approx(1)
