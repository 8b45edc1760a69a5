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

"""Every classifier keeps the seam's promises, on any picture."""

from grounded_perception import classifiers
from grounded_perception.compute import Compute
from grounded_perception.errors import ModelMissing, SettingsError
import numpy as np
import pytest

LABELS = ('dog', 'car', 'golden retriever')


@pytest.fixture(params=['efficientnet', 'clip', 'siglip'])
def any_classifier(request, checkpoint_of):
    """Return each classifier in turn."""
    name = request.param.replace('siglip', 'clip')
    module = classifiers.module(name)
    chosen = {} if name == 'efficientnet' else {'checkpoint': str(checkpoint_of(request.param))}
    try:
        loaded = module.load(module.Options(**chosen), Compute('cpu', 'f32', 1))
    except ModelMissing as exc:
        pytest.skip(str(exc))
    yield loaded
    loaded.close()


def test_rows_are_probabilities_of_the_labels_and_none_of_them(any_classifier, photo):
    rgb = photo('chelsea.png')
    before = rgb.copy()
    boxes = np.array([[100, 20, 350, 280], [-50, -50, 2000, 2000], [3, 3, 4, 4]], np.float32)
    found = any_classifier.classify(rgb, boxes, LABELS)
    np.testing.assert_array_equal(rgb, before)
    assert found.dtype == np.float32
    assert found.shape == (3, 3)
    assert (found >= 0).all()
    assert (found.sum(axis=1) <= 1 + 1e-5).all()


def test_features_have_length_one_and_do_not_depend_on_the_batch(any_classifier, photo):
    rgb = photo('chelsea.png')
    boxes = np.random.default_rng(0).uniform(0, 200, (40, 2)).astype(np.float32)
    boxes = np.concatenate([boxes, boxes + 60], axis=1)
    every = any_classifier.features(rgb, boxes)
    np.testing.assert_allclose(np.linalg.norm(every, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(any_classifier.features(rgb, boxes[7:8])[0], every[7], atol=1e-4)


def test_a_box_without_a_pixel_is_nothing(any_classifier):
    rgb = np.full((40, 60, 3), 90, np.uint8)
    boxes = np.array(
        [[0, 0, 60, 40], [70, 50, 90, 60], [5, 5, 5, 9], [np.nan, 0, 1, 1]], np.float32
    )
    features = any_classifier.features(rgb, boxes)
    assert features.any(axis=1).tolist() == [True, False, False, False]
    assert not any_classifier.classify(rgb, boxes, LABELS)[1:].any()


def test_nothing_asked_is_nothing_answered(any_classifier):
    rgb = np.zeros((20, 20, 3), np.uint8)
    none, box = np.zeros((0, 4), np.float32), np.array([[0, 0, 20, 20]], np.float32)
    assert any_classifier.classify(rgb, none, LABELS).shape == (0, 3)
    assert any_classifier.classify(rgb, box, ()).shape == (1, 0)
    assert any_classifier.features(rgb, none).shape[0] == 0


def test_a_view_with_strides_will_do(any_classifier):
    rgb = np.zeros((100, 120, 3), np.uint8)[::2, ::-1]
    any_classifier.classify(rgb, np.array([[0, 0, 120, 50]], np.float32), LABELS)


def test_an_empty_label_is_not_known(any_classifier, photo):
    rgb = photo('chelsea.png')
    box = np.array([[0, 0, rgb.shape[1], rgb.shape[0]]], np.float32)
    known, empty = any_classifier.understand(['cat', ' '])
    assert known.known
    assert not empty.known
    assert any_classifier.classify(rgb, box, ['cat', ' '])[0, 1] == 0


def test_an_unknown_classifier_names_those_there_are():
    assert {'clip', 'efficientnet'} <= set(classifiers.names())
    with pytest.raises(SettingsError, match=r"one of .*clip, efficientnet.* got 'resnet'"):
        classifiers.module('resnet')


@pytest.mark.parametrize(
    ('name', 'wrong'),
    [
        ('efficientnet', {'square': 'round'}),
        ('efficientnet', {'margin': 2.0}),
        ('clip', {'template': 'a photo'}),
        ('clip', {'square': 'letterbox'}),
    ],
)
def test_wrong_options_are_refused(name, wrong):
    with pytest.raises(SettingsError, match=next(iter(wrong))):
        classifiers.module(name).Options(**wrong)
