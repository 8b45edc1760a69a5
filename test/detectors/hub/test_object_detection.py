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

"""The DETR families against transformers' own post-processing."""

import importlib.util
import json

from grounded_perception import geometry
from grounded_perception.compute import Compute
from grounded_perception.detectors import object_detection
from grounded_perception.detectors.object_detection import read_words
from grounded_perception.errors import ModelCorrupt, ModelMissing
import numpy as np
import pytest

FAMILIES = pytest.mark.parametrize('family', ['detr', 'yolos', 'rt_detr'])
WORDS = ('N/A', 'person', 'cat', 'traffic light', 'cup')


@FAMILIES
def test_regions_are_those_of_transformers(load, picture, processor_of, family):
    import torch

    detector = load('object_detection', family)
    assert detector.names == WORDS[1:]
    with torch.inference_mode():
        pixels = torch.from_numpy(detector._prepare(picture))
        out = detector._network._network.model(pixel_values=pixels)
    theirs = processor_of(family).post_process_object_detection(
        out, threshold=0.0, target_sizes=[picture.shape[:2]]
    )[0]
    height, width = picture.shape[:2]
    boxes = geometry.clip(theirs['boxes'].numpy(), width, height)
    labels, scores = theirs['labels'].numpy(), theirs['scores'].numpy()
    order = np.argsort(-scores, kind='stable')
    # What the list of classes does not name, and what lies outside of the image, is no region.
    named = order[(labels[order] != 0) & (geometry.area(boxes)[order] > 0)]
    ours = detector.propose(picture, (), 0.0, 10_000)
    if family == 'rt_detr':  # theirs stops after as many pairs of box and class as it has boxes
        ours = ours.take(np.arange(len(named)))
    else:  # theirs tells only the best class of a box, "N/A" being one
        first = {tuple(box) for box in boxes[named].round(2).tolist()}
        ours = ours.take(np.array([tuple(b) in first for b in ours.boxes_px.round(2).tolist()]))
    assert len(ours) == len(named) > 3
    np.testing.assert_allclose(ours.scores, scores[named], atol=1e-6)
    np.testing.assert_allclose(ours.boxes_px, boxes[named], atol=1e-3)
    assert ours.labels == tuple(WORDS[n] for n in labels[named])


@FAMILIES
def test_floor_and_limit_hold(load, picture, family):
    every = load('object_detection', family).propose(picture, ('cat',), 0.0, 10_000)
    middle = float(np.median(every.scores))
    above = load('object_detection', family).propose(picture, (), middle, 10_000)
    assert len(above) == (every.scores >= np.float32(middle)).sum()


def test_a_backbone_of_timm_is_refused(broken):
    if importlib.util.find_spec('timm'):
        pytest.skip('timm is installed')
    folder = broken('detr')
    config = json.loads((folder / 'config.json').read_text())
    config['backbone_config'] = {'model_type': 'timm_backbone', 'backbone': 'resnet50'}
    (folder / 'config.json').write_text(json.dumps(config))
    options = object_detection.Options(checkpoint=str(folder))
    with pytest.raises(ModelMissing, match='needs timm'):
        object_detection.load(options, Compute())


def test_classes_without_names_are_refused():
    with pytest.raises(ModelCorrupt, match='does not name its classes'):
        read_words({0: 'LABEL_0', 1: 'LABEL_1'}, 'here')
    assert read_words({'1': 'Stop_Sign', '0': 'N/A'}, 'here') == {1: 'stop sign'}
