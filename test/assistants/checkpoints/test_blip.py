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

"""BLIP with tiny networks: the same words as transformers' own way, for captions and answers."""

from grounded_perception.assistants import blip
from grounded_perception.assistants.base import AnswerStatus
from grounded_perception.compute import Compute
import pytest

torch = pytest.importorskip('torch')
transformers = pytest.importorskip('transformers')

WORDS = ['what', 'is', 'in', 'the', 'picture', '?', 'a', 'red', 'car', 'on', 'street', 'how',
         'many', 'dogs', 'are', 'there', 'two', 'no', 'yes']  # fmt: skip


@pytest.fixture(scope='module')
def processor():
    from tokenizers import models, normalizers, pre_tokenizers, processors, Tokenizer

    entries = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', '[DEC]', '[ENC]', *WORDS]
    core = Tokenizer(models.WordPiece({w: i for i, w in enumerate(entries)}, unk_token='[UNK]'))
    core.normalizer = normalizers.BertNormalizer()
    core.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    core.post_processor = processors.TemplateProcessing(
        single='[CLS] $A [SEP]', special_tokens=[('[CLS]', 2), ('[SEP]', 3)]
    )
    tokenizer = transformers.BertTokenizerFast(
        tokenizer_object=core, extra_special_tokens={'decoding': '[DEC]', 'encoding': '[ENC]'}
    )
    images = transformers.BlipImageProcessorPil(size={'height': 32, 'width': 32})
    return transformers.BlipProcessor(images, tokenizer)


@pytest.fixture(scope='module')
def folders(tmp_path_factory, processor, chaotic):
    count = 7 + len(WORDS)
    text = {
        'vocab_size': count, 'hidden_size': 32, 'encoder_hidden_size': 32,
        'intermediate_size': 32, 'projection_dim': 16, 'num_hidden_layers': 1,
        'num_attention_heads': 2, 'max_position_embeddings': 64, 'bos_token_id': 5,
        'eos_token_id': 3, 'pad_token_id': 0, 'sep_token_id': 3,
    }  # fmt: skip
    vision = {
        'hidden_size': 32, 'intermediate_size': 32, 'projection_dim': 16, 'image_size': 32,
        'num_hidden_layers': 1, 'num_attention_heads': 2, 'patch_size': 16,
    }  # fmt: skip
    config = transformers.BlipConfig(text_config=text, vision_config=vision)
    made = {}
    for kind in ('BlipForQuestionAnswering', 'BlipForConditionalGeneration'):
        target = tmp_path_factory.mktemp(kind)
        model = chaotic(getattr(transformers, kind)(config), seed=2, std=0.1)
        model.save_pretrained(target)
        processor.save_pretrained(target)
        made[kind] = target
    return made


def load(folder, **options):
    options = {'max_new_tokens': 8, **options}
    return blip.load(blip.Options(checkpoint=str(folder), **options), Compute(precision='f32'))


def theirs(kind, folder, rgb, text, beams=1):
    """Answer as transformers' own documentation does."""
    model = getattr(transformers, kind).from_pretrained(folder).eval()
    processor = transformers.BlipProcessor.from_pretrained(folder)
    inputs = processor(images=rgb, text=text, return_tensors='pt')
    made = model.generate(**inputs, max_new_tokens=8, do_sample=False, num_beams=beams)
    return ' '.join(processor.decode(made[0], skip_special_tokens=True).split())


@pytest.mark.parametrize('beams', [1, 3])
@pytest.mark.parametrize('question', ['how many dogs are there ?', 'what is in the picture?'])
def test_answers_are_the_librarys(folders, picture, question, beams):
    kind = 'BlipForQuestionAnswering'
    answer = load(folders[kind], beams=beams).answer(picture, question, None)
    expected = theirs(kind, folders[kind], picture, question, beams)
    assert answer.text.removesuffix(' … (cut off at a limit)') == expected
    assert len(set(expected.split())) > 2
    assert 0 < answer.confidence <= 1
    assert (answer.by, answer.status) == ('blip', AnswerStatus.ANSWERED)


@pytest.mark.parametrize('beams', [1, 3])
def test_captions_are_the_librarys(folders, picture, beams):
    kind = 'BlipForConditionalGeneration'
    answer = load(folders[kind], beams=beams).describe(picture, None)
    expected = theirs(kind, folders[kind], picture, None, beams)
    assert answer.text.removesuffix(' … (cut off at a limit)') == expected


def test_a_checkpoint_for_questions_describes_by_a_question(folders, picture):
    assistant = load(folders['BlipForQuestionAnswering'])
    described = assistant.describe(picture, None)
    assert described == assistant.answer(picture, 'what is in the picture?', None)
    assert described == assistant.answer(picture, '', None)


def test_a_checkpoint_for_captions_says_that_it_answers_nothing(folders, picture):
    answer = load(folders['BlipForConditionalGeneration']).answer(picture, 'how many?', None)
    assert answer.status is AnswerStatus.CANNOT_TELL
    assert 'Salesforce/blip-vqa-base' in answer.text


def test_the_picture_matters(folders, picture):
    assistant = load(folders['BlipForConditionalGeneration'])
    assert assistant.describe(picture, None) != assistant.describe(255 - picture, None)


def test_it_runs_in_bf16(folders, picture):
    for folder in folders.values():
        options = blip.Options(checkpoint=str(folder), max_new_tokens=8)
        loaded = blip.load(options, Compute(precision='bf16'))
        assert loaded.describe(picture, None).status in AnswerStatus
        loaded.close()
