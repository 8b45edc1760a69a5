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

"""Measure on one's own pictures what a faster runtime or arithmetic changes, and what it gains."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
import time
from typing import Any, TYPE_CHECKING

from grounded_perception.cli.arguments import add_detector_arguments

if TYPE_CHECKING:
    from grounded_perception.records import Regions
    from grounded_perception.settings import Settings

SUMMARY = 'compare a fast detector with the exact one, on your pictures'
#: Two boxes of one word are the same box from this overlap (IoU) on.
_SAME_BOX = 0.5
#: A box that is there with at least this share of the threshold only changed its score.
_STILL_THERE = 0.5
#: What makes a detector exact, of the options that it may have.
_EXACT = {'runtime': 'torch', 'quantize': 'none'}
_MOST_BOXES = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """
    Declare the verb's arguments.

    :param parser: the verb's.
    """
    parser.add_argument(
        'images', nargs='+', type=Path, metavar='IMAGE', help='image file, or a folder of them'
    )
    parser.add_argument(
        '--words',
        default='',
        metavar='"cat, dog"',
        help='what to look for, for a detector that finds any word',
    )
    parser.add_argument(
        '--threshold',
        type=float,
        default=0.25,
        metavar='T',
        help='lowest score of a box that counts (default: 0.25)',
    )
    parser.add_argument(
        '--max-drift',
        type=float,
        default=0.05,
        metavar='D',
        help='fail when boxes overlap by less than 1 - D on average, or scores change by more '
        'than D on average, or more than this share of the boxes is lost or new (default: 0.05)',
    )
    add_detector_arguments(parser)
    parser.add_argument(
        '--precision', choices=('auto', 'f32', 'bf16'), help='arithmetic (default: auto)'
    )
    parser.add_argument('--threads', type=int, metavar='N', help='CPU threads (default: all)')
    parser.add_argument('--json', action='store_true', help='one JSON object on stdout')


@dataclass(frozen=True)
class Drift:
    """
    How what one detector finds differs from what another does.

    :param overlaps: IoU of each box that both found.
    :param changes: absolute change of its score.
    :param lost: boxes that only the exact one found.
    :param new: boxes that only the fast one found.
    """

    overlaps: tuple[float, ...] = ()
    changes: tuple[float, ...] = ()
    lost: int = 0
    new: int = 0

    def joined(self, other: Drift) -> Drift:
        """Add another picture's."""
        return Drift(
            self.overlaps + other.overlaps,
            self.changes + other.changes,
            self.lost + other.lost,
            self.new + other.new,
        )

    def summary(self) -> dict[str, Any]:
        """Return plain values; None where nothing was found by both."""
        count = len(self.overlaps)
        return {
            'matched': count,
            'iou_mean': sum(self.overlaps) / count if count else None,
            'iou_min': min(self.overlaps, default=None),
            'score_change_mean': sum(self.changes) / count if count else None,
            'score_change_max': max(self.changes, default=None),
            'lost': self.lost,
            'new': self.new,
        }


def run(args: argparse.Namespace) -> int:
    """
    Run both detectors over all images, one after the other, and compare.

    :param args: parsed.
    :returns: 0, or 1 when the difference is greater than allowed or nothing could be compared.
    :raises PerceptionError: when an image or a model cannot be used.
    """
    from grounded_perception import detectors
    from grounded_perception.cli import answers, images
    from grounded_perception.cli.loading import options_of, settings_of
    from grounded_perception.errors import SettingsError

    for name in ('threshold', 'max_drift'):
        if not 0 <= getattr(args, name) <= 1:
            option = name.replace('_', '-')
            raise SettingsError(f'--{option} must be in [0, 1], got {getattr(args, name)}')
    settings = settings_of(argparse.Namespace(**{**vars(args), 'threshold': None}))
    options: Any = options_of(settings, args.option).get(settings.detector)
    if options is None:
        options = detectors.module(settings.detector).Options()
    has = {field.name for field in fields(options)}
    exact = replace(options, **{name: v for name, v in _EXACT.items() if name in has})
    frames = [images.read(file) for file in images.expand(args.images)]
    words = tuple(filter(None, (word.strip() for word in args.words.split(','))))
    # One after the other: two large networks need not fit into memory together.
    how = {'words': words, 'floor': args.threshold * _STILL_THERE}
    reference, slow = _look(replace(settings, precision='f32', device='cpu'), exact, frames, **how)
    found, fast = _look(settings, options, frames, **how)
    drift = Drift()
    for one, other in zip(reference.found, found.found, strict=True):
        drift = drift.joined(compare(one, other, args.threshold))
    trouble = judge(drift, args.max_drift)
    told = {
        'reference': reference.runtime,
        'chosen': found.runtime,
        'images': len(frames),
        **drift.summary(),
        'reference_ms': slow,
        'chosen_ms': fast,
        'trouble': trouble,
    }
    print(answers.dumps(told) if args.json else '\n'.join(_lines(told, args.max_drift)))
    return 1 if trouble else 0


