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

"""From every box that a network looked at to the few regions that are passed on."""

from __future__ import annotations

from typing import Any

import cv2
from grounded_perception import geometry
from grounded_perception.errors import ModelFailed
from grounded_perception.records import Floats, Regions
import numpy as np
from numpy.typing import NDArray


def corners(boxes: Floats) -> Floats:
    """
    Turn centres and sides into corners.

    :param boxes: ``(N, 4)`` centre x, centre y, width, height.
    :returns: ``(N, 4)`` xyxy in the same unit.
    """
    half = boxes[:, 2:] / 2
    return np.concatenate([boxes[:, :2] - half, boxes[:, :2] + half], axis=1)


def sigmoid(logits: Floats) -> Floats:
    """
    Turn logits into scores.

    :param logits: any shape, float32.
    :returns: the same shape, in [0, 1]; none overflows.
    """
    small = np.exp(-np.abs(logits))
    return np.asarray(np.where(logits >= 0, 1, small) / (1 + small), np.float32)


def best_words(
    boxes_px: Floats,
    posterior: Floats,
    names: tuple[str, ...],
    least: float,
    nms: float,
    asked: int | None = None,
) -> Regions:
    """
    Make one region of each box: the word it is most of those it may be.

    :param boxes_px: ``(N, 4)`` xyxy, inside the image.
    :param posterior: ``(N, K)`` scores in [0, 1].
    :param names: the K words, at least one.
    :param least: lowest score wanted.
    :param nms: overlap (IoU) above which the weaker of two boxes of one word goes; 1 = none goes.
    :param asked: how many of the words, from the first on, a region may be; None = all.
    :returns: regions, best score first.
    :raises ModelFailed: when a box or a score is not finite.
    """
    _check(boxes_px, posterior)
    words = posterior[:, :asked].argmax(axis=1)
    scores = posterior[np.arange(len(words)), words]
    rows = np.flatnonzero((scores >= least) & (geometry.area(boxes_px) > 0))
    return _regions(boxes_px, posterior, names, rows, words[rows], nms)


def every_pair(
    boxes_px: Floats, posterior: Floats, names: tuple[str, ...], least: float, nms: float
) -> Regions:
    """
    Make a region of each box and each word that it may be: one box may be two regions.

    :param boxes_px: ``(N, 4)`` xyxy, inside the image.
    :param posterior: ``(N, K)`` scores in [0, 1].
    :param names: the K words, at least one.
    :param least: lowest score wanted.
    :param nms: overlap (IoU) above which the weaker of two boxes of one word goes; 1 = none goes.
    :returns: regions, best score first.
    :raises ModelFailed: when a box or a score is not finite.
    """
    _check(boxes_px, posterior)
    rows, words = np.nonzero((posterior >= least) & (geometry.area(boxes_px) > 0)[:, None])
    return _regions(boxes_px, posterior, names, rows, words, nms)


def _check(boxes: Floats, posterior: Floats) -> None:
    """Refuse what is no number: it is below no threshold and above none, and would vanish."""
    if not (np.isfinite(boxes).all() and np.isfinite(posterior).all()):
        raise ModelFailed('the network gave boxes or scores that are no numbers')


def _regions(
    boxes: Floats,
    posterior: Floats,
    names: tuple[str, ...],
    rows: NDArray[np.intp],
    words: NDArray[np.intp],
    nms: float,
) -> Regions:
    """Order pairs of box and word by score and leave out doubles of a word."""
    scores = posterior[rows, words]
    order = np.argsort(-scores, kind='stable')
    if nms < 1 and len(order):
        order = order[_distinct(boxes[rows[order]], scores[order], words[order], nms)]
    rows, words = rows[order], words[order]
    labels = tuple(names[word] for word in words)
    return Regions(boxes[rows], scores[order], labels, names, posterior[rows])


def _distinct(
    boxes: Floats, scores: Floats, words: NDArray[np.intp], nms: float
) -> NDArray[np.intp]:
    """Return which boxes stay, in their order, best first."""
    corner_and_size = boxes.astype(np.float64)
    corner_and_size[:, 2:] -= corner_and_size[:, :2]
    suppress: Any = cv2.dnn.NMSBoxesBatched  # takes arrays; its annotations know only lists
    kept = suppress(corner_and_size, scores, words, -1.0, nms)
    return np.sort(np.array(kept, np.intp).reshape(-1))
