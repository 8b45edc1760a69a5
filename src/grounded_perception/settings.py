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
Every setting once: default, unit, bounds, choices, help, and whether it may change while running.

The node's parameters, ``config/perception.yaml`` and the README's table are read off from here;
tests hold them to it. A detector declares its own options the same way (see ``detectors/``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, Field, field, fields
from functools import cached_property
import math
from typing import Any

from grounded_perception.errors import SettingsError

Value = bool | int | float | str


def setting(
    default: Value,
    doc: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    live: bool = False,
) -> Any:
    """
    Declare one field of a frozen dataclass as a setting.

    :param default: its default; its type is the setting's type.
    :param doc: one line for people, with the unit.
    :param low: least value allowed.
    :param high: greatest value allowed.
    :param choices: the words allowed; empty = any.
    :param live: whether it may change while the node is active.
    :returns: a dataclass field.
    """
    metadata = {'doc': doc, 'low': low, 'high': high, 'choices': choices, 'live': live}
    return field(default=default, metadata=metadata)


def check(options: Any) -> None:
    """
    Check every field of a settings object against its declaration.

    :param options: an instance of a dataclass whose fields were made by :func:`setting`.
    :raises SettingsError: naming the setting, what is allowed and what came.
    """
    for declared in fields(options):
        _check_one(declared, getattr(options, declared.name))


def _check_one(declared: Field[Any], value: Any) -> None:
    wanted = type(declared.default)
    if wanted is float and type(value) is int:
        value = float(value)
    if type(value) is not wanted:
        raise SettingsError(
            f'{declared.name} must be a {wanted.__name__}, got {type(value).__name__} {value!r}'
        )
    choices = declared.metadata['choices']
    if choices and value not in choices:
        raise SettingsError(f'{declared.name} must be one of {", ".join(choices)}, got {value!r}')
    if isinstance(value, float) and not math.isfinite(value):
        raise SettingsError(f'{declared.name} must be finite, got {value}')
    low, high = declared.metadata['low'], declared.metadata['high']
    if (low is not None and value < low) or (high is not None and value > high):
        raise SettingsError(f'{declared.name} must be in [{low}, {high}], got {value}')


def read_thresholds(text: str) -> dict[str, float]:
    """
    Read the lowest scores of single classes.

    :param text: ``name:score`` with commas between, scores in [0, 1]; may be empty.
    :returns: lower-case name → score.
    :raises SettingsError: naming the part that cannot be read.
    """
    found: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in text.split(','))):
        name, _, number = part.rpartition(':')
        try:
            score = float(number)
        except ValueError:
            score = math.nan
        if not name.strip() or not 0 <= score <= 1:
            raise SettingsError(
                'class_thresholds must be name:score with scores in [0, 1] and commas between '
                f'(person:0.5, traffic light:0.3), got {part!r}'
            )
        found[spelt(name)] = score
    return found


def spelt(name: str) -> str:
    """
    Spell a class as :func:`read_thresholds` does.

    :param name: any.
    :returns: the same in lower case, with single spaces.
    """
    return ' '.join(name.lower().split())


