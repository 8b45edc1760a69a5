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

"""Pictures, a detector and words for the tests of the command line; no weights."""

from collections.abc import Callable
from dataclasses import dataclass
import json
from pathlib import Path

import cv2
from grounded_perception import assembly
from grounded_perception.cli.main import main
from grounded_perception.detectors.coco import COCO_NAMES
from grounded_perception.language import minilm
from grounded_perception.language.encoder import TokenEmbeddings
from grounded_perception.language.sentences import SentenceReader
from grounded_perception.language.vocabulary import Match
import numpy as np
import pytest

#: Two cars, a red one left, and a person; boxes as shares of the image.
SCRIPT = [
    ['car', 0.9, 0.05, 0.4, 0.35, 0.8],
    ['car', 0.8, 0.6, 0.4, 0.95, 0.8],
    ['person', 0.7, 0.42, 0.2, 0.55, 0.9],
    ['dog', 0.35, 0.4, 0.85, 0.5, 0.99],
]


class FakeWords:
    """Words that know the COCO names and nothing else, each at right angles to the others."""

    def resolve(self, noun: str) -> Match:
        if noun and noun not in COCO_NAMES:
            return Match(noun, 'unknown', (), 0.0, f'{noun!r} is none of the classes')
        return Match(noun, 'understood', (noun,) if noun else COCO_NAMES, 1.0, 'a class')

    def embed(self, texts) -> np.ndarray:
        rows = np.eye(len(COCO_NAMES), minilm.WIDTH, dtype=np.float32)
        return rows[[COCO_NAMES.index(text) for text in texts]]

    def tokens(self, text: str) -> TokenEmbeddings:
        words = tuple(text.split())
        return TokenEmbeddings(words, np.eye(len(words), minilm.WIDTH, dtype=np.float32), ())


@dataclass
class Result:
    """What a run of the command line gave."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict]:
        """Stdout as JSON objects; fails where anything else is on it."""
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def cli(capsys) -> Callable[..., Result]:
    """Run the command line in this process."""

    def call(*arguments: object) -> Result:
        code = main([str(a) for a in arguments])
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return call


@pytest.fixture
def scripted() -> list[str]:
    """Name the arguments that choose the scripted detector, and rules: no network to guess at."""
    script = f'scripted.script={json.dumps(SCRIPT)}'
    return ['--detector', 'scripted', '--option', script, '--fusion', 'rules']


@pytest.fixture
def words(monkeypatch) -> None:
    """Replace the text encoder, and leave away the network that reads its states."""
    monkeypatch.setattr(assembly, 'load_words', lambda settings, detector: FakeWords())
    monkeypatch.setattr(assembly, 'load_sentences', lambda settings, words: SentenceReader())


@pytest.fixture
def photos(tmp_path) -> Path:
    """Make a folder with three images: left half red, right half blue."""
    folder = tmp_path / 'photos'
    folder.mkdir()
    bgr = np.zeros((120, 200, 3), np.uint8)
    bgr[:, :100, 2] = 220
    bgr[:, 100:, 0] = 220
    for name in ('b.png', 'a.jpg', 'c.bmp'):
        assert cv2.imwrite(str(folder / name), bgr)
    (folder / 'notes.txt').write_text('not an image')
    return folder
