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
What each part of the fusion earns: networks without it, fitted alike, on the same scenes.

``.venv/bin/python benchmarks/ablation.py --out ablation/`` fits five networks and prints accuracy
on held-out invented scenes by kind of sentence: the right one of regions and *none*. The evidence
does much of the others' work, so ``--bare`` takes each part away where there is no evidence too.
The weights stay in the folder: ``benchmarks/ranking.py --weights full=ablation/full.safetensors``
ranks regions by people's sentences with them.
"""

from __future__ import annotations

import argparse
from pathlib import Path
import sys

from grounded_perception.fusion.network import FusionNetwork, NetworkConfig
from grounded_perception.fusion.storage import load, save_network
from grounded_perception.training.dataset import build
from grounded_perception.training.examples import Example
from grounded_perception.training.fitting.metrics import measure, Metrics
from grounded_perception.training.fitting.options import FitOptions
from grounded_perception.training.fitting.prediction import predict
from grounded_perception.training.fitting.trainer import CHECKPOINT, fit

_PARTS = {
    'full': {},
    'no geometry': {'use_geometry': False},
    'no text': {'use_text': False},
    'no descriptors': {'use_descriptors': False},
    'no evidence': {'use_evidence': False},
}
_BARE = {
    'no evidence': {},
    'no evidence, no geometry': {'use_geometry': False},
    'no evidence, no text': {'use_text': False},
    'no evidence, no descriptors': {'use_descriptors': False},
}


def fitted(
    name: str,
    without: dict[str, bool],
    examples: list[Example],
    held_out: list[Example],
    args: argparse.Namespace,
) -> FusionNetwork:
    """Fit one network, or load it if that was done before."""
    path = args.out / f'{name.replace(",", "").replace(" ", "_")}.safetensors'
    if not path.is_file():
        # What is not there cannot be withheld.
        dropped = {}
        if not without.get('use_evidence', True):
            dropped['drop_evidence'] = 0.0
        if not without.get('use_text', True):
            dropped['drop_words'] = 0.0
        folder = args.out / path.stem
        options = FitOptions(epochs=args.epochs, seed=args.seed, resume=True, **dropped)
        fit(NetworkConfig(**without), examples, held_out, options, folder)
        save_network(path, load(folder / CHECKPOINT), {'ablation': name})
    return load(path)


def table(figures: dict[str, Metrics]) -> str:
    """Return a Markdown table: a row for each network, a column for each kind of sentence."""
    kinds = list(next(iter(figures.values())).by_kind)
    counts = next(iter(figures.values())).by_kind
    head = ' | '.join(['fitted', 'all', *(f'{kind} ({counts[kind].count})' for kind in kinds)])
    lines = [f'| {head} |', '|---' * (len(kinds) + 2) + '|']
    for name, found in figures.items():
        shares = [found.total, *(found.by_kind[kind] for kind in kinds)]
        lines.append(f'| {name} | ' + ' | '.join(f'{100 * s.accuracy:.1f}' for s in shares) + ' |')
    return '\n'.join(lines)


def main() -> int:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument('--out', type=Path, required=True, help='folder for weights and curves')
    parser.add_argument('--scenes', type=int, default=8000)
    parser.add_argument('--epochs', type=int, default=4)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--workers', type=int, default=2)
    parser.add_argument('--bare', action='store_true', help='take parts away beside the evidence')
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    examples = build(args.scenes, 8, 2 * args.seed, args.workers)
    held_out = build(max(args.scenes // 10, 100), 8, 2 * args.seed + 1, args.workers)
    parts = dict(_PARTS)
    if args.bare:
        parts |= {name: {'use_evidence': False, **part} for name, part in _BARE.items()}
    figures = {}
    for name, without in parts.items():
        network = fitted(name, without, examples, held_out, args)
        figures[name] = measure(predict(network, held_out), held_out)
        sys.stderr.write(f'{name}: {figures[name].accuracy:.4f}\n')
    sys.stdout.write(table(figures) + '\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
