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

"""What units of work left behind: read back, measured, told and put together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
import os
from pathlib import Path

from grounded_perception.errors import RecordingError
from grounded_perception.evaluation import kept
from grounded_perception.evaluation.gallery import Gallery
from grounded_perception.evaluation.metrics import summarise
from grounded_perception.evaluation.pacing import as_it_was, in_real_time
from grounded_perception.evaluation.plan import Plan, Unit
from grounded_perception.evaluation.recordings.companions import companions
from grounded_perception.evaluation.results import FrameResult, Json, Reply
from grounded_perception.evaluation.truth.records import Truth
from grounded_perception.wire import bag

FRAMES, BAGS = 'frames.jsonl.gz', 'bags'
_MOST_ERRORS = 5


class Found:
    """
    The results of units.

    :param plan: what they are a part of.
    :param units: of every recording, in their order.
    :param work: folder that they are in.
    """

    def __init__(self, plan: Plan, units: Mapping[Path, Sequence[Unit]], work: Path) -> None:
        self._plan, self._work = plan, work
        self._keys = {path: [unit.key(plan) for unit in some] for path, some in units.items()}
        self._digests = {path: some[0].digest for path, some in units.items() if some}

    def results(self) -> Iterator[tuple[str, Iterator[FrameResult]]]:
        """
        Read everything; an image of the truth that comes twice is known the first time only.

        :returns: path of each recording, and its results in their order.
        :raises RecordingError: when a file was damaged since it was written.
        """
        seen: set[str] = set()
        for path, keys in self._keys.items():
            yield str(path), self._read(keys, seen)

    def _read(self, keys: Sequence[str], seen: set[str]) -> Iterator[FrameResult]:
        for key in keys:
            for result in kept.results(self._work, key):
                if result.key in seen:
                    yield replace(result, key='', replies=_commanded(result))
                    continue
                if result.key:
                    seen.add(result.key)
                yield result

    def measured(self, truth: Truth | None, out: Path, rate: float, drop: bool, seed: int) -> Json:
        """
        Measure.

        :param truth: what should be there; None = only times are measured.
        :param out: folder for the pictures of the best and worst frames.
        :param rate: seconds of the recording that pass in one; 0 = real time is not looked at.
        :param drop: in real time the newest image wins.
        :param seed: of the draws for the intervals.
        :returns: ``recordings``, ``truth``, ``metrics`` and ``frames`` of the results.
        """
        gallery = Gallery(self._plan, truth) if truth else None
        counts: dict[str, _Count] = {}

        def watched() -> Iterator[tuple[str, Iterator[FrameResult]]]:
            for name, results in self.results():
                counts[name] = _Count()
                counted = counts[name].look(results)
                yield name, gallery.look(name, counted) if gallery else counted

        paced = None
        if self._plan.answers:
            paced = ((name, as_it_was(r, rate or 1.0)) for name, r in self.results())
        elif rate:
            paced = ((name, in_real_time(r, rate, drop)) for name, r in self.results())
        metrics = summarise(truth, watched(), self._plan.settings, seed, paced, rate or 1.0)
        nothing: Json = {'best': [], 'worst': []}
        return {
            'recordings': [self._recording(path, counts[str(path)]) for path in self._keys],
            'truth': self._truth(truth, counts.values()) if truth else None,
            'answers': self._answers(),
            'metrics': metrics,
            'frames': gallery.draw(self.results(), out) if gallery else nothing,
        }

    def _recording(self, path: Path, count: _Count) -> Json:
        # Whoever did the last unit has read everything before it, too.
        notes = [kept.notes(self._work, key) for key in self._keys[path][-1:]]
        problems = [text for note in notes for text in note['problems']]
        failures = count.errors.most_common(_MOST_ERRORS)
        problems += [f'{times} images failed: {error}' for error, times in failures]
        recording = self._plan.open(path)
        try:
            beside = companions(recording, count.sizes)
        finally:
            recording.close()
        problems += beside.problems
        return {
            'path': str(path),
            'absolute_path': str(path.absolute()),
            'digest': self._digests.get(path, ''),
            'topic': next((note['topic'] for note in notes), ''),
            'images': sum(count.outcomes.values()),
            **{each: count.outcomes[each] for each in ('answered', 'dropped', 'failed')},
            'duration_s': round((count.last_ns - count.first_ns) / 1e9, 3),
            'camera': beside.camera,
            'depth': beside.depth,
            'problems': list(dict.fromkeys(problems)),
        }

    def _answers(self) -> Json | None:
        given = self._plan.answers
        return {'path': str(given.path), 'digest': given.digest} if given else None

    def _truth(self, truth: Truth, counts: Iterable[_Count]) -> Json:
        source = self._plan.truth
        assert source is not None, 'a truth has a source'
        told = list(counts)
        keys = {*truth.frames, *(sentence.key for sentence in truth.sentences)}
        matched = sum(count.matched for count in told)
        return {
            'path': truth.path,
            'form': truth.form,
            'digest': truth.digest,
            'frames': len(keys),
            'matched': matched,
            'unmatched_truths': len(keys) - matched,
            'unmatched_images': sum(sum(c.outcomes.values()) for c in told) - matched,
            'boxes': sum(len(frame) for frame in truth.frames.values()),
            'sentences': len(truth.sentences),
            'mapping': dict(truth.mapping),
            'problems': list(truth.problems),
            'source': {
                **source.identity,
                'paths': [str(path.absolute()) for path in source.paths],
                'frames_map': str(source.frames_map.absolute()) if source.frames_map else '',
            },
        }

    def write(self, out: Path) -> None:
        """
        Write every frame's results into one file, and a bag for every recording.

        :param out: folder.
        :raises RecordingError: when it cannot be written.
        """
        part = out / f'{FRAMES}.part'
        try:
            with part.open('wb') as whole:
                for keys in self._keys.values():
                    for key in keys:  # files of gzip one behind the other are one
                        whole.write(kept.results_file(self._work, key).read_bytes())
            os.replace(part, out / FRAMES)
            if self._plan.bag:
                (out / BAGS).mkdir(exist_ok=True)
        except OSError as exc:
            raise RecordingError(f'{out} cannot be written: {exc.strerror or exc}') from exc
        if self._plan.bag:
            for name, some in self._names():
                bag.join([kept.bag_folder(self._work, key) for key in some], out / BAGS / name)

    def _names(self) -> Iterator[tuple[str, Sequence[str]]]:
        """Give every recording's bag a name of its own."""
        taken: set[str] = set()
        for path, keys in self._keys.items():
            name = path.stem if path.is_file() else path.absolute().name
            while name in taken:
                name += '_'
            taken.add(name)
            if keys:
                yield name, keys


@dataclass
class _Count:
    """Counts a recording's images while results pass by."""

    outcomes: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    sizes: Counter[tuple[int, int]] = field(default_factory=Counter)
    matched: int = 0
    first_ns: int = 0
    last_ns: int = 0

    def look(self, results: Iterable[FrameResult]) -> Iterator[FrameResult]:
        for result in results:
            if not self.outcomes:
                self.first_ns = result.logged_ns
            self.last_ns = result.logged_ns
            self.outcomes[result.outcome] += 1
            if result.width:
                self.sizes[result.width, result.height] += 1
            self.matched += bool(result.key)
            if result.error:
                self.errors[result.error] += 1
            yield result


def _commanded(result: FrameResult) -> tuple[Reply, ...]:
    """Return the replies to commands, not those to sentences of the truth."""
    return tuple(reply for reply in result.replies if reply.sentence < 0)
