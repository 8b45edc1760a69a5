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
The loop that fits the network, on one process or several.

Every draw depends on seed and step alone, and processes that share a batch add their gradients
up to that of the whole: so a fit that was cut off goes on as if nothing had happened, and two
processes come to what one comes to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
import math
from pathlib import Path
import sys
import time
from typing import Any

from accelerate import Accelerator, PartialState
from accelerate.utils import gather_object
from grounded_perception.errors import TrainingError
from grounded_perception.fusion import storage
from grounded_perception.fusion.network import FusionNetwork, NetworkConfig
from grounded_perception.training.examples import Example
from grounded_perception.training.fitting.batches import NETWORK_KEYS
from grounded_perception.training.fitting.beginning import beginning, fingerprint
from grounded_perception.training.fitting.curves import Curves, Point
from grounded_perception.training.fitting.feed import Feed
from grounded_perception.training.fitting.loss import fusion_loss
from grounded_perception.training.fitting.metrics import measure, Metrics
from grounded_perception.training.fitting.optimizer import (
    average,
    learning_rate,
    make_optimizer,
    optimizer_tensors,
    restore_optimizer,
)
from grounded_perception.training.fitting.options import FitOptions
from grounded_perception.training.fitting.prediction import predict
import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

#: Where a fit stands, inside its folder. All that is random is drawn from seed and step, so the
#: number of the step stands for the state of every random generator and the order of the data.
CHECKPOINT = 'checkpoint.safetensors'
#: Options that a fit may change when it goes on.
_FREE = {'resume', 'checkpoint_minutes', 'log_steps', 'precision'}


def fit(
    config: NetworkConfig,
    examples: Sequence[Example],
    validation: Sequence[Example],
    options: FitOptions,
    folder: Path,
    start: FusionNetwork | None = None,
) -> Metrics:
    """
    Fit a network; the folder then holds its checkpoint and curves.

    :param config: the network's size.
    :param examples: what it learns from.
    :param validation: what it is measured on after each epoch.
    :param options: how.
    :param folder: made if need be.
    :param start: weights to begin with, unless there is a checkpoint to resume; None = drawn.
    :returns: figures on validation, of the averaged weights, which are those to use.
    :raises TrainingError: when there is nothing to learn from, the folder holds another fit,
        or the loss is no number any more; the last checkpoint is then kept.
    """
    for name, given in (('examples to learn from', examples), ('validation', validation)):
        if not given:
            raise TrainingError(f'no {name}: the list is empty')
    try:
        accelerator = Accelerator(mixed_precision=options.precision)
    except (ValueError, NotImplementedError) as exc:
        raise TrainingError(f'precision {options.precision!r} cannot be used here: {exc}') from exc
    folder.mkdir(parents=True, exist_ok=True)
    return _Fit(accelerator, config, examples, validation, options, folder, start).run()


def is_chief() -> bool:
    """Tell whether this process is the one of several that writes files and speaks."""
    return bool(PartialState().is_main_process)


@dataclass
class _State:
    """Where a fit stands: steps done, and the loss since the last row of the curves."""

    step: int = 0
    loss_sum: float = 0.0
    loss_count: int = 0