@dataclass(frozen=True)
class _Looked:
    """What a detector found in each image, and what ran it."""

    found: list[Regions]
    runtime: str


def _look(
    settings: Settings, options: Any, frames: Sequence[Any], words: Sequence[str], floor: float
) -> tuple[_Looked, float]:
    """Return what a detector finds and the median milliseconds that an image took."""
    from grounded_perception import detectors
    from grounded_perception.assembly import load_part
    import numpy as np

    detector = load_part(detectors.KIND, settings, {settings.detector: options})
    try:
        # The first image pays for what is only done once.
        detector.propose(frames[0], words, floor, _MOST_BOXES)
        found, times = [], []
        for frame in frames:
            begin = time.perf_counter()
            found.append(detector.propose(frame, words, floor, _MOST_BOXES))
            times.append(time.perf_counter() - begin)
        runtime = getattr(detector, 'runtime', f'{settings.detector} {settings.precision}')
        return _Looked(found, runtime), float(np.median(times)) * 1e3
    finally:
        detector.close()


def compare(exact: Regions, fast: Regions, threshold: float) -> Drift:
    """
    Match the boxes of two detectors in one image, best first, each once and within its word.

    A box above the threshold in one and somewhat below it in the other is not lost: its score
    changed.

    :param exact: what the reference found, down to below the threshold.
    :param fast: what the other found, likewise.
    :param threshold: lowest score of a box that counts.
    :returns: the differences.
    """
    from grounded_perception import geometry
    import numpy as np

    overlaps = geometry.iou(exact.boxes_px, fast.boxes_px)
    differ = np.array(exact.labels)[:, None] != np.array(fast.labels)[None]
    overlaps[differ] = 0
    pairs: list[tuple[int, int]] = []
    for row in range(len(exact)):
        column = int(overlaps[row].argmax()) if len(fast) else -1
        if column >= 0 and overlaps[row, column] >= _SAME_BOX:
            pairs.append((row, column))
            taken = float(overlaps[row, column])
            overlaps[:, column] = 0
            overlaps[row] = 0
            overlaps[row, column] = taken
    rows, columns = {row for row, _ in pairs}, {column for _, column in pairs}
    counted = [(r, c) for r, c in pairs if max(exact.scores[r], fast.scores[c]) >= threshold]
    return Drift(
        tuple(float(overlaps[r, c]) for r, c in counted),
        tuple(abs(float(exact.scores[r]) - float(fast.scores[c])) for r, c in counted),
        sum(r not in rows for r in np.flatnonzero(exact.scores >= threshold)),
        sum(c not in columns for c in np.flatnonzero(fast.scores >= threshold)),
    )


def judge(drift: Drift, most: float) -> str:
    """
    Say what is beyond the bound.

    :param drift: of all images.
    :param most: the bound.
    :returns: a sentence; empty where all is within.
    """
    values = drift.summary()
    reference = values['matched'] + drift.lost
    if not reference + drift.new:
        return (
            'neither found a box: nothing was compared; lower --threshold or take other pictures'
        )
    lost = drift.lost / max(reference, 1)
    new = drift.new / max(reference, 1)
    parts = []
    if lost > most:
        parts.append(f'{drift.lost} of {reference} boxes are lost')
    if new > most:
        parts.append(f'{drift.new} boxes are new beside {reference}')
    if values['matched'] and values['iou_mean'] < 1 - most:
        parts.append(f'boxes overlap by {values["iou_mean"]:.3f} on average')
    if values['matched'] and values['score_change_mean'] > most:
        parts.append(f'scores change by {values["score_change_mean"]:.3f} on average')
    if not parts:
        return ''
    return f'beyond --max-drift {most:g}: {", ".join(parts)}'


def _lines(told: dict[str, Any], most: float) -> list[str]:
    """Describe the result for people."""
    lines = [
        f'reference: {told["reference"]}, {told["reference_ms"]:.1f} ms a frame (median)',
        f'chosen:    {told["chosen"]}, {told["chosen_ms"]:.1f} ms a frame, '
        f'{told["reference_ms"] / told["chosen_ms"]:.1f} times as fast',
        f'{told["images"]} images: {told["matched"]} boxes in both, {told["lost"]} lost, '
        f'{told["new"]} new',
    ]
    if told['matched']:
        lines += [
            f'overlap (IoU) of boxes: mean {told["iou_mean"]:.4f}, least {told["iou_min"]:.4f}',
            f'change of scores: mean {told["score_change_mean"]:.4f}, '
            f'greatest {told["score_change_max"]:.4f}',
        ]
    return [*lines, told['trouble'] or f'within --max-drift {most:g}']
