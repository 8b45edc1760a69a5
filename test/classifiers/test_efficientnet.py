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

"""The embedded classifier on real photographs."""

from grounded_perception.classifiers import efficientnet
from grounded_perception.compute import Compute
from grounded_perception.errors import ModelFailed, ModelMissing
import numpy as np
import pytest

pytestmark = pytest.mark.model


def whole(rgb):
    return np.array([[0, 0, rgb.shape[1], rgb.shape[0]]], np.float32)


@pytest.mark.parametrize(
    ('name', 'labels'),
    [
        ('chelsea.png', ('cat', 'dog', 'car', 'person')),
        ('chelsea.png', ('tabby', 'Siamese cat', 'Persian cat')),
        ('coffee.png', ('cup', 'bottle', 'laptop')),
        ('motorcycle_left.png', ('motorcycle', 'bicycle', 'sofa')),
        ('rocket.jpg', ('missile', 'school bus', 'dog')),
    ],
)
def test_the_first_label_wins(classifier, photo, name, labels):
    rgb = photo(name)
    found = classifier.classify(rgb, whole(rgb), labels)[0]
    assert found.argmax() == 0, dict(zip(labels, found, strict=True))


def test_a_cat_is_none_of_these(classifier, photo):
    rgb = photo('chelsea.png')
    with_it = classifier.classify(rgb, whole(rgb), ['cat', 'bus'])[0]
    without = classifier.classify(rgb, whole(rgb), ['train', 'bus'])[0]
    assert with_it.sum() > 0.8
    assert without.sum() < 0.1


def test_what_is_not_known_has_no_probability(classifier, photo):
    rgb = photo('chelsea.png')
    cat, giraffe = classifier.understand(['cat', 'giraffe'])
    assert (cat.known, giraffe.known) == (True, False)
    assert classifier.classify(rgb, whole(rgb), ['cat', 'giraffe'])[0, 1] == 0


def test_the_posterior_is_the_network_s_own(classifier, photo):
    rgb = photo('chelsea.png')
    found = classifier.posterior(rgb, whole(rgb))
    assert found.shape == (1, 1000)
    assert found.sum() == pytest.approx(1, abs=1e-5)
    assert 281 <= found.argmax() <= 285  # the cats


def test_like_pictures_have_like_features(classifier, photo):
    cat, mirrored = photo('chelsea.png'), photo('chelsea.png')[:, ::-1]
    cup = photo('coffee.png')
    a, b, c = (classifier.features(rgb, whole(rgb))[0] for rgb in (cat, mirrored, cup))
    assert a @ b > 0.9 > 0.7 > a @ c


def test_a_network_that_raises_is_a_model_failure(classifier, photo):
    class Broken:
        def infer(self, inputs, share_inputs):
            raise RuntimeError('no memory')

    broken = efficientnet.EfficientNetClassifier(Broken(), None, efficientnet.Options())
    rgb = photo('chelsea.png')
    with pytest.raises(ModelFailed, match='no memory'):
        broken.features(rgb, whole(rgb))


def test_bf16_gives_the_same_answers(classifier, photo):
    try:
        fast = efficientnet.load(efficientnet.Options(), Compute(precision='auto'))
    except ModelMissing as exc:
        pytest.skip(str(exc))
    rgb = photo('chelsea.png')
    exact, close = (one.features(rgb, whole(rgb)) for one in (classifier, fast))
    assert (exact * close).sum() > 0.98
