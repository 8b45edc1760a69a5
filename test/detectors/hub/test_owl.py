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

"""OWL-ViT and OWLv2 against transformers: its whole network, its own post-processing."""

from types import SimpleNamespace

from grounded_perception import geometry
from grounded_perception.detectors.hub.owl_options import OwlOptions
from grounded_perception.errors import ModelFailed, SettingsError
import numpy as np
import pytest

BOTH = pytest.mark.parametrize('family', ['owlvit', 'owlv2'])
ASKED = ('cat', 'red ball', 'dog')


def reference(detector, family, picture, processor_of, phrases):
    """Run the whole network of transformers on the same pixels and the same tokens."""
    import torch

    tokens = [detector._reader.tokens(phrase) for phrase in phrases]
    ids, masks = (torch.from_numpy(np.concatenate(each)) for each in zip(*tokens, strict=True))
    pixels = torch.from_numpy(detector._prepare(picture))
    model = detector._tower._network.model
    with torch.inference_mode():
        out = model(input_ids=ids, pixel_values=pixels, attention_mask=masks)
    processed = processor_of(family).post_process_object_detection(
        out, threshold=-1.0, target_sizes=[picture.shape[:2]]
    )[0]
    return out, {key: value.numpy() for key, value in processed.items()}


@BOTH
def test_boxes_labels_and_scores_are_those_of_transformers(load, picture, processor_of, family):
    detector = load(family, vocabulary='', nms=1.0)
    out, theirs = reference(detector, family, picture, processor_of, ASKED)
    ours = detector.propose(picture, ASKED, 0.0, 10_000)
    height, width = picture.shape[:2]
    boxes = geometry.clip(theirs['boxes'], width, height)
    order = np.argsort(-theirs['scores'], kind='stable')
    order = order[geometry.area(boxes)[order] > 0]
    assert len(ours) == len(order) > 10
    assert len(set(ours.labels)) > 1
    np.testing.assert_allclose(ours.scores, theirs['scores'][order], atol=2e-6)
    # Which of two patches with the same score comes first does not matter.
    near = np.abs(ours.boxes_px[:, None] - boxes[order][None]).max(axis=2)
    assert near.min(axis=1).max() < 1e-3
    scores = 1 / (1 + np.exp(-out.logits[0].numpy()))
    np.testing.assert_allclose(
        np.sort(ours.posterior.max(axis=1))[::-1], np.sort(scores.max(axis=1)[order])[::-1],
        atol=2e-6,
    )  # fmt: skip
    assert [ours.names[n] for n in ours.posterior.argmax(axis=1)] == list(ours.labels)


@BOTH
def test_a_kept_phrase_equals_the_whole_network_to_the_bit(load, picture, processor_of, family):
    detector = load(family, vocabulary='')
    out, _ = reference(detector, family, picture, processor_of, ('cat',))
    for _ in range(2):
        seen = detector._tower(detector._prepare(picture))
        logits = detector._head(seen.features, detector._reader(('cat',)))
        assert np.abs(logits - out.logits[0].numpy()).max() == 0.0
        assert np.abs(seen.boxes - out.pred_boxes[0].numpy()).max() == 0.0


@BOTH
def test_many_phrases_are_each_as_if_asked_alone(load, picture, family):
    detector = load(family, vocabulary='', nms=1.0)
    together = detector.propose(picture, ASKED, 0.0, 10_000)
    for column, phrase in enumerate(ASKED):
        alone = detector.propose(picture, (phrase,), 0.0, 10_000)
        assert set(alone.labels) == {phrase}
        np.testing.assert_allclose(
            np.sort(alone.posterior[:, 0]), np.sort(together.posterior[:, column]), atol=1e-6
        )


@BOTH
def test_a_phrase_is_read_once(load, picture, family, monkeypatch):
    detector = load(family, vocabulary='', nms=0.9)
    read = []
    tower = detector._reader._tower
    monkeypatch.setattr(
        detector._reader, '_tower', lambda *tokens: read.append(1) or tower(*tokens)
    )
    for phrases in (('cat', 'dog'), ('dog', 'cat'), ('cat', 'dog', 'cup'), ('cat',)):
        detector.propose(picture, phrases, 0.1, 5)
    assert len(read) == 3


@BOTH
def test_the_longest_phrase_is_cut_and_keeps_its_end_token(load, picture, family):
    detector = load(family, vocabulary='', nms=1.0)
    reader, end = detector._reader, detector._reader._tokenizer.eos_token_id
    short, wordy, endless = (reader.tokens(p)[0][0] for p in ('cat', 'old ' * 4, 'zebra ' * 40))
    assert len(short) == len(wordy) == len(endless) == 16
    read = [reader._tokenizer.decode(ids, skip_special_tokens=True) for ids in (short, wordy)]
    assert read[0].startswith('a photo of a cat')
    # One that only fits without its sentence is asked as it is, not cut.
    assert (
        reader._tokenizer.decode(wordy, skip_special_tokens=True).strip('! ') == 'old old old old'
    )
    assert endless[-1] == end
    assert len(detector.propose(picture, ('zebra ' * 40,), 0.0, 5)) == 5


