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

"""Pictures in the place of words: OWL's image-guided detection against that of transformers."""

from dataclasses import replace
from types import SimpleNamespace

from grounded_perception import detectors, geometry
from grounded_perception.assembly import build
from grounded_perception.detectors.base import FindsAlike
from grounded_perception.detectors.hub import owl
from grounded_perception.errors import ModelFailed, ModelMissing
from grounded_perception.records import Frame, Intent, Status
from grounded_perception.settings import Settings
import numpy as np
import pytest

BOTH = pytest.mark.parametrize('family', ['owlvit', 'owlv2'])
RUNTIMES = pytest.mark.parametrize('runtime', ['torch', 'openvino'])
#: So that scores are those of transformers, every box stays, and nothing but pictures is asked.
PLAIN = {'vocabulary': '', 'nms': 1.0, 'alike_threshold': 0.5}
BALL = np.array([[18, 18, 62, 62]], np.float32)


@pytest.fixture
def loaded(load):
    """Return a function: family and runtime → the detector, or skip."""

    def opened(family, runtime='torch', **options):
        if runtime == 'openvino':
            pytest.importorskip('openvino')
        return load(family, runtime=runtime, **{**PLAIN, **options})

    return opened


def reference(detector, picture, crop):
    """Run the image-guided detection of transformers on the same pixels."""
    import torch

    pixels = [torch.from_numpy(detector._prepare(p)) for p in (picture, crop)]
    with torch.inference_mode():
        return detector._tower._network.model.image_guided_detection(*pixels)


def cut(picture, box=BALL[0]):
    x1, y1, x2, y2 = box.astype(int)
    return np.ascontiguousarray(picture[y1:y2, x1:x2])


@BOTH
@RUNTIMES
def test_boxes_and_scores_are_those_of_transformers(
    loaded, picture, processor_of, family, runtime
):
    import torch

    exact, ours = loaded(family), loaded(family, runtime)
    out = reference(exact, picture, cut(picture))
    likes = {'ball': ours.features(picture, BALL)}
    assert np.linalg.norm(likes['ball']) == pytest.approx(1, abs=1e-5)
    found = ours.propose_like(picture, likes, 0.0, 10_000)
    assert found.names == ('ball',)
    assert set(found.labels) == {'ball'}
    scores = torch.sigmoid(out.logits[0, :, 0]).numpy()
    sizes = torch.tensor([picture.shape[:2]])
    # Its own scores are stretched from 0 to 1, its boxes are not.
    processed = processor_of(family).post_process_image_guided_detection(
        out, threshold=0.0, nms_threshold=1.0, target_sizes=sizes
    )[0]
    height, width = picture.shape[:2]
    kept = scores > 0.1 * (scores.max() + 1e-6)
    boxes = geometry.clip(processed['boxes'].numpy(), width, height)
    assert kept.sum() == len(boxes)
    real = geometry.area(boxes) > 0
    order = np.argsort(-scores[kept][real], kind='stable')
    atol = 2e-6 if runtime == 'torch' else 1e-4
    assert len(order) > 10
    np.testing.assert_allclose(found.scores[: len(order)], scores[kept][real][order], atol=atol)
    near = np.abs(boxes[real][:, None] - found.boxes_px[None]).max(axis=2)
    assert near.min(axis=1).max() < (1e-3 if runtime == 'torch' else 1e-2)


@BOTH
@RUNTIMES
def test_the_patch_that_stands_for_a_picture_is_that_of_transformers(
    loaded, picture, family, runtime
):
    import torch

    exact, ours = loaded(family), loaded(family, runtime)
    model = exact._tower._network.model
    rng = np.random.default_rng(5)
    chosen = set()
    for turn in range(6):
        crop = rng.integers(0, 256, (30 + 9 * turn, 70 - 8 * turn, 3), np.uint8)
        with torch.inference_mode():
            grid = model.image_embedder(torch.from_numpy(exact._prepare(crop)))[0]
            vector, index, _ = model.embed_image_query(grid.flatten(1, 2), grid)
        seen = ours._tower(ours._prepare(crop))
        vectors = ours._head.embeddings(seen.features)
        assert owl.standing_for_all(seen, vectors) == int(index.reshape(-1)[0])
        chosen.add(int(index.reshape(-1)[0]))
        atol = 1e-6 if runtime == 'torch' else 1e-3
        unit = vector.reshape(-1).numpy() / np.linalg.norm(vector.numpy())
        whole = np.array([[0, 0, crop.shape[1], crop.shape[0]]], np.float32)
        np.testing.assert_allclose(ours.features(crop, whole)[0], unit, atol=atol)
    assert len(chosen) > 1


