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

"""Grounding DINO and MM-Grounding-DINO against transformers, and phrases traced in captions."""

from grounded_perception import geometry
from grounded_perception.detectors.hub.captions import check_tokenizer, make_captions
from grounded_perception.errors import ModelCorrupt
import numpy as np
import pytest

BOTH = pytest.mark.parametrize('family', ['grounding_dino', 'mm_grounding_dino'])
ASKED = ('cat', 'red ball', 'gnome')


def whole(detector, picture, text):
    """Run the network of transformers as its documentation does."""
    import torch
    from transformers import AutoTokenizer

    folder = detector._network._network.model.name_or_path
    words = AutoTokenizer.from_pretrained(folder)(text, return_tensors='pt')
    pixels = torch.from_numpy(detector._prepare(picture))
    with torch.inference_mode():
        return detector._network._network.model(pixel_values=pixels, **words)


@BOTH
def test_boxes_and_scores_are_those_of_transformers(load, picture, processor_of, family):
    from transformers import GroundingDinoProcessor

    detector = load(family, vocabulary='', nms=1.0)
    out = whole(detector, picture, 'cat. red ball. gnome.')
    text_side = GroundingDinoProcessor.__new__(GroundingDinoProcessor)
    text_side.batch_decode = lambda ids: ids
    theirs = text_side.post_process_grounded_object_detection(
        out, out.input_ids, threshold=-1.0, target_sizes=[picture.shape[:2]]
    )[0]
    # [CLS] cat . red ball . g ##n ##o ##m ##e . [SEP]
    tokens = {'cat': [1], 'red ball': [3, 4], 'gnome': [6, 7, 8, 9, 10]}
    probabilities = out.logits[0].sigmoid().numpy()
    expected = np.stack([probabilities[:, tokens[p]].max(axis=1) for p in ASKED], axis=1)
    height, width = picture.shape[:2]
    boxes = geometry.clip(theirs['boxes'].numpy(), width, height)

    ours = detector.propose(picture, ASKED, 0.0, 10_000)
    order = np.argsort(-expected.max(axis=1), kind='stable')
    assert len(ours) == len(boxes) == 30
    np.testing.assert_allclose(ours.boxes_px, boxes[order], atol=1e-3)
    np.testing.assert_allclose(ours.posterior, expected[order], atol=1e-6)
    np.testing.assert_allclose(ours.scores, expected.max(axis=1)[order], atol=1e-6)
    assert ours.labels == tuple(ASKED[n] for n in expected[order].argmax(axis=1))
    # A word with as many tokens as a phrase has: theirs is the best of all, ours of the phrases'.
    assert (theirs['scores'].numpy() >= expected.max(axis=1) - 1e-6).all()


@BOTH
def test_too_many_phrases_are_asked_in_turns_and_none_is_lost(load, picture, family):
    detector = load(family, vocabulary='', nms=1.0)
    phrases = (*ASKED, 'dog', 'cup', 'car', 'of', 'photo', 'xylophone', 'zebra crossing', 'axe')
    captions = detector._captions(phrases)
    assert len(captions) == 2
    assert max(c.ids.shape[1] for c in captions) <= 40
    assert np.concatenate([c.phrases for c in captions]).tolist() == list(range(len(phrases)))
    found = detector.propose(picture, phrases, 0.0, 10_000)
    assert found.names == phrases
    assert len(found) == 60
    first = [phrases[n] for n in captions[0].phrases]
    alone = detector.propose(picture, first, 0.0, 10_000)
    half = found.take(found.posterior[:, len(first) :].max(axis=1) == 0)
    np.testing.assert_allclose(half.posterior[:, : len(first)], alone.posterior, atol=1e-6)
    np.testing.assert_allclose(half.boxes_px, alone.boxes_px, atol=1e-4)


