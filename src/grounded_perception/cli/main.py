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
The command ``grounded-perception``: arguments in, one verb called, an exit code out.

Nothing heavy is imported here: each verb imports what it needs when it runs.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
import io
import os
import sys
from typing import Protocol

from grounded_perception import __version__
from grounded_perception.cli import (
    ask,
    classify,
    compare,
    demo,
    detect,
    doctor,
    evaluate,
    exemplar,
    ground,
    prepare,
    run,
    train,
    train_focus,
    tune,
    verify,
)
from grounded_perception.errors import PerceptionError

PROGRAM = 'grounded-perception'
_EXAMPLES = """\
examples:
  grounded-perception doctor
  grounded-perception detect street.jpg --save drawn/
  grounded-perception ground street.jpg "the red car left of the bus"
  grounded-perception ground --batch questions.jsonl --images photos/ --json
  grounded-perception ask street.jpg "how many cars are there?" "what colour is the bus?"
  grounded-perception evaluate drive.mcap --truth labels.json --out new/
  grounded-perception compare old/ new/
  grounded-perception tune new/ --out params.yaml
  grounded-perception run --ros-args -r image:=/camera/image_raw
  grounded-perception demo

exit codes: 0 all served, 1 something failed (said on stderr) or became worse (compare),
2 wrong usage, 130 interrupted
"""


class Verb(Protocol):
    """What a verb's file offers."""

    SUMMARY: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the verb's arguments."""

    def run(self, args: argparse.Namespace) -> int:
        """Do it and return the exit code."""


_VERBS: dict[str, Verb] = {
    'detect': detect,
    'ground': ground,
    'ask': ask,
    'classify': classify,
    'exemplar': exemplar,
    'prepare': prepare,
    'doctor': doctor,
    'evaluate': evaluate,
    'compare': compare,
    'tune': tune,
    'run': run,
    'demo': demo,
    'train': train,
    'train-focus': train_focus,
    'verify': verify,
}
#: Verbs whose arguments are for somebody else to read.
_PASSING = ('run', 'demo')


def main(argv: Sequence[str] | None = None) -> int:
    """
    Run one verb.

    :param argv: arguments without the program's name; None = those of the process.
    :returns: exit code: 0, 1 after an error, 2 for wrong usage, 130 when interrupted, 141 when
        whoever read the output left.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A file name or a terminal that is not UTF-8 must not end in a traceback.
            stream.reconfigure(errors='backslashreplace')
    try:
        args = _parse(list(sys.argv[1:] if argv is None else argv))
        code = _VERBS[args.verb].run(args)
        sys.stdout.flush()
        return code
    except SystemExit as exc:  # argparse leaves by it; a caller of main() wants a number
        return exc.code if isinstance(exc.code, int) else 1
    except PerceptionError as exc:
        print(f'{PROGRAM}: {exc}', file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Python flushes once more at exit: give it somewhere to write to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as exc:
        where = f'{exc.filename}: ' if exc.filename else ''
        print(f'{PROGRAM}: {where}{exc.strerror or exc}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parse(argv: list[str]) -> argparse.Namespace:
    """Parse; what follows a passing verb is left as it is, options and all."""
    if argv and argv[0] in _PASSING:
        return argparse.Namespace(verb=argv[0], rest=argv[1:])
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description='Find in an image what a sentence means, or say that it is not there.',
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--version', action='version', version=f'{PROGRAM} {__version__}')
    verbs = parser.add_subparsers(dest='verb', metavar='VERB', required=True)
    for name, verb in _VERBS.items():
        verb.add_arguments(verbs.add_parser(name, help=verb.SUMMARY, description=verb.__doc__))
    return parser.parse_args(argv)
