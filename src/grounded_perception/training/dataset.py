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

"""Scenes, sentences and observations → examples, on several processes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from functools import cache
import multiprocessing
from pathlib import Path
import tempfile

from grounded_perception import geometry
from grounded_perception.detectors.coco import COCO_NAMES
from grounded_perception.errors import TrainingError
from grounded_perception.fusion.gathering import gather
from grounded_perception.fusion.inputs import inputs
from grounded_perception.fusion.tokens import RegionTokens, TextTokens, tokens_of
from grounded_perception.language.encoder import load_encoder, TextEncoder
from grounded_perception.language.vocabulary import Vocabulary
from grounded_perception.records import Floats, Quantity, Status
from grounded_perception.training.examples import Example, packed
from grounded_perception.training.looks.appearance import Bank
from grounded_perception.training.looks.weather import weathered
from grounded_perception.training.reading import tokens_of as tokens_of_text
from grounded_perception.training.scene import Expression, Observation, Scene
from grounded_perception.training.sight.observation import observe, observe_perfectly
from grounded_perception.training.speech.expressions import expressions
from grounded_perception.training.speech.guesses import guessed, is_said
from grounded_perception.training.world.scenes import scene as invent
import numpy as np

#: Scenes made in one go by one process.
_CHUNK = 100
#: Times that processes may die before they are given up.
_TRIES = 3
#: Rows of the bank of invented surfaces: as many as scenes, within limits.
_FEWEST_SURFACES, _MOST_SURFACES = 2000, 20000
#: A box that covers its thing worse than this is no answer.
_LEAST_IOU = 0.4


def build(
    scenes: int, sentences: int, seed: int, workers: int = 1, perfect: bool = False
) -> list[Example]:
    """
    Invent scenes and what is said about them.

    The same arguments make the same examples, whatever the number of workers.

    :param scenes: number of scenes.
    :param sentences: sentences about each, at most.
    :param seed: of everything drawn.
    :param workers: processes.
    :param perfect: everything is seen as it is, and only what is certain is said: for runs that
        have to be short.
    :returns: one example for each scene, in order; fewer where nothing could be said.
    :raises TrainingError: when processes die again and again.
    """
    from tqdm import tqdm

    with tempfile.TemporaryDirectory(prefix='grounded_perception_') as folder:
        bank = Path(folder) / 'surfaces.npz'
        rows = min(max(scenes, _FEWEST_SURFACES), _MOST_SURFACES)
        Bank(np.random.default_rng(seed), rows).save(bank)
        chunks = [
            (seed, first, min(first + _CHUNK, scenes), sentences, bank, perfect)
            for first in range(0, scenes, _CHUNK)
        ]
        with tqdm(total=scenes, desc='scenes', unit='scene', mininterval=2) as progress:
            made: list[Example] = []
            for examples, done in _made(chunks, workers):
                made += examples
                progress.update(done)
    return made


_Chunk = tuple[int, int, int, int, Path, bool]


def _made(chunks: list[_Chunk], workers: int) -> Iterator[tuple[list[Example], int]]:
    if workers <= 1:
        for chunk in chunks:
            yield _make(chunk), chunk[2] - chunk[1]
        return
    # "spawn": a forked OpenVINO hangs.
    context = multiprocessing.get_context('spawn')
    done = 0
    for _ in range(_TRIES):
        left = chunks[done:]
        try:
            with ProcessPoolExecutor(workers, context) as pool:
                for chunk, examples in zip(left, pool.map(_make, left), strict=True):
                    done += 1
                    yield examples, chunk[2] - chunk[1]
            return
        except BrokenProcessPool:
            continue  # killed, for its memory most likely, or crashed: others go on where it was
    raise TrainingError(
        f'processes that invent scenes died {_TRIES} times (out of memory?), the last at scene '
        f'{chunks[done][1]}: try fewer workers'
    )


@cache
def _tools(bank: Path) -> tuple[TextEncoder, Vocabulary, Bank]:
    encoder = load_encoder(threads=1)
    return encoder, Vocabulary(COCO_NAMES, encoder), Bank.load(bank)


def _make(chunk: _Chunk) -> list[Example]:
    """Make the examples of some scenes."""
    seed, first, end, sentences, bank_path, perfect = chunk
    encoder, words, bank = _tools(bank_path)
    drafts: list[tuple[RegionTokens, list[TextTokens], list[Expression], Scene, Observation]] = []
    texts: list[str] = []
    for index in range(first, end):
        rng = np.random.default_rng([seed, index])
        scene = invent(rng)
        if perfect:
            seen = observe_perfectly(scene, bank, rng)
        else:
            seen = observe(scene, bank, rng)
            seen = replace(seen, descriptors=weathered(seen.descriptors, rng))
        could = expressions(scene, rng, 2 * sentences)
        would = [e for e in could if is_said(e, scene, rng)][:sentences]
        said = [(tokens_of_text(e.text, words), e) for e in would]
        kept = [(text, expression) for text, expression in said if text is not None]
        if not kept or not len(seen.regions):
            continue
        size = scene.width, scene.height
        if not perfect:
            kept = [(text, guessed(text.phrase, e, scene, rng)) for text, e in kept]
        tokens = tokens_of(seen.regions, seen.descriptors, size, words)
        drafts.append((tokens, [t for t, _ in kept], [e for _, e in kept], scene, seen))
        texts += [text.phrase.text for text, _ in kept]
    embedded = iter(encoder.tokens_of_many(texts))
    return [
        example(tokens, [replace(t, words=next(embedded)) for t in read], said, scene, seen)
        for tokens, read, said, scene, seen in drafts
    ]


def example(
    tokens: RegionTokens,
    texts: Sequence[TextTokens],
    said: Sequence[Expression],
    scene: Scene,
    seen: Observation,
) -> Example:
    """
    Join what is seen and what is said to arrays with their truth.

    :param tokens: N region tokens.
    :param texts: B phrases.
    :param said: what they mean.
    :param scene: what is truly there.
    :param seen: what was seen of it.
    :returns: the example.
    """
    found = gather(tokens, texts)
    boxes = np.array([thing.box for thing in scene.things], np.float32).reshape(-1, 4)
    overlaps = geometry.iou(seen.regions.boxes_px, boxes)
    truths = [_truth(each, seen, overlaps) for each in said]
    arrays = inputs(tokens, texts, found)
    return packed(
        arrays,
        np.stack([target for target, _, _ in truths]),
        np.stack([member for _, member, _ in truths]),
        [status for _, _, status in truths],
        [each.kind for each in said],
    )


def _truth(said: Expression, seen: Observation, overlaps: Floats) -> tuple[Floats, Floats, Status]:
    """Return target, membership and status of a sentence, as far as the detector saw."""
    n = len(seen.regions)
    target, member = np.zeros(n + 1, np.float32), np.zeros(n, np.float32)
    answers = 0
    for thing in said.meant if said.status is not Status.ABSENT else ():
        shows = (seen.thing == thing) & (overlaps[:, thing] >= _LEAST_IOU)
        if not shows.any():
            continue
        answers += 1
        member[shows] = 1
        target[int(np.argmax(np.where(shows, overlaps[:, thing], -1)))] += 1
    if not answers:
        target[-1] = 1
        return target, member, Status.ABSENT
    target /= target.sum()
    if said.quantity is Quantity.ONE:
        return target, member, Status.FOUND if answers == 1 else Status.AMBIGUOUS
    return target, member, said.status
