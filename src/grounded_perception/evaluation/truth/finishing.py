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

"""What was read, put into the detector's words, with a word about everything left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from grounded_perception.errors import TruthError
from grounded_perception.evaluation.truth.classes import IGNORED, mapped, unused
from grounded_perception.evaluation.truth.draft import Draft, Image
from grounded_perception.evaluation.truth.records import TrueFrame, Truth
import numpy as np


def finished(
    draft: Draft,
    class_names: Sequence[str] = (),
    mapping: Mapping[str, str] | None = None,
    resolve: Callable[[str], str] | None = None,
) -> Truth:
    """
    Put the classes of a draft into the detector's words.

    :param draft: all that was read.
    :param class_names: the detector's words; empty = it takes any.
    :param mapping: the user's own, see :func:`~.classes.mapped`.
    :param resolve: asks further for a word, see :func:`~.classes.mapped`.
    :returns: the truth.
    :raises TruthError: when it is empty, or of classes that the detector does not know.
    """
    if not draft.images and not draft.sentences:
        raise TruthError(f'{draft.path}: neither images nor sentences are in it')
    words = mapped(draft.names, draft.form, class_names, mapping, resolve)
    problems = (*draft.problems, *_left_out(draft, words, mapping))
    complete = {words[name] for name, whole in draft.names.items() if whole} - {'', IGNORED}
    return Truth(
        path=draft.path,
        form=draft.form,
        digest=draft.digest,
        frames={key: _frame(key, image, words) for key, image in draft.images.items()},
        sentences=tuple(draft.sentences),
        class_names=tuple(word for word in dict.fromkeys(words.values()) if word in complete),
        mapping={name: '' if word == IGNORED else word for name, word in words.items()},
        has_boxes=bool(draft.images),
        has_tracks=draft.has_tracks,
        problems=problems,
    )


def _left_out(
    draft: Draft, words: Mapping[str, str], mapping: Mapping[str, str] | None
) -> list[str]:
    """Say what is left out."""
    told = []
    if draft.flat:
        number = _count(len(draft.flat), 'box', 'boxes')
        told.append(f'{number} without width or height left out, the first in {draft.flat[0]}')
    boxes = Counter(name for image in draft.images.values() for name in image.names if name)
    if boxes and not any(words[name] for name in boxes):
        raise TruthError(
            f'{draft.path}: the detector knows none of its classes ({_listed(boxes)}): map them, '
            'one "name in the truth: word of the detector" a line of a YAML file'
        )
    for word, text in (
        ('', 'left out, because the detector has no word for them or the mapping says so'),
        (IGNORED, 'kept as places where nothing counts'),
    ):
        names = {name: boxes[name] for name in words if words[name] == word}
        if names:
            total = _count(sum(names.values()), 'box', 'boxes')
            told.append(f'{total} {text}: {_listed(names)}')
    # A truth of sentences has no names; the mapping is for another one beside it.
    strange = unused(words, mapping) if words else ()
    if strange:
        told.append(
            f'the mapping names what the truth does not have: {", ".join(strange)}; it has '
            f'{", ".join(list(words)[:20])}'
        )
    return told


def _frame(key: str, image: Image, words: Mapping[str, str]) -> TrueFrame:
    """Make an image's record of what was collected."""
    labels = [words.get(name, IGNORED) for name in image.names]
    kept = [i for i, label in enumerate(labels) if label]
    ignored = [image.ignored[i] or labels[i] == IGNORED for i in kept]
    return TrueFrame(
        key=key,
        boxes_px=np.array([image.boxes[i] for i in kept], np.float32).reshape(-1, 4),
        labels=tuple('' if labels[i] == IGNORED else labels[i] for i in kept),
        ignored=np.array(ignored, np.bool_),
        areas_px=np.array([image.areas[i] for i in kept], np.float32),
        track_ids=np.array([image.tracks[i] for i in kept], np.int64),
        stamp_ns=image.stamp_ns,
        index=image.index,
    )


def _count(number: int, one: str, many: str) -> str:
    return f'{number} {one if number == 1 else many}'


def _listed(counts: Mapping[str, int]) -> str:
    """List names with how often they come, the most frequent first."""
    order = sorted(counts, key=lambda name: -counts[name])
    more = f' and {len(order) - 20} more' if len(order) > 20 else ''
    return ', '.join(f'{name} ({counts[name]})' for name in order[:20]) + more
