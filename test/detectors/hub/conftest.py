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

"""Tiny networks of every family, true to their architecture, saved as checkpoints are."""

import importlib.util
import json
import shutil
import string

import cv2
from grounded_perception import detectors
from grounded_perception.compute import Compute
from grounded_perception.weights import CACHE_VARIABLE
import numpy as np
import pytest

#: Words that the tiny tokenizers know as one token; others are spelt.
WORDS = ('photo', 'of', 'cat', 'red', 'ball', 'dog', 'cup', 'car')
SIDE = {'owlvit': 64, 'owlv2': 96}


def pytest_collection_modifyitems(items):
    """Skip what needs libraries that a bare environment does not have."""
    missing = [
        n for n in ('torch', 'transformers', 'PIL', 'scipy') if not importlib.util.find_spec(n)
    ]
    for item in items if missing else ():
        if 'checkpoint_of' in getattr(item, 'fixturenames', ()):
            item.add_marker(pytest.mark.skip(reason=f'{", ".join(missing)} not installed'))


@pytest.fixture(scope='session')
def checkpoint_of(tmp_path_factory):
    """Return a function: family → folder of its tiny checkpoint, made on the first call."""
    made = {}

    def folder(family):
        if family not in made:
            import torch

            torch.set_num_threads(1)
            torch.manual_seed(7)
            made[family] = tmp_path_factory.mktemp(family)
            BUILDERS[family](made[family])
        return made[family]

    return folder


@pytest.fixture
def broken(checkpoint_of, tmp_path):
    """Return a function: family → a copy of its checkpoint that a test may damage."""

    def copy(family):
        return shutil.copytree(checkpoint_of(family), tmp_path / family)

    return copy


