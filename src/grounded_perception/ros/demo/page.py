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

"""The demo's web page: one file, its pictures beside it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
import math
from pathlib import Path
from string import Template

from grounded_perception.ros.demo.answers import Answer, PhraseAnswer
from grounded_perception.ros.demo.results import Entry
from grounded_perception.ros.demo.table import box_text

_TEMPLATE = Path(__file__).with_name('page.html')


def render(entries: Sequence[Entry], summary: str, replay: Sequence[str]) -> str:
    """
    Write the page.

    :param entries: scenes as they went.
    :param summary: the run in one line.
    :param replay: shell lines that replay the bag.
    :returns: HTML.
    """
    template = Template(_TEMPLATE.read_text(encoding='utf-8'))
    return template.substitute(
        summary=escape(summary),
        replay=escape('\n'.join(replay)),
        cards='\n'.join(_card(entry) for entry in entries),
    )


def _card(entry: Entry) -> str:
    answer = entry.answer
    status = answer.status if answer else 'LOST'
    pictures = ''.join(
        f'<a href="{escape(name)}"><img src="{escape(name)}" loading="lazy" alt="{alt}"></a>'
        for name in entry.pictures
        for alt in [escape(f'{entry.scene.command}: {status}')]
    )
    return (
        '<article>'
        f'<div class="{"strip" if len(entry.pictures) > 1 else "still"}">{pictures}</div>'
        f'<h2>“{escape(entry.scene.command)}” {_chip(status)}</h2>'
        f'<p class="source">{escape(entry.name)}{_latency(answer)}{_watched(entry)}</p>'
        f'{_phrases(answer) if answer else "<p>No answer came.</p>"}'
        f'{_unexpected(entry)}'
        '</article>'
    )


def _chip(status: str) -> str:
    return f'<span class="chip {escape(status.lower())}">{escape(status)}</span>'


def _latency(answer: Answer | None) -> str:
    if answer is None or math.isnan(answer.latency_ms):
        return ''
    return f' · {answer.latency_ms:.0f} ms from image to answer'


def _watched(entry: Entry) -> str:
    if entry.frames < 2:
        return ''
    return f' · found in {entry.found} of {entry.frames} frames; the best one is listed'


def _phrases(answer: Answer) -> str:
    if not answer.phrases:
        return f'<p>{escape(answer.note)}</p>'
    rows = ''.join(_phrase(phrase) for phrase in answer.phrases)
    head = ''.join(
        f'<th>{name}</th>' for name in ('phrase', 'status', 'label', 'score', 'box', 'reason')
    )
    table = f'<div class="wide"><table><tr>{head}</tr>{rows}</table></div>'
    note = f'<p class="note">{escape(answer.note)}</p>' if answer.note else ''
    return table + note


def _phrase(phrase: PhraseAnswer) -> str:
    cells = (
        escape(phrase.text),
        _chip(phrase.status),
        escape(phrase.label),
        f'{phrase.score:.2f}',
        f'<code>{escape(box_text(phrase.boxes))}</code>',
        escape(phrase.reason),
    )
    return '<tr>' + ''.join(f'<td>{cell}</td>' for cell in cells) + '</tr>'


def _unexpected(entry: Entry) -> str:
    if entry.is_as_expected:
        return ''
    expected = escape(', '.join(entry.scene.expected))
    return f'<p class="note">A person would say {expected}.</p>'
