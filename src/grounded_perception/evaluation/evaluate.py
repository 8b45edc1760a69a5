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
Evaluations: work that is left is done, everything is read back, measured and told.

What is done is kept under names made of all its inputs (:mod:`.plan`): an evaluation that was
killed goes on where it was, and one that is run again reads what it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
import json
import os
from pathlib import Path
from typing import Protocol

from grounded_perception import detectors
from grounded_perception.assembly import load_part
from grounded_perception.errors import RecordingError
from grounded_perception.evaluation import cluster, crew, kept
from grounded_perception.evaluation.answers import from_node
from grounded_perception.evaluation.found import Found
from grounded_perception.evaluation.plan import Plan, Unit, units
from grounded_perception.evaluation.provenance import models, provenance
from grounded_perception.evaluation.recordings.base import Shot
from grounded_perception.evaluation.recordings.outputs import outputs_digest
from grounded_perception.evaluation.report import write as write_report
from grounded_perception.evaluation.results import Json
from grounded_perception.evaluation.stopping import Interrupted
from grounded_perception.evaluation.truth.matching import Matcher
from grounded_perception.evaluation.truth.records import Truth
from grounded_perception.evaluation.truths import truth_of

RESULTS, WORK = 'results.json', 'work'


@dataclass(frozen=True)
class Way:
    """
    How an evaluation is done; none of it changes what is answered.

    :param workers: processes; 1 = this one.
    :param ray: address of a Ray cluster; empty = none.
    :param rate: seconds of the recording that pass in one, for real time; 0 = not looked at.
    :param drop: in real time the newest image wins, as in the node; else images queue.
    :param seed: of the draws for the intervals.
    :param fresh: what was done before is done again.
    :param arguments: of the command line, for the report.
    """

    workers: int = 1
    ray: str = ''
    rate: float = 0.0
    drop: bool = False
    seed: int = 0
    fresh: bool = False
    arguments: tuple[str, ...] = ()


class Watcher(Protocol):
    """Told how far an evaluation is."""

    def begin(self, total: int, known: int) -> None:
        """
        Tell how much there is to do.

        :param total: images; -1 = not known.
        :param known: of these, how many were answered before.
        """
        ...

    def count(self, images: int) -> None:
        """
        Tell that images were answered.

        :param images: how many more.
        """
        ...

    def stage(self, text: str) -> None:
        """
        Tell what is done after the last image.

        :param text: for people.
        """
        ...


def evaluate(plan: Plan, out: Path, way: Way, watcher: Watcher) -> Json:
    """
    Evaluate recordings.

    :param plan: what and how.
    :param out: folder for ``results.json``, ``report.html``, ``frames.jsonl.gz``, ``bags/`` and,
        to go on from, ``work/``.
    :param way: who does it.
    :param watcher: told how far it is.
    :returns: the results. Interrupted (Ctrl-C), those of what is whole so far, with
        ``interrupted`` set.
    :raises PerceptionError: when a model, a recording or the truth cannot be used.
    """
    if plan.answers:  # by models that nobody knows
        digest = outputs_digest(plan.answers.path)
        plan = replace(plan, answers=replace(plan.answers, digest=digest))
    else:
        plan = replace(plan, models=models(plan))
    truth, plan = _truth(plan)
    work = out / WORK
    try:
        work.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise RecordingError(f'{out} cannot be made: {exc.strerror or exc}') from exc
    parts = {path: list(units(plan, path)) for path in plan.recordings}
    every = [unit for some in parts.values() for unit in some]
    left = [unit for unit in every if way.fresh or not kept.is_done(plan, unit, work)]
    # Copies of one recording are done once.
    left = list({unit.key(plan): unit for unit in left}.values())
    _announce(plan, every, left, watcher)
    interrupted = False
    try:
        if plan.answers:
            from_node(plan, left, work, watcher.count, truth)
        else:
            _work(plan, left, work, way, watcher, truth)
    except KeyboardInterrupt as exc:
        interrupted = True
        shorter = exc.units if isinstance(exc, Interrupted) else ()
        parts = {path: _whole(plan, path, some, shorter, work) for path, some in parts.items()}
        if not any(parts.values()):
            raise  # nothing to tell: what an earlier evaluation left here stays
    watcher.stage('measuring')
    found = Found(plan, parts, work)
    results = {
        **provenance(plan, way.arguments, way.seed),
        **found.measured(truth, out, way.rate, way.drop, way.seed),
        'interrupted': interrupted,
    }
    watcher.stage('writing')
    found.write(out)
    write_report(results, out)
    part = out / f'{RESULTS}.part'
    part.write_text(json.dumps(results, indent=1, allow_nan=False), encoding='utf-8')
    os.replace(part, out / RESULTS)
    kept.tidy(work, {unit.key(plan) for unit in every if kept.is_done(plan, unit, work)})
    return results


def _whole(
    plan: Plan, path: Path, units: Sequence[Unit], shorter: Sequence[Unit], work: Path
) -> list[Unit]:
    """Return what there is of a recording after Ctrl-C, in its order."""
    whole = {unit.first: unit for unit in shorter if unit.recording == path}
    whole |= {unit.first: unit for unit in units if kept.is_done(plan, unit, work)}
    return [whole[first] for first in sorted(whole)]


def _truth(plan: Plan) -> tuple[Truth | None, Plan]:
    """Read the truth, and let the plan tell one that has changed."""
    if plan.truth is None:
        return None, plan
    detector = load_part(detectors.KIND, plan.settings, plan.options)
    names = detector.names
    detector.close()
    truth = truth_of(plan, names)
    assert truth is not None, 'a plan that names a truth has one'
    _check(plan, truth)
    return truth, replace(plan, truth=replace(plan.truth, digest=truth.digest))


def _check(plan: Plan, truth: Truth) -> None:
    """Refuse a truth of other images before hours are spent on them."""
    matcher = Matcher(truth, plan.truth.frames_map if plan.truth else None)
    for path in plan.recordings:
        recording = plan.open(path)
        try:
            for item in recording.items():
                if isinstance(item, Shot) and matcher.key(item.index, item.stamp_ns, item.name):
                    return
        finally:
            recording.close()
    matcher.check()


def _announce(plan: Plan, every: Sequence[Unit], left: Sequence[Unit], told: Watcher) -> None:
    counts: dict[Path, int] = {}
    for path in plan.recordings:
        recording = plan.open(path)
        counts[path] = recording.count
        recording.close()

    def images(some: Iterable[Unit]) -> int:
        ends = ((u.end if u.end >= 0 else counts[u.recording], u.first) for u in some)
        return sum(max(end - first, 0) for end, first in ends)

    if min(counts.values(), default=0) < 0:
        told.begin(-1, 0)
    else:
        told.begin(images(every), images(every) - images(left))


def _work(
    plan: Plan, left: Sequence[Unit], work: Path, way: Way, told: Watcher, truth: Truth | None
) -> None:
    """Do what is left."""
    if not left:
        return
    if way.ray:
        cluster.on_ray(plan, left, work, told.count, way.ray)
    elif way.workers > 1:
        crew.together(plan, left, work, told.count, way.workers)
    else:
        crew.alone(plan, left, work, told.count, truth)