@dataclass(frozen=True)
class Settings:
    """
    The settings of the pipeline and the node.

    :raises SettingsError: when a value is not allowed.
    """

    detector: str = setting(
        'ssd', 'Region proposer: a file name in detectors/ or the name of an installed plug-in.'
    )
    device: str = setting(
        'auto',
        'Where networks run; auto = cpu; with cuda the embedded detector stays on the CPU.',
        choices=('auto', 'cpu', 'cuda'),
    )
    precision: str = setting(
        'auto',
        'Arithmetic of the networks; auto = bf16 where the CPU has it, else f32.',
        choices=('auto', 'f32', 'bf16'),
    )
    threads: int = setting(0, 'CPU threads of the networks; 0 = all cores.', low=0, high=256)
    threshold: float = setting(
        0.4, 'Lowest detector score published as a detection.', low=0.0, high=1.0, live=True
    )
    proposal_threshold: float = setting(
        0.25, 'Lowest detector score that grounding considers.', low=0.0, high=1.0, live=True
    )
    class_thresholds: str = setting(
        '',
        'Instead of threshold for single classes, lower or higher: person:0.5, '
        'traffic light:0.3. Grounding does not read it.',
        live=True,
    )
    max_detections: int = setting(
        100, 'Most regions kept of one image, best first.', low=1, high=1000, live=True
    )
    text_threshold: float = setting(
        0.58,
        'Least similarity at which an unlisted noun counts as a class of the detector.',
        low=0.0,
        high=1.0,
    )
    focus: str = setting(
        'trained',
        'What finds the words of a sentence that describe the thing meant: trained = the network '
        'that ships, none = the grammar alone, or a folder that `grounded-perception train-focus` '
        'wrote.',
    )
    fusion: str = setting(
        'trained',
        'What weighs regions against words: trained = the network that ships, rules = without '
        'training, or a folder that `grounded-perception train` wrote.',
    )
    absent_threshold: float = setting(
        0.75,
        'A phrase is ABSENT when that nothing is meant is likelier than this and than any thing.',
        low=0.0,
        high=1.0,
        live=True,
    )
    ambiguity_margin: float = setting(
        0.5,
        'A phrase for one thing is AMBIGUOUS when another is nearer to the best than this share.',
        low=0.0,
        high=1.0,
        live=True,
    )
    segmenter: str = setting(
        'grabcut',
        'What finds the pixels of regions for ~/label_mask: a file name in segmenters/, an '
        'installed plug-in, or none.',
    )
    classifier: str = setting(
        'none',
        'What tells things of one class apart by finer nouns ("the taxi" among cars): '
        'efficientnet, clip, an installed plug-in, or none.',
    )
    pose_estimator: str = setting(
        'blazepose',
        'What finds the joints of people, for "the person sitting" and "in the red cap": a file '
        'name in pose_estimators/, an installed plug-in, or none.',
    )
    exemplars: str = setting(
        '', "Folder of things remembered by their looks; empty = in the user's data folder."
    )
    assistant: str = setting(
        'composed',
        'What answers questions: a file name in assistants/, an installed plug-in, or none.',
    )
    assistant_timeout_s: float = setting(
        30.0,
        'Most time that an assistant with a network of its own has for an answer, in seconds.',
        low=0.1,
        high=3600.0,
        live=True,
    )
    smoothing_s: float = setting(
        0.5,
        'Half-life of what earlier frames say of a command, in seconds; it keeps the answer from '
        'jumping between look-alikes; 0 = every frame alone.',
        low=0.0,
        high=60.0,
        live=True,
    )
    closer_look: str = setting(
        'unsure',
        'When a detector that can looks again, closer and slower: never, always when a command '
        'holds, or only in frames that leave its answer unsure.',
        choices=('never', 'unsure', 'always'),
        live=True,
    )
    default_command: str = setting('', 'Command that holds from activation on; empty = none.')
    max_command_chars: int = setting(
        500, 'Longest command accepted, in characters.', low=1, high=10000, live=True
    )
    start_enabled: bool = setting(True, 'Whether perception runs at once after activation.')
    image_transport: str = setting(
        'raw',
        'raw = sensor_msgs/Image on image; compressed = CompressedImage on image/compressed.',
        choices=('raw', 'compressed'),
    )
    image_reliability: str = setting(
        'auto',
        'Reliability of the image subscription; auto = reliable only if every publisher is.',
        choices=('auto', 'best_effort', 'reliable'),
    )
    max_rate_hz: float = setting(
        0.0,
        'Most frames perceived in a second; 0 = as many as it can.',
        low=0.0,
        high=1000.0,
        live=True,
    )
    max_image_age_s: float = setting(
        0.0,
        'Images older than this on arrival are dropped, in seconds; 0 = never.',
        low=0.0,
        high=3600.0,
        live=True,
    )
    stale_after_s: float = setting(
        2.0,
        'Diagnostics turn to ERROR when no image came for this long, in seconds.',
        low=0.1,
        high=3600.0,
        live=True,
    )
    diagnostics_period_s: float = setting(
        1.0, 'Time between two diagnostics messages, in seconds.', low=0.1, high=60.0
    )

    def __post_init__(self) -> None:
        check(self)
        read_thresholds(self.class_thresholds)

    @cached_property
    def own_thresholds(self) -> Mapping[str, float]:
        """The lowest scores of single classes, by lower-case name."""
        return read_thresholds(self.class_thresholds)
