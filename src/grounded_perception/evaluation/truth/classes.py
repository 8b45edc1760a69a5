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
A truth's names of classes, put into the detector's words.

"Pedestrian" of KITTI is a *person* to a detector that was trained on COCO, "aeroplane" of Pascal
VOC an *airplane*. What a name becomes is looked up in this order: what the user says; a word of
the detector, whatever its case, spaces, hyphens and underscores; the tables below; what else the
detector can be asked. A name that none of these knows is left out, and that is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from grounded_perception.errors import TruthError
from grounded_perception.evaluation.truth.files import bytes_of, text_of
import yaml

#: A user's word for: keep its boxes as places where nothing counts, neither right nor wrong.
IGNORED = 'ignored'

#: Names of well-known sets, as :func:`_plain` makes them → words of COCO.
_WORDS = {
    # Pascal VOC 2012; "pottedplant" and "diningtable" differ by a space only.
    'aeroplane': 'airplane', 'motorbike': 'motorcycle', 'tvmonitor': 'tv', 'sofa': 'couch',
    # KITTI, MOTChallenge, BDD100K, Cityscapes.
    'pedestrian': 'person', 'personsitting': 'person', 'staticperson': 'person',
    'rider': 'person', 'people': 'person', 'human': 'person',
    'van': 'car', 'tram': 'train', 'bike': 'bicycle', 'motor': 'motorcycle', 'lorry': 'truck',
    'trafficsignal': 'traffic light',
    # British and other everyday names.
    'television': 'tv', 'mobilephone': 'cell phone', 'fridge': 'refrigerator',
    'doughnut': 'donut', 'hairdryer': 'hair drier', 'football': 'sports ball',
}  # fmt: skip
#: Names whose boxes hold, besides what no detector of COCO has a word for, a thing that it has
#: one for (a cyclist: a person and a bicycle), or that look like one: what is found there is
#: neither right nor wrong. By form.
_IGNORED = {
    'kitti': ('cyclist', 'misc'),
    # Milan et al. 2016 (https://arxiv.org/abs/1603.00831), section 3.2, and MOT20's crowds.
    'mot': ('persononvehicle', 'staticperson', 'distractor', 'reflection', 'crowd'),
}


def mapped(
    names: Iterable[str],
    form: str,
    class_names: Sequence[str] = (),
    mapping: Mapping[str, str] | None = None,
    resolve: Callable[[str], str] | None = None,
) -> dict[str, str]:
    """
    Put names into the detector's words.

    :param names: of the truth.
    :param form: of the truth; some names mean something else in one than elsewhere.
    :param class_names: the detector's words; empty = it takes any.
    :param mapping: the user's: truth's name → detector's word, :data:`IGNORED`, or ``''`` to
        leave it out.
    :param resolve: asks further for a word: truth's name → word, or ``''``; None = nobody to ask.
    :returns: each name → word, :data:`IGNORED`, or ``''`` = left out.
    :raises TruthError: when the user's mapping leads to a word that the detector does not know.
    """
    known = {_plain(word): word for word in reversed(class_names)}
    users = {_plain(name): _users(name, word, known) for name, word in (mapping or {}).items()}

    def word_of(name: str) -> str:
        plain = _plain(name)
        if plain in users:
            return users[plain]
        if name in class_names:
            return name
        if plain in known:
            return known[plain]
        if plain in _IGNORED.get(form, ()):
            return IGNORED
        word = _WORDS.get(plain, '')
        if not known and resolve is None:
            return word or name
        if _plain(word) in known:
            return known[_plain(word)]
        return (resolve(name) or (word and resolve(word))) if resolve else ''

    return {name: word_of(name) for name in names}


def _users(name: str, word: str, known: Mapping[str, str]) -> str:
    """Return the word that a user gave, as the detector writes it."""
    if not word or word == IGNORED or not known:
        return word
    if _plain(word) not in known:
        near = get_close_matches(_plain(word), known, n=3) or list(known)[:5]
        raise TruthError(
            f'the mapping {name!r} → {word!r}: the detector has no such class. It has '
            f'{", ".join(repr(known[each]) for each in near)}, ...; {IGNORED!r} makes what is '
            "found there count neither way, '' leaves the boxes out"
        )
    return known[_plain(word)]


def unused(names: Iterable[str], mapping: Mapping[str, str] | None) -> tuple[str, ...]:
    """
    Find names of a user's mapping that a truth does not have: misspelt, maybe.

    :param names: of the truth.
    :param mapping: the user's.
    :returns: those that nothing is called.
    """
    plain = {_plain(name) for name in names}
    return tuple(name for name in mapping or {} if _plain(name) not in plain)


def read_mapping(path: Path) -> dict[str, str]:
    """
    Read a user's mapping: YAML, one ``truth's name: detector's word`` a line.

    A word ``''`` leaves the boxes out; :data:`IGNORED` keeps them as places where nothing counts.

    :param path: of the file.
    :returns: name → word.
    :raises TruthError: when it is something else.
    """
    try:
        told = yaml.safe_load(text_of(path, bytes_of(path)))
    except (yaml.YAMLError, ValueError, RecursionError) as exc:
        raise TruthError(f'{path} is no YAML: {exc}') from exc
    wanted = 'one "name in the truth: word of the detector" a line is wanted'
    if not isinstance(told, dict):
        raise TruthError(f'{path}: {wanted}, got {type(told).__name__}')
    for name, word in told.items():
        if isinstance(name, bool) or not isinstance(name, str | int):
            raise TruthError(f'{path}: {wanted}; put {name!r} into quotes')
        if word is not None and not isinstance(word, str):
            raise TruthError(f'{path}: {wanted}; {name!r} has {word!r}')
    return {str(name): (word or '').strip() for name, word in told.items()}


def table(mapping: Mapping[str, str]) -> list[str]:
    """
    Show a mapping to people.

    :param mapping: truth's name → detector's word; ``''`` = left out.
    :returns: a line for each, those that change or are left out first.
    """
    width = max(map(len, mapping), default=0)
    order = sorted(mapping, key=lambda name: (mapping[name] == name, name))
    return [f'{name:<{width}} → {mapping[name] or "(left out)"}' for name in order]


def _plain(name: str) -> str:
    """Return a name without case, spaces, hyphens and underscores."""
    return ''.join(c for c in name.casefold() if c not in ' _-\t')
