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

"""Convert and compile the models once, so that the node's first start is fast; safe to repeat."""

from __future__ import annotations

import argparse
from collections.abc import Callable
import time
from typing import Any

from grounded_perception.cli.arguments import add_model_arguments

SUMMARY = 'convert and compile the models, so that later starts are fast'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """
    Declare the verb's arguments.

    :param parser: the verb's.
    """
    add_model_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """
    Prepare the detector and the text encoder, one line for each step.

    :param args: parsed; precision and threads should be those that the node will use.
    :returns: 0.
    :raises PerceptionError: when a model cannot be prepared.
    """
    from grounded_perception import detectors
    from grounded_perception.assembly import load_words
    from grounded_perception.classifiers import efficientnet
    from grounded_perception.cli.loading import load_detector, settings_of
    from grounded_perception.language import minilm
    from grounded_perception.weights import cache_root

    settings = settings_of(args)
    module = detectors.module(settings.detector)
    # A detector has weights to convert or not: the protocol does not ask for it.
    if convert := getattr(module, 'prepare', None):
        _step(f'detector {settings.detector}: converted', convert)
    detector = _step(
        f'detector {settings.detector}: loaded', lambda: load_detector(settings, args.option)
    )
    _step('text encoder: converted', minilm.folder)
    _step('text encoder: loaded', lambda: load_words(settings, detector))
    detector.close()
    _step('classifier efficientnet: converted', efficientnet.prepare)
    print(f'ready: {cache_root()}')
    return 0


def _step(name: str, work: Callable[[], Any]) -> Any:
    start = time.perf_counter()
    result = work()
    print(f'{name:40} {time.perf_counter() - start:6.1f} s', flush=True)
    return result
