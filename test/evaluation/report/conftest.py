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


"""Results as an evaluation writes them: all parts filled, hostile names, or nearly nothing."""

import math

import cv2
import numpy as np
import pytest

COCO = ('AP', 'AP50', 'AP75', 'APs', 'APm', 'APl',
        'AR1', 'AR10', 'AR100', 'ARs', 'ARm', 'ARl')  # fmt: skip
STAGES = ('decode', 'detect', 'understand', 'ground')
CLASSES = ('person', 'car', 'bicycle', 'truck', 'traffic light', 'dog', 'chair', 'bottle', 'cup')


def measure(value, half=0.04, count=90):
    """Make a measure with an interval; without a value, one that has nothing."""
    if value is None:
        return {'value': None, 'low': None, 'high': None, 'count': 0}
    low, high = max(value - half, 0.0), value + half * 0.8
    return {'value': value, 'low': low, 'high': min(high, 1.0) if value <= 1 else high,
            'count': count}  # fmt: skip


def curve(quality):
    recall = [i / 40 for i in range(int(40 * min(0.5 + quality / 2, 1)) + 1)]
    precision = [max(0.0, 1 - (1 - quality) * r - 0.5 * r**6) for r in recall]
    return {'recall': recall, 'precision': precision, 'threshold': [1 - r for r in recall]}


def percentiles(middle, count=600):
    return {'p50': middle, 'p95': 1.5 * middle, 'p99': 2.1 * middle, 'mean': 1.08 * middle,
            'count': count}  # fmt: skip


