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
Nouns finer than the detector's classes: which of three cars is the taxi.

The detector sees cars, a classifier tells taxis from others. It only orders what the fusion
believes in already: that nothing looks like a taxi makes none of the cars absent, for a classifier
of everyday pictures misses too many.
"""

from __future__ import annotations

from dataclasses import replace

from grounded_perception.classifiers.base import Classifier
from grounded_perception.fusion.base import Fused
from grounded_perception.fusion.tokens import TextTokens
from grounded_perception.records import Check, Floats, Frame, Grounding
import numpy as np

#: Regions less probable than this are not looked at.
_WORTH = 0.03
#: Added to what the classifier says: where it is sure of none, it orders nothing.
_DOUBT = 0.05
#: From which on a region can be said to look like what was named.
_LOOKS = 0.3


class Finer:
    """
    Looks at candidates of finer nouns; for one thread.

    :param classifier: knows looks; closed by :meth:`close`.
    """

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        self._is_finer: dict[str, bool] = {}

    def is_finer(self, text: TextTokens) -> bool:
        """
        Tell whether a phrase names less than the detector's class does.

        :param text: the phrase.
        :returns: whether looking closer can tell one of the class from another.
        :raises ModelFailed: when the classifier's text encoder fails.
        """
        noun, classes = text.phrase.noun, text.match.class_names
        if not noun or len(classes) != 1 or noun in classes or 'person' in classes:
            return False  # clothes are all that such a classifier knows of people
        if noun not in self._is_finer:
            own, of_class = self._classifier.understand([noun, classes[0]])
            known = own.known and own.how != 'nearest'
            same = of_class.stands_for == own.stands_for != ()
            self._is_finer[noun] = known and not same
        return self._is_finer[noun]

    def look(self, frame: Frame, boxes_px: Floats, text: TextTokens, fused: Fused) -> Floats:
        """
        Say how much each region looks like what is named.

        :param frame: the image.
        :param boxes_px: ``(N, 4)`` xyxy.
        :param text: the phrase.
        :param fused: what the fusion made of it.
        :returns: ``(N,)`` float32 in [0, 1]; NaN where nobody looked.
        :raises ModelFailed: when the classifier fails.
        """
        fits = np.full(len(boxes_px), np.nan, np.float32)
        some = np.flatnonzero((fused.probabilities > _WORTH) | (fused.member > 0.5))
        if len(some) > 1:  # one alone has no rival to be told from
            asked = [text.phrase.noun]
            fits[some] = self._classifier.classify(frame.rgb, boxes_px[some], asked)[:, 0]
        return fits

    def close(self) -> None:
        """Free the classifier."""
        self._classifier.close()


def reordered(fused: Fused, fits: Floats) -> Fused:
    """
    Move probability to the regions that look like what is named.

    :param fused: what the fusion made of a phrase.
    :param fits: of :meth:`Finer.look`.
    :returns: the same probability of *none*; what lost against the best-looking one has less.
    """
    seen = np.nan_to_num(fits)
    weights = (seen + _DOUBT) / (seen.max(initial=0) + _DOUBT)
    p = fused.probabilities * weights
    total = max(float(p.sum()), np.finfo(np.float32).tiny)
    return replace(
        fused,
        probabilities=np.asarray(p * (fused.probabilities.sum() / total), np.float32),
        member=np.asarray(fused.member * weights, np.float32),
    )


def told(answer: Grounding, fits: Floats) -> Grounding:
    """
    Add to the reasons of an answer that it looks like what is named.

    :param answer: of the phrase.
    :param fits: of :meth:`Finer.look`.
    :returns: the same with one more check, where its region was looked at.
    """
    if not answer.indices or np.isnan(value := float(fits[answer.indices[0]])):
        return answer
    check = Check(f'looks like a {answer.phrase.noun}', 'look', value, value >= _LOOKS)
    reason = f'{answer.reason}; {check.what} {value:.2f}'
    return replace(answer, checks=(*answer.checks, check), reason=reason)
