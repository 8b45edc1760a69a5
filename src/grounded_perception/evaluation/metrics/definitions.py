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

"""What each number means: its one definition, read by reports and comparisons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Definition:
    """
    What a number means.

    :param title: its name.
    :param text: its definition, a sentence or two.
    :param unit: ``'ms'``, ``'Hz'``, ...; empty for shares and counts.
    :param better: ``'higher'``, ``'lower'``, or empty where neither is.
    """

    title: str
    text: str
    unit: str = ''
    better: str = ''


_AP = (
    'Area below precision over recall, precision being the best at that recall or beyond, read '
    'at 101 recalls; the mean over the classes with objects'
)
_AR = 'Share of the objects that is found, averaged over the IoUs .50 to .95 and the classes, with'
_SMALL, _MEDIUM, _LARGE = 'below 32² px', '32² to 96² px', 'above 96² px'
_AT = (
    'Detections at or above the threshold of their class, each matched to an object of its class '
    'with IoU ≥ .5, best score first; those that fit only ignored objects are left out.'
)


def _higher(title: str, text: str) -> Definition:
    return Definition(title, text, better='higher')


def _precision(title: str, which: str) -> Definition:
    return _higher(title, f'{_AP}{which} (pycocotools).')


def _recall(title: str, which: str) -> Definition:
    return _higher(title, f'{_AR} {which} (pycocotools).')


def _times(path: str, what: str, unit: str = 'ms') -> dict[str, Definition]:
    """Define percentiles and mean of a time."""
    shares = {'p50': 'half', 'p95': '95 %', 'p99': '99 %'}
    return {
        f'{path}.{name}': Definition(
            'median' if name == 'p50' else name,
            f'{what}: {share} of the frames take no longer.',
            unit,
            'lower',
        )
        for name, share in shares.items()
    }


_DETECTION = {
    'AP': _precision(
        'AP', ' and the IoUs .50 to .95; higher on few frames than on many of the same kind'
    ),
    'AP50': _precision('AP50', ', at IoU .5'),
    'AP75': _precision('AP75', ', at IoU .75'),
    'APs': _precision('AP small', f', IoU .50 to .95, objects {_SMALL}'),
    'APm': _precision('AP medium', f', IoU .50 to .95, objects {_MEDIUM}'),
    'APl': _precision('AP large', f', IoU .50 to .95, objects {_LARGE}'),
    'AR1': _recall('AR 1', 'one detection a class and image'),
    'AR10': _recall('AR 10', 'ten detections a class and image'),
    'AR100': _recall('AR 100', 'a hundred detections a class and image'),
    'ARs': _recall('AR small', f'a hundred detections, objects {_SMALL}'),
    'ARm': _recall('AR medium', f'a hundred detections, objects {_MEDIUM}'),
    'ARl': _recall('AR large', f'a hundred detections, objects {_LARGE}'),
}
_AT_THRESHOLD = {
    'accuracy': _higher('accuracy', f'Right ones of right, wrong and missed ones. {_AT}'),
    'precision': _higher('precision', f'Share of the detections that is right. {_AT}'),
    'recall': _higher('recall', f'Share of the objects that is found. {_AT}'),
    'f1': _higher('F1', f'Harmonic mean of precision and recall. {_AT}'),
    'tp': _higher('true positives', f'Detections that found an object. {_AT}'),
    'fp': Definition('false positives', f'Detections that found none. {_AT}', better='lower'),
    'fn': Definition('false negatives', f'Objects that were not found. {_AT}', better='lower'),
    'threshold': Definition('threshold', 'Lowest score that is published, where a class has none '
                            'of its own.'),
    'iou': Definition('IoU', 'Overlap from which on a detection is its object: intersection over '
                      'union.'),
}  # fmt: skip
_PER_CLASS = {
    'AP': _higher('AP', 'As AP of all classes, of this class alone.'),
    'AP50': _higher('AP50', 'As AP50 of all classes, of this class alone.'),
    **{name: _AT_THRESHOLD[name] for name in ('precision', 'recall', 'f1')},
    'truths': Definition('objects', 'Objects of the class in the truth, ignored ones left out.'),
    'detections': Definition('detections', f'How many count. {_AT}'),
    'best_f1': _higher('best F1', 'The highest F1 at IoU .5 that a threshold of its own would '
                       'give the class on these frames, and that threshold.'),
}  # fmt: skip
_GROUNDING = {
    'accuracy': _higher('accuracy', 'Share of the sentences answered rightly: the status (FOUND, '
                        'ABSENT, AMBIGUOUS) is right, and the first box of FOUND overlaps the '
                        'true one with IoU ≥ .5. A refused sentence is wrong.'),
    'found_accuracy': _higher('accuracy, there', 'Of the sentences whose thing is there, the '
                              'share answered FOUND with IoU ≥ .5.'),
    'absent_accuracy': _higher('accuracy, absent', 'Of the sentences whose thing is not there, '
                               'the share answered ABSENT.'),
    'ambiguous_accuracy': _higher('accuracy, ambiguous', 'Of the sentences that several things '
                                  'fit, the share answered AMBIGUOUS.'),
    'given_detection': _higher('accuracy given detection', 'Of the sentences whose thing is among '
                               'the candidates (IoU ≥ .5), the share answered FOUND with it: what '
                               'the fusion does with what the detector gives it.'),
    'detector_recall': _higher('detector recall', 'Of the sentences whose thing is there, the '
                               'share where it is among the candidates (IoU ≥ .5).'),
}  # fmt: skip
_TRACKING = {
    'MOTA': _higher('MOTA', '1 - (misses + false positives + switches) / objects over all frames '
                    '(CLEAR MOT, Bernardin and Stiefelhagen 2008; motmetrics).'),
    'MOTP': Definition('MOTP', 'Mean of 1 - IoU over the matches (motmetrics).', better='lower'),
    'IDF1': _higher('IDF1', 'F1 of the detections that carry the number of the one track that '
                    'fits their object best over the whole recording (Ristani et al. 2016; '
                    'motmetrics).'),
    'precision': _higher('precision', 'Share of the tracked boxes that match an object with IoU '
                         '≥ .5.'),
    'recall': _higher('recall', 'Share of the objects, frame by frame, that a tracked box matches '
                      'with IoU ≥ .5.'),
    'switches': Definition('ID switches', 'How often an object gets another number than it had.',
                           better='lower'),
    'fragmentations': Definition('fragmentations', 'How often an object is lost and found again.',
                                 better='lower'),
    'false_positives': Definition('false positives', 'Tracked boxes without an object.',
                                  better='lower'),
    'misses': Definition('misses', 'Objects, frame by frame, without a tracked box.',
                         better='lower'),
    'mostly_tracked': _higher('mostly tracked', 'Objects that are tracked in at least 80 % of '
                              'their frames.'),
    'mostly_lost': Definition('mostly lost', 'Objects that are tracked in less than 20 % of their '
                              'frames.', better='lower'),
}  # fmt: skip
_TOTAL = 'Sum of the stages of a frame, from decoding to the answer to the command in force'


def _under(path: str, parts: Mapping[str, Definition]) -> dict[str, Definition]:
    return {f'{path}.{name}': one for name, one in parts.items()}


#: By the path in the results' part ``metrics``; names of classes, kinds and stages are left out
#: of it (``detection.per_class.AP``, ``grounding.by_kind``, ``latency.stages.p95``). Intervals:
#: see :mod:`~grounded_perception.evaluation.metrics.bootstrap`.
DEFINITIONS: dict[str, Definition] = {
    **_under('detection.summary', _DETECTION),
    **_under('detection.at_threshold', _AT_THRESHOLD),
    **_under('detection.per_class', _PER_CLASS),
    'detection.pr_curves': Definition(
        'precision over recall',
        'At IoU .5: the best precision at a recall or beyond, and the score that gives it; "all" '
        'takes the detections of all classes as one list.',
    ),
    'detection.confusion': Definition(
        'confusion',
        'What objects were said to be: detections at or above the threshold, matched to objects '
        'of whatever class with IoU ≥ .5, best score first. Rows: truth, columns: said.',
    ),
    **_under('grounding.summary', _GROUNDING),
    'grounding.by_kind': _higher(
        'accuracy',
        'Of the sentences whose thing is there and that turn on this, the share answered FOUND '
        'with IoU ≥ .5.',
    ),
    'grounding.confusion': Definition(
        'status', 'How sentences of each true status were answered. Rows: truth, columns: said.'
    ),
    'calibration.ece': Definition(
        'expected calibration error',
        'How far the claimed probability of the likeliest answer, none included, is from the '
        'share that is right: mean over 15 bins of confidence, each weighed by its answers (Guo '
        'et al. 2017).',
        better='lower',
    ),
    **_times('latency.total', _TOTAL),
    'latency.total.mean': Definition('mean', f'{_TOTAL}: the mean.', 'ms', 'lower'),
    'latency.total.count': Definition('frames', 'Frames that were answered.'),
    **_times('latency.stages', 'Time of one stage'),
    'latency.stages.mean': Definition('mean', 'Time of one stage: the mean.', 'ms', 'lower'),
    'latency.stages.count': Definition('frames', 'Frames that had this stage.'),
    'latency.throughput_hz': Definition(
        'throughput',
        'Frames for each second of computing: the inverse of the mean time of a frame.',
        'Hz',
        'higher',
    ),
    'latency.histogram': Definition(
        'histogram', 'Frames by their time; the last bar holds all that are slower, too.', 'ms'
    ),
    'latency.timeline': Definition(
        'time line', 'Time of each frame; of many neighbours, that of the slowest.', 'ms'
    ),
    'realtime.rate': Definition('rate', 'Seconds of the recording that pass in one second.'),
    'realtime.answered': _higher('answered', 'Images that were answered in real time.'),
    'realtime.dropped': Definition(
        'dropped', 'Images for which a newer one was answered instead.', better='lower'
    ),
    'realtime.drop_share': Definition(
        'dropped', 'Share of the images for which a newer one was answered instead.',
        better='lower',
    ),
    **_times('realtime.age_ms', 'From the arrival of an image to its answer'),
    'realtime.streaming.AP': _higher(
        'streaming AP',
        'AP in real time: when an image comes, what was answered last must fit it (Li et al. '
        '2020, Towards Streaming Perception).',
    ),
    'realtime.streaming.AP50': _higher('streaming AP50', 'As streaming AP, at IoU .5.'),
    **_under('tracking', _TRACKING),
}  # fmt: skip
