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

"""An evaluation that was finished: its results, its frames, and its truth read again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
import gzip
import json
from pathlib import Path
from typing import Any

from grounded_perception.errors import SettingsError, TruthError
from grounded_perception.evaluation.evaluate import RESULTS
from grounded_perception.evaluation.found import FRAMES
from grounded_perception.evaluation.plan import Plan
from grounded_perception.evaluation.report.rendering import check
from grounded_perception.evaluation.results import FrameResult, Json
from grounded_perception.evaluation.truth.classes import IGNORED
from grounded_perception.evaluation.truth.records import Truth
from grounded_perception.evaluation.truth.sources import TruthSource
from grounded_perception.evaluation.truths import truth_of
from grounded_perception.settings import Settings


@dataclass(frozen=True, eq=False)
class Finished:
    """
    A finished evaluation with a truth.

    :param folder: that it wrote.
    :param results: of its ``results.json``.
    :param settings: that it was made with.
    :param truth: that it was measured by.
    """

    folder: Path
    results: Json
    settings: Settings
    truth: Truth

    def frames(self) -> Iterator[FrameResult]:
        """
        Read what became of the images that the truth knows, each once.

        :returns: results in their order.
        :raises TruthError: when the file cannot be read.
        """
        file = self.folder / FRAMES
        seen = set()
        try:
            with gzip.open(file, 'rt', encoding='utf-8') as lines:
                for line in lines:
                    result = FrameResult.from_json(json.loads(line))
                    if result.key and result.key not in seen:
                        seen.add(result.key)
                        yield result
        except (OSError, EOFError, ValueError, KeyError, TypeError) as exc:
            raise TruthError(f'{file} cannot be read ({exc!r}): run evaluate again') from exc


def read_results(path: Path) -> Json:
    """
    Read an evaluation's results.

    :param path: of ``results.json``, or of the folder that it is in.
    :returns: what it says.
    :raises TruthError: when there is none, or it is something else.
    """
    file = path / RESULTS if path.is_dir() else path
    try:
        results: Json = json.loads(file.read_text(encoding='utf-8'))
    except OSError as exc:
        raise TruthError(
            f'{file} cannot be read ({exc.strerror or exc}): name the folder that '
            '`grounded-perception evaluate` wrote'
        ) from exc
    except ValueError as exc:
        raise TruthError(f'{file} is no JSON: {exc}') from exc
    try:
        check(results)
    except TruthError as exc:
        raise TruthError(f'{file}: {exc}') from exc
    return results


def finished(folder: Path, truth_at: Sequence[Path] = ()) -> Finished:
    """
    Read an evaluation.

    :param folder: that it wrote.
    :param truth_at: where its truth is now (on a topic: where the recordings are); empty = where
        it was.
    :returns: it.
    :raises TruthError: when it is not there, not whole, of an older version, had no truth, or the
        truth has changed.
    :raises RecordingError: when the truth is in a recording that cannot be read.
    """
    results = read_results(folder)
    folder = folder if folder.is_dir() else folder.parent
    if results.get('interrupted'):
        raise TruthError(
            f'{folder}: the evaluation was interrupted: run it again, it goes on where it was'
        )
    if results.get('answers'):
        raise TruthError(
            f'{folder} measured what a running node answered: of that, nothing below its '
            'thresholds is known. Evaluate the recording itself'
        )
    told = results.get('truth')
    if not told:
        raise TruthError(
            f'{folder}: the evaluation had no truth, so that nothing can be tuned: '
            'run evaluate with --truth'
        )
    try:
        settings = _settings(results['settings'])
        recordings = tuple(_place(each) for each in results['recordings'])
        source = _source(told['source'], truth_at)
        words = _words(told)
        digest, mapping = told['digest'], told['mapping']
    except (LookupError, TypeError, SettingsError) as exc:
        raise TruthError(
            f'{folder}: results of another version cannot be tuned ({exc}): run evaluate again'
        ) from exc
    if source.topic:
        recordings = tuple(truth_at) or recordings
    topic = _only({each['topic'] for each in results['recordings']}) if source.topic else ''
    truth = _read(Plan(recordings, settings, truth=source, image_topic=topic), words)
    if truth.digest != digest:
        raise TruthError(
            f'{truth.path} has changed since {folder} was evaluated by it: run evaluate again'
        )
    if dict(truth.mapping) != mapping:
        raise TruthError(
            f'{truth.path}: its classes are read otherwise than when {folder} was evaluated '
            f'({_unlike(truth.mapping, mapping)}): run evaluate again'
        )
    return Finished(folder, results, settings, truth)


def _settings(told: Json) -> Settings:
    return Settings(**{f.name: told[f.name] for f in fields(Settings) if f.name in told})


def _source(told: Json, truth_at: Sequence[Path]) -> TruthSource:
    """Say where the truth is; which image is which is known, and the file of frames not needed."""
    topic = told['topic']  # of the recordings, which are elsewhere now if ``truth_at`` says so
    return TruthSource(
        paths=() if topic else tuple(truth_at or map(Path, told['paths'])),
        form=told['form'],
        mapping=told['mapping'],
        split=told['split'],
        topic=topic,
    )


def _place(told: Json) -> Path:
    """Say where a recording is, from whatever folder; results of before tell its name alone."""
    here = Path(told['path'])
    there = Path(told.get('absolute_path', here))
    return here if here.exists() and not there.exists() else there


def _only(topics: set[str]) -> str:
    """Return the topic that was named, if one was: all recordings have the same then."""
    return topics.pop() if len(topics) == 1 else ''


def _words(told: Json) -> tuple[str, ...]:
    """
    Return the detector's words that the truth was put into.

    With these alone its classes become what they became with all of the detector's, which need
    not be loaded. Words of the user that no class of the truth has are words of the detector, too.
    """
    used = (*told['mapping'].values(), *told['source']['mapping'].values())
    return tuple(word for word in dict.fromkeys(used) if word and word != IGNORED)


def _read(plan: Plan, words: Sequence[str]) -> Truth:
    assert plan.truth is not None, 'it was made of one'
    for path in plan.truth.paths if not plan.truth.topic else plan.recordings:
        if not path.exists():
            raise TruthError(
                f'{path}, the truth of the evaluation, is gone: name where it is now by --truth'
            )
    truth = truth_of(plan, words)
    assert truth is not None, 'a plan that names a truth has one'
    return truth


def _unlike(now: Any, then: Json) -> str:
    name = next(name for name in (*now, *then) if now.get(name) != then.get(name))
    return f'{name!r} is {now.get(name)!r} and was {then.get(name)!r}'