class _Fit:
    """One fit."""

    def __init__(
        self,
        accelerator: Accelerator,
        config: NetworkConfig,
        examples: Sequence[Example],
        validation: Sequence[Example],
        options: FitOptions,
        folder: Path,
        start: FusionNetwork | None,
    ) -> None:
        self._accelerator, self._config, self._options = accelerator, config, options
        self._examples, self._validation, self._folder = examples, validation, folder
        rank, world = accelerator.process_index, accelerator.num_processes
        self._feed = Feed(examples, options, rank, world)
        self._per_epoch = self._feed.steps
        self._steps = options.epochs * self._per_epoch
        self._state = _State()
        torch.manual_seed(options.seed)
        self._network, self._start = beginning(config, start), fingerprint(start)
        #: Has the averaged weights.
        self._shadow = FusionNetwork(config).to(accelerator.device).requires_grad_(False)
        self._shadow.load_state_dict(self._network.state_dict())
        optimizer = make_optimizer(self._network, options)
        self._model, self._optimizer = accelerator.prepare(self._network, optimizer)

    def run(self) -> Metrics:
        """Fit from where it stands to the end."""
        path = self._folder / CHECKPOINT
        if path.is_file():
            if not self._options.resume:
                raise TrainingError(
                    f'{path} is there already: resume it, or choose another folder'
                )
            self._restore(storage.read(path))
        self._accelerator.wait_for_everyone()  # nobody may write before all have read
        chief = self._accelerator.is_main_process
        curves = Curves(self._folder, self._state.step) if chief else None
        metrics = None
        with tqdm(
            total=self._steps,
            initial=self._state.step,
            unit='step',
            disable=not (chief and sys.stderr.isatty()),
            dynamic_ncols=True,
        ) as bar:
            while self._state.step < self._steps:
                metrics = self._epoch(bar, curves)
        metrics = metrics or self._evaluate()
        self._accelerator.wait_for_everyone()  # the checkpoint is there for all
        return metrics

    def _epoch(self, bar: Any, curves: Curves | None) -> Metrics:
        """Go to the end of the epoch, measure, and keep where it stands."""
        state, options = self._state, self._options
        saved = time.monotonic()
        begun, first = saved, state.step
        self._model.train()
        for batch, sentences in self._feed.rest_of_epoch(state.step):
            loss = self._step(batch, sentences)
            state.step += 1
            state.loss_sum += loss
            state.loss_count += 1
            bar.set_postfix(loss=f'{loss:.3f}', refresh=False)
            bar.update()
            if state.step % self._per_epoch == 0:
                break
            if curves and state.step % options.log_steps == 0:
                curves.add(self._point(None))
            if time.monotonic() - saved >= options.checkpoint_minutes * 60:
                self._save()
                saved = time.monotonic()
        seconds = time.monotonic() - begun
        metrics = self._evaluate()
        if curves:
            rate = (state.step - first) * options.batch / max(seconds, 1e-9)
            point = self._point(metrics)
            curves.add(point)
            self._say(bar, point, f'{rate:.0f} scenes/s')
        self._save()
        return metrics

    def _step(self, batch: dict[str, Tensor], sentences: int) -> float:
        """Make one step and return its loss."""
        accelerator, options = self._accelerator, self._options
        rate = learning_rate(self._state.step, self._steps, options)
        for group in self._optimizer.param_groups:
            group['lr'] = rate
        torch.manual_seed(_number(options.seed, self._state.step, accelerator.process_index))
        batch = {k: v.to(accelerator.device) for k, v in batch.items()}
        with accelerator.autocast():
            logits, fits, _ = self._model(*(batch[key] for key in NETWORK_KEYS))
        total = fusion_loss(logits, fits, batch, options) / sentences
        loss = float(accelerator.reduce(total.detach(), 'sum'))
        if not math.isfinite(loss):
            raise self._broken('loss', loss)
        # Processes average their gradients; the batch's is their sum.
        accelerator.backward(total * accelerator.num_processes)
        norm = float(accelerator.clip_grad_norm_(self._model.parameters(), options.clip))
        if not math.isfinite(norm) and accelerator.scaler is None:
            raise self._broken('gradient', norm)
        self._optimizer.step()
        self._optimizer.zero_grad()
        average(self._shadow, self._network, self._state.step, options.ema)
        return loss

    def _broken(self, what: str, value: float) -> TrainingError:
        path = self._folder / CHECKPOINT
        kept = f'{path} is the last good checkpoint' if path.is_file() else 'nothing was kept'
        return TrainingError(
            f'the {what} became {value} at step {self._state.step}: try a lower learning rate '
            f'(it was {self._options.learning_rate}); {kept}'
        )

    def _evaluate(self) -> Metrics:
        """Measure the averaged weights; processes share the work."""
        rank, world = self._accelerator.process_index, self._accelerator.num_processes
        own = predict(self._shadow, self._validation[rank::world], self._options.batch)
        if world == 1:
            return measure(own, self._validation)
        every: list[Any] = [None] * len(self._validation)
        for other, part in gather_object([(rank, own)]):
            every[other::world] = part
        return measure(every, self._validation)

    def _point(self, metrics: Metrics | None) -> Point:
        """Return a row of the curves and begin the next one's mean."""
        state = self._state
        loss = state.loss_sum / max(state.loss_count, 1)
        state.loss_sum, state.loss_count = 0.0, 0
        rate = learning_rate(state.step - 1, self._steps, self._options)
        return Point(state.step, loss, rate, metrics)

    def _say(self, bar: Any, point: Point, rate: str) -> None:
        """Print a line for each epoch, also where no terminal is."""
        if metrics := point.metrics:
            statuses = ' '.join(f'{k} {v.accuracy:.3f}' for k, v in metrics.by_status.items())
            epoch = point.step // self._per_epoch
            bar.write(
                f'epoch {epoch}/{self._options.epochs}: loss {point.loss:.4f}, validation '
                f'{metrics.accuracy:.4f} ({statuses}), nll {metrics.nll:.4f}, {rate}',
                file=sys.stderr,
            )

    def _about(self) -> dict[str, Any]:
        """Return what must be the same when a fit goes on."""
        chosen = {k: v for k, v in asdict(self._options).items() if k not in _FREE}
        sentences = sum(len(e.target) for e in self._examples)
        data = {'scenes': len(self._examples), 'sentences': sentences}
        about = {'options': chosen, 'data': data, 'start': self._start}
        return {**storage.describe(self._config), **about}

    def _save(self) -> None:
        if not self._accelerator.is_main_process:
            return
        tensors = {f'model.{k}': v for k, v in self._network.state_dict().items()}
        tensors |= {f'{storage.AVERAGED}{k}': v for k, v in self._shadow.state_dict().items()}
        tensors |= {f'optimizer.{k}': v for k, v in optimizer_tensors(self._optimizer).items()}
        scaler = self._accelerator.scaler
        about = {**self._about(), 'state': asdict(self._state)}
        about['scaler'] = scaler.state_dict() if scaler else None
        storage.write(self._folder / CHECKPOINT, storage.Stored(tensors, about))

    def _restore(self, stored: storage.Stored) -> None:
        for name, value in self._about().items():
            was = stored.about.get(name, {})
            if was != value:
                changed = sorted(k for k in {*value, *was} if was.get(k) != value.get(k))
                raise TrainingError(
                    f'{self._folder} was begun with other {name} ({", ".join(changed)}): resume '
                    'with the same, or choose another folder'
                )
        self._network.load_state_dict(stored.part('model.'))
        self._shadow.load_state_dict(stored.part(storage.AVERAGED))
        restore_optimizer(self._optimizer, stored.part('optimizer.'))
        if self._accelerator.scaler and stored.about.get('scaler'):
            self._accelerator.scaler.load_state_dict(dict(stored.about['scaler']))
        known = {f.name for f in fields(_State)}
        self._state = _State(**{k: v for k, v in stored.about['state'].items() if k in known})


def _number(*parts: int) -> int:
    """Mix numbers to a seed."""
    return int(np.random.SeedSequence(parts).generate_state(1)[0])
