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

"""From a seed to files that ship: invent, fit, calibrate, measure, export."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib import metadata
from pathlib import Path
import platform
from typing import Protocol, TYPE_CHECKING

from grounded_perception.calibration import Bin, calibration_error
from grounded_perception.errors import ModelMissing
from grounded_perception.fusion.loading import TORCH_INSTALL
from grounded_perception.training.examples import Example
from grounded_perception.training.fitting.calibration import fit_temperature, reliability
from grounded_perception.training.fitting.curves import rows
from grounded_perception.training.fitting.metrics import measure, Metrics
from grounded_perception.training.fitting.plots import draw_curves, draw_reliability
from grounded_perception.training.options import RunOptions
from grounded_perception.training.shipping.card import (
    Comparison,
    comparisons,
    Facts,
    INVENTED,
    model_card,
)
from grounded_perception.training.shipping.origin import Origin
from grounded_perception.training.tuning.own import OwnExamples, sentences
from grounded_perception.training.tuning.sets import (
    HeldOut,
    look_at,
    Make,
    to_judge,
    to_learn,
)
from grounded_perception.training.tuning.start import load_start, size_of, Start

if TYPE_CHECKING:
    from grounded_perception.fusion.network import FusionNetwork

_LIBRARIES = ('grounded_perception', 'torch', 'accelerate', 'safetensors', 'numpy', 'openvino')


class Build(Protocol):
    """Makes examples; :func:`grounded_perception.training.dataset.build`."""

    def __call__(self, scenes: int, sentences: int, seed: int, workers: int) -> list[Example]:
        """Make the examples of so many scenes."""
        ...


@dataclass(frozen=True)
class Report:
    """
    What a run came to, on sentences that were held out from fitting and calibration.

    :param metrics: how many answers are right.
    :param temperature: of the answer.
    :param error: expected calibration error.
    :param bins: reliability.
    :param chief: whether this process is the one that wrote the files and speaks.
    :param measured: what the sentences are about.
    :param compared: one's own held-out pictures, before and after.
    """

    metrics: Metrics
    temperature: float
    error: float
    bins: list[Bin]
    chief: bool = True
    measured: str = INVENTED
    compared: Sequence[Comparison] = ()


def run_training(
    options: RunOptions,
    build: Build | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> Report:
    """
    Fit a network and write ``out/model`` and pictures of how it went.

    :param options: what and how.
    :param build: makes the examples; None = invented scenes.
    :param say: told what begins; whole sentences are notes.
    :returns: figures.
    :raises ModelMissing: when a library is not installed, with the install line.
    :raises TrainingError: when it cannot be fitted.
    """
    try:
        from grounded_perception.fusion.storage import load
        from grounded_perception.training.fitting.prediction import predict
        from grounded_perception.training.fitting.trainer import CHECKPOINT, fit, is_chief
        from grounded_perception.training.shipping.export import export
    except ImportError as exc:
        raise _missing(exc) from exc
    start = load_start(options.start) if options.start else None
    config = size_of(options.width, options.layers, start)
    own = look_at(options.own, say)
    make, seed = _make(options, build), options.fit.seed
    examples = to_learn(make, options.scenes, seed, own, say)
    aside = to_judge(make, options.scenes, seed, own)
    say(f'fitting to {sentences(examples)} sentences')
    fit(
        config,
        examples,
        aside.validation,
        options.fit,
        options.out,
        start.network if start else None,
    )
    network = load(options.out / CHECKPOINT)
    if not is_chief():
        # The others see to the files; this one's figures are the same.
        return replace(_judge(network, aside), chief=False)
    say('calibrating')
    targets = [e.target for e in aside.calibration]
    temperature = fit_temperature(predict(network, aside.calibration), targets)
    network.config = replace(network.config, temperature=temperature)
    report = replace(_judge(network, aside), compared=_compare(network, start, own))
    say('exporting')
    origin = Origin(start.base if start else None, own.told() if own else '')
    facts = _facts(options, network, report, (examples, aside.validation), origin)
    export(network, options.out / 'model', model_card(facts), facts.as_dict())
    draw_curves(rows(options.out), options.out)
    draw_reliability(report.bins, options.out / 'reliability.png', f'ECE {report.error:.4f}')
    return report


def evaluate(
    path: Path,
    options: RunOptions,
    build: Build | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> Report:
    """
    Measure weights on what a run held out.

    :param path: exported weights, or a checkpoint.
    :param options: scenes, sentences, seed and own pictures as when it was fitted.
    :param build: makes the examples; None = invented scenes.
    :param say: told what begins.
    :returns: figures.
    :raises ModelError: when the weights cannot be loaded.
    """
    try:
        from grounded_perception.fusion.storage import load
    except ImportError as exc:
        raise _missing(exc) from exc
    network = load(path)
    own = look_at(options.own, say)
    make = _make(options, build)
    return _judge(network, to_judge(make, options.scenes, options.fit.seed, own))


def _judge(network: FusionNetwork, aside: HeldOut) -> Report:
    from grounded_perception.training.fitting.prediction import predict

    examples = aside.validation
    logits, targets = predict(network, examples), [e.target for e in examples]
    bins = reliability(logits, targets)
    temperature = network.config.temperature
    metrics = measure(logits, examples)
    return Report(metrics, temperature, calibration_error(bins), bins, measured=aside.measured)


def _compare(
    network: FusionNetwork, start: Start | None, own: OwnExamples | None
) -> list[Comparison]:
    """Put the answers to one's own held-out sentences before and after a fit side by side."""
    from grounded_perception.training.fitting.prediction import predict

    if own is None or not own.held_out:
        return []

    def answered(by: FusionNetwork) -> Metrics:
        return measure(predict(by, own.held_out), own.held_out)

    return comparisons(answered(start.network) if start else None, answered(network))


def _facts(
    options: RunOptions,
    network: FusionNetwork,
    report: Report,
    sets: tuple[list[Example], list[Example]],
    origin: Origin,
) -> Facts:
    what = (
        'scenes and pictures (the latter several times)' if options.own else 'scenes',
        'scenes' if report.measured == INVENTED else 'pictures',
    )
    sizes = [
        f'{len(s)} {w} with {sentences(s)} sentences' for s, w in zip(sets, what, strict=True)
    ]
    weights = sum(w.numel() for w in network.parameters())
    size = ', '.join(f'{k} {v}' for k, v in asdict(network.config).items() if k != 'temperature')
    return Facts(
        command=options.command,
        seed=options.fit.seed,
        data=f'{sizes[0]} to learn from, {sizes[1]} to measure on',
        size=f'{weights} weights ({size})',
        temperature=report.temperature,
        versions={'Python': platform.python_version(), **_versions()},
        metrics=report.metrics,
        bins=report.bins,
        error=report.error,
        origin=origin,
        measured=report.measured,
        compared=report.compared,
    )


def _versions() -> dict[str, str]:
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:  # run from a source tree
            continue
    return found


def _make(options: RunOptions, build: Build | None) -> Make:
    build = build or _invent(options.perfect)
    return lambda scenes, seed: build(scenes, options.sentences, seed, options.workers)


def _invent(perfect: bool) -> Build:
    from grounded_perception.training.dataset import build

    return partial(build, perfect=perfect)


def _missing(exc: ImportError) -> ModelMissing:
    return ModelMissing(f'{exc.name} is not installed: {TORCH_INSTALL}')
