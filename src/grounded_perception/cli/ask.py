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

"""Answer questions about an image in words, or describe it."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
import time

from grounded_perception.cli.arguments import add_model_arguments, add_output_arguments

SUMMARY = 'answer questions about an image, or describe it'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """
    Declare the verb's arguments.

    :param parser: the verb's.
    """
    parser.add_argument('image', type=Path, metavar='IMAGE', help='image file')
    parser.add_argument(
        'questions',
        nargs='*',
        metavar='QUESTION',
        help='what to ask, each in quotation marks; none = describe the image',
    )
    parser.add_argument(
        '--assistant', metavar='NAME', help='what answers questions (default: composed)'
    )
    add_model_arguments(parser)
    add_output_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """
    Answer every question about one image.

    :param args: parsed.
    :returns: 0.
    :raises PerceptionError: when a model cannot be loaded, or the image or a question not used.
    """
    from grounded_perception import drawing
    from grounded_perception.assembly import build
    from grounded_perception.cli import answers, images
    from grounded_perception.cli.loading import options_of, settings_of
    from grounded_perception.records import Frame
    import numpy as np

    settings = settings_of(args)
    pipeline = build(settings, options_of(settings, args.option))
    frame = Frame(images.read(args.image))
    questions = args.questions or ['']
    album = images.Album(args.save, [args.image]) if args.save else None
    for question in questions:
        start = time.perf_counter()
        query = pipeline.reader.question(question, settings.max_command_chars)
        perception = pipeline.perceive(frame, query)
        answer = pipeline.answer(frame, query, perception)
        took_ms = (time.perf_counter() - start) * 1e3
        shown = perception.candidates.take(np.array(answer.boxes, np.intp))
        if args.json:
            told = {
                'image': str(args.image),
                'question': query.command.text,
                'answer': answer.text,
                'status': answer.status.value,
                'confidence': round(answer.confidence, 4),
                'by': answer.by,
                'rests_on': answers.detection_list(shown),
                'latency_ms': round(took_ms, 1),
            }
            print(answers.dumps(told), flush=True)
        else:
            print(f'{query.command.text}', f'  {answer.text}', sep='\n', flush=True)
        if album:
            drawn = drawing.annotate(frame.rgb, replace(perception, detections=shown))
            album.write(args.image, 'answer', drawn)
    return 0
