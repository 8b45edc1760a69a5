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

"""Find everything that the detector knows, in images of any number."""

from __future__ import annotations

import argparse
from pathlib import Path
import sys

from grounded_perception.cli.arguments import (
    add_mask_arguments,
    add_model_arguments,
    add_output_arguments,
)

SUMMARY = 'list what is in images'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """
    Declare the verb's arguments.

    :param parser: the verb's.
    """
    parser.add_argument(
        'images',
        nargs='+',
        type=Path,
        metavar='IMAGE',
        help='image file, or a folder: all images in it; EXIF orientation is applied',
    )
    parser.add_argument(
        '--threshold', type=float, metavar='T', help='lowest score listed (default: 0.4)'
    )
    parser.add_argument(
        '--class-thresholds',
        metavar='NAME:T,...',
        help='the same for single classes: "person:0.5, traffic light:0.3"',
    )
    add_mask_arguments(parser)
    add_model_arguments(parser)
    add_output_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """
    Detect in every image; one that cannot be used does not stop the others.

    :param args: parsed.
    :returns: 0, or 1 when an image could not be used.
    :raises PerceptionError: when a model cannot be loaded.
    """
    from grounded_perception import drawing
    from grounded_perception.cli import answers, images
    from grounded_perception.cli.finder import load_viewer
    from grounded_perception.cli.progress import Progress
    from grounded_perception.errors import PerceptionError
    from grounded_perception.records import Frame

    files = images.expand(args.images)
    album = images.Album(args.save, files) if args.save else None
    viewer = load_viewer(args)
    progress = Progress(len(files))
    failures = 0
    for file in files:
        progress.step(file.name)
        try:
            frame = Frame(images.read(file))
            perception = viewer.perceive(frame)
            found = perception.detections
            masks = viewer.segment(frame, found) if args.masks else None
        except PerceptionError as exc:
            failures += 1
            progress.clear()
            print(f'grounded-perception: {exc}', file=sys.stderr)
            if args.json:
                print(answers.dumps({'image': str(file), 'error': str(exc)}), flush=True)
            continue
        detected = {
            'image': str(file),
            'width': frame.width,
            'height': frame.height,
            'detections': answers.detection_list(found, masks),
        }
        progress.clear()
        lines = [answers.dumps(detected)] if args.json else answers.detection_lines(detected)
        print(*lines, sep='\n', flush=True)
        if album:
            picture = frame.rgb
            if masks:
                colours = [drawing.class_colour(label) for label in found.labels]
                picture = drawing.tinted(picture, masks, colours)
            album.write(file, 'detections', drawing.annotate(picture, perception))
    progress.clear()
    return 1 if failures else 0
