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
"""
Fit the network that finds which words of a sentence describe the thing meant; five minutes.

Sentences of your own are learned beside those that ship: one a line, the description in braces
and its name in stars, as in ``catch up with {the *man* holding two poles}``.
"""

from __future__ import annotations

import argparse
from pathlib import Path
import shlex
import sys

SUMMARY = 'fit the network that finds what a sentence is about, with sentences of your own'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """
    Declare the verb's arguments.

    :param parser: the verb's.
    """
    from grounded_perception.training.focusing.options import FocusOptions

    parser.add_argument('--out', type=Path, required=True, help='folder for all that it leaves')
    parser.add_argument(
        '--sentences', type=Path, nargs='+', default=[], metavar='FILE', help='your own sentences'
    )
    for name, text in (
        ('epochs', 'how often each sentence is seen'),
        ('mixed', 'sentences made by putting the description of one into another'),
        ('width', "width of the network's states in each direction"),
        ('layers', 'layers of the network'),
        ('seed', 'of everything drawn'),
    ):
        default = getattr(FocusOptions, name)
        parser.add_argument(
            f'--{name}', type=int, default=default, metavar='N', help=f'{text} ({default})'
        )


def run(args: argparse.Namespace) -> int:
    """
    Fit and export; print a table.

    :param args: parsed.
    :returns: 0.
    :raises PerceptionError: when a library or a file is missing, or a sentence cannot be read.
    """
    from grounded_perception.training.focusing import run as runner
    from grounded_perception.training.focusing.options import FocusOptions

    options = FocusOptions(
        args.out,
        tuple(args.sentences),
        args.epochs,
        args.mixed,
        args.width,
        args.layers,
        seed=args.seed,
        command=shlex.join(['grounded-perception', *sys.argv[1:]]),
    )
    figures = runner.run(options)
    print(f'on {figures.count} sentences that were held out:')
    print('\n'.join(figures.lines()))
    print(f'focus: {args.out}')
    return 0
