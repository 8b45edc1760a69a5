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

"""Say which of some names fits an image, or each thing in it, best: names of your own choice."""

from __future__ import annotations

import argparse
from pathlib import Path
import sys
from typing import TYPE_CHECKING

from grounded_perception.cli.arguments import add_model_arguments

if TYPE_CHECKING:
    from grounded_perception.classifiers.base import Classifier
    from grounded_perception.settings import Settings

SUMMARY = 'choose among names of your own for an image, or for each thing in it'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """
    Declare the verb's arguments.

    :param parser: the verb's.
    """
    parser.add_argument('image', type=Path, metavar='IMAGE', help='image file')
    parser.add_argument(
        'labels', nargs='+', metavar='LABEL', help='names to choose from: "golden retriever" pug'
    )
    parser.add_argument(
        '--regions', action='store_true', help='name each detected thing, not the whole image'
    )
    add_classifier_arguments(parser)
    add_model_arguments(parser)
    parser.add_argument('--json', action='store_true', help='one JSON object on stdout')


def add_classifier_arguments(parser: argparse.ArgumentParser) -> None:
    """
    Declare which classifier runs.

    :param parser: a verb's.
    """
    parser.add_argument(
        '--classifier',
        default='efficientnet',
        metavar='NAME',
        help='what knows looks: efficientnet, or clip with --checkpoint (default: %(default)s)',
    )
    parser.add_argument(
        '--checkpoint', default='', metavar='DIR', help="the classifier's, where it needs one"
    )


def load_classifier(args: argparse.Namespace, settings: Settings) -> Classifier:
    """
    Load the classifier that the arguments name.

    :param args: parsed.
    :param settings: where networks run.
    :returns: a classifier.
    :raises PerceptionError: when there is none of that name, or its model cannot be loaded.
    """
    from grounded_perception import classifiers
    from grounded_perception.compute import Compute
    from grounded_perception.errors import SettingsError

    module = classifiers.module(args.classifier)
    given = {'checkpoint': args.checkpoint} if args.checkpoint else {}
    try:
        options = module.Options(**given)
    except TypeError as exc:
        raise SettingsError(f'{args.classifier} takes no --checkpoint') from exc
    compute = Compute(settings.device, settings.precision, settings.threads)
    loaded: Classifier = module.load(options, compute)
    return loaded


def run(args: argparse.Namespace) -> int:
    """
    Name the image, or each thing in it.

    :param args: parsed.
    :returns: 0.
    :raises PerceptionError: when a model cannot be loaded, or the image not used.
    """
    from grounded_perception.cli import answers, images
    from grounded_perception.cli.finder import load_viewer
    from grounded_perception.cli.loading import settings_of
    from grounded_perception.records import Frame
    import numpy as np

    settings = settings_of(args)
    frame = Frame(images.read(args.image))
    boxes = np.array([[0, 0, frame.width, frame.height]], np.float32)
    things: tuple[str, ...] = ('image',)
    if args.regions:
        found = load_viewer(args).perceive(frame).detections
        boxes, things = found.boxes_px, found.labels
    classifier = load_classifier(args, settings)
    for match in classifier.understand(args.labels):
        if not match.known:
            print(f'grounded-perception: {match.label}: {match.reason}', file=sys.stderr)
    fits = classifier.classify(frame.rgb, boxes, args.labels)
    rows = [
        {
            'thing': thing,
            'bbox_xyxy': [round(float(v), 1) for v in box],
            'labels': {
                label: round(float(p), 4) for label, p in zip(args.labels, row, strict=True)
            },
            'none_of_these': round(max(0.0, 1 - float(row.sum())), 4),
        }
        for thing, box, row in zip(things, boxes, fits, strict=True)
    ]
    if args.json:
        print(answers.dumps({'image': str(args.image), 'things': rows}))
        return 0
    for told, row in zip(rows, fits, strict=True):
        order = np.argsort(-row, kind='stable')
        best = ', '.join(f'{args.labels[i]} {row[i]:.2f}' for i in order)
        print(f'{told["thing"]}: {best}; none of these {told["none_of_these"]:.2f}')
    return 0
