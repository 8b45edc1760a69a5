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

"""The headline figures of an evaluation, as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from grounded_perception.evaluation.report import tables, texts
from grounded_perception.evaluation.results import Json


def lines(results: Json) -> Iterator[str]:
    """
    Tell what was replayed and how it went.

    :param results: of an evaluation.
    :returns: lines.
    """
    for one in results['recordings']:
        counts = f'{one["images"]} images, {one["duration_s"]:g} s long'
        failed = f', {one["failed"]} failed' if one['failed'] else ''
        topic = f' ({one["topic"]})' if one['topic'] != one['path'] else ''
        yield f'{texts.base_name(one["path"])}: {counts}{failed}{topic}'
    truth = results['truth']
    if truth:
        boxes = f'{truth["boxes"]} boxes, {truth["sentences"]} sentences'
        yield f'truth: {truth["form"]}, {truth["matched"]} images matched, {boxes}'
        lost = [name for name, word in truth['mapping'].items() if not word]
        if lost:
            yield f'classes left out, which the detector does not know: {", ".join(lost)}'
    if results.get('answers'):
        yield f'answers: {texts.base_name(results["answers"]["path"])}, of a running node'
        yield tables.ONLY_PUBLISHED
    figures = tables.headline(results['metrics'])
    if any(texts.interval(measure) for _, measure in figures):
        yield f'{"":<53}95 % interval'
    for head, measure in figures:
        unit = texts.term(head.path).unit
        number = texts.number(measure['value'], unit)
        spread = texts.interval(measure, unit)
        yield f'{head.of:<20}{head.title:<20}{number:>8} {unit:<4}{spread}'.rstrip()
