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

"""Qwen-VL with tiny networks: our own sequence is the one of the conversation's template."""

import json
import shutil

from grounded_perception.assistants import qwen_vl
from grounded_perception.assistants.base import AnswerStatus
from grounded_perception.assistants.parsing import json_boxes, qwen
from grounded_perception.compute import Compute
from grounded_perception.errors import ModelCorrupt, ModelFailed
import numpy as np
import pytest

torch = pytest.importorskip('torch')
transformers = pytest.importorskip('transformers')

MARKS = ['<|im_start|>', '<|im_end|>', '<|vision_start|>', '<|vision_end|>', '<|image_pad|>',
         '<|video_pad|>']  # fmt: skip
KINDS = {
    'qwen2_vl': ('Qwen2VL', 14),
    'qwen2_5_vl': ('Qwen2_5_VL', 14),
    'qwen3_vl': ('Qwen3VL', 16),
}


def config_of(kind, tokenizer):
    ids = {mark: tokenizer.convert_tokens_to_ids(mark) for mark in MARKS}
    name, side = KINDS[kind]
    end = ids['<|im_end|>']
    rope = {'rope_type': 'default', 'mrope_section': [1, 1, 2], 'rope_theta': 10000.0}
    text = {
        'vocab_size': len(tokenizer), 'hidden_size': 32, 'intermediate_size': 32,
        'num_hidden_layers': 1, 'num_attention_heads': 4, 'num_key_value_heads': 2,
        'max_position_embeddings': 2048, 'rope_parameters': rope, 'bos_token_id': end,
        'eos_token_id': end, 'pad_token_id': 0, 'head_dim': 8,
    }  # fmt: skip
    vision = {
        'depth': 2, 'num_heads': 2, 'hidden_size': 16, 'intermediate_size': 16,
        'patch_size': side, 'out_hidden_size': 32,
    }  # fmt: skip
    if kind == 'qwen2_vl':
        vision |= {'embed_dim': 16, 'hidden_size': 32, 'mlp_ratio': 1}
    if kind == 'qwen2_5_vl':
        vision |= {'fullatt_block_indexes': [1]}
    if kind == 'qwen3_vl':
        vision |= {'num_position_embeddings': 16, 'deepstack_visual_indexes': [0]}
    return getattr(transformers, f'{name}Config')(
        text_config=text,
        vision_config=vision,
        image_token_id=ids['<|image_pad|>'],
        video_token_id=ids['<|video_pad|>'],
        vision_start_token_id=ids['<|vision_start|>'],
        vision_end_token_id=ids['<|vision_end|>'],
    )


@pytest.fixture(scope='module', params=list(KINDS))
def folder(request, tmp_path_factory, bytes_tokenizer, chaotic):
    tokenizer = bytes_tokenizer(special=MARKS, pad_token='<|endoftext|>')
    name, side = KINDS[request.param]
    model = getattr(transformers, f'{name}ForConditionalGeneration')(
        config_of(request.param, tokenizer)
    )
    model = chaotic(model, std=0.3)
    model.generation_config.no_repeat_ngram_size = 1
    target = tmp_path_factory.mktemp(request.param)
    model.save_pretrained(target)
    tokenizer.save_pretrained(target)
    transformers.Qwen2VLImageProcessorPil(patch_size=side).save_pretrained(target)
    return target


def load(folder, **options):
    options = {'max_new_tokens': 20, 'max_image_tokens': 64, **options}
    return qwen_vl.load(
        qwen_vl.Options(checkpoint=str(folder), **options), Compute(precision='f32')
    )


@pytest.fixture(scope='module')
def assistant(folder):
    return load(folder)


def kind_of(folder):
    return json.loads((folder / 'config.json').read_text())['model_type']


def reference(folder, rgb, text):
    """Write the conversation out, let the tokenizer find the marks, and generate."""
    name, side = KINDS[kind_of(folder)]
    model = getattr(transformers, f'{name}ForConditionalGeneration').from_pretrained(folder).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    images = transformers.Qwen2VLImageProcessorPil.from_pretrained(folder)
    size = {'shortest_edge': 56 * 56, 'longest_edge': 64 * (2 * side) ** 2}
    made = images(rgb, size=size, return_tensors='pt')
    count = int(made['image_grid_thw'].prod()) // 4
    system = '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n'
    whole = (
        ('' if name == 'Qwen3VL' else system)
        + f'<|im_start|>user\n<|vision_start|>{"<|image_pad|>" * count}<|vision_end|>{text}'
        + '<|im_end|>\n<|im_start|>assistant\n'
    )
    enc = tokenizer(whole, return_tensors='pt')
    kinds = (enc['input_ids'] == model.config.image_token_id).int()
    inputs = {**made, 'input_ids': enc['input_ids'], 'attention_mask': enc['attention_mask']}
    tokens = model.generate(**inputs, mm_token_type_ids=kinds, max_new_tokens=20, do_sample=False)
    return tokens[0, enc['input_ids'].shape[1] :].tolist(), inputs, kinds, model


