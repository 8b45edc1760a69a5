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

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from importlib import metadata
from pathlib import Path
import platform
from typing import Protocol, TYPE_CHECKING

from grounded_perception.errors import ModelMissing, SettingsError
from grounded_perception.training.examples import Example
from grounded_perception.training.fitting.calibration import (
    Bin,
    calibration_error,
    fit_temperature,
    reliability,
)
from grounded_perception.training.fitting.curves import rows
from grounded_perception.training.fitting.metrics import measure, Metrics
from grounded_perception.training.fitting.options import FitOptions
from grounded_perception.training.fitting.plots import draw_curves, draw_reliability
from grounded_perception.training.shipping.card import Facts, model_card
import numpy as np

if TYPE_CHECKING:
    from grounded_perception.fusion.network import FusionNetwork

TRAIN_INSTALL = "pip install 'grounded_perception[train]'"
#: Scenes held out are this part of those learned from, within limits.
_HELD_OUT, _FEWEST, _MOST = 20, 48, 2000
_LIBRARIES = ('grounded_perception', 'torch', 'accelerate', 'safetensors', 'numpy', 'openvino')


class Build(Protocol):
    """Makes examples; :func:`grounded_perception.training.dataset.build`."""

    def __call__(self, scenes: int, sentences: int, seed: int, workers: int) -> list[Example]:
        """Make the examples of so many scenes."""
        ...


@dataclass(frozen=True)
class RunOptions:
    """
    One run.

    :param out: folder of everything that it leaves; the files that ship are in ``model``.
    :param scenes: scenes to learn from.
    :param sentences: sentences about each, at most.
    :param workers: processes that invent.
    :param width: of the network's tokens.
    :param layers: of the network.
    :param perfect: scenes are seen as they are, which is learned in minutes and no use on a
        robot: to see that everything works.
    :param fit: how it is fitted; its seed is that of the data too.
    :param command: command line, for the model card.
    """

    out: Path
    scenes: int = 20000
    sentences: int = 8
    workers: int = 1
    width: int = 96
    layers: int = 2
    perfect: bool = False
    fit: FitOptions = field(default_factory=FitOptions)
    command: str = 'grounded_perception.training.run.run_training'

    def __post_init__(self) -> None:
        for name in ('scenes', 'sentences', 'workers', 'width', 'layers'):
            if getattr(self, name) < 1:
                raise SettingsError(f'{name} is {getattr(self, name)}: at least 1')
        if self.width % 4:
            raise SettingsError(f'width is {self.width}: a multiple of 4, the number of heads')


@dataclass(frozen=True)
class Report:
    """
    What a run came to, on sentences that were held out from fitting and calibration.

    :param metrics: how many answers are right.
    :param temperature: of the answer.
    :param error: expected calibration error.
    :param bins: reliability.
    :param chief: whether this process is the one that wrote the files and speaks.
    """

    metrics: Metrics
    temperature: float
    error: float
    bins: list[Bin]
    chief: bool = True


def run_training(
    options: RunOptions,
    build: Build | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> Report:
    """
    Fit a network and write ``out/model`` and pictures of how it went.

    :param options: what and how.
    :param build: makes the examples; None = invented scenes.
    :param say: told what begins.
    :returns: figures.
    :raises ModelMissing: when a library is not installed, with the install line.
    :raises TrainingError: when it cannot be fitted.
    """
    try:
        from grounded_perception.fusion.network import NetworkConfig
        from grounded_perception.fusion.storage import load
        from grounded_perception.training.fitting.prediction import predict
        from grounded_perception.training.fitting.trainer import CHECKPOINT, fit, is_chief
        from grounded_perception.training.shipping.export import export
    except ImportError as exc:
        raise _missing(exc) from exc
    build = build or _invent(options.perfect)
    say(f'inventing {options.scenes} scenes')
    fit_seed, _ = seeds(options.fit.seed)
    examples = build(options.scenes, options.sentences, fit_seed, options.workers)
    validation, aside = _held_out(options, build)
    say(f'fitting to {sum(len(e.target) for e in examples)} sentences')
    config = NetworkConfig(width=options.width, layers=options.layers)
    fit(config, examples, validation, options.fit, options.out)
    if not is_chief():
        # The others see to the files; this one's figures are the same.
        network = load(options.out / CHECKPOINT)
        return replace(_judge(network, validation), chief=False)
    say('calibrating')
    network = load(options.out / CHECKPOINT)
    temperature = fit_temperature(predict(network, aside), [e.target for e in aside])
    network.config = replace(network.config, temperature=temperature)
    report = _judge(network, validation)
    say('exporting')
    facts = _facts(options, network, report, (examples, validation))
    export(network, options.out / 'model', model_card(facts), facts.as_dict())
    draw_curves(rows(options.out), options.out)
    draw_reliability(report.bins, options.out / 'reliability.png', f'ECE {report.error:.4f}')
    return report


def evaluate(path: Path, options: RunOptions, build: Build | None = None) -> Report:
    """
    Measure weights on the held-out scenes of a run.

    :param path: exported weights, or a checkpoint.
    :param options: scenes, sentences and seed as when it was fitted.
    :param build: makes the examples; None = invented scenes.
    :returns: figures.
    :raises ModelError: when the weights cannot be loaded.
    """
    try:
        from grounded_perception.fusion.storage import load
    except ImportError as exc:
        raise _missing(exc) from exc
    network = load(path)
    validation, _ = _held_out(options, build or _invent(options.perfect))
    return _judge(network, validation)


def seeds(seed: int) -> tuple[int, int]:
    """
    Draw the seeds of two sets that share neither scene nor surface.

    :param seed: of the run.
    :returns: of what is learned from, of what is held out.
    """
    first, second = np.random.SeedSequence(seed).generate_state(2)
    return int(first), int(second)


def _held_out(options: RunOptions, build: Build) -> tuple[list[Example], list[Example]]:
    """Make what to measure on, and what to calibrate on."""
    count = min(max(options.scenes // _HELD_OUT, _FEWEST), _MOST)
    seed = seeds(options.fit.seed)[1]
    every = build(2 * count, options.sentences, seed, options.workers)
    return every[::2], every[1::2]


def _judge(network: FusionNetwork, examples: list[Example]) -> Report:
    from grounded_perception.training.fitting.prediction import predict

    logits, targets = predict(network, examples), [e.target for e in examples]
    bins = reliability(logits, targets)
    temperature = network.config.temperature
    return Report(measure(logits, examples), temperature, calibration_error(bins), bins)


def _facts(
    options: RunOptions,
    network: FusionNetwork,
    report: Report,
    sets: tuple[list[Example], list[Example]],
) -> Facts:
    sizes = [f'{len(s)} scenes with {sum(len(e.target) for e in s)} sentences' for s in sets]
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
    )


def _versions() -> dict[str, str]:
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:  # run from a source tree
            continue
    return found


def _invent(perfect: bool) -> Build:
    from grounded_perception.training.dataset import build

    return partial(build, perfect=perfect)


def _missing(exc: ImportError) -> ModelMissing:
    return ModelMissing(f'{exc.name} is not installed: {TRAIN_INSTALL}')
