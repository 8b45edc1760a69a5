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
The fusion network: regions attend to words and, biased by geometry, to each other.

Every region is a token; a learned *none* token stands beside them. A layer lets each token look at
the other regions (attention with a learned bias from pairwise geometry, after Hu et al. 2018,
https://arxiv.org/abs/1711.11575; and a sum over regions with learned geometric gates, because a
softmax averages and an ordinal has to count), then at the words (cross-attention, Vaswani et al.
2017, https://arxiv.org/abs/1706.03762: softmax(I·Tᵀ/√D)·T), then through a feed-forward block. A
softmax over regions and *none* answers. What depends on the image alone is computed once for all
sentences about it.

Axes: S images, B sentences about each, N regions, L words.
"""

from __future__ import annotations

from dataclasses import dataclass

from grounded_perception.fusion.inputs import EVIDENCE_WIDTH, REGION_WIDTH, SCALARS
from grounded_perception.language.minilm import WIDTH as TEXT_WIDTH
import torch
from torch import nn, Tensor

_PAIR_FEATURES = 12
_FLOOR = -1e4  # a logit that fp16 and bf16 can hold and no softmax notices


@dataclass(frozen=True)
class NetworkConfig:
    """
    The network's size, and which parts take part (for ablation).

    :param width: of a token.
    :param heads: of each attention.
    :param layers: how often tokens look around.
    :param pair_width: hidden width of the geometry's network.
    :param gates: geometric sums in each layer.
    :param dropout: share of activations dropped in training.
    :param use_geometry: whether pairwise geometry takes part.
    :param use_text: whether words take part.
    :param use_evidence: whether what the grammar checked takes part.
    :param use_descriptors: whether classical descriptors take part.
    :param temperature: the answer's logits are divided by it; fitted after the weights, so that
        probabilities are what they say.
    """

    width: int = 64
    heads: int = 2
    layers: int = 2
    pair_width: int = 32
    gates: int = 8
    dropout: float = 0.1
    use_geometry: bool = True
    use_text: bool = True
    use_evidence: bool = True
    use_descriptors: bool = True
    temperature: float = 1.0


class FusionNetwork(nn.Module):
    """
    The network.

    :param config: its size.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        d = config.width
        self.semantics = nn.Linear(TEXT_WIDTH, d)
        self.surface = nn.Sequential(
            nn.Linear(REGION_WIDTH - TEXT_WIDTH, 2 * d), nn.GELU(), nn.Linear(2 * d, d)
        )
        self.evidence = nn.Sequential(nn.Linear(EVIDENCE_WIDTH, d), nn.GELU(), nn.Linear(d, d))
        self.words = nn.Sequential(nn.Linear(TEXT_WIDTH, d), nn.LayerNorm(d))
        self.none = nn.Parameter(torch.randn(d) * 0.1)
        self.pairs = nn.Sequential(nn.Conv2d(_PAIR_FEATURES, config.pair_width, 1), nn.GELU())
        # One convolution for each use: cutting one large result costs more than making it.
        wide, layers = config.pair_width, range(config.layers)
        self.biases = nn.ModuleList(nn.Conv2d(wide, config.heads, 1) for _ in layers)
        self.gates = nn.ModuleList(nn.Conv2d(wide, config.gates, 1) for _ in layers)
        self.layers = nn.ModuleList(_Layer(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(d)
        self.answer = nn.Linear(d, 1)
        self.fits = nn.Linear(d, 1)
        self.drop = nn.Dropout(config.dropout)

    def forward(
        self,
        regions: Tensor,
        boxes: Tensor,
        region_mask: Tensor,
        text: Tensor,
        text_mask: Tensor,
        evidence: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """
        Answer sentences about images.

        :param regions: ``(S, N, REGION_WIDTH)``.
        :param boxes: ``(S, N, 4)`` xyxy as shares of the image's sides.
        :param region_mask: ``(S, N)`` 1 = a region, 0 = padding.
        :param text: ``(S, B, L, TEXT_WIDTH)`` word embeddings.
        :param text_mask: ``(S, B, L)`` 1 = a word, 0 = padding.
        :param evidence: ``(S, B, N, EVIDENCE_WIDTH)``.
        :returns: logits ``(S, B, N + 1)``, the last for *none*; logits ``(S, B, N)`` that a
            region fits whatever else is there; attention of regions over words
            ``(S, B, N, L)``.
        """
        config = self.config
        x = self._tokens(regions, evidence)
        words = self.words(text if config.use_text else torch.zeros_like(text))
        bias, gates = self._geometry(boxes, region_mask)
        word_bias = (1 - text_mask)[:, :, None, None, :] * _FLOOR
        mask = region_mask[:, None, :, None]
        for i, layer in enumerate(self.layers):
            x, look = layer(x, words, bias[i], gates[i], word_bias, mask)
        x = self.norm(x)
        padding = (1 - region_mask)[:, None] * _FLOOR
        logits = self.answer(x).squeeze(-1)
        some = logits[..., 1:] + padding
        fits = self.fits(x[..., 1:, :]).squeeze(-1) + padding
        answer = torch.cat([some, logits[..., :1]], -1) / config.temperature
        return answer, fits, look[..., 1:, :]

    def _tokens(self, regions: Tensor, evidence: Tensor) -> Tensor:
        """Return ``(S, B, 1 + N, d)``: *none*, then the regions."""
        config = self.config
        surface = regions[..., TEXT_WIDTH:]
        if not config.use_descriptors:
            unseen = torch.zeros_like(surface[..., :-SCALARS])
            surface = torch.cat([unseen, surface[..., -SCALARS:]], -1)
        image = self.semantics(regions[..., :TEXT_WIDTH]) + self.surface(surface)
        checked = evidence if config.use_evidence else torch.zeros_like(evidence)
        x = self.drop(image[:, None] + self.evidence(checked))
        none = self.none.expand(x.shape[0], x.shape[1], 1, -1)
        return torch.cat([none, x], 2)

    def _geometry(self, boxes: Tensor, region_mask: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Return for each layer a bias ``(S, 1, H, 1 + N, 1 + N)`` and gates ``(S, G, N, N)``."""
        config = self.config
        pairs = pair_features(boxes)
        if not config.use_geometry:
            pairs = torch.zeros_like(pairs)
        hidden = self.pairs(pairs)
        # No token, *none* least of all, may look at padding.
        padding = nn.functional.pad((1 - region_mask) * _FLOOR, (1, 0))[:, None, None, :]
        biases = [
            (nn.functional.pad(head(hidden), (1, 0, 1, 0)) + padding)[:, None]
            for head in self.biases
        ]
        return biases, [torch.sigmoid(head(hidden)) for head in self.gates]


class _Layer(nn.Module):
    """One look around: at other regions, at the words, and a thought."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        d = config.width
        self.heads = config.heads
        self.norm_self, self.norm_words, self.norm_think = (nn.LayerNorm(d) for _ in range(3))
        self.qkv = nn.ModuleList(nn.Linear(d, d) for _ in range(3))
        self.out_self = nn.Linear(d + config.gates, d)
        self.counted = nn.Linear(d, config.gates)
        self.query = nn.Linear(d, d)
        self.key_value = nn.ModuleList(nn.Linear(d, d) for _ in range(2))
        self.out_words = nn.Linear(d, d)
        self.think = nn.Sequential(nn.Linear(d, 2 * d), nn.GELU(), nn.Linear(2 * d, d))
        self.drop = nn.Dropout(config.dropout)

    def forward(
        self,
        x: Tensor,
        words: Tensor,
        bias: Tensor,
        gates: Tensor,
        word_bias: Tensor,
        mask: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Return the tokens after it ``(S, B, 1 + N, d)`` and the words looked at."""
        y = self.norm_self(x)
        q, k, v = (self._split(linear(y)) for linear in self.qkv)
        # Nobody asks which regions were looked at: in one piece softmax(QKᵀ/√D + bias)·V is
        # faster.
        seen = self._join(nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=bias))
        x = x + self.drop(self.out_self(torch.cat([seen, self._count(y, gates, mask)], -1)))
        q = self._split(self.query(self.norm_words(x)))
        k, v = (self._split(linear(words)) for linear in self.key_value)
        weights = self._attend(q, k, word_bias)
        x = x + self.drop(self.out_words(self._join(weights @ v)))
        x = x + self.drop(self.think(self.norm_think(x)))
        each = weights.unbind(2)  # added one by one: OpenVINO takes longer to reduce this axis
        return x, sum(each[1:], each[0]) / self.heads

    def _attend(self, q: Tensor, k: Tensor, bias: Tensor) -> Tensor:
        return torch.softmax((q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2) + bias, -1)

    def _count(self, y: Tensor, gates: Tensor, mask: Tensor) -> Tensor:
        """Sum, for each token, what the regions are, gated by where they are from it."""
        what = (torch.sigmoid(self.counted(y[:, :, 1:])) * mask).permute(0, 3, 2, 1)
        around = (gates @ what).permute(0, 3, 2, 1)
        every = what.sum(2).transpose(-1, -2)[:, :, None]  # *none* is nowhere: it sees all alike
        return torch.cat([every, around], 2) * 0.25

    def _split(self, x: Tensor) -> Tensor:
        s, b, n, d = x.shape
        return x.reshape(s, b, n, self.heads, d // self.heads).transpose(2, 3)

    def _join(self, x: Tensor) -> Tensor:
        s, b, h, n, d = x.shape
        return x.transpose(2, 3).reshape(s, b, n, h * d)


def pair_features(boxes: Tensor) -> Tensor:
    """
    Describe where each region lies as seen from each other one.

    :param boxes: ``(S, N, 4)`` xyxy as shares of the image's sides.
    :returns: ``(S, 12, N, N)``, entry i, j for region i as seen from region j, in [-2, 2]:
        offsets of the centres in images and in box sides, log ratios of the sides, gaps, shares
        of each inside the other, offset of the feet, intersection over union.
    """
    low, high = boxes[..., :2].transpose(1, 2), boxes[..., 2:].transpose(1, 2)
    size, centre = (high - low).clamp(min=1e-3), (high + low) / 2
    log_size = torch.log(size)

    def minus(a: Tensor) -> Tensor:
        return a[..., :, None] - a[..., None, :]

    half = 2 / (size[..., :, None] + size[..., None, :])
    apart = minus(centre)
    top, bottom = (
        torch.maximum(low[..., :, None], low[..., None, :]),
        torch.minimum(high[..., :, None], high[..., None, :]),
    )
    overlap = bottom - top
    positive = overlap.clamp(min=0)
    inter = positive[:, :1] * positive[:, 1:]
    area = size[:, :1] * size[:, 1:]
    mine, yours = area[..., :, None], area[..., None, :]
    every = [
        apart * 2,
        apart * half,
        minus(log_size),
        (positive - overlap) * half,
        inter / mine,
        inter / yours,
        minus(high[:, 1:]) * half[:, 1:],
        inter / (mine + yours - inter),
    ]
    return torch.cat(every, 1).clamp(-2, 2)