@BOTH
def test_doubles_go_as_in_transformers(loaded, picture, processor_of, family):
    import torch

    ours = loaded(family, nms=0.3)
    seen = ours._tower(ours._prepare(picture))
    likes = {'ball': ours.features(picture, BALL)}
    # Boxes inside the image: what is outside of it counts for transformers, and not here.
    rng = np.random.default_rng(1)
    boxes = rng.uniform(0.1, 0.3, seen.boxes.shape).astype(np.float32)
    boxes[:, :2] += 0.1
    out = SimpleNamespace(
        logits=torch.from_numpy(ours._head(seen.features, likes['ball']))[None],
        target_pred_boxes=torch.from_numpy(boxes)[None],
    )
    theirs = processor_of(family).post_process_image_guided_detection(
        out, threshold=0.0, nms_threshold=0.3, target_sizes=torch.tensor([picture.shape[:2]])
    )[0]
    ours._last = picture, replace(seen, boxes=boxes)
    found = ours.propose_like(picture, likes, 0.0, 10_000).boxes_px[: len(theirs['boxes'])]
    order = np.argsort(-theirs['scores'].numpy(), kind='stable')
    assert 1 < len(order) < len(boxes)
    np.testing.assert_allclose(found, theirs['boxes'].numpy()[order], atol=1e-3)


@BOTH
def test_the_image_that_was_just_searched_is_not_looked_at_again(
    loaded, picture, family, monkeypatch
):
    detector, looks = loaded(family), []
    likes = {'ball': detector.features(picture, BALL)}
    alone = detector.propose_like(picture, likes, 0.0, 9)
    tower = detector._tower
    monkeypatch.setattr(detector, '_tower', lambda pixels: looks.append(1) or tower(pixels))
    detector.propose(picture, ('cat',), 0.0, 9)
    after = detector.propose_like(picture, likes, 0.0, 9)
    assert len(looks) == 1
    np.testing.assert_array_equal(alone.boxes_px, after.boxes_px)
    np.testing.assert_array_equal(alone.scores, after.scores)
    # The same array may hold another image next time, and another array does.
    detector.propose_like(picture, likes, 0.0, 9)
    detector.propose(picture, ('cat',), 0.0, 9)
    detector.propose_like(picture.copy(), likes, 0.0, 9)
    assert len(looks) == 4
    detector.propose(picture, ('cat',), 0.0, 9)
    detector.propose(picture, (), 0.0, 9)
    detector.propose_like(picture, likes, 0.0, 9)
    assert len(looks) == 6


@BOTH
def test_of_several_exemplars_the_nearest_counts_and_each_name_has_its_own(
    loaded, picture, family
):
    detector = loaded(family)
    boxes = np.array([[18, 18, 62, 62], [70, 20, 110, 80], [0, 0, 120, 90]], np.float32)
    a, b, c = (detector.features(picture, box[None]) for box in boxes)
    alone = [
        detector.propose_like(picture, {'x': one}, 0.0, 10_000).scores.max() for one in (a, b, c)
    ]
    both = detector.propose_like(picture, {'ball': np.concatenate([a, b]), 'all': c}, 0.0, 10_000)
    assert both.names == ('ball', 'all')
    np.testing.assert_allclose(both.posterior.max(axis=0), [max(alone[:2]), alone[2]], atol=1e-6)
    assert [both.names[k] for k in both.posterior.argmax(axis=1)] == list(both.labels)