def detection(shift=0.0, classes=CLASSES):
    quality = [min(0.88 - 0.06 * i + shift, 1.0) for i in range(len(classes))]
    numbers = np.random.default_rng(1).integers(0, 5, (len(classes) + 1,) * 2)
    numbers += np.diag([120 // (i + 1) + 6 for i in range(len(classes))] + [0])
    numbers[-1, -1] = 0
    return {
        'summary': {k: measure(0.61 - 0.03 * i + shift) for i, k in enumerate(COCO)},
        'at_threshold': {
            'threshold': 0.4, 'iou': 0.5, 'tp': 412, 'fp': 77, 'fn': 140,
            'accuracy': measure(0.655 + shift), 'precision': measure(0.843 + shift),
            'recall': measure(0.746 + shift), 'f1': measure(0.791 + shift),
        },
        'per_class': {
            name: {
                'AP': measure(0.8 * q), 'AP50': measure(q), 'precision': measure(q),
                'recall': measure(0.9 * q), 'f1': measure(0.95 * q), 'truths': 300 // (i + 1),
                'detections': 310 // (i + 1), 'best_f1': {'threshold': 0.35, 'f1': 0.97 * q},
            }
            for i, (name, q) in enumerate(zip(classes, quality, strict=True))
        },
        'pr_curves': {
            'all': curve(0.66 + shift),
            **{name: curve(q) for name, q in zip(classes, quality, strict=True)},
        },
        'confusion': {'labels': [*classes, 'nothing'], 'counts': numbers.tolist()},
    }  # fmt: skip


def grounding(shift=0.0, expression='the man left of the red car'):
    names = ('accuracy', 'found_accuracy', 'absent_accuracy', 'ambiguous_accuracy',
             'given_detection', 'detector_recall')  # fmt: skip
    wrong = [
        {'frame': 3 * i, 'recording': 'bags/street.mcap', 'key': f'00000{i}.jpg',
         'expression': expression, 'truth': 'FOUND',
         'said': ('ABSENT', 'FOUND', 'AMBIGUOUS')[i % 3],
         'was_detected': (True, False, None)[i % 3],
         'reason': 'No car is red enough: the best has 0.21.'}
        for i in range(9)
    ]  # fmt: skip
    kinds = ('colour', 'position', 'relation', 'size', 'action')
    return {
        'summary': {k: measure(0.78 - 0.05 * i + shift) for i, k in enumerate(names)},
        'by_kind': {k: measure(0.9 - 0.09 * i + shift, 0.08, 40) for i, k in enumerate(kinds)},
        'confusion': {
            'labels': ['FOUND', 'ABSENT', 'AMBIGUOUS', 'REFUSED'],
            'counts': [[140, 12, 9, 1], [6, 60, 2, 0], [11, 3, 22, 0], [0, 0, 0, 0]],
        },
        'wrong': wrong,
    }


def latency(factor=1.0):
    values = np.random.default_rng(3).gamma(9, 3.8 * factor, 600) + 8
    counts, edges = np.histogram(values, 40)
    total = {f'p{p}': float(np.percentile(values, p)) for p in (50, 95, 99)}
    stages = zip(STAGES, (1.6, 27.0, 0.4, 9.0), strict=True)
    return {
        'stages': {stage: percentiles(ms * factor) for stage, ms in stages},
        'total': {**total, 'mean': float(values.mean()), 'count': 600},
        'throughput_hz': measure(23.4 / factor, 0.6, 600),
        'histogram': {'edges_ms': edges.tolist(), 'counts': counts.tolist()},
        'timeline': {'t_s': [i / 20 for i in range(600)], 'ms': values.tolist()},
    }


def make_results(shift=0.0, factor=1.0, classes=CLASSES, expression='the man left of the car'):
    """Make results with every part of the schema in them."""
    bins = [
        {'low': i / 10, 'high': (i + 1) / 10, 'count': 4 + 3 * i * i,
         'confidence': i / 10 + 0.05, 'accuracy': min(1.0, (i / 10 + 0.05) ** 1.3)}
        for i in range(10)
    ]  # fmt: skip
    return {
        'schema': 'grounded_perception/results/1', 'package': '0.1.0',
        'created': '2026-05-04T09:31:07+00:00', 'seed': 0,
        'arguments': ['evaluate', 'bags/street.mcap', '--truth', 'street/instances.json'],
        'settings': {'threshold': 0.42, 'detector': 'yolox', 'max_rate_hz': 0.0},
        'options': {'detector': {'name': 'yolox_s', 'threads': 2}},
        'versions': {'python': '3.11.2', 'numpy': '2.1.0', 'onnxruntime': '1.20.0'},
        'environment': {'cpu': 'x86-64', 'cores': 2, 'os': 'Linux 6.1'},
        'models': {'yolox_s': 'ab' * 32, 'fusion': 'cd' * 32},
        'recordings': [
            {'path': 'bags/street.mcap', 'digest': 'e1' * 32, 'topic': '/camera/image_raw',
             'images': 612, 'answered': 600, 'dropped': 12, 'failed': 0, 'duration_s': 30.6,
             'problems': []},
            {'path': 'bags/yard.mcap', 'digest': 'e2' * 32, 'topic': '/camera/image_raw',
             'images': 90, 'answered': 88, 'dropped': 0, 'failed': 2, 'duration_s': 4.5,
             'problems': ['truncated: the file ends in the middle of a chunk after 4.5 s']},
        ],
        'truth': {
            'path': 'street/instances.json', 'form': 'coco', 'digest': 'f0' * 32, 'frames': 90,
            'matched': 88, 'unmatched_truths': 2, 'unmatched_images': 600, 'boxes': 615,
            'sentences': 293, 'mapping': {'Pedestrian': 'person', 'Tram': ''},
        },
        'metrics': {
            'detection': detection(shift, classes),
            'grounding': grounding(shift, expression),
            'calibration': {'ece': measure(0.061, 0.02), 'bins': bins, 'of': 'answers'},
            'latency': latency(factor),
            'realtime': {
                'rate': 1.0, 'answered': 600, 'dropped': 12, 'drop_share': 0.0196,
                'age_ms': {'p50': 48.1 * factor, 'p95': 83.0 * factor, 'p99': 122.0 * factor},
                'streaming': {'AP': measure(0.574 + shift), 'AP50': measure(0.55 + shift)},
            },
            'tracking': {
                **{k: measure(0.7 + shift) for k in ('MOTA', 'IDF1', 'precision')},
                'MOTP': measure(0.21 - shift),
                'recall': measure(0.74), 'switches': 14, 'fragmentations': 9,
                'false_positives': 81, 'misses': 140, 'mostly_tracked': 21, 'mostly_lost': 3,
            },
        },
        'frames': {
            kind: [
                {'recording': 'bags/street.mcap', 'index': i, 'key': f'00000{i}.jpg',
                 'stamp_ns': 1_700_000_000_000_000_000 + i, 'score': abs(base - i / 10),
                 'why': why, 'image': f'{kind}_{i}.jpg'}
                for i in range(3)
            ]
            for kind, base, why in (
                ('best', 1.0, '7 right'), ('worst', 0.2, '2 false, 3 missed, 1 wrong sentence')
            )
        },
    }  # fmt: skip


def without_numbers(given):
    """Replace every number of a measure by null."""
    if isinstance(given, dict):
        if set(given) == {'value', 'low', 'high', 'count'}:
            return measure(None)
        return {key: without_numbers(value) for key, value in given.items()}
    return [without_numbers(one) for one in given] if isinstance(given, list) else given


def picture(seed):
    """Make a picture that a JPEG file holds well."""
    y, x = np.mgrid[0:270, 0:480] / (40 + 10 * seed)
    waves = np.stack([np.sin(x + seed), np.sin(y), np.sin(x + y)], axis=-1)
    return np.ascontiguousarray((127 + 100 * waves).astype(np.uint8))


@pytest.fixture
def results():
    return make_results()


@pytest.fixture
def better_or_worse():
    """Return a function: how much every share shifts and every time grows → results."""
    return make_results


@pytest.fixture
def hostile():
    """Names as nobody should give them: each would run a script if it were not escaped."""
    script = '<script>alert("{}")</script>'
    found = make_results(
        classes=('person', script.format('class')), expression=script.format('sentence')
    )
    found['recordings'][0]['path'] = script.format('path')
    found['recordings'][1]['problems'] = [script.format('problem')]
    found['truth']['path'] = f'"><img src=x onerror=alert(1)>{script.format("truth")}'
    found['truth']['mapping'] = {script.format('mapping'): script.format('word')}
    found['settings']['threshold'] = script.format('setting')
    found['arguments'] = [script.format('argument')]
    found['models'] = {script.format('model'): 'ab'}
    found['frames']['best'][0] |= {'why': script.format('why'), 'key': script.format('key')}
    return found


@pytest.fixture
def bare():
    """Nothing was measured but that nothing was there."""
    found = make_results()
    found['metrics'] = dict.fromkeys(found['metrics'])
    found['metrics']['latency'] = {
        'stages': {}, 'total': dict.fromkeys(('p50', 'p95', 'p99', 'mean')) | {'count': 0},
        'throughput_hz': measure(None), 'histogram': {'edges_ms': [], 'counts': []},
        'timeline': {'t_s': [], 'ms': []},
    }  # fmt: skip
    return {**found, 'truth': None, 'frames': {'best': [], 'worst': []}, 'recordings': [],
            'arguments': [], 'options': {}, 'settings': {}, 'models': {}}  # fmt: skip


@pytest.fixture
def nulls():
    """All parts are there, and no measure has a number."""
    found = without_numbers(make_results())
    found['metrics']['calibration']['bins'][0] |= {'confidence': None, 'accuracy': math.nan}
    return found


@pytest.fixture
def folder(tmp_path):
    """Give a folder with the pictures that the results name."""
    for seed, kind in enumerate(('best', 'worst')):
        for i in range(3):
            cv2.imwrite(str(tmp_path / f'{kind}_{i}.jpg'), picture(seed + i))
    return tmp_path
