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

"""Declarations of arguments that verbs share; light, because ``--help`` reads them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    Parser: TypeAlias = argparse.ArgumentParser | argparse._ArgumentGroup


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    """
    Declare which detector runs and how; the names are those of the node's parameters.

    :param parser: a verb's.
    """
    group = parser.add_argument_group('models')
    add_detector_arguments(group)
    group.add_argument(
        '--fusion',
        metavar='NAME',
        help='trained, rules, or a folder that `grounded-perception train` wrote '
        '(default: trained)',
    )
    group.add_argument(
        '--focus',
        metavar='NAME',
        help='trained, none, or a folder that `grounded-perception train-focus` wrote '
        '(default: trained)',
    )
    group.add_argument(
        '--closer-look',
        choices=('never', 'unsure', 'always'),
        help='when the detector looks again, closer and slower (default: unsure)',
    )
    group.add_argument(
        '--precision', choices=('auto', 'f32', 'bf16'), help='arithmetic (default: auto)'
    )
    group.add_argument('--threads', type=int, metavar='N', help='CPU threads (default: all)')


def add_detector_arguments(parser: Parser) -> None:
    """
    Declare which detector runs.

    :param parser: a verb's, or a group of it.
    """
    parser.add_argument('--detector', metavar='NAME', help='region proposer (default: ssd)')
    parser.add_argument(
        '--option',
        metavar='DETECTOR.NAME=VALUE',
        type=_pair,
        action='append',
        default=[],
        help="set one of the detector's options, e.g. ssd.tiles=2; may be repeated",
    )


def add_mask_arguments(parser: argparse.ArgumentParser) -> None:
    """
    Declare whether pixels are looked for, and by what.

    :param parser: a verb's.
    """
    parser.add_argument(
        '--masks',
        action='store_true',
        help='find the pixels, too: --json as COCO run lengths (uncompressed), --save drawn',
    )
    parser.add_argument('--segmenter', metavar='NAME', help='what finds pixels (default: grabcut)')


def add_output_arguments(parser: argparse.ArgumentParser) -> None:
    """
    Declare where results go.

    :param parser: a verb's.
    """
    parser.add_argument(
        '--json', action='store_true', help='one JSON object a line on stdout, and nothing else'
    )
    parser.add_argument(
        '--save', type=Path, metavar='DIR', help='write pictures with the result drawn in'
    )


def _pair(text: str) -> tuple[str, str]:
    key, sign, value = text.partition('=')
    if not sign or '.' not in key:
        raise argparse.ArgumentTypeError(f'must look like ssd.tiles=2, got {text!r}')
    return key.strip(), value
