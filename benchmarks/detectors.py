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
Open-vocabulary detectors against the pipeline of transformers: milliseconds a frame.

``.venv/bin/python benchmarks/detectors.py --models owlvit owlv2 --rounds 3``

The networks have their published sizes and random weights: speed is that of the real ones, what
they find means nothing. The frame is 1280 x 720; time runs from its pixels to boxes. In every
round each side runs in turn, so that a disturbed machine disturbs all alike; only one network of
each side is in memory at a time. Beside the medians the minima are shown: on a machine with other
work they are nearer to what a quiet one would give.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
import gc
import json
import os
from pathlib import Path
import string
import sys
import tempfile
import time
from typing import Any
import warnings

from grounded_perception import detectors
from grounded_perception.compute import Compute
from grounded_perception.weights import CACHE_VARIABLE
import numpy as np

LABELS = ('cat', 'dog', 'cup', 'car', 'bus')
FLOOR = 0.1
#: Phrases in the comparison of one with many, and how often each is asked.
MANY, REPEATS = 100, 5
#: Brings the scores of a random network to where those of a fitted one are: most near nothing.
SHIFT = -6.0


def clip_tokenizer() -> Any:
    """Return a tokenizer that spells; its end token has the highest number, as OWL wants it."""
    from transformers import CLIPTokenizer

    letters = string.ascii_lowercase + string.digits + string.punctuation
    tokens = ['!!', *letters, *(f'{c}</w>' for c in letters), '<|startoftext|>', '<|endoftext|>']
    vocab = {token: number for number, token in enumerate(dict.fromkeys(tokens))}
    return CLIPTokenizer(vocab=vocab, merges=[], pad_token='!', model_max_length=16)


def bert_tokenizer() -> Any:
    """Return a tokenizer that spells, with the marks where Grounding DINO's code has them."""
    from transformers import BertTokenizer

    tokens = [f'[unused{n}]' for n in range(1030)]
    tokens[0], tokens[100:104] = '[PAD]', ['[UNK]', '[CLS]', '[SEP]', '[MASK]']
    tokens[1012], tokens[1029] = '.', '?'
    tokens += [*LABELS, *string.ascii_lowercase, *(f'##{c}' for c in string.ascii_lowercase)]
    return BertTokenizer(vocab={token: n for n, token in enumerate(tokens)})


def build_owl(prefix: str, module: str, side: int, patch: int, folder: Path) -> None:
    """Save an OWL of published size."""
    import torch
    import transformers

    tokenizer = clip_tokenizer()
    end = tokenizer.eos_token_id
    config = getattr(transformers, f'{prefix}Config')(
        text_config={'eos_token_id': end, 'bos_token_id': end - 1, 'pad_token_id': 0},
        vision_config={'image_size': side, 'patch_size': patch},
    )
    model = getattr(transformers, f'{prefix}ForObjectDetection')(config).eval()
    with torch.no_grad():
        model.class_head.logit_shift.bias.fill_(SHIFT)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    size = {'height': side, 'width': side}
    _processor(module, prefix)(size=size, crop_size=size).save_pretrained(folder)


def build_grounding_dino(folder: Path) -> None:
    """Save a Grounding DINO tiny of published size."""
    import transformers

    swin = transformers.SwinConfig(
        window_size=7, depths=[2, 2, 6, 2], num_heads=[3, 6, 12, 24], out_indices=[2, 3, 4]
    )
    config = transformers.GroundingDinoConfig(backbone_config=swin)
    transformers.GroundingDinoForObjectDetection(config).eval().save_pretrained(folder)
    bert_tokenizer().save_pretrained(folder)
    size = {'shortest_edge': 800, 'longest_edge': 1333}
    _processor('grounding_dino', 'GroundingDino')(size=size).save_pretrained(folder)


def _processor(module: str, prefix: str) -> Any:
    import importlib

    place = f'transformers.models.{module}.image_processing_pil_{module}'
    return getattr(importlib.import_module(place), f'{prefix}ImageProcessorPil')


BUILDERS: dict[str, Callable[[Path], None]] = {
    'owlvit': lambda folder: build_owl('OwlViT', 'owlvit', 768, 32, folder),
    'owlv2': lambda folder: build_owl('Owlv2', 'owlv2', 960, 16, folder),
    'grounding_dino': build_grounding_dino,
}


def time_pipeline(folder: Path, rgb: Any) -> float:
    """Return the seconds that the pipeline of transformers takes for one frame."""
    from PIL import Image
    import transformers

    run = transformers.pipeline('zero-shot-object-detection', model=str(folder), device='cpu')
    picture = Image.fromarray(rgb)
    # The first image processing imports and allocates; a small one does it as well.
    run.image_processor(images=picture, return_tensors='pt')
    begin = time.perf_counter()
    run(picture, candidate_labels=list(LABELS), threshold=FLOOR)
    return time.perf_counter() - begin


