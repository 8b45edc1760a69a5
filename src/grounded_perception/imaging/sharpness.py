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
How sharp an image or a part of it is, whatever its contrast.

Along an edge the first derivative sums up to the edge's height, however blurred; the second sums
up to height over width. Their ratio is the inverse width of the edges. After Marziliano et al., A
no-reference perceptual blur metric (2002), who measured those widths one by one, with the
Laplacian of Pech-Pacheco et al., Diatom autofocusing in brightfield microscopy (2000).
"""

from __future__ import annotations

import cv2
from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray

# Mean gradient in gray levels below which nothing but noise is seen.
_FAINT = 1.0
# Gray levels of a derivative that noise and JPEG make of plain ground.
_NOISE = 4
# Boxes are looked at in an image of at least this longer side.
_LOOK_PX = 640


def derivative_maps(gray: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """
    Take the derivatives whose sums tell sharpness.

    :param gray: uint8 ``(H, W)``.
    :returns: uint8 ``(H, W)`` size of the gradient (sum of both directions), and the dark half of
        the Laplacian.
    """
    across = np.zeros_like(gray)
    cv2.absdiff(gray[:, 1:], gray[:, :-1], across[:, :-1])
    down = np.zeros_like(gray)
    cv2.absdiff(gray[1:], gray[:-1], down[:-1])
    laplacian = cv2.Laplacian(gray, cv2.CV_8U, borderType=cv2.BORDER_REPLICATE)
    noise = np.full(1, _NOISE, np.uint8)
    return (
        np.asarray(cv2.subtract(cv2.add(across, down), noise), np.uint8),
        np.asarray(cv2.subtract(laplacian, noise), np.uint8),
    )


def sharpness_of(gradient: Floats, laplacian: Floats, pixels: Floats) -> Floats:
    """
    Turn sums over a region to its sharpness.

    :param gradient: sums of the first map of :func:`derivative_maps`.
    :param laplacian: sums of the second.
    :param pixels: how many pixels were summed up.
    :returns: float32 in [0, 1]: 0 no edge or none that is sharp, 1 edges of a pixel's width.
    """
    ratio = 2 * laplacian / np.maximum(gradient, 1e-9)
    # A region of few faint edges has an uncertain ratio: drawn to 0.
    trust = gradient / (gradient + _FAINT * np.maximum(pixels, 1))
    return np.asarray(np.clip(ratio * trust / 2, 0, 1), np.float32)


def reduced_gray(rgb: NDArray[np.uint8], longer_px: int) -> NDArray[np.uint8]:
    """
    Shrink an image by a whole number, which is quick, and drop its colour.

    :param rgb: uint8 ``(H, W, 3)`` RGB.
    :param longer_px: the longer side of the result is at least this, or the image's own.
    :returns: uint8 luma.
    """
    factor = max(max(rgb.shape[:2]) // longer_px, 1)
    if factor > 1:
        size = (max(rgb.shape[1] // factor, 1), max(rgb.shape[0] // factor, 1))
        rgb = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)


def box_sharpness(rgb: NDArray[np.uint8], boxes: Floats) -> Floats:
    """
    Measure the sharpness of boxes, images of any size seen at about the same.

    :param rgb: uint8 ``(H, W, 3)`` RGB.
    :param boxes: ``(N, 4)`` xyxy in its pixels, inside it.
    :returns: ``(N,)`` float32 in [0, 1].
    """
    gray = reduced_gray(rgb, _LOOK_PX)
    scale = np.tile(np.array(gray.shape[::-1]) / rgb.shape[1::-1], 2)
    most = np.tile(gray.shape[::-1], 2)
    x1, y1, x2, y2 = np.clip(np.rint(boxes * scale), 0, most).astype(np.intp).T
    sums = []
    for one in derivative_maps(gray):
        table = cv2.integral(one)
        sums.append(table[y2, x2] - table[y1, x2] - table[y2, x1] + table[y1, x1])
    pixels = (x2 - x1) * (y2 - y1)
    gradient, laplacian, area = (np.asarray(v, np.float32) for v in (*sums, pixels))
    return sharpness_of(gradient, laplacian, area)


def least_sharpness(gray: NDArray[np.uint8]) -> float:
    """
    Measure the sharpness of a whole image in the direction where it is worst.

    Motion blurs across its direction only. Noise is smoothed first: it would pass for detail.

    :param gray: uint8 ``(H, W)``.
    :returns: in [0, 1].
    """
    calm = np.asarray(cv2.GaussianBlur(gray, (3, 3), 0), np.uint8)
    noise = np.full(1, _NOISE // 2, np.uint8)
    area = np.full(1, gray.size, np.float32)
    worst = 1.0
    for first, second, order in (
        (calm[:, 1:], calm[:, :-1], (2, 0)),
        (calm[1:], calm[:-1], (0, 2)),
    ):
        if not first.size:
            return 0.0
        bend = cv2.Sobel(calm, cv2.CV_8U, *order, ksize=1, borderType=cv2.BORDER_REPLICATE)
        gradient, laplacian = (
            np.full(1, cv2.sumElems(cv2.subtract(one, noise))[0], np.float32)
            for one in (cv2.absdiff(first, second), bend)
        )
        worst = min(worst, float(sharpness_of(gradient, laplacian, area)[0]))
    return worst