@pytest.fixture(scope='session', autouse=True)
def own_cache(tmp_path_factory):
    """Keep what is exported here out of the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE_VARIABLE, str(tmp_path_factory.mktemp('cache')))
        yield


@pytest.fixture(scope='session')
def load(checkpoint_of):
    """Return a function: detector (and family) → that detector with its tiny checkpoint."""
    opened = {}

    def loaded(name, family=None, precision='f32', runtime='torch', **options):
        options['runtime'] = runtime
        key = (name, family, precision, *sorted(options.items()))
        if key not in opened:
            module = detectors.module(name)
            chosen = module.Options(checkpoint=str(checkpoint_of(family or name)), **options)
            opened[key] = module.load(chosen, Compute('cpu', precision, 1))
        return opened[key]

    yield loaded
    for detector in opened.values():
        detector.close()


@pytest.fixture(scope='session')
def picture():
    """Return an image with edges, gradients and noise, 120 x 90."""
    rng = np.random.default_rng(3)
    image = np.linspace(0, 200, 120)[None, :, None] + np.zeros((90, 120, 3))
    image += rng.normal(0, 12, image.shape)
    cv2.circle(image, (40, 40), 22, (220, 30, 40), -1)
    cv2.rectangle(image, (70, 20), (110, 80), (20, 60, 200), -1)
    return image.clip(0, 255).astype(np.uint8)


def clip_tokenizer():
    """Return a CLIP tokenizer of letters and a few words; its end token has the highest id."""
    from transformers import CLIPTokenizer

    letters = string.ascii_lowercase + string.digits + string.punctuation
    tokens = ['!!', *letters, *(f'{letter}</w>' for letter in letters)]
    merges = []
    for word in WORDS:
        parts = [*word[:-1], f'{word[-1]}</w>']
        while len(parts) > 1:
            merges.append((parts[0], parts[1]))
            parts = [parts[0] + parts[1], *parts[2:]]
            tokens.append(parts[0])
    tokens = [*dict.fromkeys(tokens), '<|startoftext|>', '<|endoftext|>']
    vocab = {token: number for number, token in enumerate(tokens)}
    merges = list(dict.fromkeys(merges))
    return CLIPTokenizer(vocab=vocab, merges=merges, pad_token='!', model_max_length=16)


def bert_tokenizer():
    """Return a BERT tokenizer with its special tokens and marks where Grounding DINO has them."""
    from transformers import BertTokenizer

    tokens = [f'[unused{n}]' for n in range(1030)]
    tokens[0], tokens[100:104] = '[PAD]', ['[UNK]', '[CLS]', '[SEP]', '[MASK]']
    tokens[1012], tokens[1029] = '.', '?'
    tokens += [*WORDS, *string.ascii_lowercase, *(f'##{c}' for c in string.ascii_lowercase)]
    return BertTokenizer(vocab={token: n for n, token in enumerate(tokens)})


def _owl(family):
    def build(folder):
        import transformers as tf

        prefix = {'owlvit': 'OwlViT', 'owlv2': 'Owlv2'}[family]
        tokenizer, side = clip_tokenizer(), SIDE[family]
        sides = {'hidden_size': 32, 'intermediate_size': 64, 'num_attention_heads': 4}
        end = tokenizer.eos_token_id
        config = getattr(tf, f'{prefix}Config')(
            text_config={
                **sides, 'num_hidden_layers': 2, 'vocab_size': end + 1, 'eos_token_id': end,
                'bos_token_id': end - 1, 'pad_token_id': 0, 'max_position_embeddings': 16,
            },
            vision_config={
                **sides, 'num_hidden_layers': 2, 'image_size': side, 'patch_size': 16,
            },
            projection_dim=32,
        )  # fmt: skip
        lively(getattr(tf, f'{prefix}ForObjectDetection')(config)).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        size = {'height': side, 'width': side}
        image_processor(family)(size=size, crop_size=size).save_pretrained(folder)

    return build


def _grounding_dino(prefix):
    def build(folder):
        import transformers as tf

        tokenizer = bert_tokenizer()
        swin = tf.SwinConfig(
            image_size=64, patch_size=4, embed_dim=8, depths=[1, 1, 1, 1], num_heads=[1, 1, 2, 2],
            window_size=4, out_indices=[2, 3, 4],
        )  # fmt: skip
        bert = tf.BertConfig(
            vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=1,
            num_attention_heads=2, intermediate_size=48,
        )  # fmt: skip
        config = getattr(tf, f'{prefix}Config')(
            backbone_config=swin, text_config=bert, d_model=32, encoder_layers=1,
            decoder_layers=2, encoder_ffn_dim=48, decoder_ffn_dim=48, encoder_attention_heads=2,
            decoder_attention_heads=2, num_queries=30, max_text_len=40,
        )  # fmt: skip
        lively(getattr(tf, f'{prefix}ForObjectDetection')(config)).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        size = {'shortest_edge': 96, 'longest_edge': 150}
        image_processor('grounding_dino')(size=size).save_pretrained(folder)

    return build


def _labels():
    words = ('N/A', 'Person', 'cat', 'traffic_light', 'cup')
    return {'id2label': dict(enumerate(words)), 'label2id': {w: n for n, w in enumerate(words)}}


def _resnet():
    import transformers as tf

    return tf.ResNetConfig(
        embedding_size=8, hidden_sizes=[8, 8, 16, 16], depths=[1, 1, 1, 1],
        out_features=['stage4'], layer_type='basic',
    )  # fmt: skip


def _detr(folder):
    import transformers as tf

    config = tf.DetrConfig(
        use_timm_backbone=False, use_pretrained_backbone=False, backbone=None,
        backbone_config=_resnet(), d_model=32, encoder_layers=1, decoder_layers=1,
        encoder_ffn_dim=32, decoder_ffn_dim=32, encoder_attention_heads=2,
        decoder_attention_heads=2, num_queries=20, **_labels(),
    )  # fmt: skip
    lively(tf.DetrForObjectDetection(config)).save_pretrained(folder)
    size = {'shortest_edge': 64, 'longest_edge': 100}
    image_processor('detr')(size=size).save_pretrained(folder)


def _yolos(folder):
    import transformers as tf

    config = tf.YolosConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=48,
        image_size=[64, 96], patch_size=16, num_detection_tokens=15, **_labels(),
    )  # fmt: skip
    lively(tf.YolosForObjectDetection(config)).save_pretrained(folder)
    size = {'shortest_edge': 70, 'longest_edge': 110}
    image_processor('yolos')(size=size).save_pretrained(folder)


def _rt_detr(folder):
    import transformers as tf

    backbone = tf.RTDetrResNetConfig(
        embedding_size=8, hidden_sizes=[8, 8, 16, 16], depths=[1, 1, 1, 1], layer_type='basic',
        out_features=['stage2', 'stage3', 'stage4'],
    )  # fmt: skip
    config = tf.RTDetrConfig(
        backbone_config=backbone, encoder_hidden_dim=32, encoder_in_channels=[8, 16, 16],
        encoder_ffn_dim=32, encoder_attention_heads=2, d_model=32, num_queries=25,
        decoder_in_channels=[32, 32, 32], decoder_ffn_dim=32, decoder_layers=2,
        decoder_attention_heads=2, num_denoising=0, **_labels(),
    )  # fmt: skip
    lively(tf.RTDetrForObjectDetection(config)).save_pretrained(folder)
    image_processor('rt_detr')(size={'height': 64, 'width': 64}).save_pretrained(folder)


def lively(model):
    """Give a network weights large enough that its scores and boxes differ from each other."""
    import torch

    with torch.no_grad():
        for name, weight in model.named_parameters():
            if any(head in name for head in ('logit_', 'objectness_', 'box_head')):
                # As they come, every score is 0 or 1 and every box a point.
                weight.copy_(torch.randn_like(weight) * 0.15)
            elif weight.ndim > 1 and 'norm' not in name:
                weight.add_(torch.randn_like(weight) * 0.15)
    return model.eval()


def image_processor(family):
    """Return the processor of transformers that uses PIL, the reference for ours."""
    import importlib

    module, name = {
        'owlvit': ('owlvit', 'OwlViT'), 'owlv2': ('owlv2', 'Owlv2'),
        'grounding_dino': ('grounding_dino', 'GroundingDino'), 'detr': ('detr', 'Detr'),
        'yolos': ('yolos', 'Yolos'), 'rt_detr': ('rt_detr', 'RTDetr'),
    }[family]  # fmt: skip
    place = f'transformers.models.{module}.image_processing_pil_{module}'
    return getattr(importlib.import_module(place), f'{name}ImageProcessorPil')


@pytest.fixture
def processor_of(checkpoint_of):
    """Return a function: family → the image processor of transformers for its checkpoint."""

    def processor(family):
        folder = checkpoint_of(family)
        described = json.loads((folder / 'preprocessor_config.json').read_text())
        return image_processor(family.removeprefix('mm_'))(**described)

    return processor


BUILDERS = {
    'owlvit': _owl('owlvit'),
    'owlv2': _owl('owlv2'),
    'grounding_dino': _grounding_dino('GroundingDino'),
    'mm_grounding_dino': _grounding_dino('MMGroundingDino'),
    'detr': _detr,
    'yolos': _yolos,
    'rt_detr': _rt_detr,
}
