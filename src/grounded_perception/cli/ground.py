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

"""Say what a sentence means in an image: where it is, that it is not there, or which of these."""

from __future__ import annotations

import argparse
from pathlib import Path
import sys

from grounded_perception.cli.arguments import (
    add_mask_arguments,
    add_model_arguments,
    add_output_arguments,
)

SUMMARY = 'find in an image what a sentence means'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """
    Declare the verb's arguments.

    :param parser: the verb's.
    """
    parser.add_argument('image', nargs='?', type=Path, metavar='IMAGE', help='image file')
    parser.add_argument('sentence', nargs='?', metavar='SENTENCE', help='what to look for')
    many = parser.add_argument_group('many at once')
    many.add_argument(
        '--batch',
        metavar='JSONL',
        help='file of JSON objects with "image" and "expression", one a line; - = stdin',
    )
    many.add_argument(
        '--images', type=Path, metavar='DIR', help='folder of the images (default: of the JSONL)'
    )
    parser.add_argument(
        '--explain',
        action='store_true',
        help='tell every check and where each word looked; with --save also as pictures',
    )
    parser.add_argument(
        '--classifier',
        metavar='NAME',
        help='what tells things of one class apart by finer nouns: efficientnet (default: none)',
    )
    add_mask_arguments(parser)
    add_model_arguments(parser)
    add_output_arguments(parser)
    parser.set_defaults(refuse=parser.error)


def run(args: argparse.Namespace) -> int:
    """
    Answer one sentence, or every line of a file.

    :param args: parsed.
    :returns: 0, or 1 when a line could not be answered.
    :raises PerceptionError: when a model cannot be loaded.
    :raises OSError: when a file or folder cannot be used.
    """
    if args.batch is None and (args.image is None or args.sentence is None):
        args.refuse('give IMAGE and SENTENCE, or --batch JSONL')
    if args.batch is not None and args.image is not None:
        args.refuse('give IMAGE and SENTENCE, or --batch JSONL, not both')

    from grounded_perception.cli import batch
    from grounded_perception.cli.finder import load_finder

    if args.batch is None:
        given = {'image': str(args.image), 'expression': args.sentence}
        questions, folder = [batch.Question(0, given)], Path()
    elif args.batch == '-':
        questions, folder = batch.read(sys.stdin.buffer), args.images or Path()
    else:
        with open(args.batch, 'rb') as stream:
            questions = batch.read(stream)
        folder = args.images or Path(args.batch).parent
    sketcher = batch.Sketcher(args.save, args.explain, questions, folder) if args.save else None
    clerk = batch.Clerk(load_finder(args), folder, args.json, args.explain, sketcher)
    return 1 if clerk.serve(questions) else 0
