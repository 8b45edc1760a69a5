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

"""Frame and sentence in, perception out: the core in one object without ROS, thread or file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
import time

from grounded_perception.assistants.base import Answer, Assistant
from grounded_perception.assistants.interpreter import Interpreter
from grounded_perception.assistants.scenes import scene_of
from grounded_perception.detectors.base import Detector, LooksCloser
from grounded_perception.detectors.thresholds import check_names, lowest, published
from grounded_perception.errors import CommandError, ModelFailed, PerceptionError
from grounded_perception.exemplars.answering import Shown
from grounded_perception.fusion.candidates import distinct
from grounded_perception.fusion.doubt import doubted, trust
from grounded_perception.fusion.grounder import Grounder, Weighed
from grounded_perception.fusion.memory import Memory
from grounded_perception.fusion.query import Query
from grounded_perception.fusion.selection import Thresholds
from grounded_perception.imaging.quality import judge
from grounded_perception.language.sentences import SentenceReader
from grounded_perception.records import Frame, Grounding, Intent, Perception, Regions, Status
from grounded_perception.segmenters.base import Masks, Segmenter
from grounded_perception.settings import Settings
from grounded_perception.understanding import Reader
import numpy as np

_Look = Callable[..., Regions]


class Pipeline:
    """
    Perceives frames; used from one thread.

    :param settings: see :class:`Settings`.
    :param detector: region proposer; closed by :meth:`close`.
    :param grounder: weighs phrases against regions; closed by :meth:`close`.
    :param segmenter: finds masks; closed by :meth:`close`; None = none can be asked for.
    :param assistant: answers questions; closed by :meth:`close`; None = they are refused.
    :param interpreter: reads sentences with a language model; closed by :meth:`close`; None = the
        grammar reads them.
    :param shown: finds things by their looks; None = none can be asked for.
    :param sentences: reads sentences where no interpreter does; None = by the grammar alone.
    :raises SettingsError: see :meth:`check`.
    """

    def __init__(
        self,
        settings: Settings,
        detector: Detector,
        grounder: Grounder,
        *,
        segmenter: Segmenter | None = None,
        assistant: Assistant | None = None,
        interpreter: Interpreter | None = None,
        shown: Shown | None = None,
        sentences: SentenceReader | None = None,
    ) -> None:
        self.settings = settings
        self._detector = detector
        self.check(settings)
        self._grounder = grounder
        self._segmenter = segmenter
        self._assistant = assistant
        self._shown = shown
        may_ask = assistant is not None
        self.reader = Reader(
            grounder.words,
            interpreter,
            sentences or SentenceReader(),
            may_ask=may_ask,
            shown=shown,
        )

    def check(self, settings: Settings) -> None:
        """
        Refuse settings that do not fit what was loaded.

        :param settings: those that are to hold from now on.
        :raises SettingsError: when thresholds are of classes that the detector never finds.
        """
        check_names(settings, self._detector.names)

    @property
    def names(self) -> tuple[str, ...]:
        """The words that the detector knows; none if it knows any."""
        return self._detector.names

    def understand(self, text: str | bytes) -> Query:
        """
        Make a command ready, waiting for a language model where one reads it.

        :param text: the sentence; bytes must be UTF-8.
        :returns: the query, to be given to :meth:`perceive` with every frame.
        :raises CommandError: when it cannot be used as it came.
        """
        return self.reader.understand(text, self.settings.max_command_chars)

    def perceive(
        self, frame: Frame, query: Query | None = None, memory: Memory | None = None
    ) -> Perception:
        """
        Find everything, and what the query means.

        :param frame: the image.
        :param query: a command made ready, or none.
        :param memory: of the frames before, where there are any: one for each camera.
        :returns: regions, detections and one grounding for each phrase.
        :raises ModelFailed: when the detector raises.
        """
        settings = self.settings
        watch = _StopWatch()
        regions = self._look(self._detector.propose, frame, query)
        watch.stop('detect')
        quality = judge(frame.rgb)
        watch.stop('judge')
        candidates = distinct(regions, settings.proposal_threshold)
        groundings: tuple[Grounding, ...] = ()
        if query and query.is_question and trust(quality) and (closer := self._closer):
            # A question is asked of one frame: there is time to look well.
            candidates = self._joined(regions, closer, frame, query)
            watch.stop('detect')
        if query and query.phrases:
            weighed = self._weigh(frame, candidates, query)
            watch.stop('ground')
            if trust(quality) and (closer := self._closer) and self._is_worth_it(weighed):
                candidates = self._joined(regions, closer, frame, query)
                watch.stop('detect')
                weighed = self._weigh(frame, candidates, query)
            kept = memory if trust(quality) and settings.smoothing_s else None
            if kept:
                kept.begin(query, frame.stamp_ns, settings.smoothing_s)
            answers = weighed.answers(self._limits, kept)
            groundings = tuple(doubted(answer, quality) for answer in answers)
        if query and query.command.intent is Intent.LIKE and self._shown:
            phrase = query.command.phrases[0]
            with _foreign('exemplars'):
                candidates, like = self._shown.find(frame, candidates, phrase)
            groundings = (doubted(like, quality),)
        watch.stop('ground')
        return Perception(
            detections=published(regions, settings),
            candidates=candidates,
            groundings=groundings,
            timings_ms=watch.spent_ms,
            quality=quality,
        )

    def answer(self, frame: Frame, query: Query, perception: Perception) -> Answer:
        """
        Answer a question, or describe what is seen.

        :param frame: the image.
        :param query: a question made ready.
        :param perception: what :meth:`perceive` made of both.
        :returns: the answer; its boxes are indices of the candidates.
        :raises ModelFailed: when a network raises.
        """
        assert self._assistant is not None, 'a question was made ready without an assistant'
        seen = scene_of(
            frame,
            perception.candidates,
            self._grounder,
            self._limits,
            self.settings.threshold,
            perception.quality,
        )
        with _foreign(self.settings.assistant):
            return self._assistant.answer(frame.rgb, query.command.text, seen)

    def remember(self, frame: Frame, query: Query, perception: Perception) -> str:
        """
        Keep what was found last under the name that a query gives it.

        :param frame: the image that it was found in.
        :param query: of the intent ``REMEMBER``.
        :param perception: of that image.
        :returns: one sentence for people.
        :raises CommandError: when nothing or several things were found, or the name is no name.
        :raises PerceptionError: when it cannot be looked at or kept.
        """
        name = query.command.phrases[0].noun
        found = [i for g in perception.groundings if g.status is Status.FOUND for i in g.indices]
        if len(found) != 1 or self._shown is None:
            raise CommandError(
                f'cannot remember this as {name!r}: the command in force must have found one '
                f'thing, it found {len(found)}; point it out first ("the cup on the left")'
            )
        with _foreign('exemplars'):
            return self._shown.remember(frame, perception.candidates, found[0], name)

    @property
    def answers_at_once(self) -> bool:
        """Whether :meth:`answer` takes no longer than a frame may."""
        return getattr(self._assistant, 'is_quick', False)

    @property
    def has_masks(self) -> bool:
        """Whether :meth:`segment` finds anything."""
        return self._segmenter is not None

    def segment(self, frame: Frame, regions: Regions) -> Masks:
        """
        Find the pixels of regions.

        :param frame: the image.
        :param regions: N regions of it.
        :returns: N masks; no mask at all where the setting ``segmenter`` is ``none``.
        :raises ModelFailed: when a network raises.
        """
        if self._segmenter is None:
            return Masks.empty((frame.height, frame.width))
        with _foreign(self.settings.segmenter):
            return self._segmenter.segment(frame.rgb, regions)

    def warm_up(self) -> None:
        """
        Perceive a blank image once, so that the first real one is not slower than the others.

        :raises ModelFailed: when the detector raises.
        """
        blank = Frame(np.zeros((480, 640, 3), np.uint8))
        query = self.understand('the red thing next to another thing')
        self.perceive(blank, query)
        # A blank shows nothing, and of nothing the fusion is not asked.
        boxes = np.array([[50, 50, 150, 150], [300, 200, 400, 300]], np.float32)
        labels = ((self._detector.names or ('thing',))[0],) * len(boxes)
        scores = np.full(len(boxes), 0.5, np.float32)
        self._weigh(blank, Regions.of_labels(boxes, scores, labels), query)

    def close(self) -> None:
        """Free everything that was given to it."""
        parts = self._detector, self._segmenter, self._assistant, self.reader, self._grounder
        for part in parts:
            if part is not None:
                part.close()

    def _look(self, look: _Look, frame: Frame, query: Query | None) -> Regions:
        nouns = query.nouns if query else ()
        with _foreign(self.settings.detector):
            return look(frame.rgb, nouns, lowest(self.settings), self.settings.max_detections)

    def _joined(self, regions: Regions, closer: _Look, frame: Frame, query: Query) -> Regions:
        """Return the candidates of a first look and a closer one."""
        more = self._look(closer, frame, query)
        return distinct(regions.joined(more), self.settings.proposal_threshold)

    def _weigh(self, frame: Frame, candidates: Regions, query: Query) -> Weighed:
        tokens = self._grounder.tokens(frame, candidates)
        return self._grounder.weigh(frame, tokens, query.phrases)

    def _is_worth_it(self, weighed: Weighed) -> bool:
        """Say whether the detector should look closer."""
        if weighed.means_nothing:
            return False  # words that mean nothing here mean nothing closer up
        return self.settings.closer_look == 'always' or not weighed.is_clear(self._limits)

    @property
    def _closer(self) -> _Look | None:
        """How the detector looks again, where it can and may."""
        detector, may = self._detector, self.settings.closer_look != 'never'
        return detector.look_closer if may and isinstance(detector, LooksCloser) else None

    @property
    def _limits(self) -> Thresholds:
        return Thresholds(self.settings.absent_threshold, self.settings.ambiguity_margin)


class _StopWatch:
    """Adds up the milliseconds between stops, stage by stage."""

    def __init__(self) -> None:
        self.spent_ms = dict.fromkeys(('detect', 'judge', 'ground'), 0.0)
        self._last = time.perf_counter()

    def stop(self, stage: str) -> None:
        now = time.perf_counter()
        self.spent_ms[stage] += (now - self._last) * 1e3
        self._last = now


@contextmanager
def _foreign(name: str) -> Iterator[None]:
    """Run what may be a plug-in: one bad frame of foreign code must not end the node."""
    try:
        yield
    except PerceptionError:
        raise
    except Exception as exc:
        raise ModelFailed(f'{name} raised {exc!r}') from exc
