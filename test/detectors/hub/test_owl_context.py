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

"""What a region looks like besides the words that were asked for, offered to the fusion."""

from grounded_perception.detectors.hub import owl, owl_reading
from grounded_perception.detectors.hub.owl_towers import ImageFeatures
from grounded_perception.fusion.tokens import tokens_of
from grounded_perception.imaging.descriptors import describe
from grounded_perception.language.concepts import background
from grounded_perception.records import Regions
from grounded_perception.weights import CACHE_VARIABLE
import numpy as np
import pytest

BOTH = pytest.mark.parametrize('family', ['owlvit', 'owlv2'])
RUNTIMES = pytest.mark.parametrize('runtime', ['torch', 'openvino'])
ASKED = ('cat', 'red ball')
CONTEXT = ('dog', 'cup', 'car', 'photo of of', 'zebra')


@pytest.fixture
def both(load):
    """Return a function: family and runtime → the detector without and with a context."""

    def opened(family, runtime='torch', nms=1.0):
        if runtime == 'openvino':
            pytest.importorskip('openvino')
        chosen = {'vocabulary': '', 'nms': nms, 'runtime': runtime}
        return load(family, **chosen), load(family, context=', '.join(CONTEXT), **chosen)

    return opened


@BOTH
@RUNTIMES
def test_a_context_changes_no_box_no_label_and_no_score(both, picture, family, runtime):
    plain, wide = (d.propose(picture, ASKED, 0.01, 100) for d in both(family, runtime))
    assert len(plain) > 3
    assert wide.labels == plain.labels
    np.testing.assert_array_equal(wide.boxes_px, plain.boxes_px)
    np.testing.assert_array_equal(wide.scores, plain.scores)
    np.testing.assert_array_equal(wide.posterior[:, :2], plain.posterior)
    assert wide.names[:2] == plain.names == ASKED
    assert set(wide.names[2:]) <= set(CONTEXT)


@BOTH
@RUNTIMES
def test_its_scores_are_those_of_words_that_are_asked_for(both, picture, family, runtime):
    plain, wide = both(family, runtime)
    outdone = []
    for word in CONTEXT:
        others = tuple(other for other in CONTEXT if other != word)
        asked = plain.propose(picture, (word, *others), 0.0, 10_000)
        found = wide.propose(picture, (word,), 0.0, 10_000)
        for region in range(len(found)):
            there = np.abs(asked.boxes_px - found.boxes_px[region]).max(axis=1).argmin()
            beside = asked.posterior[there, 1:]
            outdone.append(bool(beside.max() > found.scores[region]))
            told = np.flatnonzero(found.posterior[region, 1:]) + 1
            assert [found.names[k] for k in told] == [others[beside.argmax()]] * outdone[-1]
            np.testing.assert_allclose(
                found.posterior[region, told], [beside.max()] * outdone[-1], atol=1e-5
            )
    assert 0 < sum(outdone) < len(outdone)


def test_only_what_a_region_looks_like_more_than_its_name_is_told():
    names = ('cat', 'dog', 'fox', 'wolf', 'lynx')
    posterior = [[0.4, 0.1, 0.3, 0.2, 0.1], [0.3, 0.2, 0.5, 0.1, 0.6], [0.2, 0.5, 0.7, 0.6, 0.1]]
    regions = Regions(
        np.array([[0, 0, 9, 9]] * 3, np.float32), np.array([0.4, 0.3, 0.5], np.float32),
        ('cat', 'cat', 'dog'), names, np.array(posterior, np.float32),
    )  # fmt: skip
    told = owl.outdone(regions, 2)
    assert told.names == ('cat', 'dog', 'fox', 'lynx')
    np.testing.assert_allclose(
        told.posterior, [[0.4, 0.1, 0, 0], [0.3, 0.2, 0, 0.6], [0.2, 0.5, 0.7, 0]]
    )
    assert owl.outdone(regions.take(np.arange(0)), 2).names == ('cat', 'dog')


