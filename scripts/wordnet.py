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
Write ``language/data/wordnet.txt``: rare names of things, and adjectives, from WordNet 3.0.

``python scripts/wordnet.py /usr/share/wordnet`` (Debian's package ``wordnet-base`` puts it there).

A noun is taken where its first sense is a kind of what a class of :data:`NAMES` means, and where
it is no likelier a verb or adjective. Words that ``concepts.json``, ``background.txt`` or the
lexicon have already are left out: what is written by hand holds. An adjective is taken where it is
no noun, or one in less than a quarter of the tagged texts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
import re
import sys
import textwrap

from grounded_perception.language import wordnet
from grounded_perception.language.concepts import background, written
from grounded_perception.language.lexicon import every_word

#: Class → sense of its own name, 0 the first; cattle are cows to COCO, ships are boats.
NAMES = {
    'person': ('person', 0), 'bicycle': ('bicycle', 0), 'car': ('car', 0),
    'motorcycle': ('motorcycle', 0), 'airplane': ('airplane', 0), 'bus': ('bus', 0),
    'truck': ('truck', 0), 'boat': ('boat', 0), 'bird': ('bird', 0), 'cat': ('cat', 0),
    'dog': ('dog', 0), 'horse': ('horse', 0), 'cow': ('cattle', 0), 'sheep': ('sheep', 0),
    'elephant': ('elephant', 0), 'bear': ('bear', 0), 'handbag': ('handbag', 0),
    'suitcase': ('suitcase', 0), 'bottle': ('bottle', 0), 'knife': ('knife', 0),
    'sandwich': ('sandwich', 0), 'chair': ('chair', 0), 'couch': ('couch', 0), 'bed': ('bed', 0),
    'clock': ('clock', 0),
}  # fmt: skip
ALSO = {'boat': ('ship', 0)}
#: Kinds of senses (lexicographer files) beside which a person is seldom meant: a printer, a
#: speaker, a star.
_THINGS = {4, 5, 6, 7, 9, 10, 13, 17, 20, 27}
#: Kinds that look otherwise than what they are kinds of, and what a robot shall call nobody.
LEFT_OUT = {
    'wheelchair', 'unwelcome_person', 'bad_person', 'unpleasant_person', 'simpleton', 'weakling',
    'sensualist', 'slave', 'prostitute', 'person_of_color', 'mulatto', 'octoroon', 'quadroon',
    'crossbreed', 'sinner', 'deviate', 'failure', 'unfortunate', 'primitive', 'victim', 'queer',
    'spic', 'fool', 'homosexual', 'seducer', 'debtor', 'coward', 'woman_of_the_street', 'slattern',
}  # fmt: skip
#: What WordNet's own glosses say of words that a robot shall not learn.
_RUDE = re.compile(
    'offensive|slur|disparag|derogat|vulgar|obscen|insult|contempt|despis|abuse|prostitut|stupid|'
    'sexual|mentally|subnormal|mixed_race|ancestry'
)
_PLAIN = re.compile(r"[a-z]{3,}(?:[_'-][a-z]+)*")


class WordNet:
    """
    The database.

    :param folder: of ``data.noun``, ``index.noun``, ``cntlist.rev``, …
    """

    def __init__(self, folder: Path) -> None:
        self.senses: dict[tuple[str, str], list[str]] = {}
        for pos in ('noun', 'verb', 'adj'):
            for row in _rows(folder / f'index.{pos}'):
                self.senses[row[0], pos] = row[6 + int(row[3]) :]
        self.kind: dict[str, int] = {}
        self.spelt: dict[str, list[str]] = {}
        self._narrower: dict[str, list[str]] = {}
        self.is_rude: set[str] = set()
        for row in _rows(folder / 'data.noun'):
            words = int(row[3], 16)
            at = 5 + 2 * words
            ties = [row[k : k + 3] for k in range(at, at + 4 * int(row[at - 1]), 4)]
            self.kind[row[0]] = int(row[1])
            if _RUDE.search(' '.join(row)):
                self.is_rude.add(row[0])
            self.spelt[row[0]] = row[4 : at - 1 : 2]
            self._narrower[row[0]] = [to for tie, to, pos in ties if tie == '~' and pos == 'n']
        self.tagged: Counter[tuple[str, str]] = Counter()
        names = {'1': 'noun', '2': 'verb', '3': 'adj', '4': 'adv', '5': 'adj'}
        for row in (line.split() for line in (folder / 'cntlist.rev').read_text().splitlines()):
            word, _, rest = row[0].partition('%')
            self.tagged[word, names[rest[0]]] += int(row[2])

    def kinds_of(self, sense: str) -> Iterator[str]:
        """
        List a sense and all that are narrower.

        :param sense: its offset.
        :returns: offsets.
        """
        if LEFT_OUT & set(self.spelt[sense]):
            return
        yield sense
        for each in self._narrower[sense]:
            yield from self.kinds_of(each)


def _rows(path: Path) -> Iterator[list[str]]:
    for line in path.read_text(encoding='latin1').splitlines():
        if not line.startswith('  '):  # the licence
            yield line.split()


def names(net: WordNet, known: frozenset[str]) -> dict[str, list[str]]:
    """
    Find names of what classes mean.

    :param net: the database.
    :param known: words that are known already.
    :returns: class → names.
    """
    owner: dict[str, str] = {}
    for owned, (noun, sense) in (*ALSO.items(), *NAMES.items()):
        for each in net.kinds_of(net.senses[noun, 'noun'][sense]):
            owner.setdefault(each, owned)
    found = defaultdict(list)
    for (word, pos), senses in sorted(net.senses.items()):
        name = owner.get(senses[0]) if pos == 'noun' else None
        text = word.replace('_', ' ')
        if not name or text in known or not _PLAIN.fullmatch(word):
            continue
        is_proper = any(each != word and each.lower() == word for each in net.spelt[senses[0]])
        is_rude = any(sense in net.is_rude for sense in senses)
        if is_rude or is_proper or _means_else(net, word, is_person=name == 'person'):
            continue
        found[name].append(text)
    return found


def _means_else(net: WordNet, word: str, *, is_person: bool) -> bool:
    """Say whether a noun is likelier another kind of word, or names a thing as well."""
    nouns = net.tagged[word, 'noun']
    others = [pos for pos in ('verb', 'adj') if (word, pos) in net.senses]
    if others and (nouns < 2 or any(net.tagged[word, pos] > nouns for pos in others)):
        return True
    also = {net.kind[sense] for sense in net.senses[word, 'noun'][1:3]}
    return is_person and ('_' in word or bool(also & _THINGS))


def adjectives(net: WordNet, known: frozenset[str]) -> list[str]:
    """
    Find words that describe and do not name.

    :param net: the database.
    :param known: words that are known already.
    :returns: adjectives.
    """
    return [
        word
        for word, pos in sorted(net.senses)
        if pos == 'adj'
        and word not in known | LEFT_OUT
        and _PLAIN.fullmatch(word)
        and '_' not in word
        and not word.endswith(('ing', 'ed'))  # known by their form
        and ((word, 'noun') not in net.senses or _describes(net, word))
    ]


def _describes(net: WordNet, word: str) -> bool:
    return net.tagged[word, 'adj'] > 3 * max(net.tagged[word, 'noun'], 1)


def main() -> int:
    """Write the file."""
    if len(sys.argv) != 2 or not (Path(sys.argv[1]) / 'data.noun').is_file():
        sys.stderr.write(f'{__doc__}\n')
        return 2
    net = WordNet(Path(sys.argv[1]))
    known = frozenset((*background(), *written(), *every_word()))
    found = names(net, known)
    taken = {word for each in found.values() for word in each}
    parts = {**found, wordnet.ADJECTIVES: [w for w in adjectives(net, known) if w not in taken]}
    lines = []
    for name, words in sorted(parts.items()):
        said = ' '.join(word.replace(' ', '_') for word in words)
        lines += [f'[{name}]', *textwrap.wrap(said, 99, break_on_hyphens=False)]
        sys.stdout.write(f'{name}: {len(words)}\n')
    wordnet.PATH.write_text('\n'.join(lines) + '\n', encoding='utf-8')
    return 0


if __name__ == '__main__':
    sys.exit(main())