@BOTH
def test_a_score_at_the_threshold_is_an_even_bet(loaded, picture, family):
    likes = {'ball': loaded(family).features(picture, BALL)}
    plain = loaded(family).propose_like(picture, likes, 0.0, 10_000)
    strict = loaded(family, alike_threshold=0.9).propose_like(picture, likes, 0.0, 10_000)
    odds = plain.scores / (1 - plain.scores) / 9
    np.testing.assert_allclose(strict.scores, odds / (1 + odds), rtol=1e-4)
    half = loaded(family, alike_threshold=0.9).propose_like(picture, likes, 0.5, 10_000)
    assert len(half) == (plain.scores >= 0.9).sum()
    few = loaded(family).propose_like(picture, likes, 0.0, 3)
    np.testing.assert_array_equal(few.scores, plain.scores[:3])


def test_each_family_has_the_threshold_that_transformers_shows_it_with(load):
    odds = [load(family)._alike for family in ('owlvit', 'owlv2')]
    np.testing.assert_allclose(1 / (1 + np.exp(-np.array(odds))), [0.6, 0.9])


def test_a_box_without_a_pixel_has_no_features(loaded, picture):
    boxes = np.array([[300, 0, 310, 9], BALL[0]], np.float32)
    nothing, ball = loaded('owlvit').features(picture, boxes)
    assert not nothing.any()
    assert ball.any()


def test_a_checkpoint_is_told_from_others(loaded, load):
    assert isinstance(loaded('owlvit'), FindsAlike)
    names = {loaded(f).feature_model for f in ('owlvit', 'owlv2')}
    assert len(names) == 2
    assert load('owlvit', vocabulary='cat').feature_model in names


def test_where_no_box_fills_the_picture_the_oddest_patch_stands_for_it():
    vectors = np.array([[1, 0], [1, 0.1], [0, 1]], np.float32)
    boxes = np.array([[2, 2, 0.1, 0.1]] * 3, np.float32)
    seen = SimpleNamespace(boxes=boxes, objectness=None)
    assert owl.standing_for_all(seen, vectors) == 2


def test_what_the_network_raises_is_a_model_failure(loaded, picture, monkeypatch):
    detector = loaded('owlvit')
    likes = {'ball': detector.features(picture, BALL)}

    def fail(pixels):
        raise RuntimeError('out of memory')

    monkeypatch.setattr(detector, '_tower', fail)
    with pytest.raises(ModelFailed, match='owlvit raised RuntimeError'):
        detector.features(picture, BALL)
    with pytest.raises(ModelFailed, match='owlvit raised RuntimeError'):
        detector.propose_like(picture, likes, 0.0, 9)
    with pytest.raises(ModelFailed):
        detector.propose_like(picture, {'ball': likes['ball'][:, :5]}, 0.0, 9)


@pytest.mark.model
@BOTH
def test_the_pipeline_finds_what_no_word_names(
    checkpoint_of, picture, family, tmp_path, monkeypatch
):
    module = detectors.module(family)
    chosen = module.Options(
        checkpoint=str(checkpoint_of(family)), vocabulary='cup', runtime='torch', nms=0.3,
        alike_threshold=0.01,
    )  # fmt: skip
    settings = Settings(
        detector=family, exemplars=str(tmp_path), fusion='rules', precision='f32',
        proposal_threshold=0.0, threshold=0.0,
    )  # fmt: skip
    try:
        pipeline = build(settings, {family: chosen})
    except ModelMissing as exc:
        pytest.skip(str(exc))
    frame = Frame(picture)
    seen = pipeline.perceive(frame, pipeline.understand('the cup'))
    told = replace(seen.groundings[0], status=Status.FOUND, indices=(0,))
    asked = pipeline.understand('remember this as my gizmo')
    pipeline.remember(frame, asked, replace(seen, groundings=(told,)))
    query, looks = pipeline.understand('find something like my gizmo'), []
    assert query.command.intent is Intent.LIKE
    tower = pipeline._detector._tower
    monkeypatch.setattr(
        pipeline._detector, '_tower', lambda pixels: looks.append(1) or tower(pixels)
    )
    found = pipeline.perceive(frame, query)
    (answer,) = found.groundings
    assert len(looks) == 1
    assert set(found.candidates.labels) == {'gizmo'}
    assert set(found.detections.labels) == {'cup'}
    assert answer.status is not Status.ABSENT
    assert answer.probabilities.shape == (len(found.candidates),)
    assert answer.checks[0].what == 'looks like gizmo'
    pipeline.close()
