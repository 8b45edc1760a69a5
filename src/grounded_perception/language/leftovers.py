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

"""Words of a phrase that nothing can check, as they are told to people."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from grounded_perception.language.lexicon import words


def left_over(said: Sequence[str], indices: Collection[int]) -> tuple[str, ...]:
    """
    Join neighbours to groups of words; lone function words say nothing.

    :param said: the words of a sentence.
    :param indices: which of them were left.
    :returns: the groups in their order, each once.
    """
    groups: list[list[int]] = []
    for i in sorted(indices):
        if groups and groups[-1][-1] == i - 1:
            groups[-1].append(i)
        else:
            groups.append([i])
    idle = words('determiners') | words('links') | words('separators') | words('fillers')
    texts = [' '.join(said[i] for i in g) for g in groups if not all(said[i] in idle for i in g)]
    return tuple(dict.fromkeys(texts))
