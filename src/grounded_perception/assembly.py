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

"""The pipeline put together from what the settings name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from grounded_perception import (
    assistants,
    classifiers,
    detectors,
    pose_estimators,
    segmenters,
)
from grounded_perception.assistants import interpreter
from grounded_perception.assistants.interpreter import Interpreter
from grounded_perception.classifiers.base import Classifier
from grounded_perception.compute import Compute
from grounded_perception.detectors.base import Detector, FindsAlike
from grounded_perception.exemplars.answering import Shown
from grounded_perception.exemplars.gallery import Gallery
from grounded_perception.exemplars.matching import Options as MatchingOptions
from grounded_perception.exemplars.store import default_root, Store
from grounded_perception.fusion.finer import Finer
from grounded_perception.fusion.grounder import Grounder
from grounded_perception.fusion.loading import load as load_fusion
from grounded_perception.fusion.tokens import Words
from grounded_perception.language import focus
from grounded_perception.language.encoder import load_encoder
from grounded_perception.language.sentences import SentenceReader
from grounded_perception.language.vocabulary import Vocabulary
from grounded_perception.pipeline import Pipeline
from grounded_perception.plugins import Kind
from grounded_perception.settings import Settings

#: What can be exchanged: the setting of each kind names one.
KINDS: tuple[Kind, ...] = (
    detectors.KIND,
    segmenters.KIND,
    assistants.KIND,
    classifiers.KIND,
    pose_estimators.KIND,
)
#: What has options and is always the same one.
FIXED: dict[str, ModuleType] = {'interpreter': interpreter}


def load_part(kind: Kind, settings: Settings, options: Mapping[str, object]) -> Any:
    """
    Load what the setting of one kind names.

    :param kind: one of :data:`KINDS`.
    :param settings: see :class:`Settings`.
    :param options: by name, those of what is not to have its defaults.
    :returns: it; None where the setting says that there is to be none.
    :raises SettingsError: when there is none of that name.
    :raises ModelError: when its model cannot be loaded.
    """
    name: str = getattr(settings, kind.name)
    if name and name == kind.without:
        return None
    module = kind.module(name)
    compute = Compute(settings.device, settings.precision, settings.threads)
    return module.load(options.get(name) or module.Options(), compute)


def load_words(settings: Settings, detector: Detector) -> Words:
    """
    Load the vocabulary over a detector's names.

    :param settings: see :class:`Settings`.
    :param detector: whose names are to be understood.
    :returns: resolves and embeds nouns.
    :raises ModelError: when the text encoder cannot be loaded.
    """
    encoder = load_encoder(settings.threads)
    return Vocabulary(detector.names, encoder, settings.text_threshold)


def load_sentences(settings: Settings, words: Words) -> SentenceReader:
    """
    Load what reads sentences.

    :param settings: its ``focus`` says how.
    :param words: reads words in the light of each other.
    :returns: a reader.
    :raises SettingsError: when ``focus`` is neither a name nor a folder.
    :raises ModelError: when the network's weights cannot be loaded.
    """
    folder = focus.folder_of(settings)
    return SentenceReader(focus.load(words, folder) if folder else None)


def build(
    settings: Settings,
    options: Mapping[str, object] | None = None,
    wrap: Callable[[Detector], Detector] = lambda detector: detector,
) -> Pipeline:
    """
    Load what the settings name and put it together.

    :param settings: see :class:`Settings`.
    :param options: of detector, segmenter, assistant, classifier, pose estimator and interpreter
        by their names; left out = defaults.
    :param wrap: makes what the pipeline uses of the detector.
    :returns: a pipeline, ready.
    :raises SettingsError: when there is none of a name.
    :raises ModelError: when a model cannot be loaded.
    """
    given = options or {}
    parts = (load_part(kind, settings, given) for kind in KINDS)
    detector, segmenter, assistant, classifier, estimator = parts
    words = load_words(settings, detector)
    sentences = load_sentences(settings, words)
    return Pipeline(
        settings,
        wrap(detector),
        Grounder(
            words,
            load_fusion(settings),
            Finer(classifier) if classifier else None,
            estimator,
        ),
        segmenter=segmenter,
        assistant=assistant,
        interpreter=_interpreter(settings, given, sentences),
        shown=_shown(settings, detector, classifier),
        sentences=sentences,
    )


def _shown(settings: Settings, detector: Detector, classifier: Classifier | None) -> Shown | None:
    """Open the store of what was shown; None where nothing here knows looks."""
    finds_alike = detector if isinstance(detector, FindsAlike) else None
    looker = finds_alike or classifier
    if looker is None:
        return None
    folder = Path(settings.exemplars).expanduser() if settings.exemplars else default_root()
    return Shown(Gallery(Store(folder), looker, MatchingOptions()), finds_alike)


def _interpreter(
    settings: Settings, options: Mapping[str, object], sentences: SentenceReader
) -> Interpreter | None:
    """Load what reads sentences with a language model; None where the grammar is to do it."""
    chosen = cast(interpreter.Options, options.get('interpreter') or interpreter.Options())
    if chosen.backend == 'none':
        return None
    compute = Compute(settings.device, settings.precision, settings.threads)
    return interpreter.load(chosen, compute, settings.max_command_chars, sentences)
