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
A damaged sqlite3 file of a bag of ROS 2: its messages as far as they are there.

Tables: https://github.com/ros2/rosbag2, ``rosbag2_storage_sqlite3``. What readers begin with,
counting by topic, fails as soon as one page is missing anywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path
import sqlite3
from urllib.parse import quote

from grounded_perception.evaluation.recordings.scanned import Broken, Source
from grounded_perception.evaluation.recordings.sqlite_pages import Pages, Row
from grounded_perception.evaluation.recordings.storage import Channel, Message
from grounded_perception.evaluation.recordings.whole import typed

_FORMS = {'ros2msg': 'msg', 'ros2idl': 'idl'}


class RowsFile:
    """
    A file whose messages are looked for page by page.

    :param path: the file.
    :raises Broken: when there is not one message in it.
    """

    is_ros1 = False

    def __init__(self, path: Path) -> None:
        self.path = path
        self._source = Source(path)
        try:
            declared, count = _topics(path)
            self._pages = Pages(self._source)
            self._rows, lost = self._scan(declared)
            self.problem = '' if len(self._rows) == count else self._said(lost)
            if not self._rows:
                raise Broken(self.problem or 'it holds no messages')
        except BaseException:
            self.close()
            raise
        self._declared = declared
        counts = Counter(row.topic for row in self._rows)
        self.channels = tuple(
            Channel(each.topic, each.type, counts[number], each.definition, each.form)
            for number, each in declared.items()
        )
        self.start_ns = self._rows[0].logged_ns

    def _scan(self, declared: Collection[int]) -> tuple[list[Row], int]:
        """Return the rows whose data is there, by time, and how many have lost theirs."""
        rows: dict[int, Row] = {}
        lost: set[int] = set()
        for row in self._pages.rows():
            if row.topic in declared and row.number not in rows:
                try:
                    self._pages.data(row)
                except Broken:
                    lost.add(row.number)
                else:
                    rows[row.number] = row
        order = sorted(rows.values(), key=lambda each: (each.logged_ns, each.number))
        return order, len(lost - rows.keys())

    def _said(self, lost: int) -> str:
        size, whole = self._source.size, self._pages.whole_size
        what = f'{len(self._rows)} of its messages can be found, {lost} more are cut off'
        if size < whole:
            return f'{self.path.name} breaks off at byte {size} of {whole} ({what})'
        return f'{self.path.name} is damaged ({what})'

    def messages(self, topics: Collection[str]) -> Iterator[Message]:
        """
        Read the messages of some topics, ordered by the time of recording.

        :param topics: their names.
        """
        for row in self._rows:
            channel = self._declared[row.topic]
            if channel.topic in topics:
                data = self._pages.data(row)
                yield Message(channel.topic, channel.type, row.logged_ns, data)

    def close(self) -> None:
        """Close the file."""
        self._source.close()


def _topics(path: Path) -> tuple[dict[int, Channel], int]:
    """Read the tables that are written first, and the number of messages; -1 = not known."""
    # Immutable: nothing is locked or written, and a log beside the file is left alone.
    uri = f'file:{quote(str(path.absolute()))}?mode=ro&immutable=1'
    definitions: dict[str, tuple[str, str]] = {}
    try:
        with closing(sqlite3.connect(uri, uri=True)) as database:
            # Or else SQLite refuses at once every file that is shorter than its header says.
            database.execute('PRAGMA writable_schema = ON')
            try:
                for name, form, text in database.execute(
                    'SELECT topic_type, encoding, encoded_message_definition'
                    ' FROM message_definitions'
                ):
                    definitions[name] = (text, _FORMS.get(form, 'none'))
            except sqlite3.Error:
                pass  # a file from before Iron has none; a damaged one is read without
            rows = database.execute(
                'SELECT id, name, type, serialization_format FROM topics ORDER BY id'
            )
            found = {
                number: Channel(topic, typed(name, form), 0, *definitions.get(name, ('', 'none')))
                for number, topic, name, form in rows
            }
            try:
                ((count,),) = database.execute('SELECT count(*) FROM messages NOT INDEXED')
            except sqlite3.Error:
                count = -1
            return found, count
    except sqlite3.Error as exc:
        raise Broken(f'its topics cannot be read: {exc}') from exc
