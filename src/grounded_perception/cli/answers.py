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

"""What was perceived, as plain values for JSON and as lines for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import json
from typing import Any

from grounded_perception.records import Floats, Grounding, Perception, Regions, Status
from grounded_perception.segmenters.base import Masks

Json = dict[str, Any]


def dumps(value: Json) -> str:
    """
    Write one line of JSON.

    :param value: plain values.
    :returns: one line, ASCII, so that no terminal or pipe can spoil it.
    """
    return json.dumps(value, separators=(', ', ': '))


def detection_list(regions: Regions, masks: Masks | None = None) -> list[Json]:
    """
    Describe detections.

    :param regions: N of them.
    :param masks: theirs, where they were looked for.
    :returns: N objects ``label``, ``score``, ``bbox_xyxy`` (pixels), in their order; with masks
        also ``mask``, see :func:`mask_of`.
    """
    rows = zip(regions.labels, regions.scores, regions.boxes_px, strict=True)
    listed: list[Json] = [
        {'label': label, 'score': _score(score), 'bbox_xyxy': _box(box)}
        for label, score, box in rows
    ]
    for i, entry in enumerate(listed if masks else ()):
        assert masks is not None
        entry['mask'] = mask_of(masks, i)
    return listed


def mask_of(masks: Masks, i: int) -> Json:
    """
    Describe a mask as COCO does.

    :param masks: some.
    :param i: which.
    :returns: ``size`` (height, width) and ``counts``, uncompressed run lengths: what
        ``pycocotools.mask.frPyObjects`` reads.
    """
    return {'size': list(masks.size), 'counts': masks.run_lengths(i)}


def answer(
    perception: Perception, explain: bool = False, masks: Mapping[int, Json] | None = None
) -> Json:
    """
    Describe the answer to a sentence.

    One sentence may name several things: it is FOUND if any is, else AMBIGUOUS if any is, else
    ABSENT; ``candidates`` are those of the phrases with that status.

    :param perception: with at least one grounding.
    :param explain: whether to tell also every check and where each word looked.
    :param masks: of candidates by their index, where they were looked for.
    :returns: ``status``, ``bbox_xyxy`` (the best box if FOUND, else null), ``score``,
        ``candidates`` (best first, with ``mask`` where there are masks), ``reason``, ``phrases``
        and ``quality`` (what is wrong with the image, empty where nothing is); explained also
        ``regions``, and in each phrase ``checks`` and ``attention``, whose weights are one row a
        word, one column a region.
    """
    groundings, regions = perception.groundings, perception.candidates
    status = overall([g.status for g in groundings])
    deciding = [g for g in groundings if g.status is status]
    candidates = [c for g in deciding for c in _candidates(g, regions, masks or {})]
    candidates.sort(key=lambda c: -float(c['score']))
    scores = [_score(g.score) for g in deciding]
    found = status is Status.FOUND
    return {
        'status': status.value,
        'bbox_xyxy': candidates[0]['bbox_xyxy'] if found else None,
        # Absent altogether is no surer than the least sure of the phrases.
        'score': min(scores) if status is Status.ABSENT else max(scores),
        'candidates': candidates,
        'reason': '; '.join(g.reason for g in groundings),
        'phrases': [{**_phrase(g, regions), **(_why(g) if explain else {})} for g in groundings],
        'quality': perception.quality.verdict if perception.quality else '',
        **({'regions': detection_list(regions)} if explain else {}),
    }


def overall(statuses: Sequence[Status]) -> Status:
    """
    Sum up the answers to the phrases of one sentence.

    :param statuses: at least one.
    :returns: FOUND if any is, else AMBIGUOUS if any is, else ABSENT.
    """
    return next(s for s in (Status.FOUND, Status.AMBIGUOUS, Status.ABSENT) if s in statuses)


def _phrase(grounding: Grounding, regions: Regions) -> Json:
    return {
        'phrase': grounding.phrase.text,
        'status': grounding.status.value,
        'score': _score(grounding.score),
        'margin': _score(grounding.margin),
        'bboxes_xyxy': [_box(regions.boxes_px[i]) for i in grounding.indices],
        'reason': grounding.reason,
    }


def _why(grounding: Grounding) -> Json:
    attention = grounding.attention
    return {
        'checks': [
            {'what': c.what, 'kind': c.kind, 'value': _score(c.value), 'holds': c.holds}
            for c in grounding.checks
        ],
        'attention': {
            'words': list(attention.words),
            'weights': [[_score(w) for w in row] for row in attention.weights],
        },
    }


def _candidates(grounding: Grounding, regions: Regions, masks: Mapping[int, Json]) -> list[Json]:
    return [
        {
            'label': regions.labels[i],
            'score': _score(grounding.probabilities[i]),
            'bbox_xyxy': _box(regions.boxes_px[i]),
            'phrase': grounding.phrase.text,
            **({'mask': masks[i]} if i in masks else {}),
        }
        for i in grounding.indices
    ]


def detection_lines(detected: Json) -> list[str]:
    """
    Write detections for people.

    :param detected: an object of ``detect``.
    :returns: a headline and one line for each detection.
    """
    rows = [(d['label'], d['score'], d['bbox_xyxy']) for d in detected['detections']]
    size = f'{detected["width"]} x {detected["height"]}'
    head = f'{detected["image"]}  ({size})  {len(rows) or "no"} detection{"s"[: len(rows) != 1]}'
    return [head, *_table(rows)]


def answer_lines(answered: Json) -> list[str]:
    """
    Write an answer for people.

    :param answered: an object of ``ground``.
    :returns: one line for each phrase, its boxes, what was not understood.
    """
    lines = [f'{answered["image"]}: "{answered["expression"]}"']
    for phrase in answered['phrases']:
        lines.append(f'  {phrase["status"]} {phrase["score"]:.2f}  {phrase["reason"]}')
        own = [c for c in answered['candidates'] if c['phrase'] == phrase['phrase']]
        shown = own if phrase['status'] == answered['status'] else []
        lines += _table([(c['label'], c['score'], c['bbox_xyxy']) for c in shown])
        if 'attention' in phrase:
            lines += _looks(phrase['attention'], answered['regions'])
    lines += [f'  not understood: {line}' for line in answered['not_understood']]
    return lines


def _looks(attention: Json, regions: list[Json]) -> list[str]:
    """Say which region each word looked at most."""
    lines = []
    for word, weights in zip(attention['words'], attention['weights'], strict=True):
        share, region = max(zip(weights, regions, strict=True), default=(0.0, {}), key=_share)
        x1, y1, x2, y2 = region.get('bbox_xyxy', (0, 0, 0, 0))
        where = f'{region["label"]} at {x1:.0f} {y1:.0f} {x2:.0f} {y2:.0f}' if share else 'nothing'
        lines.append(f'       {word!r} looked at {where}, share {share:.2f}')
    return lines


def _share(pair: tuple[float, Json]) -> float:
    return pair[0]


def _table(rows: list[tuple[str, float, list[float]]]) -> list[str]:
    """Write label, score and box in columns; the numbers are those of the pictures."""
    wide = max((len(label) for label, _, _ in rows), default=0)
    return [
        f'  {n:3}  {label:{wide}}  {score:.2f}  {x1:7.1f} {y1:7.1f} {x2:7.1f} {y2:7.1f}'
        for n, (label, score, (x1, y1, x2, y2)) in enumerate(rows, start=1)
    ]


def _score(value: Any) -> float:
    return round(float(value), 4)


def _box(box: Floats) -> list[float]:
    return [round(float(v), 2) for v in box]