@BOTH
def test_what_is_looked_for(load, picture, family):
    silent = load(family, vocabulary='')
    assert silent.names == ()
    assert len(silent.propose(picture, (), 0.0, 10)) == 0
    assert len(silent.propose(picture, ('?', '.'), 0.0, 10)) == 0
    found = load(family, vocabulary='cup').propose(picture, ('Red Ball!', '...'), 0.0, 100)
    assert found.names == ('Red Ball!', '...', 'cup')
    assert found.posterior[:, 1].max() == 0.0


@BOTH
def test_floor_limit_and_thresholds_hold(load, picture, family):
    detector = load(family, vocabulary='', nms=1.0)
    every = detector.propose(picture, ASKED, 0.0, 10_000)
    middle = float(np.median(every.scores))
    above = detector.propose(picture, ASKED, middle, 10_000)
    assert len(above) == (every.scores >= np.float32(middle)).sum()
    np.testing.assert_array_equal(
        detector.propose(picture, ASKED, 0.0, 3).scores, every.scores[:3]
    )


@BOTH
def test_a_narrow_image_is_shown_in_black_and_boxes_stay_its_own(load, picture, family):
    detector = load(family, vocabulary='', nms=1.0)
    strip = picture[:6]
    found = detector.propose(strip, ('cat',), 0.0, 100)
    black = np.zeros((15, 120, 3), np.uint8)
    black[:6] = strip
    shown = detector.propose(black, ('cat',), 0.0, 100)
    assert 0 < len(found) <= len(shown)
    assert set(found.scores.tolist()) <= set(shown.scores.tolist())
    assert found.boxes_px[:, 3].max() <= 6


@BOTH
def test_bf16_where_asked(load, picture, family):
    close = load(family, vocabulary='', precision='bf16')
    found = close.propose(picture, ASKED, 0.0, 9)
    assert np.isfinite(found.scores).all()
    assert len(found)


@pytest.fixture
def tokenizer(checkpoint_of):
    """Return the tiny tokenizer."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(checkpoint_of('grounding_dino'))


def test_a_caption_is_what_transformers_would_write(tokenizer):
    (caption,) = make_captions(tokenizer, ['Cat', 'the  red. ball?', 'cup'], 40)
    assert tokenizer.decode(caption.ids[0]) == '[CLS] cat. the red ball. cup. [SEP]'
    words = [tokenizer.decode(caption.ids[0, a:b]) for a, b in caption.spans]
    assert words == ['cat', 'the red ball', 'cup']


def test_a_phrase_too_long_for_any_caption_loses_its_end(tokenizer):
    captions = make_captions(tokenizer, ['cat', 'cat ' * 100, 'ball'], 12)
    assert [c.phrases.tolist() for c in captions] == [[0], [1], [2]]
    assert captions[1].ids.shape == (1, 12)
    assert tokenizer.decode(captions[1].ids[0, slice(*captions[1].spans[0])]) == 'cat ' * 8 + 'cat'


@pytest.mark.parametrize('most', [8, 9, 13, 20, 40])
def test_every_phrase_is_traced_at_any_length(tokenizer, most):
    phrases = ['cat', 'gnome', 'red ball', 'a', 'dog of car', "cat's", 'x-ray', 'café', 'cup']
    captions = make_captions(tokenizer, phrases, most)
    assert np.concatenate([c.phrases for c in captions]).tolist() == list(range(len(phrases)))
    for caption in captions:
        assert caption.ids.shape[1] <= most
        assert (caption.spans[:, 0] < caption.spans[:, 1]).all()
        # Between two phrases lies their full stop and nothing else.
        assert (caption.ids[0, caption.spans[:, 1]] == 1012).all()
        assert (caption.spans[1:, 0] == caption.spans[:-1, 1] + 1).all()


def test_another_vocabulary_is_refused(checkpoint_of):
    from transformers import AutoTokenizer

    other = AutoTokenizer.from_pretrained(checkpoint_of('owlvit'))
    with pytest.raises(ModelCorrupt, match="must have BERT's uncased vocabulary"):
        check_tokenizer(other, 'here')
