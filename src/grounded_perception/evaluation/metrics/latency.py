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

"""How long frames take."""

from __future__ import annotations

from grounded_perception.evaluation.metrics.bootstrap import CHEAP, Draws
from grounded_perception.evaluation.metrics.series import Series, Timeline
from grounded_perception.evaluation.results import FrameResult, Json, Measure
import numpy as np

_PERCENTS = (50, 95, 99)
_BARS = 40
#: Where a histogram ends: slower frames are in its last bar, or it would be all tail.
_END = 99.5


class Latency:
    """
    Measures answered frames, one by one.

    :param seed: of the draws.
    """

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._stages: dict[str, Series] = {}
        self._total = Series()
        self._timeline = Timeline()
        self._recording: str | None = None
        self._began_s = 0.0
        self._latest_s = 0.0

    def add(self, recording: str, result: FrameResult) -> None:
        """
        Take one frame in, if it was answered.

        :param recording: path of the recording: the next one follows it on the time line.
        :param result: what became of the frame.
        """
        if recording != self._recording:
            self._recording = recording
            self._began_s = result.logged_ns / 1e9 - self._latest_s
        if result.outcome != 'answered' or not result.timings_ms:  # of a node nobody knows them
            return
        for stage, spent_ms in result.timings_ms.items():
            self._stages.setdefault(stage, Series()).add(spent_ms)
        total_ms = sum(result.timings_ms.values())
        self._total.add(total_ms)
        time_s = result.logged_ns / 1e9 - self._began_s
        self._latest_s = max(self._latest_s, time_s)
        self._timeline.add(time_s, total_ms)

    def summary(self) -> Json:
        """Return the part ``latency`` of the results."""
        return {
            'stages': {stage: _numbers(series) for stage, series in self._stages.items()},
            'total': _numbers(self._total),
            'throughput_hz': self._throughput().to_json(),
            'histogram': self._histogram(),
            'timeline': self._timeline.to_json(),
        }

    def _throughput(self) -> Measure:
        """Frames for each second of computing."""
        seconds = self._total.kept / 1e3
        draws = Draws.of(len(seconds), CHEAP, self._seed)
        return draws.ratio(np.ones_like(seconds), seconds, self._total.count)

    def _histogram(self) -> Json:
        kept = self._total.kept
        if not len(kept):
            return {'edges_ms': [], 'counts': []}
        edges = np.histogram_bin_edges(kept, _BARS, (kept.min(), np.percentile(kept, _END)))
        counts = np.histogram(np.minimum(kept, edges[-1]), edges)[0]
        return {'edges_ms': edges.round(4).tolist(), 'counts': counts.tolist()}


def _numbers(series: Series) -> Json:
    return {**series.to_json(*_PERCENTS), 'mean': series.mean, 'count': series.count}
