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

"""Kosmos-2 with a tiny network: the same text as transformers' own way, boxes as regions."""

from types import SimpleNamespace

from grounded_perception.assistants import kosmos2
from grounded_perception.assistants.base import AnswerStatus
from grounded_perception.assistants.parsing import kosmos2 as parsing
from grounded_perception.assistants.support.regions import regions_of
from grounded_perception.compute import Compute
from grounded_perception.records import Regions
import numpy as np
import pytest

torch = pytest.importorskip('torch')
transformers = pytest.importorskip('transformers')


@pytest.fixture(scope='module')
def folder(tmp_path_factory, bytes_tokenizer, chaotic):
    tokenizer = bytes_tokenizer(
        bos_token='<s>', pad_token='<pad>', eos_token='</s>', unk_token='<unk>'
    )
    images = transformers.CLIPImageProcessorPil(
        size={'shortest_edge': 28}, crop_size={'height': 28, 'width': 28}
    )
    processor = transformers.Kosmos2Processor(images, tokenizer)
    config = transformers.Kosmos2Config(
        text_config={
            'vocab_size': len(tokenizer), 'embed_dim': 32, 'layers': 1, 'ffn_dim': 32,
            'attention_heads': 2, 'max_position_embeddings': 512,
            'bos_token_id': 0, 'pad_token_id': 1, 'eos_token_id': 2,
        },
        vision_config={
            'hidden_size': 16, 'intermediate_size': 16, 'num_hidden_layers': 1,
            'num_attention_heads': 2, 'image_size': 28, 'patch_size': 14,
        },
        latent_query_num=64,
    )  # fmt: skip
    target = tmp_path_factory.mktemp('kosmos2')
    chaotic(transformers.Kosmos2ForConditionalGeneration(config), std=0.2).save_pretrained(target)
    processor.save_pretrained(target)
    return target


@pytest.fixture(scope='module')
def assistant(folder):
    options = kosmos2.Options(checkpoint=str(folder), max_new_tokens=20)
    return kosmos2.load(options, Compute(precision='f32'))


def theirs(folder, rgb, prompt):
    model = transformers.Kosmos2ForConditionalGeneration.from_pretrained(folder).eval()
    processor = transformers.Kosmos2Processor.from_pretrained(folder)
    inputs = processor(images=rgb, text=prompt, return_tensors='pt')
    tokens = model.generate(**inputs, max_new_tokens=20, do_sample=False)
    return tokens[0, inputs['input_ids'].shape[1] :].tolist(), processor


@pytest.mark.parametrize(
    'prompt', ['<grounding>An image of', '<grounding><phrase> the dog</phrase>', 'Question: x?']
)
def test_every_beginning_goes_on_the_same(assistant, folder, picture, prompt):
    expected, processor = theirs(folder, picture, prompt)
    text, written = assistant.do(picture, prompt)
    assert list(written.tokens) == expected
    assert text == processor.tokenizer.decode(expected, skip_special_tokens=True)


def test_the_picture_matters(assistant, picture):
    one = assistant.do(picture, '<grounding>An image of')
    other = assistant.do(255 - picture, '<grounding>An image of')
    assert one != other


def test_a_description_is_a_sentence_without_tags(assistant, picture):
    answer = assistant.describe(picture, None)
    assert answer.status in AnswerStatus
    assert '<' not in answer.text.replace('<unk>', '')
    assert assistant.answer(picture, '', None) == answer


def test_grounding_reads_what_was_written(assistant, picture):
    text, _ = assistant.do(picture, '<grounding><phrase> the dog</phrase>')
    read = parsing.read(f'<phrase> the dog</phrase>{text}', 160, 90, 'the dog')
    assert assistant.ground(picture, 'the <dog>') == read


def test_a_valid_continuation_is_a_box_of_the_phrase(assistant, picture, monkeypatch):
    written = '<object><patch_index_0000><patch_index_0528></object>'
    monkeypatch.setattr(assistant, 'do', lambda rgb, prompt: (written, None))
    (dog,) = assistant.ground(picture, 'the dog').found
    assert dog.label == 'the dog'
    assert dog.box == pytest.approx((2.5, 90 / 64, 82.5, 16.5 * 90 / 32))


def test_boxes_of_a_description_name_the_candidates_they_are_of():
    text = '<phrase>a dog</phrase><object><patch_index_0000><patch_index_0528></object> and'
    text += '<phrase>a cat</phrase><object><patch_index_0900><patch_index_1023></object>'
    boxes = np.array([[100, 60, 150, 90], [0, 0, 80, 45], [0, 0, 160, 90]], np.float32)
    regions = Regions.of_labels(boxes, np.ones(3, np.float32), ('cup', 'dog', 'wall'))
    seen = SimpleNamespace(regions=regions)
    assert regions_of(parsing.read(text, 160, 90), seen) == (1,)
    assert regions_of(parsing.read(text, 160, 90), None) == ()
    assert regions_of(parsing.read(text, 160, 90), SimpleNamespace(regions=Regions.empty())) == ()


def test_it_runs_in_bf16(folder, picture):
    options = kosmos2.Options(checkpoint=str(folder), max_new_tokens=8)
    loaded = kosmos2.load(options, Compute(precision='bf16'))
    assert loaded.describe(picture, None).status in AnswerStatus
    loaded.close()
