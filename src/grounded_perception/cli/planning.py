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

"""What is evaluated: arguments that ``evaluate`` and ``tune`` share."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, TYPE_CHECKING

if TYPE_CHECKING:
    from grounded_perception.evaluation.plan import Plan
    from grounded_perception.evaluation.truth.sources import TruthSource


def add_plan_arguments(parser: argparse.ArgumentParser) -> None:
    """
    Declare recordings, truth and command.

    :param parser: the verb's.
    """
    parser.add_argument(
        'recordings',
        nargs='+',
        type=Path,
        metavar='RECORDING',
        help='bag (ROS 2 mcap or sqlite3, ROS 1), folder of images, image, film, or a folder of '
        'these',
    )
    truth = parser.add_argument_group('truth')
    truth.add_argument(
        '--truth',
        type=Path,
        action='append',
        default=[],
        metavar='PATH',
        help='what should be there: COCO, YOLO, KITTI, Pascal VOC, MOTChallenge or sentences '
        '(.jsonl, .jsonl.gz); twice for boxes and sentences',
    )
    truth.add_argument(
        '--truth-format', default='auto', metavar='FORM', help='default: told from its content'
    )
    truth.add_argument(
        '--truth-topic', default='', metavar='TOPIC', help='Detection2DArray in the bag instead'
    )
    truth.add_argument(
        '--classes',
        type=Path,
        metavar='YAML',
        help="the truth's class names in the detector's words: one `name: word` a line; '' leaves "
        'a class out, `ignored` makes what is found there count neither way',
    )
    truth.add_argument(
        '--frames-map',
        type=Path,
        metavar='JSON',
        help='which image of the truth is at which stamp: [{"stamp_ns": ..., "image": ...}]',
    )
    truth.add_argument(
        '--split', default='', metavar='NAME', help='only sentences of this split (RefCOCO)'
    )
    replay = parser.add_argument_group('replay')
    replay.add_argument(
        '--command', default='', help='in force from the first image on, e.g. "the red car"'
    )
    replay.add_argument('--topic', default='', help='of the images (default: found by type)')
    replay.add_argument(
        '--command-topic', default='', help='of recorded commands (default: …/command)'
    )
    replay.add_argument(
        '--fps', type=float, default=10.0, metavar='HZ', help="of a folder's images (default: 10)"
    )
    replay.add_argument('--params-file', type=Path, metavar='YAML', help="the node's parameters")
    replay.add_argument(
        '--threshold', type=float, metavar='T', help='lowest score published (default: 0.4)'
    )


def plan_of(args: argparse.Namespace, bag: bool, annotated: bool) -> Plan:
    """
    Make a plan of arguments.

    :param args: parsed.
    :param bag: whether answers are written as a bag.
    :param annotated: whether that has pictures.
    :returns: the plan.
    :raises PerceptionError: when a value is not allowed or a path is no recording.
    """
    from dataclasses import fields

    from grounded_perception.cli import params_file
    from grounded_perception.cli.choices import chosen
    from grounded_perception.errors import SettingsError
    from grounded_perception.evaluation.plan import expanded, Plan
    from grounded_perception.settings import Settings
    from grounded_perception.wire.topics import NODE

    values: dict[str, Any] = params_file.read(args.params_file, NODE) if args.params_file else {}
    given = {field.name: getattr(args, field.name, None) for field in fields(Settings)}
    values |= {name: value for name, value in given.items() if value is not None}
    said = chosen(values, args.option)
    if said.findings:
        raise SettingsError('; '.join(finding.text for finding in said.findings))
    return Plan(
        recordings=expanded(args.recordings),
        settings=said.settings,
        options=said.options,
        truth=_source(args),
        command=args.command or said.settings.default_command,
        image_topic=args.topic,
        command_topic=args.command_topic,
        rate_hz=args.fps,
        bag=bag,
        annotated=annotated,
    )


def _source(args: argparse.Namespace) -> TruthSource | None:
    from grounded_perception.evaluation.truth.classes import read_mapping
    from grounded_perception.evaluation.truth.sources import TruthSource

    if not args.truth and not args.truth_topic:
        return None
    return TruthSource(
        paths=tuple(args.truth),
        form=args.truth_format,
        mapping=read_mapping(args.classes) if args.classes else {},
        frames_map=args.frames_map,
        split=args.split,
        topic=args.truth_topic,
    )