def load_ours(name: str, folder: Path, precision: str, extra: dict[str, Any]) -> tuple[Any, float]:
    """Return our detector, which has seen a frame, and the seconds until it was loaded."""
    module: Any = detectors.module(name)
    begin = time.perf_counter()
    options = module.Options(checkpoint=str(folder), vocabulary='', **extra)
    detector = module.load(options, Compute(precision=precision))
    return detector, time.perf_counter() - begin


def measure(name: str, folder: Path, args: argparse.Namespace) -> dict[str, list[float]]:
    """Time both sides in turn; return seconds by variant."""
    rgb = np.random.default_rng(0).integers(0, 256, (720, 1280, 3), np.uint8)
    many = tuple(f'thing {n:03d}' for n in range(MANY))
    extra = {'frame_sizes': '1280x720'} if name == 'grounding_dino' else {}
    times: dict[str, list[float]] = {}

    def add(variant: str, seconds: float) -> None:
        times.setdefault(variant, []).append(seconds)
        sys.stderr.write(f'{name} {variant}: {seconds * 1e3:.1f} ms\n')

    for turn in range(args.rounds):
        if turn < args.pipeline_rounds:
            add('pipeline of transformers', time_pipeline(folder, rgb))
            gc.collect()
        for precision in args.precisions:
            detector, loading = load_ours(name, folder, precision, extra)
            add(f'loading, {detector.runtime}{", exported too" * (turn == 0)}', loading)
            detector.propose(rgb, LABELS, FLOOR, 100)
            for _ in range(args.repeats):
                begin = time.perf_counter()
                detector.propose(rgb, LABELS, FLOOR, 100)
                add(f'ours, {detector.runtime}', time.perf_counter() - begin)
            if precision == args.precisions[-1] and name != 'grounding_dino':
                for asked in (many, many[:1]) * REPEATS:
                    detector.propose(rgb, asked, FLOOR, 100)
                    begin = time.perf_counter()
                    detector.propose(rgb, asked, FLOOR, 100)
                    add(f'ours, {len(asked)} kept phrases', time.perf_counter() - begin)
            detector.close()
            gc.collect()
    return times


def report(name: str, times: dict[str, list[float]]) -> None:
    """Print a Markdown table."""
    base = times.get('pipeline of transformers')
    sys.stdout.write(
        f'\n**{name}**, 1280 x 720, {len(LABELS)} labels\n\n'
        '| variant | median ms | min ms | n | times faster (median) | (min) |\n'
        '|---|---|---|---|---|---|\n'
    )
    for variant, seconds in times.items():
        middle, least = float(np.median(seconds)), min(seconds)
        is_frame = base and not variant.startswith('loading')
        ratios = (
            [f'{np.median(base) / middle:.1f}', f'{min(base) / least:.1f}'] if is_frame else []
        )
        cells = [f'{middle * 1e3:.1f}', f'{least * 1e3:.1f}', str(len(seconds)), *ratios]
        sys.stdout.write(f'| {variant} | {" | ".join(cells + [""] * (5 - len(cells)))} |\n')
    one, hundred = (times.get(f'ours, {n} kept phrases') for n in (1, MANY))
    if one and hundred:
        sys.stdout.write(
            f'\n{MANY} kept phrases cost {np.median(hundred) / np.median(one):.3f} of one '
            f'(minima: {min(hundred) / min(one):.3f})\n'
        )
    sys.stdout.write(json.dumps({name: times}) + '\n')
    sys.stdout.flush()


def main() -> int:
    """Build, run and print tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument('--models', nargs='+', choices=BUILDERS, default=['owlvit', 'owlv2'])
    parser.add_argument('--precisions', nargs='+', default=['f32', 'bf16'])
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--repeats', type=int, default=3, help='frames of ours in a round')
    parser.add_argument('--pipeline-rounds', type=int, default=3, help='0 = leave it out')
    parser.add_argument('--keep', type=Path, help='folder for networks and exports; kept')
    args = parser.parse_args()
    # torch would rather have torch.jit retired, transformers names every default that it takes.
    warnings.simplefilter('ignore')
    with tempfile.TemporaryDirectory() as scratch:
        place = args.keep or Path(scratch)
        os.environ[CACHE_VARIABLE] = str(place / 'cache')
        for name in args.models:
            folder = place / name
            if not (folder / 'config.json').exists():
                folder.mkdir(parents=True, exist_ok=True)
                BUILDERS[name](folder)
                gc.collect()
            report(name, measure(name, folder, args))
    return 0


if __name__ == '__main__':
    sys.exit(main())
