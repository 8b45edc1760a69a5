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
Which words of a sentence describe the thing that is meant.

"Catch up with *the man holding two poles*", "*the kettle* is boiling over, switch it off": people
wrap what they mean into more than lists of verbs can hold. A small recurrent network reads the
text encoder's states, word by word, and says of each word whether it describes the thing, and
whether it names it. What it leaves is read by the grammar. ``docs/fusion.md`` tells how it was
fitted, ``benchmarks/commands.py`` how often it is right.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from grounded_perception.errors import ModelCorrupt, ModelMissing, SettingsError
from grounded_perception.language.encoder import TokenEmbeddings
from grounded_perception.language.recurrent import both_ways, linear
from grounded_perception.records import Floats
from grounded_perception.settings import Settings
from grounded_perception.weights import is_intact
import numpy as np
from numpy.typing import NDArray

#: What a word may be, in the order of the network's outputs.
OUTSIDE, INSIDE, NAME = range(3)
#: Where the weights that ship are.
PACKAGED = Path(__file__).parent / 'weights'
WEIGHTS = 'focus.safetensors'
FILES = (WEIGHTS,)
#: Marks between two parts of a description are not a part of either.
_MARKS = ' ,.;:!?-'
_JOINT = ', '


@dataclass(frozen=True)
class Focused:
    """
    A sentence without what does not describe the thing meant.

    :param text: the words that describe it, as said; parts that were apart are joined by commas.
    :param name: its name's first character in ``text`` and one past its last; None = it has
        none, or it is not sure which.
    """

    text: str
    name: tuple[int, int] | None = None


class ReadsWords(Protocol):
    """What reads words in the light of each other; a text encoder does."""

    def tokens(self, text: str) -> TokenEmbeddings:
        """Return the words of a text."""


class Focus:
    """
    Finds what a sentence is about; for one thread at a time.

    :param encoder: reads words in the light of each other.
    :param weights: by name, see :func:`load`.
    """

    def __init__(self, encoder: ReadsWords, weights: dict[str, Floats]) -> None:
        self._encoder = encoder
        self._weights = weights

    def read(self, text: str) -> Focused:
        """
        Leave away what does not describe the thing meant.

        :param text: a sentence of any length.
        :returns: the rest; the whole sentence where no word describes anything.
        :raises ModelFailed: when the text encoder fails.
        """
        embedded = self._encoder.tokens(text)
        if not embedded.words:
            return Focused(text)
        chances = probabilities(embedded.vectors, self._weights)
        inside = describes(chances)
        if not inside.any():
            return Focused(text)
        named = inside & (chances[:, NAME] > 0.5)
        return _joined(text, embedded.spans, inside, named)


def probabilities(vectors: Floats, weights: dict[str, Floats]) -> Floats:
    """
    Say of each word what it probably is.

    :param vectors: ``(T, 384)`` float32, the words in the light of each other.
    :param weights: by name.
    :returns: ``(T, 3)``: that it is outside, inside the description, the thing's name.
    """
    hidden = linear(vectors, weights, 'enter')
    logits = linear(both_ways(hidden, weights, 'pass'), weights, 'leave')
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def describes(chances: Floats) -> NDArray[np.bool_]:
    """
    Decide which words belong to the description.

    :param chances: ``(T, 3)`` of :func:`probabilities`.
    :returns: ``(T,)``.
    """
    return np.asarray(chances[:, OUTSIDE] < 0.5, np.bool_)


def folder_of(settings: Settings) -> Path | None:
    """
    Say where the network is.

    :param settings: its ``focus`` says which.
    :returns: the folder; None where the grammar is to be alone.
    :raises SettingsError: when ``focus`` is neither a name nor a folder.
    """
    if settings.focus == 'none':
        return None
    folder = PACKAGED if settings.focus == 'trained' else Path(settings.focus).expanduser()
    if not folder.is_dir():
        raise SettingsError(
            "focus must be 'trained', 'none' or a folder that `grounded-perception train-focus` "
            f'wrote, got {settings.focus!r}'
        )
    return folder


def load(encoder: ReadsWords, folder: Path = PACKAGED) -> Focus:
    """
    Load the network.

    :param encoder: the text encoder to share.
    :param folder: what ``grounded-perception train-focus`` wrote.
    :returns: it, ready.
    :raises ModelMissing: when safetensors is not installed.
    :raises ModelCorrupt: when it does not hold what was written.
    """
    if not is_intact(folder, FILES):
        raise ModelCorrupt(
            f'the focus network in {folder} is not whole: {WEIGHTS} must be as manifest.json says'
        )
    try:
        from safetensors.numpy import load_file
    except ImportError as exc:
        raise ModelMissing('safetensors is not installed: pip install safetensors') from exc
    weights = {name: np.asarray(w, np.float32) for name, w in load_file(folder / WEIGHTS).items()}
    return Focus(encoder, weights)


def _joined(
    text: str,
    spans: tuple[tuple[int, int], ...],
    inside: NDArray[np.bool_],
    named: NDArray[np.bool_],
) -> Focused:
    """Put the parts of a description together, and say where its name then is."""
    parts = [_trimmed(text, *span) for span in _runs(spans, inside)]
    parts = [(0, len(text))] if inside.all() else [part for part in parts if part[0] < part[1]]
    name = next(iter(_runs(spans, named)), None)  # the first: lists are for the grammar
    at, moved = 0, None
    for start, stop in parts:
        if name and start <= name[0] and name[1] <= stop:
            moved = name[0] - start + at, name[1] - start + at
        at += stop - start + len(_JOINT)
    return Focused(_JOINT.join(text[start:stop] for start, stop in parts) or text, moved)


def _runs(
    spans: tuple[tuple[int, int], ...], chosen: NDArray[np.bool_]
) -> Iterator[tuple[int, int]]:
    """Yield where neighbours among the words begin and end that are chosen."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], chosen, [False]])))
    for first, end in edges.reshape(-1, 2):
        yield spans[first][0], spans[end - 1][1]


def _trimmed(text: str, start: int, stop: int) -> tuple[int, int]:
    """Leave away marks at both ends."""
    part = text[start:stop]
    return start + len(part) - len(part.lstrip(_MARKS)), start + len(part.rstrip(_MARKS))
