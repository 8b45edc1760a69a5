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

"""A detector that looks for pictures: asked for all that was shown, answered for one name."""

from grounded_perception.errors import CommandError
from grounded_perception.exemplars.answering import Shown
from grounded_perception.exemplars.gallery import Gallery
from grounded_perception.exemplars.matching import Options, proposed
from grounded_perception.exemplars.store import Store
from grounded_perception.records import Frame, Phrase, Regions, Status
import numpy as np
import pytest


class ColourDetector:
    """Finds, on three places that no word names, how alike mean colours are."""

    feature_model = 'colour-detector-1'

    def __init__(self, boxes):
        self.boxes = boxes
        self.asked, self.looked = [], 0

    def features(self, rgb, boxes_px):
        self.looked += 1
        found = np.stack(
            [rgb[y1:y2, x1:x2].mean(axis=(0, 1)) for x1, y1, x2, y2 in boxes_px.astype(int)]
        )
        return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)

    def propose_like(self, rgb, likes, floor, limit):
        self.asked.append((likes, floor, limit))
        seen = self.features(rgb, self.boxes)
        posterior = np.stack([(seen @ v.T).max(axis=1) for v in likes.values()], axis=1) * 0.98
        names = tuple(likes)
        labels = tuple(names[k] for k in posterior.argmax(axis=1))
        return Regions(self.boxes, posterior.max(axis=1), labels, names, posterior)


@pytest.fixture
def detector(scene):
    return ColourDetector(scene[1])


@pytest.fixture
def gallery(tmp_path, detector):
    return Gallery(Store(tmp_path), detector, Options())


def test_what_no_word_names_is_found(gallery, detector, scene):
    rgb, boxes = scene
    shown = Shown(gallery, detector)
    shown.remember(
        Frame(rgb), Regions.of_labels(boxes, np.ones(3, np.float32), ('a',) * 3), 1, 'gizmo'
    )
    assert shown.names == ('gizmo',)
    regions, answer = shown.find(Frame(rgb), Regions.empty(), Phrase('like gizmo', 'gizmo'))
    assert (answer.status, answer.indices) == (Status.FOUND, (1,))
    assert regions.labels[1] == 'gizmo'
    assert answer.probabilities.shape == (3,)
    assert answer.attention.weights.shape == (0, 3)
    assert answer.probabilities[1] == pytest.approx(0.98, abs=1e-3)
    assert [c.what for c in answer.checks] == ['looks like gizmo']
    likes, floor, limit = detector.asked[0]
    assert likes['gizmo'].shape == (1, 3)
    assert 0 < floor < 0.5 < limit
    with pytest.raises(CommandError, match='names known: gizmo'):
        shown.find(Frame(rgb), Regions.empty(), Phrase('like x', 'x'))


def test_without_such_a_detector_the_candidates_are_those_that_came(gallery, scene):
    rgb, boxes = scene
    candidates = Regions.of_labels(boxes, np.ones(3, np.float32), ('a',) * 3)
    gallery.show('gizmo', rgb, boxes[2], 'test')
    regions, answer = Shown(gallery).find(Frame(rgb), candidates, Phrase('', 'gizmo'))
    assert regions is candidates
    assert answer.indices == (2,)


def test_what_another_network_saw_is_looked_at_once_for_all_starts(
    tmp_path, classifier, detector, scene
):
    rgb, boxes = scene
    kept = Gallery(Store(tmp_path), classifier, Options()).show('red', rgb, boxes[0], 'test')
    for _ in range(3):
        gallery = Gallery(Store(tmp_path), detector, Options())
        np.testing.assert_allclose(gallery.features['red'], [[1, 0, 0]], atol=1e-6)
        assert detector.looked == 1
    (extra,) = (tmp_path / 'red' / kept.number).glob('features-*.npy')
    extra.write_bytes(b'nothing')
    Gallery(Store(tmp_path), detector, Options())
    assert detector.looked == 2, 'what is broken is made anew'
    detector.feature_model = 'colour-detector-2'
    Gallery(Store(tmp_path), detector, Options())
    assert detector.looked == 3, 'another checkpoint sees something else'
    assert Store(tmp_path).remove('red') == 1


def test_a_folder_that_cannot_be_written_costs_only_time(
    tmp_path, classifier, detector, scene, monkeypatch
):
    rgb, boxes = scene
    Gallery(Store(tmp_path), classifier, Options()).show('red', rgb, boxes[0], 'test')

    def refuse(*args, **kwargs):
        raise OSError(30, 'Read-only file system')

    monkeypatch.setattr(np, 'save', refuse)
    for _ in range(2):
        assert Gallery(Store(tmp_path), detector, Options()).names == ('red',)
    assert detector.looked == 2


def regions(*rows, names=('mine', 'yours')):
    left = np.arange(len(rows), dtype=np.float32)[:, None] * 100
    boxes = np.concatenate([left, left * 0, left + 50, left * 0 + 50], axis=1)
    posterior = np.array(rows, np.float32).reshape(len(rows), len(names))
    labels = tuple(names[k] for k in posterior.argmax(axis=1)) if len(rows) else ()
    return Regions(boxes, posterior.max(axis=1, initial=0), labels, names, posterior)


@pytest.mark.parametrize(
    ('rows', 'status', 'indices'),
    [
        ([[0.9, 0.1], [0.2, 0.1]], Status.FOUND, (0,)),
        ([[0.3, 0.1], [0.2, 0.1]], Status.ABSENT, ()),
        ([[0.9, 0.1], [0.1, 0.1], [0.88, 0.1]], Status.AMBIGUOUS, (0, 2)),
        ([[0.8, 0.1], [0.8, 0.97]], Status.FOUND, (0,)),  # the other is rather yours
        ([], Status.ABSENT, ()),
    ],
)
def test_the_answer_is_read_off_what_was_proposed(rows, status, indices):
    found = proposed('mine', regions(*rows), Options())
    assert (found.status, found.indices, found.exemplar) == (status, indices, -1)


def test_a_probability_is_what_the_detector_says():
    found = proposed('mine', regions([0.7, 0.2], [0.4, 0.3]), Options())
    np.testing.assert_allclose(found.probabilities, [0.7, 0.4], atol=1e-5)
    assert found.margin == pytest.approx(0.3, abs=1e-5)
    sure = proposed('mine', regions([1.0, 0.0]), Options())
    assert sure.score == pytest.approx(1, abs=1e-4)
