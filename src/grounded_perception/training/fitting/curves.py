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

"""What a fit leaves to look at: ``curves.csv``, one row each few steps and each epoch."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from grounded_perception.training.fitting.metrics import Metrics, STATUS_NAMES

FILE = 'curves.csv'
_COLUMNS = ('step', 'loss', 'learning_rate', 'accuracy', 'nll', *STATUS_NAMES)


@dataclass(frozen=True)
class Point:
    """
    One row.

    :param step: steps done.
    :param loss: mean of the training loss since the row before.
    :param learning_rate: of the last step.
    :param metrics: on validation, None where none was made.
    """

    step: int
    loss: float
    learning_rate: float
    metrics: Metrics | None = None


class Curves:
    """
    The table, a file that is complete after each row.

    :param folder: of the fit.
    :param step: rows of later steps are forgotten: they will come again.
    """

    def __init__(self, folder: Path, step: int) -> None:
        self._path = folder / FILE
        kept = [row for row in rows(folder) if int(row['step']) <= step]
        with self._path.open('w', newline='') as stream:
            writer = csv.DictWriter(stream, _COLUMNS, lineterminator='\n')
            writer.writeheader()
            writer.writerows(kept)

    def add(self, point: Point) -> None:
        """
        Append a row.

        :param point: the row.
        """
        row = {
            'step': str(point.step),
            'loss': f'{point.loss:.6f}',
            'learning_rate': f'{point.learning_rate:.3e}',
        }
        if metrics := point.metrics:
            row |= {'accuracy': f'{metrics.accuracy:.4f}', 'nll': f'{metrics.nll:.4f}'}
            row |= {k: f'{v.accuracy:.4f}' for k, v in metrics.by_status.items()}
        with self._path.open('a', newline='') as stream:
            csv.DictWriter(stream, _COLUMNS, lineterminator='\n').writerow(row)


def rows(folder: Path) -> list[dict[str, str]]:
    """
    Read the table.

    :param folder: of the fit.
    :returns: its rows, as text; none where there is no table. An unfinished last row is left out.
    """
    path = folder / FILE
    if not path.is_file():
        return []
    with path.open(newline='') as stream:
        every = list(csv.DictReader(stream))
    return [row for row in every if (row.get('step') or '').isdigit() and None not in row.values()]