def test_boxes_of_owlv2_are_shares_of_the_square_around_the_image(load, monkeypatch):
    detector = load('owlv2', vocabulary='', nms=1.0)
    box = np.array([[0.25, 0.25, 0.1, 0.2], [0.5, 0.9, 0.2, 0.1]], np.float32)
    seen = SimpleNamespace(features=None, boxes=box, objectness=np.array([0.9, 0.2], np.float32))
    monkeypatch.setattr(detector, '_tower', lambda pixels: seen)
    monkeypatch.setattr(detector, '_head', lambda *_: np.zeros((2, 1), np.float32))
    wide = np.zeros((100, 200, 3), np.uint8)
    # The second lies below the image, in what was added to make it a square.
    np.testing.assert_allclose(
        detector.propose(wide, ('cat',), 0.0, 9).boxes_px, [[40, 30, 60, 70]], atol=1e-4
    )


def test_objectness_can_leave_boxes_out(load, picture):
    every = load('owlv2', vocabulary='', nms=1.0).propose(picture, ('cat',), 0.0, 1000)
    some = load('owlv2', vocabulary='', nms=1.0, least_objectness=0.55)
    things = some._tower(some._prepare(picture)).objectness
    assert 0 < (things >= 0.55).sum() < len(things)
    assert 0 < len(some.propose(picture, ('cat',), 0.0, 1000)) < len(every)


@BOTH
def test_what_is_looked_for(load, picture, family):
    silent = load(family, vocabulary='')
    assert silent.names == ()
    assert len(silent.propose(picture, (), 0.0, 10)) == 0
    assert len(silent.propose(picture, ('', ' '), 0.0, 10)) == 0
    listed = load(family, vocabulary='cup, car')
    assert listed.propose(picture, (), 0.0, 10).names == ('cup', 'car')
    assert listed.propose(picture, ('Car', 'dog'), 0.0, 10).names == ('Car', 'dog', 'cup')
    assert len(load(family).propose(picture, ('cat', 'gnome'), 0.0, 10).names) == 81


@BOTH
def test_floor_limit_and_thresholds_hold(load, picture, family):
    detector = load(family, vocabulary='', nms=1.0)
    every = detector.propose(picture, ASKED, 0.0, 10_000)
    middle = float(np.median(every.scores))
    upper = detector.propose(picture, ASKED, middle, 10_000)
    assert len(upper) == (every.scores >= np.float32(middle)).sum()
    assert detector.propose(picture, ASKED, 0.0, 3).labels == every.labels[:3]
    assert len(detector.propose(picture, ASKED, 0.0, 0)) == 0


@BOTH
def test_doubles_of_a_word_are_suppressed(load, picture, family):
    few = load(family, vocabulary='', nms=0.02).propose(picture, ASKED, 0.0, 10_000)
    overlaps = geometry.iou(few.boxes_px, few.boxes_px) - np.eye(len(few))
    same = np.array(few.labels)[:, None] == np.array(few.labels)[None]
    assert len(few) > 1
    assert overlaps[same].max() <= 0.02
    every = load(family, vocabulary='', nms=1.0).propose(picture, ASKED, 0.0, 10_000)
    assert few.scores[0] == every.scores[0]
    assert len(few) < len(every)


@BOTH
@pytest.mark.parametrize('shape', [(1, 1), (7, 900), (64, 64)])
def test_any_picture_will_do(load, family, shape):
    rgb = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    rgb.setflags(write=False)
    found = load(family, vocabulary='').propose(rgb[::-1], ('cat',), 0.0, 9)
    assert (found.boxes_px >= 0).all()
    assert (found.boxes_px[:, 2:] <= [shape[1], shape[0]]).all()


@BOTH
def test_bf16_where_asked(load, picture, family):
    exact = load(family, vocabulary='', nms=1.0).propose(picture, ASKED, 0.0, 9)
    close = load(family, vocabulary='', nms=1.0, precision='bf16')
    np.testing.assert_allclose(
        close.propose(picture, ASKED, 0.0, 9).scores, exact.scores, atol=0.05
    )


def test_what_the_network_raises_is_a_model_failure(load, picture, monkeypatch):
    detector = load('owlvit', vocabulary='')

    def fail(pixels):
        raise RuntimeError('out of memory\nand a long trace')

    monkeypatch.setattr(detector, '_tower', fail)
    with pytest.raises(ModelFailed, match=r'owlvit raised RuntimeError: out of memory$'):
        detector.propose(picture, ('cat',), 0.1, 5)


@pytest.mark.parametrize('prompt', ['a photo', '{} and {}', '{name}', '{} {0}'])
def test_a_prompt_must_hold_the_word_once(prompt):
    with pytest.raises(SettingsError, match=r'prompt must hold \{\} once'):
        OwlOptions(prompt=prompt)
