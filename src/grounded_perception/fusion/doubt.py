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

"""What an answer is worth where the image is too poor to tell."""

from __future__ import annotations

from dataclasses import replace

from grounded_perception.records import Grounding, Quality, Status
import numpy as np

#: How far an answer can be believed whatever is wrong; what is not listed shows nothing at all.
_TRUST = {'': 1.0, 'blurred': 0.7}


def trust(quality: Quality) -> float:
    """
    Say how far answers about an image can be believed.

    :param quality: of the image.
    :returns: 1 = as they are, 0 = not at all.
    """
    return _TRUST.get(quality.verdict, 0.0)


def doubted(answer: Grounding, quality: Quality) -> Grounding:
    """
    Take from an answer the confidence that the image does not allow.

    :param answer: as it would be of a good image.
    :param quality: of the image.
    :returns: the same where the image is good; the same with less probability, on both sides,
        where it is blurred; ABSENT without any confidence, and the reason, where it shows nothing.
    """
    share = trust(quality)
    if share == 1:
        return answer
    lessened = replace(
        answer,
        probabilities=np.asarray(answer.probabilities * share, np.float32),
        # An even chance is what is known of absence when nothing is known.
        none_probability=answer.none_probability * share + (1 - share) / 2,
        margin=answer.margin * share,
        reason=f'{answer.reason}; but {quality.reason}',
    )
    if share:
        return lessened
    reason = f'cannot tell whether "{answer.phrase.text}" is here: {quality.reason}'
    return replace(lessened, status=Status.ABSENT, indices=(), checks=(), reason=reason)
