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

"""A street that was recorded: images of several sizes, their truth, and a scripted detector."""

from dataclasses import dataclass, replace
from functools import cache
import json
from pathlib import Path

from grounded_perception import assembly
from grounded_perception.detectors import scripted
from grounded_perception.evaluation.evaluate import evaluate, Way
from grounded_perception.evaluation.plan import Plan
from grounded_perception.evaluation.truth.sources import TruthSource
from grounded_perception.settings import Settings
import numpy as np
import pytest

BEGIN_NS, STEP_NS = 1_700_000_000_000_000_000, 100_000_000
#: Two cars, a person and what is below the threshold; boxes as shares of the image.
SCRIPT = [
    ['car', 0.9, 0.05, 0.4, 0.35, 0.8],
    ['car', 0.8, 0.6, 0.4, 0.95, 0.8],
    ['person', 0.7, 0.42, 0.2, 0.55, 0.9],
    ['dog', 0.35, 0.4, 0.85, 0.5, 0.99],
]
OPTIONS = scripted.Options(script=json.dumps(SCRIPT))
SETTINGS = Settings(detector='scripted', fusion='rules', smoothing_s=0.0)


class Watcher:
    """Remembers what it was told."""

    def __init__(self):
        self.total = self.known = self.images = 0

    def begin(self, total, known):
        self.total, self.known = total, known

    def count(self, images):
        self.images += images

    def stage(self, text):
        pass


@pytest.fixture
def shared():
    """Return a function: path of test data, skipped where it is absent."""
    root = Path(__file__).resolve().parents[3] / 'shared' / 'data'

    def find(name):
        if not (root / name).exists():
            pytest.skip(f'{root / name} is not there')
        return root / name

    return find


@dataclass(frozen=True)
class Street:
    """A bag, its truth, and where each image of the truth is in the bag."""

    bag: Path
    truth: Path
    frames_map: Path
    count: int

    def source(self, **changes):
        return replace(TruthSource((self.truth,), 'coco', frames_map=self.frames_map), **changes)

    def plan(self, settings=None, **changes):
        """Return a plan with the truth; its units are five images."""
        fields = {
            'recordings': (self.bag,),
            'settings': replace(SETTINGS, **(settings or {})),
            'options': {'scripted': OPTIONS},
            'truth': self.source(),
            'stretch': 5,
        }
        return Plan(**{**fields, **changes})


def size(number):
    """Return height and width of an image: the scripted boxes follow them."""
    return 60 + 4 * (number % 5), 100 + 8 * (number % 3)


def coco(count):
    """Make a truth that the script meets well, badly and not at all."""
    rng = np.random.default_rng(7)
    images, annotations = [], []
    for number in range(count):
        height, width = size(number)
        images.append(
            {'id': number, 'file_name': f'{number}.jpg', 'width': width, 'height': height}
        )
        for label, _, *share in SCRIPT[: 2 + number % 3]:
            x1, y1, x2, y2 = np.array(share) + rng.normal(0, 0.02, 4)
            annotations.append(
                {
                    'id': len(annotations) + 1,
                    'image_id': number,
                    'category_id': {'car': 1, 'person': 2, 'dog': 3}[label],
                    'bbox': [x1 * width, y1 * height, (x2 - x1) * width, (y2 - y1) * height],
                }
            )
    names = enumerate(('car', 'person', 'dog'), 1)
    categories = [{'id': number, 'name': name} for number, name in names]
    return {'images': images, 'annotations': annotations, 'categories': categories}


@pytest.fixture(scope='session', autouse=True)
def encoder():
    """Load the text encoder once for all, if somebody needs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assembly, 'load_encoder', cache(assembly.load_encoder))
        yield


@pytest.fixture(scope='session')
def film(recorder):
    """Return a function: a number of images → messages of noise, ten a second."""

    def shots(count, texts=()):
        rng = np.random.default_rng(0)
        said = dict(texts)
        for number in range(count):
            stamp_ns = BEGIN_NS + number * STEP_NS
            if number in said:
                yield '/robot/command', stamp_ns, recorder.text(said[number])
            rgb = rng.integers(0, 255, (*size(number), 3), np.uint8)
            yield '/camera/image', stamp_ns + 1_000_000, recorder.raw(rgb, stamp_ns)

    return shots


@pytest.fixture(scope='session')
def street(recorder, film, tmp_path_factory):
    """Record the street once."""
    folder, count = tmp_path_factory.mktemp('street'), 12
    truth, places = folder / 'instances.json', folder / 'frames.json'
    truth.write_text(json.dumps(coco(count)))
    rows = [{'index': number, 'image': f'{number}.jpg'} for number in range(count)]
    places.write_text(json.dumps(rows))
    return Street(recorder.write(folder / 'bag', film(count)), truth, places, count)


@pytest.fixture
def run(tmp_path):
    """Return a function that evaluates a plan; its results, and who watched."""
    pytest.importorskip('pycocotools')

    def call(plan, out='out', **way):
        watcher = Watcher()
        return evaluate(plan, tmp_path / out, Way(**way), watcher), watcher

    return call


@pytest.fixture
def lasting():
    """Return a function: results → all numbers that are the same on every machine."""

    def numbers(results):
        return {k: v for k, v in results['metrics'].items() if k not in ('latency', 'realtime')}

    return numbers


@pytest.fixture(scope='session')
def shared_data(request):
    """Return the folder of test data beside the checkout."""
    folder = request.config.rootpath.parent / 'shared' / 'data'
    if not folder.is_dir():
        pytest.skip(f'{folder} is not there')
    return folder
