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


"""Networks of the true architectures, tiny and with random weights, saved as checkpoints are."""

import json

import pytest

#: Side of the square that the tiny networks see.
SIDE = 128


@pytest.fixture(scope='session')
def torch():
    """Return torch with a fixed seed; skip where it or transformers is not installed."""
    module = pytest.importorskip('torch', reason='torch is not installed')
    pytest.importorskip('transformers', reason='transformers is not installed')
    return module


def saved(torch, network, folder, preprocessor):
    """Give a network weights that answer with something, and save it."""
    from transformers.utils import logging

    torch.manual_seed(0)
    with torch.no_grad():
        for weights in network.parameters():
            if weights.ndim > 1:
                weights.normal_(std=weights[0].numel() ** -0.5)
    logging.disable_progress_bar()
    network.save_pretrained(folder)
    logging.enable_progress_bar()
    (folder / 'preprocessor_config.json').write_text(json.dumps(preprocessor))
    return folder


def parts_of_sam():
    prompts = {'hidden_size': 32, 'image_size': SIDE, 'patch_size': 16, 'mask_input_channels': 4}
    decoder = {
        'hidden_size': 32,
        'mlp_dim': 32,
        'num_attention_heads': 2,
        'iou_head_hidden_dim': 16,
    }
    return {'prompt_encoder_config': prompts, 'mask_decoder_config': decoder}


def parts_of_sam2():
    from transformers import Sam2HieraDetConfig, Sam2VisionConfig

    backbone = Sam2HieraDetConfig(
        hidden_size=8,
        image_size=[SIDE, SIDE],
        blocks_per_stage=[1, 1, 2, 1],
        embed_dim_per_stage=[8, 16, 32, 64],
        num_attention_heads_per_stage=[1, 1, 2, 2],
        window_size_per_stage=[8, 4, 4, 4],
        global_attention_blocks=[3],
    )
    vision = Sam2VisionConfig(
        backbone_config=backbone,
        backbone_channel_list=[64, 32, 16, 8],
        backbone_feature_sizes=[[32, 32], [16, 16], [8, 8]],
        fpn_hidden_size=32,
    )
    return {'vision_config': vision, **parts_of_sam()}


@pytest.fixture(scope='session')
def sam_folder(torch, tmp_path_factory):
    """Save a tiny SAM."""
    from transformers import SamConfig, SamModel

    vision = {
        'hidden_size': 16,
        'output_channels': 32,
        'num_hidden_layers': 2,
        'num_attention_heads': 2,
        'image_size': SIDE,
        'window_size': 4,
        'global_attn_indexes': [1],
        'num_pos_feats': 16,
        'mlp_dim': 32,
    }
    config = SamConfig(vision_config=vision, **parts_of_sam())
    size = {'size': {'longest_edge': SIDE}, 'pad_size': {'height': SIDE, 'width': SIDE}}
    return saved(torch, SamModel(config), tmp_path_factory.mktemp('sam'), size)


@pytest.fixture(scope='session')
def sam2_folder(torch, tmp_path_factory):
    """Save a tiny SAM 2 for images."""
    from transformers import Sam2Config, Sam2Model

    network = Sam2Model(Sam2Config(**parts_of_sam2()))
    size = {'size': {'height': SIDE, 'width': SIDE}}
    return saved(torch, network, tmp_path_factory.mktemp('sam2'), size)


@pytest.fixture(scope='session')
def sam2_video_folder(torch, tmp_path_factory):
    """Save a tiny SAM 2 as its makers give it out: with the memory that only video needs."""
    from transformers import Sam2VideoConfig, Sam2VideoModel

    config = Sam2VideoConfig(
        **parts_of_sam2(),
        image_size=SIDE,
        memory_attention_hidden_size=32,
        memory_attention_num_layers=1,
        memory_attention_feed_forward_hidden_size=32,
        memory_encoder_hidden_size=32,
        memory_encoder_output_channels=8,
        memory_fuser_embed_dim=32,
        memory_fuser_intermediate_dim=32,
        mask_downsampler_embed_dim=32,
    )
    size = {'size': {'height': SIDE, 'width': SIDE}}
    return saved(torch, Sam2VideoModel(config), tmp_path_factory.mktemp('sam2_video'), size)


@pytest.fixture(scope='session')
def clipseg_folder(torch, tmp_path_factory):
    """Save a tiny CLIPSeg with a tokenizer that spells."""
    from transformers import CLIPSegConfig, CLIPSegForImageSegmentation, CLIPTokenizer

    letters = 'abcdefghijklmnopqrstuvwxyz'
    tokens = [*letters, *(f'{one}</w>' for one in letters), '<|startoftext|>', '<|endoftext|>']
    text = {
        'vocab_size': len(tokens),
        'hidden_size': 16,
        'intermediate_size': 32,
        'num_hidden_layers': 2,
        'num_attention_heads': 2,
        'max_position_embeddings': 16,
        'pad_token_id': len(tokens) - 1,
        'bos_token_id': len(tokens) - 2,
        'eos_token_id': len(tokens) - 1,
    }
    vision = {
        'hidden_size': 32,
        'intermediate_size': 32,
        'num_hidden_layers': 4,
        'num_attention_heads': 2,
        'image_size': 64,
        'patch_size': 16,
    }
    config = CLIPSegConfig(
        text_config=text,
        vision_config=vision,
        projection_dim=16,
        reduce_dim=16,
        extract_layers=[0, 1, 3],
        decoder_num_attention_heads=2,
        decoder_intermediate_size=32,
    )
    folder = tmp_path_factory.mktemp('clipseg')
    # Larger than what the positions were made for, as in the true checkpoint.
    saved(torch, CLIPSegForImageSegmentation(config), folder, {'size': 96, 'resample': 2})
    words = CLIPTokenizer(vocab={token: i for i, token in enumerate(tokens)}, merges=[])
    words.save_pretrained(folder)
    return folder
