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

"""One way to let a network write: greedy or with beams, within a limit of tokens and of time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
import math
from typing import Any

from grounded_perception.assistants.base import Answer, AnswerStatus
from grounded_perception.assistants.support.options import WriterOptions
from grounded_perception.detectors.hub.loading import computing, Network


@dataclass(frozen=True)
class Written:
    """
    What a network wrote.

    :param tokens: ids of the new tokens, without the prompt.
    :param certainty: geometric mean of their probabilities, in [0, 1]: how sure the network was
        of its words, not how often it is right.
    :param is_whole: whether it came to its end; False where a limit cut it off.
    """

    tokens: tuple[int, ...]
    certainty: float
    is_whole: bool


def write(
    name: str,
    network: Network,
    inputs: Mapping[str, Any],
    options: WriterOptions,
    beams: int = 1,
    writer: Any = None,
    end: int | None = None,
) -> Written:
    """
    Let a network write, without chance.

    :param name: of the assistant, for messages.
    :param network: what writes.
    :param inputs: tensors for its ``generate``; those of floats get its arithmetic.
    :param options: how long it may write.
    :param beams: how many texts are followed at once; 1 = greedy.
    :param writer: the part that writes, where it is not the network itself.
    :param end: its token of the end, where that is not the one it declares.
    :returns: what it wrote.
    :raises ModelFailed: when the network raises.
    """
    with computing(name):
        placed = {key: _placed(value, network) for key, value in inputs.items()}
        done = network.model.generate(
            **placed,
            max_new_tokens=options.max_new_tokens,
            max_time=options.timeout_s,
            do_sample=False,
            num_beams=beams,
            return_dict_in_generate=True,
            output_logits=True,
        )
        scorer = writer or network.model
        # of the network's own logits: what rules against repeating leave over is no belief
        logs = scorer.compute_transition_scores(
            done.sequences, done.logits, getattr(done, 'beam_indices', None), normalize_logits=True
        )
        count = len(done.logits)
        tokens = done.sequences[0].tolist()
        new = tokens[max(len(tokens) - count, 0) :]
        # some networks are made to write the end where the limit cuts them off
        is_forced = scorer.generation_config.forced_eos_token_id is not None
        may_be_whole = not (is_forced and count == options.max_new_tokens)
        return _written(new, logs[0].tolist(), _ends(scorer, end), may_be_whole)


def answered(text: str, written: Written, name: str, boxes: tuple[int, ...] = ()) -> Answer:
    """
    Make an answer of what was written.

    :param text: the words, special tokens removed.
    :param written: what they come from.
    :param name: of the assistant.
    :param boxes: indices of the candidate regions that it speaks of.
    :returns: the answer; it says when it was cut off, or when there are no words.
    """
    words = ' '.join(text.split())
    if not words:
        return Answer('The model said nothing.', AnswerStatus.CANNOT_TELL, 0.0, (), name)
    whole = words if written.is_whole else f'{words} … (cut off at a limit)'
    return Answer(whole, AnswerStatus.ANSWERED, written.certainty, boxes, name)


def cannot_tell(why: str, name: str) -> Answer:
    """
    Make an answer that says why there is none.

    :param why: one sentence.
    :param name: of the assistant.
    :returns: the answer.
    """
    return Answer(why, AnswerStatus.CANNOT_TELL, 0.0, (), name)


def harmless(text: str) -> str:
    """
    Take from a user's words what would be read as a token of the model.

    :param text: any text.
    :returns: the same without ``<`` and ``>``, blanks single.
    """
    return ' '.join(text.replace('<', ' ').replace('>', ' ').split())


def _placed(value: Any, network: Network) -> Any:
    if value.is_floating_point():
        return value.to(network.device, network.dtype)
    return value.to(network.device)


def _ends(model: Any, end: int | None) -> frozenset[int]:
    ends = model.generation_config.eos_token_id if end is None else end
    return frozenset(ends if isinstance(ends, list) else [ends])


def _written(
    tokens: list[int], logs: list[float], ends: frozenset[int], may_be_whole: bool
) -> Written:
    at = next((i for i, token in enumerate(tokens) if token in ends), len(tokens))
    believed = logs[: at + may_be_whole]
    finite = [value for value in believed if math.isfinite(value)]
    certainty = math.exp(min(sum(finite) / len(finite), 0.0)) if finite else 0.0
    return Written(tuple(tokens), certainty, may_be_whole and at < len(tokens))
