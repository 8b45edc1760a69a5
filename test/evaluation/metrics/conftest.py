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

"""Frames, truths and answers made in one line, and the reference data beside the checkout."""

from grounded_perception.evaluation.results import Boxes, FrameResult, Reply
from grounded_perception.evaluation.truth.records import TrueFrame, Truth
import numpy as np
import pytest

WIDTH, HEIGHT = 640, 480


def array(boxes):
    return np.array(boxes, np.float32).reshape(-1, 4)


@pytest.fixture
def frame_of():
    """Return a function: key and (label, box) pairs → what is really there."""

    def make(key, objects=(), ignored=(), areas=None, tracks=None):
        boxes = array([box for _, box in objects])
        sides = boxes[:, 2:] - boxes[:, :2]
        return TrueFrame(
            key=key,
            boxes_px=boxes,
            labels=tuple(label for label, _ in objects),
            ignored=np.isin(np.arange(len(objects)), ignored),
            areas_px=np.array(sides.prod(axis=1) if areas is None else areas, np.float32),
            track_ids=np.array([-1] * len(objects) if tracks is None else tracks, np.int64),
        )

    return make


@pytest.fixture
def truth_of():
    """Return a function: frames, sentences and classes → a truth."""

    def make(frames, classes=('cat', 'dog'), sentences=(), **more):
        by_key = {frame.key: frame for frame in frames}
        return Truth(
            'truth.json', 'coco', '', by_key, tuple(sentences), class_names=classes, **more
        )

    return make


@pytest.fixture
def result_of():
    """Return a function: key and (label, score, box) triples → what became of an image."""

    def make(key='', found=(), index=0, outcome='answered', tracks=None, at_s=None, **more):
        boxes = Boxes.of(
            array([box for *_, box in found]),
            np.array([score for _, score, _ in found], np.float32),
            tuple(label for label, _, _ in found),
        )
        if tracks is not None:
            order = np.argsort([-score for _, score, _ in found], kind='stable')
            numbers = np.array(tracks, np.int64)[order]
            boxes = Boxes(boxes.boxes_px, boxes.scores, boxes.labels, numbers)
        logged_ns = int((index if at_s is None else at_s) * 1e9)
        facts = {'replies': (), 'quality': '', 'timings_ms': {}, 'age_ms': 0.0, 'error': ''}
        return FrameResult(
            index=index,
            stamp_ns=logged_ns,
            logged_ns=logged_ns,
            key=key,
            width=WIDTH,
            height=HEIGHT,
            outcome=outcome,
            detections=boxes,
            **{**facts, **more},
        )

    return make


@pytest.fixture
def reply_of():
    """Return a function: number of a sentence, status and candidates → a reply."""

    def make(sentence, status, boxes=(), probabilities=(), none=0.0, best=0, asks_all=False):
        return Reply(
            sentence=sentence,
            phrase='',
            status=status,
            score=0.5,
            margin=0.1,
            none_probability=none,
            boxes_px=array(boxes),
            probabilities=np.array(probabilities, np.float32),
            labels=('cat',) * len(boxes),
            indices=(best,) if status in ('FOUND', 'AMBIGUOUS') else (),
            asks_all=asks_all,
            reason='because',
        )

    return make


@pytest.fixture
def random_frames(frame_of, result_of):
    """
    Return a function: how many → frames and results at random.

    Objects of all sizes, some ignored; detections near objects, of right and wrong classes.
    """

    def make(count, classes=('cat', 'dog', 'cow'), seed=0):
        rng = np.random.default_rng(seed)
        frames, results = [], []
        for n in range(count):
            low = rng.uniform(0, 300, (rng.integers(0, 7), 2))
            boxes = np.hstack([low, low + rng.choice([20, 60, 200], (len(low), 1)) * [1, 1.1]])
            labels = rng.choice(classes, len(boxes))
            ignored = np.flatnonzero(rng.random(len(boxes)) < 0.15)
            frames.append(
                frame_of(str(n), list(zip(labels.tolist(), boxes, strict=True)), ignored)
            )
            near = np.repeat(boxes, 3, axis=0) + rng.normal(0, 6, (3 * len(boxes), 4))
            stray = np.tile(rng.uniform(0, 300, (4, 2)), 2) + np.array([0, 0, 80, 50])
            said = np.vstack([near, stray])
            names = np.where(
                rng.random(len(said)) < 0.8,
                np.concatenate([np.repeat(labels, 3), rng.choice(classes, 4)]),
                rng.choice(classes, len(said)),
            )
            scores = rng.random(len(said))
            found = list(zip(names.tolist(), scores.tolist(), said, strict=True))
            results.append(result_of(str(n), found, index=n))
        return frames, results

    return make
