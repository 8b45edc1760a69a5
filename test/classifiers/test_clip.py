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

"""CLIP and SigLIP answer as transformers does; the tiny networks are made here."""

from grounded_perception.classifiers import clip
from grounded_perception.compute import Compute
from grounded_perception.errors import ModelCorrupt, ModelMissing, SettingsError
import numpy as np
import pytest

FAMILIES = ('clip', 'siglip')
LABELS = ('cat', 'red car', 'cup')


def load(folder, **options):
    return clip.load(clip.Options(checkpoint=str(folder), **options), Compute('cpu', 'f32', 1))


def reference(folder, family, part, texts):
    """Return logits of one picture and texts as transformers itself computes them."""
    import torch
    import transformers as tf

    model = {'clip': tf.CLIPModel, 'siglip': tf.SiglipModel}[family].from_pretrained(folder).eval()
    tokens = tf.AutoTokenizer.from_pretrained(folder)(
        texts, padding='max_length' if family == 'siglip' else True, return_tensors='pt'
    )
    if family == 'siglip':
        tokens.pop('attention_mask')
    pixels = tf.AutoImageProcessor.from_pretrained(folder)(part, return_tensors='pt')
    with torch.inference_mode():
        output = model(**tokens, **pixels)
    return output.logits_per_image[0].numpy(), output.image_embeds[0].numpy()


@pytest.mark.parametrize('family', FAMILIES)
def test_equal_to_transformers(checkpoint_of, photo, family):
    folder = checkpoint_of(family)
    rgb = photo('chelsea.png')
    box = np.array([[120, 40, 300, 220]], np.float32)
    part = np.ascontiguousarray(rgb[40:220, 120:300])
    classifier = load(folder, background='thing')
    found = classifier.classify(rgb, box, LABELS)[0]
    texts = [f'a photo of a {label}' for label in (*LABELS, 'thing')]
    logits, features = reference(folder, family, part, texts)
    # pixels: PIL and torch round differently when they resize, by a level or two
    np.testing.assert_allclose(classifier.features(rgb, box)[0], features, atol=0.01)
    if family == 'clip':
        wanted = np.exp(logits) / np.exp(logits).sum()
    else:
        powers = np.exp(logits[:3])
        wanted = powers / powers.sum() * (1 - np.prod(1 - powers / (1 + powers)))
    np.testing.assert_allclose(found, wanted[:3], atol=0.01)


def test_a_label_is_embedded_once(checkpoint_of, monkeypatch, photo):
    classifier = load(checkpoint_of('clip'))
    rgb, box = photo('chelsea.png'), np.array([[0, 0, 100, 100]], np.float32)
    first = classifier.classify(rgb, box, LABELS)
    monkeypatch.setattr(classifier._texts, '_read', lambda labels: pytest.fail(f'again: {labels}'))
    np.testing.assert_array_equal(classifier.classify(rgb, box, LABELS[::-1])[:, ::-1], first)


def test_without_a_background_clip_always_chooses(checkpoint_of, photo):
    rgb, box = photo('chelsea.png'), np.array([[0, 0, 100, 100]], np.float32)
    chosen = load(checkpoint_of('clip'), background='').classify(rgb, box, LABELS)
    assert chosen.sum() == pytest.approx(1, abs=1e-5)
    assert load(checkpoint_of('clip')).classify(rgb, box, LABELS).sum() < 1


def test_very_long_labels_are_cut(checkpoint_of, photo):
    rgb, box = photo('chelsea.png'), np.array([[0, 0, 100, 100]], np.float32)
    assert load(checkpoint_of('clip')).classify(rgb, box, ['very ' * 100 + 'long cat']).shape


def test_features_of_two_networks_are_told_apart(checkpoint_of):
    models = {load(checkpoint_of(family)).feature_model for family in FAMILIES}
    models.add(load(checkpoint_of('clip'), margin=0.2).feature_model)
    assert len(models) == 3


def test_a_checkpoint_must_be_named_and_whole(checkpoint_of, tmp_path):
    checkpoint_of('clip')
    with pytest.raises(SettingsError, match=r'clip\.checkpoint is empty'):
        load('')
    with pytest.raises(ModelMissing, match='no folder'):
        load(tmp_path / 'nowhere')
    (tmp_path / 'config.json').write_text('{"model_type": "owlvit"}')
    with pytest.raises(SettingsError, match='clip, siglip'):
        load(tmp_path)
    (tmp_path / 'config.json').write_text('{')
    with pytest.raises(ModelCorrupt, match=r'config\.json'):
        load(tmp_path)
