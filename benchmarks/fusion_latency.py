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
The fusion on a CPU: milliseconds of the network alone, of all of it, and of the rules.

``.venv/bin/python benchmarks/fusion_latency.py --threads 1 --profile``

Regions are invented (boxes, posterior, descriptors at random), sentences are real words. "fuse" is
what a frame costs once its regions are described: evidence, arrays, network, probabilities; each
call gets regions that remember nothing. Sentences are embedded once for a command: beside the
table. "least" is what other programs on the machine disturb least. Without ``--network`` the
packaged network is taken, without that one of random weights: it costs the same.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
import cProfile
from dataclasses import replace
from functools import partial
import io
from pathlib import Path
import pstats
import sys
import tempfile
import time

from grounded_perception.compute import Compute
from grounded_perception.detectors.coco import COCO_NAMES
import grounded_perception.fusion
from grounded_perception.fusion.attention import WordAttention
from grounded_perception.fusion.base import Fusion
from grounded_perception.fusion.gathering import gather
from grounded_perception.fusion.inputs import inputs
from grounded_perception.fusion.openvino_runner import OpenVinoRunner
from grounded_perception.fusion.tokens import RegionTokens, text_tokens, TextTokens, tokens_of
from grounded_perception.fusion.trained import TrainedFusion
from grounded_perception.imaging.descriptors import Descriptors
from grounded_perception.language.command import parse
from grounded_perception.language.encoder import load_encoder
from grounded_perception.language.vocabulary import Vocabulary
from grounded_perception.records import Floats, Regions
import numpy as np

PACKAGED = Path(grounded_perception.fusion.__file__).parent / 'weights' / 'fusion.xml'
#: (sentences, regions).
SIZES = ((1, 100), (32, 100), (4, 10))
WIDTH, HEIGHT = 640, 480
FORMS = (
    'the {a}',
    'the red {a} on the left',
    'the second {a} from the right',
    'the largest {a} next to the {b}',
    'the {a} that is not white, behind the {b}',
    'could you please find the small blue {a} in front of the {b}',
)


def regions(n: int, words: Vocabulary) -> RegionTokens:
    """Invent region tokens, the same ones each time."""
    rng = np.random.default_rng(n)
    low = rng.uniform(0, 0.8, (n, 2))
    corners = np.concatenate([low, low + rng.uniform(0.05, 0.2, (n, 2))], axis=1)
    boxes = (corners * [WIDTH, HEIGHT, WIDTH, HEIGHT]).astype(np.float32)
    posterior = rng.dirichlet(np.full(len(COCO_NAMES), 0.02), n).astype(np.float32)
    labels = tuple(COCO_NAMES[k] for k in posterior.argmax(axis=1))
    found = Regions(boxes, posterior.max(axis=1), labels, COCO_NAMES, posterior)

    def shares(*shape: int) -> Floats:
        return rng.dirichlet(np.full(shape[-1], 0.5), shape[:-1]).astype(np.float32)

    described = Descriptors(
        colours=shares(n, 11),
        bands=shares(n, 3, 11),
        texture=shares(n, 10),
        shape=rng.random((n, 8), np.float32),
        gradients=np.sqrt(shares(n, 36)),
        surface=rng.random((n, 6), np.float32),
    )
    return tokens_of(found, described, (WIDTH, HEIGHT), words)


def sentences(count: int) -> list[str]:
    """Make sentences of real words, a form after the other."""
    names = [COCO_NAMES[(7 * i) % len(COCO_NAMES)] for i in range(2 * count)]
    pairs = zip(names[::2], names[1::2], strict=True)
    return [FORMS[i % len(FORMS)].format(a=a, b=b) for i, (a, b) in enumerate(pairs)]


