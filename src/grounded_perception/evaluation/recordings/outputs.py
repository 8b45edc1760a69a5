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

"""What a running node published, read from a bag that any recorder wrote, by the image's stamp."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
import json
from pathlib import Path
import sqlite3
from typing import Any

from grounded_perception.errors import RecordingError
from grounded_perception.evaluation.recordings.digest import digest
from grounded_perception.evaluation.recordings.files import BagFiles
from grounded_perception.evaluation.recordings.messages import stamp_ns, Wire
from grounded_perception.evaluation.recordings.packing import unpacked, ZSTD_MAGIC
from grounded_perception.evaluation.recordings.storage import Message, StorageFile
from grounded_perception.wire import topics
from grounded_perception.wire.detected import Detected, detected

_KINDS = (topics.DETECTIONS, topics.GROUNDING, topics.QUERY_STATE)


@dataclass(frozen=True)
class Output:
    """
    What was published about one image.

    :param logged_ns: when the last of it was recorded.
    :param detections: of ``~/detections``.
    :param grounding: of ``~/grounding``; None where there was none.
    :param state: values of ``~/query_state``; empty where there were none.
    """

    logged_ns: int
    detections: tuple[Detected, ...]
    grounding: tuple[Detected, ...] | None = None
    state: Mapping[str, str] = field(default_factory=dict)


class Outputs:
    """
    The outputs of one node; kept on disk, so that memory does not grow with them.

    Of what was said twice of one stamp (a recording played in a loop) the first counts.

    :param path: of the bag.
    :param node: full name of the node; empty = the only one there is.
    :raises RecordingError: when the bag cannot be read, or holds no such node's detections.
    """

    def __init__(self, path: Path, node: str = '') -> None:
        self.path = path
        self._bag = BagFiles.open(path)
        self._kept = sqlite3.connect('')  # a file without a name, gone when it is closed
        self._unusable: list[RecordingError] = []
        try:
            self.node = node or self._only_node()
            self.problems = [f'answers {path.name}: {each}' for each in self._bag.problems]
            self._keep()
            if not self.images:
                raise RecordingError(
                    f'bag {path} holds no {topics.DETECTIONS.of(self.node)}, which the node '
                    f'publishes for every image; {self._listing()}'
                )
        except BaseException:
            self.close()
            raise

    @property
    def images(self) -> int:
        """Number of images that were answered."""
        wanted = (topics.DETECTIONS.name,)
        rows = self._kept.execute('SELECT count(*) FROM said WHERE topic = ?', wanted)
        return int(rows.fetchone()[0])

    def at(self, stamp: int) -> Output | None:
        """
        Look an image's answer up.

        :param stamp: of its header, in nanoseconds.
        :returns: what was published about it; None = nothing.
        """
        rows = self._kept.execute('SELECT topic, logged, told FROM said WHERE stamp = ?', (stamp,))
        logged, told = 0, {}
        for topic, logged_ns, text in rows:
            logged, told[topic] = max(logged, logged_ns), json.loads(text)
        if topics.DETECTIONS.name not in told:
            return None
        grounding = told.get(topics.GROUNDING.name)
        return Output(
            logged,
            _boxes(told[topics.DETECTIONS.name]),
            None if grounding is None else _boxes(grounding),
            told.get(topics.QUERY_STATE.name, {}),
        )

    def close(self) -> None:
        """Free it."""
        self._kept.close()
        self._bag.close()

    def _only_node(self) -> str:
        end = f'/{topics.DETECTIONS.name}'
        found = {
            each.topic.removesuffix(end)
            for file in self._bag.files
            for each in file.channels
            if each.topic.endswith(end) and each.type == topics.DETECTIONS.type and each.count
        }
        if len(found) == 1:
            return found.pop()
        wrong = f'of several nodes ({", ".join(sorted(found))}): name one' if found else 'of none'
        raise RecordingError(
            f'bag {self.path} holds detections {wrong}; a node publishes them on …{end} as '
            f'{topics.DETECTIONS.type}; {self._listing()}'
        )

    def _listing(self) -> str:
        channels = (each for file in self._bag.files for each in file.channels)
        found = sorted({f'{each.topic} ({each.type})' for each in channels})
        return f'topics there are: {", ".join(found) or "none"}'

    def _keep(self) -> None:
        self._kept.execute(
            'CREATE TABLE said (stamp INTEGER, topic TEXT, logged INTEGER, told TEXT, '
            'PRIMARY KEY (stamp, topic)) WITHOUT ROWID'
        )
        kinds = {kind.of(self.node): kind for kind in _KINDS}
        defined = {each.type: each for file in self._bag.files for each in file.channels}
        wire = Wire(self._bag.files[0].is_ros1, defined)
        for message in self._messages(kinds):
            kind = kinds[message.topic]
            if message.type != kind.type:
                continue
            try:
                said = self._said(wire.read(message))
            except (RecordingError, ValueError) as exc:
                self.problems.append(f'answers {self.path.name}: {exc}')
                continue
            if said:
                row = (said[0], kind.name, message.logged_ns, json.dumps(said[1]))
                self._kept.execute('INSERT OR IGNORE INTO said VALUES (?, ?, ?, ?)', row)
        if self._unusable:
            self.problems.append(
                f'answers {self.path.name}: {len(self._unusable)} detections left out, the first '
                f'because: {self._unusable[0]}'
            )

    def _said(self, message: Any) -> tuple[int, Any] | None:
        """Return the stamp of the image that a message speaks of, and what it says of it."""
        if hasattr(message, 'detections'):
            return stamp_ns(message), detected(message, self._unusable.append)
        values = {pair.key: pair.value for pair in message.values}
        # A state of a command speaks of no image; that of a question tells of no phrase.
        if 'stamp' not in values or 'phrase_1.text' not in values:
            return None
        seconds, _, rest = values['stamp'].partition('.')
        return int(seconds) * 1_000_000_000 + int(rest), values

    def _messages(self, wanted: Iterable[str]) -> Iterator[Message]:
        """Read file by file, each up to its break."""
        for file in self._bag.files:
            if file.problem:
                self.problems.append(f'answers {self.path.name}: {file.problem}')
            yield from self._of_file(file, list(wanted))

    def _of_file(self, file: StorageFile, wanted: list[str]) -> Iterator[Message]:
        messages = file.messages(wanted)
        while True:
            try:
                message = next(messages, None)
            except Exception as exc:  # whatever a reader stumbles on is the file's fault
                self.problems.append(f'answers {file.path.name} breaks off ({exc})')
                return
            if message is None:
                return
            if message.data[:4] == ZSTD_MAGIC:
                message = message._replace(data=unpacked(message.data, 'zstd')[0])
            yield message


def outputs_digest(path: Path) -> str:
    """
    Hash a bag of outputs.

    :param path: of the bag.
    :returns: SHA-256 of its files, hexadecimal.
    :raises RecordingError: when it cannot be read.
    """
    files = BagFiles.open(path)
    try:
        return digest(files.paths, path.is_dir())
    finally:
        files.close()


def _boxes(rows: Any) -> tuple[Detected, ...]:
    return tuple(
        Detected(tuple(box), tuple((name, score) for name, score in guesses), track)
        for box, guesses, track in rows
    )
