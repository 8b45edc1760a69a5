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


"""The report: results of an evaluation as one page for people."""

from __future__ import annotations

from pathlib import Path
import shlex

from grounded_perception.errors import TruthError
from grounded_perception.evaluation.report import rendering, tables
from grounded_perception.evaluation.report.embedding import data_uri
from grounded_perception.evaluation.results import Json

_NAME = 'report.html'


def write(results: Json, folder: Path) -> Path:
    """
    Write ``report.html``: tables, charts and pictures in one file that opens offline.

    :param results: of schema ``grounded_perception/results/1``.
    :param folder: where it goes, and where the pictures lie that the results name.
    :returns: the file.
    :raises TruthError: when the results are not of that schema, or nothing can be written.
    :raises ModelMissing: when jinja2 is not installed.
    """
    return rendering.save(render(results, folder), folder / _NAME)


def render(results: Json, folder: Path) -> str:
    """
    Make the page.

    :param results: as in :func:`write`.
    :param folder: where the pictures lie.
    :returns: HTML.
    :raises TruthError: as in :func:`write`.
    """
    rendering.check(results)
    try:
        return _render(results, folder)
    except (TypeError, AttributeError, LookupError, ValueError) as exc:
        raise TruthError(
            f'The results are not as schema {rendering.SCHEMA!r} has them: {exc!r}'
        ) from exc


def _render(results: Json, folder: Path) -> str:
    metrics = results['metrics']
    detection = metrics.get('detection') or {}
    grounding = metrics.get('grounding') or {}
    frames = results.get('frames') or {}
    galleries = {
        kind: [
            {**one, 'data': data_uri(folder, str(one.get('image', '')))}
            for one in frames.get(kind) or ()
        ]
        for kind in ('worst', 'best')
    }
    return rendering.render(
        _NAME,
        {
            'results': results,
            'metrics': metrics,
            'title': tables.title(results),
            'troubles': list(tables.troubles(results)),
            'changed': tables.changed_settings(results),
            'headline': tables.headline(metrics),
            'detection_heat': tables.heat(detection.get('confusion') or {}),
            'confusions': tables.confusions(detection.get('confusion') or {}),
            'status_heat': tables.heat(grounding.get('confusion') or {}),
            'at_fault': tables.at_fault,
            'galleries': galleries,
            'command': shlex.join(map(str, results.get('arguments') or ())),
        },
    )
