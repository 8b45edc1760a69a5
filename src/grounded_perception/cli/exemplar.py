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

"""Show things that have no name, and find what looks like them: spare parts, products."""

from __future__ import annotations

import argparse
from pathlib import Path
import sys
from typing import TYPE_CHECKING

from grounded_perception.cli.arguments import add_model_arguments
from grounded_perception.cli.classify import add_classifier_arguments, load_classifier

if TYPE_CHECKING:
    from grounded_perception.detectors.base import Detector
    from grounded_perception.exemplars.answering import Shown
    from grounded_perception.exemplars.gallery import Gallery
    from grounded_perception.exemplars.store import Store

SUMMARY = 'remember things by their looks, and find them again'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """
    Declare the verb's arguments.

    :param parser: the verb's.
    """
    parser.add_argument(
        'action',
        choices=('add', 'find', 'list', 'remove', 'rename'),
        help='add NAME IMAGE [--box], find NAME IMAGE, list, remove NAME, rename NAME NEW',
    )
    parser.add_argument('words', nargs='*', metavar='WORD', help='what the action takes')
    parser.add_argument(
        '--box',
        metavar='X1,Y1,X2,Y2',
        help='add: where the thing is, in pixels (default: the whole image)',
    )
    parser.add_argument(
        '--store', type=Path, metavar='DIR', help="folder of exemplars (default: the user's data)"
    )
    add_classifier_arguments(parser)
    add_model_arguments(parser)
    parser.add_argument('--json', action='store_true', help='one JSON object on stdout')
    parser.set_defaults(refuse=parser.error)


_TAKES = {'add': 2, 'find': 2, 'list': 0, 'remove': 1, 'rename': 2}


def run(args: argparse.Namespace) -> int:
    """
    Change the store of exemplars, or look for what is in it.

    :param args: parsed.
    :returns: 0.
    :raises PerceptionError: when a model, an image, a name or the store cannot be used.
    """
    from grounded_perception.exemplars.store import default_root, Store

    if len(args.words) != _TAKES[args.action]:
        args.refuse(f'{args.action} takes {_TAKES[args.action]} words, got {len(args.words)}')
    store = Store(args.store or default_root())
    if args.action == 'list':
        for name in store.names():
            print(f'{name}: {len(store.load(name).exemplars)}')
    elif args.action == 'remove':
        print(f'{args.words[0]}: {store.remove(args.words[0])} removed')
    elif args.action == 'rename':
        store.rename(*args.words)
    elif args.action == 'add':
        _add(args, store)
    else:
        _find(args, store)
    return 0


def _add(args: argparse.Namespace, store: Store) -> None:
    from grounded_perception.cli import images
    from grounded_perception.cli.loading import load_detector, settings_of
    import numpy as np

    name, path = args.words
    rgb = images.read(Path(path))
    box = [0.0, 0.0, float(rgb.shape[1]), float(rgb.shape[0])]
    if args.box:
        try:
            box = [float(v) for v in args.box.split(',')]
        except ValueError:
            box = []
        if len(box) != 4:
            args.refuse(f'--box must look like 10,20,110,140, got {args.box!r}')
    # Only one that looks by itself is needed here, and only who names it can have such a one.
    detector = load_detector(settings_of(args), args.option) if args.detector else None
    gallery, _ = _opened(args, store, detector)
    kept = gallery.show(name, rgb, np.array(box, np.float32), path)
    print(f'{name}: exemplar {kept.number} of {len(gallery.numbers(name))} kept')


def _find(args: argparse.Namespace, store: Store) -> None:
    from grounded_perception.cli import answers, images
    from grounded_perception.cli.loading import load_detector, settings_of
    from grounded_perception.fusion.candidates import distinct
    from grounded_perception.records import Frame

    name, path = args.words
    settings = settings_of(args)
    frame = Frame(images.read(Path(path)))
    detector = load_detector(settings, args.option)
    gallery, shown = _opened(args, store, detector)
    for problem in gallery.problems:
        print(f'grounded-perception: {problem}', file=sys.stderr)
    # What it looks like matters, not what the detector calls it: its weak proposals, too.
    floor = settings.proposal_threshold
    seen = distinct(detector.propose(frame.rgb, (), floor, settings.max_detections), floor)
    seen, found = shown.search(frame, seen, name)
    boxes = [[round(float(v), 1) for v in seen.boxes_px[i]] for i in found.indices]
    if args.json:
        told = {'name': name, 'status': found.status.value, 'score': round(found.score, 4)}
        print(answers.dumps({**told, 'bboxes_xyxy': boxes, 'reason': found.reason}))
        return
    print(
        f'{path}: "{name}"', f'  {found.status.value} {found.score:.2f}  {found.reason}', sep='\n'
    )
    for box in boxes:
        print('    ' + '  '.join(f'{v:7.1f}' for v in box))


def _opened(
    args: argparse.Namespace, store: Store, detector: Detector | None
) -> tuple[Gallery, Shown]:
    """Open the store with what looks: a detector that finds what is alike, else a classifier."""
    from grounded_perception.cli.loading import settings_of
    from grounded_perception.detectors.base import FindsAlike
    from grounded_perception.exemplars.answering import Shown
    from grounded_perception.exemplars.gallery import Gallery
    from grounded_perception.exemplars.matching import Options

    finds_alike = detector if isinstance(detector, FindsAlike) else None
    gallery = Gallery(store, finds_alike or load_classifier(args, settings_of(args)), Options())
    return gallery, Shown(gallery, finds_alike)