def timed(call: Callable[[], object], repeat: int) -> tuple[float, float, float]:
    """Return least, median and 95th percentile in milliseconds, after some calls to warm up."""
    for _ in range(max(3, repeat // 10)):
        call()
    spent = np.empty(repeat)
    for i in range(repeat):
        start = time.perf_counter()
        call()
        spent[i] = (time.perf_counter() - start) * 1e3
    return float(spent.min()), float(np.median(spent)), float(np.percentile(spent, 95))


def network_of(path: Path | None, scratch: Path) -> Path:
    """Return the graph to run: the given one, the packaged one, or one made in a folder."""
    if path or PACKAGED.is_file():
        return path or PACKAGED
    from grounded_perception.fusion.network import FusionNetwork, NetworkConfig
    from grounded_perception.training.shipping.export import export, GRAPH
    import torch

    torch.manual_seed(0)  # the same graph each time: compiled ones are kept
    export(FusionNetwork(NetworkConfig()), scratch, 'random weights', {})
    sys.stdout.write('No network is packaged: random weights.\n')
    return scratch / GRAPH


def fresh(tokens: RegionTokens) -> RegionTokens:
    """Return the tokens of a next frame, which remember no relation."""
    return replace(tokens)


def calls(
    tokens: RegionTokens, texts: list[TextTokens], runners: dict[str, OpenVinoRunner]
) -> dict[str, Callable[[], object]]:
    """Return what is timed, by name."""
    arrays = inputs(tokens, texts, gather(tokens, texts))
    found: dict[str, Callable[[], object]] = {
        'rules': partial(fuse_fresh, WordAttention(), tokens, texts)
    }
    for name, runner in runners.items():
        found[f'network alone, {name}'] = partial(runner, arrays)
        fusion = TrainedFusion(runner)
        found[f'trained fuse, {name}'] = partial(fuse_fresh, fusion, tokens, texts)
    return found


def fuse_fresh(fusion: Fusion, tokens: RegionTokens, texts: list[TextTokens]) -> object:
    """Fuse as in a next frame."""
    return fusion.fuse(fresh(tokens), texts)


def embedding(words: Vocabulary) -> tuple[float, float]:
    """Return median and 95th percentile of making one sentence's tokens."""
    spent = []
    for i, each in enumerate(sentences(60)):
        phrase = parse(each, 500).phrases[0]
        unknown = replace(phrase, text=f'{phrase.text} {i}')  # to every cache
        start = time.perf_counter()
        text_tokens(unknown, words)
        spent.append((time.perf_counter() - start) * 1e3)
    return float(np.median(spent)), float(np.percentile(spent, 95))


def profile(fusion: Fusion, tokens: RegionTokens, texts: list[TextTokens], repeat: int) -> str:
    """Say which functions of the fusion cost what."""
    profiler = cProfile.Profile()
    profiler.enable()
    for _ in range(repeat):
        fuse_fresh(fusion, tokens, texts)
    profiler.disable()
    out = io.StringIO()
    pstats.Stats(profiler, stream=out).strip_dirs().sort_stats('cumulative').print_stats(28)
    return out.getvalue()


def main() -> int:
    """Run and print tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument('--network', type=Path, help='fusion.xml; default: the packaged one')
    parser.add_argument('--precisions', nargs='+', default=['f32', 'bf16'])
    parser.add_argument('--threads', type=int, default=0, help='0 = all cores')
    parser.add_argument('--repeat', type=int, default=100)
    parser.add_argument('--profile', action='store_true', help='what 32 x 100 costs where')
    args = parser.parse_args()
    encoder = load_encoder(args.threads)
    words = Vocabulary(COCO_NAMES, encoder)
    with tempfile.TemporaryDirectory() as scratch:
        graph = network_of(args.network, Path(scratch))
        runners = {
            name: OpenVinoRunner(graph, Compute('cpu', name, args.threads))
            for name in args.precisions
        }
    rows: list[str] = []
    last: tuple[RegionTokens, list[TextTokens]] | None = None
    for count, n in SIZES:
        tokens = regions(n, words)
        texts = [text_tokens(parse(each, 500).phrases[0], words) for each in sentences(count)]
        for what, call in calls(tokens, texts, runners).items():
            figures = ' | '.join(f'{figure:.2f}' for figure in timed(call, args.repeat))
            rows.append(f'| {count} x {n} | {what} | {figures} |')
        if count == max(SIZES)[0]:
            last = tokens, texts
    median, late = embedding(words)
    sys.stdout.write(
        '| sentences x regions | what | least ms | median ms | p95 ms |\n'
        '|---|---|---|---|---|\n'
        + '\n'.join(rows)
        + f'\n\nOnce for a command: {median:.1f} ms (p95 {late:.1f}) to embed and resolve it.\n'
    )
    if args.profile and last:
        runner = next(iter(runners.values()))
        sys.stdout.write(profile(TrainedFusion(runner), *last, max(args.repeat // 4, 1)))
    return 0


if __name__ == '__main__':
    sys.exit(main())
