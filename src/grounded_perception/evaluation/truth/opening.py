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

"""Truths from files: which form they are, read, checked and in the detector's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
import hashlib
from pathlib import Path

from grounded_perception.errors import TruthError
from grounded_perception.evaluation.truth import coco, expressions, kitti, mot, voc, yolo
from grounded_perception.evaluation.truth.draft import Draft
from grounded_perception.evaluation.truth.finishing import finished
from grounded_perception.evaluation.truth.frames_map import read_frames_map, stamped
from grounded_perception.evaluation.truth.names import Names
from grounded_perception.evaluation.truth.recognising import candidates, FORMS, labels_in, SUFFIXES
from grounded_perception.evaluation.truth.records import Truth
from grounded_perception.evaluation.truth.sources import TruthSource

_READERS: dict[str, Callable[[Path], Draft]] = {
    'coco': coco.read,
    'yolo': yolo.read,
    'kitti': kitti.read,
    'voc': voc.read,
    'mot': mot.read,
}


def load_truth(
    path: Path,
    form: str = 'auto',
    *,
    class_names: Sequence[str] = (),
    mapping: Mapping[str, str] | None = None,
    frames_map: Path | None = None,
    resolve: Callable[[str], str] | None = None,
    split: str = '',
) -> Truth:
    """
    Read a truth.

    :param path: a file, or a folder with one.
    :param form: one of :data:`FORMS`, or ``'auto'``: told from what is there.
    :param class_names: the detector's words; empty = it takes any.
    :param mapping: the user's own words for the truth's classes, see :mod:`.classes`.
    :param frames_map: file that says at which stamp of the recording each image is.
    :param resolve: asks further for a word: truth's name → the detector's, or ``''``.
    :param split: of sentences, only those of this split; empty = all.
    :returns: it; its ``problems`` say what was left out.
    :raises TruthError: naming the place, what is there and what is allowed.
    """
    if form not in ('auto', *FORMS):
        raise TruthError(f'a truth of form {form!r}: allowed are auto, {", ".join(FORMS)}')
    form, path = _chosen(Path(path), form)
    draft = expressions.read(path, split) if form == 'expressions' else _READERS[form](path)
    truth = finished(draft, class_names, mapping, resolve)
    return stamped(truth, read_frames_map(frames_map)) if frames_map else truth


def load_truths(
    source: TruthSource,
    class_names: Sequence[str] = (),
    resolve: Callable[[str], str] | None = None,
) -> Truth:
    """
    Read all files of a truth and put them together.

    :param source: one path, or two: boxes and sentences.
    :param class_names: the detector's words; empty = it takes any.
    :param resolve: asks further for a word: truth's name → the detector's, or ``''``.
    :returns: one truth.
    :raises TruthError: naming the place, what is there and what is allowed.
    """
    if not 1 <= len(source.paths) <= 2:
        raise TruthError(
            f'one truth is wanted, or one with boxes and one with sentences; got '
            f'{len(source.paths)}: {", ".join(map(str, source.paths))}'
        )
    truths = [
        load_truth(
            path,
            source.form,
            class_names=class_names,
            mapping=source.mapping,
            frames_map=source.frames_map,
            resolve=resolve,
            split=source.split,
        )
        for path in source.paths
    ]
    return truths[0] if len(truths) == 1 else joined(*truths)


def _chosen(path: Path, form: str) -> tuple[str, Path]:
    """Choose the one truth that is meant."""
    found = candidates(path)
    fitting = [each for each in found if form in ('auto', each[0])]
    if len(fitting) > 1:
        listed = '; '.join(f'{each} ({kind})' for kind, each in fitting)
        raise TruthError(f'{path} holds several truths: {listed}. Name one by its path or form')
    if fitting:
        form, path = fitting[0]
        if form in SUFFIXES and path.is_file():
            raise TruthError(
                f'{path} is one file of {FORMS[form]}: give the folder, {path.parent}'
            )
        return form, path
    # Whoever names the form is told by its reader what is wrong.
    if form in SUFFIXES:
        labels = labels_in(path, form)
        if labels:
            return form, labels
    elif form != 'auto' and path.is_file():
        return form, path
    listed = '; '.join(f'{each} ({kind})' for kind, each in found) or 'none of them'
    wanted = ', '.join(f'{kind} ({text})' for kind, text in FORMS.items())
    sought = 'a truth' if form == 'auto' else f'a truth of form {form!r} ({FORMS[form]})'
    raise TruthError(f'{path} is not {sought}. Allowed are {wanted}; found: {listed}')


def joined(first: Truth, second: Truth) -> Truth:
    """
    Put together a truth of boxes and one of sentences about the same images.

    :param first: of either kind.
    :param second: of the other kind.
    :returns: both; the sentences have the names of images that the boxes have.
    :raises TruthError: when both are of one kind, or of different images.
    """
    boxes, said = (first, second) if first.has_boxes else (second, first)
    if not boxes.has_boxes or boxes.sentences or said.has_boxes or not said.sentences:
        raise TruthError(
            f'{first.path} ({first.form}) and {second.path} ({second.form}) cannot be put '
            'together: one with boxes and one with sentences are wanted'
        )
    names = Names(boxes.frames)
    sentences = tuple(replace(s, key=names.find(s.key) or s.key) for s in said.sentences)
    if not any(sentence.key in boxes.frames for sentence in sentences):
        raise TruthError(
            f'{boxes.path} and {said.path} are of different images, such as '
            f'{next(iter(boxes.frames))!r} and {sentences[0].key!r}'
        )
    return replace(
        boxes,
        path=f'{boxes.path} + {said.path}',
        form=f'{boxes.form}+{said.form}',
        digest=hashlib.sha256(f'{boxes.digest}{said.digest}'.encode()).hexdigest(),
        sentences=sentences,
        problems=(*boxes.problems, *said.problems),
    )