@pytest.mark.parametrize('text', ['what is there?', 'Locate the dog.\nNow. Ünïcode 犬'])
def test_the_tokens_are_those_of_the_written_out_conversation(assistant, folder, picture, text):
    theirs, inputs, kinds, _ = reference(folder, picture, ' '.join(text.split()))
    written, _ = assistant.do(picture, text)
    assert list(written.tokens) == theirs
    assert len(set(theirs)) > 3
    ours, _ = assistant._processor.inputs(picture, text)
    torch.testing.assert_close(dict(ours), {**inputs, 'mm_token_type_ids': kinds})


def test_what_kind_each_token_is_makes_the_image_a_plane(folder, picture):
    _, inputs, kinds, model = reference(folder, picture, 'what?')
    assert int(kinds.sum()) == int(inputs['image_grid_thw'].prod()) // 4
    positions, _ = model.model.get_rope_index(
        inputs['input_ids'], mm_token_type_ids=kinds, image_grid_thw=inputs['image_grid_thw']
    )
    at = kinds[0].bool()
    _, rows, columns = (inputs['image_grid_thw'][0] // torch.tensor([1, 2, 2])).tolist()
    assert len(set(positions[1, 0, at].tolist())) == rows
    assert len(set(positions[2, 0, at].tolist())) == columns


def test_boxes_are_scaled_from_the_space_of_the_family(assistant, folder, picture):
    kind = kind_of(folder)
    _, space = assistant.do(picture, 'x')
    if kind == 'qwen2_5_vl':
        _, inputs, _, _ = reference(folder, picture, 'x')
        _, rows, columns = inputs['image_grid_thw'][0].tolist()
        assert space == (columns * 14, rows * 14)
    else:
        assert space == json_boxes.THOUSAND
    text = json_boxes.write([('dog', (0, 0, space[0] / 2, space[1] / 2))])
    height, width = picture.shape[:2]
    (dog,) = qwen.read(text, width, height, 'dog', space).found
    assert dog.box == pytest.approx((0, 0, width / 2, height / 2), abs=0.5)


def test_nonsense_is_reported_as_such(assistant, picture):
    parsed = assistant.ground(picture, 'the dog')
    assert parsed.problems


def test_answers_and_descriptions_are_words(assistant, picture):
    answer = assistant.answer(picture, 'what is there?', None)
    assert (answer.by, answer.status) == ('qwen_vl', AnswerStatus.ANSWERED)
    assert 0 < answer.confidence <= 1
    assert assistant.describe(picture, None) == assistant.answer(picture, '', None)


def test_marks_in_a_users_words_are_words(assistant, picture):
    inputs, _ = assistant._processor.inputs(picture, 'x <|image_pad|><|im_end|> y')
    plain, _ = assistant._processor.inputs(picture, 'x |image_pad| |im_end| y')
    assert inputs['input_ids'].tolist() == plain['input_ids'].tolist()


def test_fewer_tokens_make_a_smaller_image(folder, picture):
    large = np.repeat(np.repeat(picture, 8, axis=0), 8, axis=1)
    for most in (16, 64, 256):
        inputs, _ = load(folder, max_image_tokens=most)._processor.inputs(large, 'x')
        assert most / 2 < int(inputs['mm_token_type_ids'].sum()) <= most


def test_an_impossible_shape_is_a_failure_of_this_image_only(assistant, picture):
    with pytest.raises(ModelFailed, match='aspect ratio'):
        assistant.do(np.zeros((1, 900, 3), np.uint8), 'x')
    assistant.do(picture, 'x')


def test_a_tokenizer_of_another_model_is_refused(folder, bytes_tokenizer, tmp_path):
    other = shutil.copytree(folder, tmp_path / 'other')
    bytes_tokenizer(pad_token='<pad>').save_pretrained(other)
    with pytest.raises(ModelCorrupt, match=r'has no <\|im_start\|>'):
        load(other)


def test_it_runs_in_bf16(folder, picture):
    options = qwen_vl.Options(checkpoint=str(folder), max_new_tokens=8, max_image_tokens=64)
    loaded = qwen_vl.load(options, Compute(precision='bf16'))
    assert loaded.describe(picture, None).status in AnswerStatus
    loaded.close()
