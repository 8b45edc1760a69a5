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

"""How far a long job is, for a person who looks on."""

from __future__ import annotations

import sys
from typing import Any

#: Fewer steps than this are over before anyone wonders.
_WORTH_IT = 10


class Progress:
    """
    Counts steps on one line of stderr, if that is a terminal and there are many.

    :param total: number of steps.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._shown = total > _WORTH_IT and sys.stderr.isatty()
        self._done = 0

    def step(self, name: str) -> None:
        """
        Say that a step begins.

        :param name: what it is about.
        """
        self._done += 1
        if self._shown:
            print(
                f'\r\033[K{self._done}/{self._total} {name}', end='', file=sys.stderr, flush=True
            )

    def clear(self) -> None:
        """Take the line away, so that other text may follow."""
        if self._shown:
            self._show('')

    def _show(self, text: str) -> None:
        print(f'\r\033[K{text}', end='', file=sys.stderr, flush=True)


class Bar:
    """How far an evaluation is: a bar with rate and time left, on a terminal only."""

    def __init__(self) -> None:
        self._bar: Any = None

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *ended: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def begin(self, total: int, known: int) -> None:
        """
        Show how much there is to do.

        :param total: images; -1 = not known.
        :param known: of these, how many were answered before.
        """
        try:
            from tqdm import tqdm
        except ImportError:
            return  # a bar is a comfort
        self._bar = tqdm(
            total=None if total < 0 else total,
            initial=known,
            unit='image',
            disable=None,
            file=sys.stderr,
            dynamic_ncols=True,
        )

    def count(self, images: int) -> None:
        """
        Go on.

        :param images: how many more were answered.
        """
        if self._bar is not None:
            self._bar.update(images)

    def stage(self, text: str) -> None:
        """
        Say what is done after the last image.

        :param text: for people.
        """
        if self._bar is not None:
            self._bar.set_postfix_str(text)