def test_the_semantics_move_from_the_name_to_what_it_looks_like():
    class Words:
        """Every word is an axis of its own."""

        def embed(self, texts):
            axes = ('cat', 'lynx')
            return np.array([np.eye(2)[axes.index(t)] for t in texts], np.float32)

    boxes, score = np.array([[0, 0, 9, 9]], np.float32), np.array([0.3], np.float32)
    rgb = np.zeros((9, 9, 3), np.uint8)

    def semantics(names, row):
        regions = Regions(boxes, score, ('cat',), names, np.array([row], np.float32))
        return tokens_of(regions, describe(rgb, boxes), (9, 9), Words()).semantics[0]

    np.testing.assert_allclose(semantics(('cat',), [0.3]), [1, 0], atol=1e-6)
    np.testing.assert_allclose(semantics(('cat', 'lynx'), [0.3, 0.4]), [0.6, 0.8], atol=1e-4)


def test_what_is_asked_for_is_no_context(both, picture):
    _, wide = both('owlvit')
    found = wide.propose(picture, ('Dog', 'cup', 'car', 'photo of of'), 0.0, 10_000)
    assert set(found.names[4:]) <= {'zebra'}


def test_everyday_stands_for_the_nouns_that_coco_lacks():
    read = []

    class Reader:
        def read_at_once(self, phrases):
            read.extend(phrases)
            return np.ones((len(phrases), 4), np.float32)

    context = owl_reading.read_context('Everyday, gnome', Reader(), 'test-of-words')
    assert set(context.names) == {*background(), 'gnome'}
    assert len(read) == len(context.names) > 700
    np.testing.assert_allclose(np.linalg.norm(context.vectors, axis=1), 1, rtol=1e-6)
    again = owl_reading.read_context('everyday,gnome', Reader(), 'test-of-words')
    np.testing.assert_array_equal(again.vectors, context.vectors)
    assert len(read) == len(context.names), 'an earlier start read them'
    owl_reading.read_context('gnome', Reader(), 'another checkpoint')
    assert read[-1] == 'gnome'
    assert owl_reading.read_context(' ', Reader(), 'x').names == ()


def test_a_context_is_read_once_for_every_start(load, checkpoint_of, tmp_path, monkeypatch):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    load('owlvit', vocabulary='', context='dog, car', prompt='my {}')
    (kept,) = (tmp_path / 'vocabulary').iterdir()
    assert np.load(kept).shape == (2, 32)


@BOTH
def test_words_read_together_are_those_read_alone(load, family):
    reader = load(family, vocabulary='')._reader
    together = reader.read_at_once(CONTEXT)
    np.testing.assert_allclose(together, reader(CONTEXT), atol=1e-5)


def test_no_score_that_is_no_number_is_lost(both, picture, monkeypatch):
    from grounded_perception.errors import ModelFailed

    for detector in both('owlvit'):
        seen = detector._tower(detector._prepare(picture))
        boxes = seen.boxes.copy()
        boxes[3] = np.nan
        broken = ImageFeatures(seen.features, boxes, None)
        monkeypatch.setattr(detector, '_tower', lambda pixels, broken=broken: broken)
        with pytest.raises(ModelFailed, match='no numbers'):
            detector.propose(picture, ASKED, 0.99, 9)


def test_a_context_looks_only_at_the_patches_that_may_be_something():
    """Of the size of OWLv2: 3600 patches, of which 60 may be something, and 800 words."""
    rng = np.random.default_rng(0)
    from grounded_perception.detectors.hub.owl_openvino import ProductClassHead

    features = tuple(rng.normal(size=(3600, width)).astype(np.float32) for width in (512, 1, 1, 1))
    words = rng.normal(size=(800, 512)).astype(np.float32)
    head, rows = ProductClassHead(), np.arange(0, 3600, 60)
    np.testing.assert_allclose(head(features, words, rows), head(features, words)[rows], rtol=1e-4)
    for feature in features:  # what is not looked at may be anything
        feature[np.setdiff1d(np.arange(3600), rows)] = np.nan
    assert np.isfinite(head(features, words, rows)).all()
