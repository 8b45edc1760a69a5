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

"""PaliGemma with tiny networks of both generations: the same tokens as transformers' own way."""

import warnings

from grounded_perception.assistants import paligemma
from grounded_perception.assistants.base import AnswerStatus
from grounded_perception.assistants.parsing import paligemma as parsing
from grounded_perception.compute import Compute
import pytest

torch = pytest.importorskip('torch')
transformers = pytest.importorskip('transformers')


@pytest.fixture(scope='module', params=['gemma', 'gemma2'])
def folder(request, tmp_path_factory, bytes_tokenizer, chaotic):
    tokenizer = bytes_tokenizer(
        [f'<loc{i:04}>' for i in range(1024)] + [f'<seg{i:03}>' for i in range(128)],
        ['<image>'], pad_token='<pad>', eos_token='<eos>', bos_token='<bos>', unk_token='<unk>',
    )  # fmt: skip
    image_token = tokenizer.convert_tokens_to_ids('<image>')
    text = {
        'model_type': request.param, 'vocab_size': len(tokenizer), 'hidden_size': 32,
        'intermediate_size': 32, 'num_hidden_layers': 1, 'num_attention_heads': 2,
        'num_key_value_heads': 1, 'head_dim': 16, 'pad_token_id': 0, 'eos_token_id': 1,
        'bos_token_id': 2,
    }  # fmt: skip
    vision = {
        'model_type': 'siglip_vision_model', 'hidden_size': 16, 'intermediate_size': 16,
        'num_hidden_layers': 1, 'num_attention_heads': 2, 'patch_size': 14, 'image_size': 56,
        'projection_dim': 32, 'vision_use_head': False,
    }  # fmt: skip
    config = transformers.PaliGemmaConfig(
        text_config=text, vision_config=vision, image_token_index=image_token,
        projection_dim=32, bos_token_id=2, eos_token_id=1, pad_token_id=0,
    )  # fmt: skip
    images = transformers.SiglipImageProcessorPil(size={'height': 56, 'width': 56})
    images.image_seq_length = 16
    target = tmp_path_factory.mktemp(request.param)
    model = chaotic(transformers.PaliGemmaForConditionalGeneration(config), std=0.3)
    model.generation_config.no_repeat_ngram_size = 1
    model.save_pretrained(target)
    transformers.PaliGemmaProcessor(images, tokenizer).save_pretrained(target)
    return target


@pytest.fixture(scope='module')
def assistant(folder):
    options = paligemma.Options(checkpoint=str(folder), max_new_tokens=20)
    return paligemma.load(options, Compute(precision='f32'))


def theirs(folder, rgb, prompt):
    model = transformers.PaliGemmaForConditionalGeneration.from_pretrained(folder).eval()
    processor = transformers.PaliGemmaProcessor.from_pretrained(folder)
    with warnings.catch_warnings():  # of numpy, about how the processor makes labels
        warnings.simplefilter('ignore', DeprecationWarning)
        inputs = processor(images=rgb, text=f'<image>{prompt}', return_tensors='pt')
    inputs.pop('labels', None)
    tokens = model.generate(**inputs, max_new_tokens=20, do_sample=False)
    return tokens[0, inputs['input_ids'].shape[1] :].tolist(), processor


@pytest.mark.parametrize('prompt', ['caption en', 'answer en what is that?', 'detect dog ; cat'])
def test_every_task_writes_the_same_tokens(assistant, folder, picture, prompt):
    expected, _ = theirs(folder, picture, prompt)
    assert list(assistant.do(picture, prompt).tokens) == expected
    assert len(set(expected)) > 3


def test_a_question_becomes_the_task_of_answering(assistant, folder, picture):
    expected, processor = theirs(folder, picture, 'answer en how many?')
    answer = assistant.answer(picture, 'how <image> many?', None)
    words = processor.tokenizer.decode(
        theirs(folder, picture, 'answer en how image many?')[0], skip_special_tokens=True
    )
    assert answer.text.startswith(' '.join(words.split()))
    assert (answer.by, answer.status) == ('paligemma', AnswerStatus.ANSWERED)
    assert assistant.describe(picture, None) == assistant.answer(picture, ' ', None)
    assert expected


def test_grounding_reads_what_was_written(assistant, folder, picture):
    tokens, processor = theirs(folder, picture, 'detect the dog')
    text = processor.tokenizer.decode(tokens)
    assert assistant.ground(picture, 'the dog') == parsing.read(text, 160, 90, 'the dog')


def test_boxes_survive_the_tokenizer(assistant, picture):
    tokenizer = assistant._processor.tokenizer
    text = parsing.write((10, 20, 80, 60), 160, 90) + ' dog'
    again = tokenizer.decode(tokenizer(text, add_special_tokens=False)['input_ids'])
    (dog,) = parsing.read(again, 160, 90).found
    assert dog.label == 'dog'
    assert dog.box == pytest.approx((10, 20, 80, 60), abs=0.2)


def test_it_runs_in_bf16(folder, picture):
    options = paligemma.Options(checkpoint=str(folder), max_new_tokens=8)
    loaded = paligemma.load(options, Compute(precision='bf16'))
    assert loaded.describe(picture, None).status in AnswerStatus
    loaded.close()
