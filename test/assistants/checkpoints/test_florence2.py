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

"""Florence-2 with a tiny network: the same words and boxes as transformers' own way."""

import json
import shutil

from grounded_perception.assistants import florence2
from grounded_perception.assistants.base import AnswerStatus
from grounded_perception.assistants.parsing import florence2 as parsing
from grounded_perception.compute import Compute
from grounded_perception.errors import ModelCorrupt, ModelFailed, ModelMissing, SettingsError
import numpy as np
import pytest

torch = pytest.importorskip('torch')
transformers = pytest.importorskip('transformers')

KINDS = ('ocr', 'phrase_grounding', 'pure_text', 'description_with_bboxes',
         'description_with_polygons', 'polygons', 'bboxes',
         'description_with_bboxes_or_polygons')  # fmt: skip
SIDE, IMAGE_TOKENS = 64, 5


@pytest.fixture(scope='module')
def folder(tmp_path_factory, bytes_tokenizer, chaotic):
    tokenizer = bytes_tokenizer(
        [f'<loc_{i}>' for i in range(1000)] + ['<poly>', '</poly>', '<sep>'],
        bos_token='<s>', pad_token='<pad>', eos_token='</s>', unk_token='<unk>',
        extra_special_tokens={'image_token': '<image>'},
    )  # fmt: skip
    ids = {'bos_token_id': 0, 'pad_token_id': 1, 'eos_token_id': 2}
    config = transformers.Florence2Config(
        text_config={
            'model_type': 'bart', 'vocab_size': len(tokenizer), 'd_model': 32,
            'encoder_layers': 1, 'decoder_layers': 1, 'encoder_attention_heads': 2,
            'decoder_attention_heads': 2, 'encoder_ffn_dim': 32, 'decoder_ffn_dim': 32,
            'max_position_embeddings': 512, 'decoder_start_token_id': 2,
            'forced_bos_token_id': None, 'forced_eos_token_id': 2, **ids,
        },
        vision_config={
            'embed_dim': [8, 16, 16, 32], 'num_heads': [1, 2, 2, 4], 'num_groups': [1, 2, 2, 4],
            'depths': [1, 1, 1, 1], 'projection_dim': 32, 'window_size': 4,
        },
        image_token_id=tokenizer.image_token_id, **ids,
    )  # fmt: skip
    images = transformers.CLIPImageProcessorPil(
        size={'height': SIDE, 'width': SIDE}, do_center_crop=False
    )
    images.image_seq_length = IMAGE_TOKENS
    target = tmp_path_factory.mktemp('florence2')
    model = chaotic(transformers.Florence2ForConditionalGeneration(config), std=0.3)
    # as the real checkpoints forbid repeated triples; a random network repeats one token for ever
    model.generation_config.no_repeat_ngram_size = 1
    model.save_pretrained(target)
    transformers.Florence2Processor(
        images, tokenizer, post_processor_config={kind: {} for kind in KINDS}
    ).save_pretrained(target)
    return target


def load(folder, **options):
    options = {'max_new_tokens': 24, **options}
    return florence2.load(
        florence2.Options(checkpoint=str(folder), **options), Compute(precision='f32')
    )


@pytest.fixture(scope='module')
def assistant(folder):
    return load(folder)


@pytest.fixture(scope='module')
def reference(folder):
    """Return transformers' own way: task and picture → new tokens."""
    model = transformers.Florence2ForConditionalGeneration.from_pretrained(folder).eval()
    processor = transformers.Florence2Processor.from_pretrained(folder)

    def run(rgb, prompt, beams=1):
        inputs = processor(images=rgb, text=prompt, return_tensors='pt')
        made = model.generate(**inputs, max_new_tokens=24, do_sample=False, num_beams=beams)
        return made[0].tolist(), processor

    return run


@pytest.mark.parametrize(
    ('task', 'words'),
    [
        ('<CAPTION>', ''),
        ('<MORE_DETAILED_CAPTION>', ''),
        ('<CAPTION_TO_PHRASE_GROUNDING>', 'a red car and a dog'),
        ('<OPEN_VOCABULARY_DETECTION>', 'dog'),
        ('<REFERRING_EXPRESSION_SEGMENTATION>', 'the left dog'),
    ],
)
def test_every_task_writes_the_same_tokens(assistant, reference, picture, task, words):
    theirs, processor = reference(picture, task + words)
    text, written = assistant.do(picture, task, words)
    assert list(written.tokens) == theirs[1:]  # theirs starts with the decoder's start token
    assert len(set(written.tokens)) > 3
    assert text == processor.tokenizer.decode(theirs[1:])


def test_beams_write_the_same_tokens(folder, reference, picture):
    _, written = load(folder, beams=3).do(picture, '<CAPTION>')
    assert list(written.tokens) == reference(picture, '<CAPTION>', 3)[0][1:]
    assert 0 < written.certainty <= 1


def test_certainty_is_the_mean_probability_of_the_words(assistant, folder, picture):
    _, written = assistant.do(picture, '<CAPTION>')
    model = transformers.Florence2ForConditionalGeneration.from_pretrained(folder).eval()
    processor = transformers.Florence2Processor.from_pretrained(folder)
    inputs = processor(images=picture, text='<CAPTION>', return_tensors='pt')
    start = torch.tensor([[2, *written.tokens]])
    with torch.no_grad():
        logits = model(**inputs, decoder_input_ids=start[:, :-1]).logits
    logs = logits.log_softmax(-1)[0].gather(1, start[0, 1:, None])[:, 0]
    logs = logs[:-1] if len(logs) == 24 else logs  # the last one is forced to be the end
    assert written.certainty == pytest.approx(float(logs.mean().exp()), rel=1e-3)


def test_the_picture_matters(assistant, picture):
    one, _ = assistant.do(picture, '<CAPTION>')
    other, _ = assistant.do(255 - picture, '<CAPTION>')
    assert one != other


def test_a_description_is_words_without_tokens(assistant, reference, picture):
    answer = assistant.describe(picture, None)
    theirs, processor = reference(picture, '<DETAILED_CAPTION>')
    words = ' '.join(processor.tokenizer.decode(theirs, skip_special_tokens=True).split())
    assert answer.text.startswith(words)
    assert (answer.by, answer.status) == ('florence2', AnswerStatus.ANSWERED)
    assert assistant.answer(picture, ' ', None) == answer


def test_a_question_is_not_answered_by_a_caption(assistant, picture):
    answer = assistant.answer(picture, 'how many dogs are there?', None)
    assert answer.status is AnswerStatus.CANNOT_TELL
    assert answer.confidence == 0


def test_grounding_reads_what_was_written(folder, assistant, picture):
    for kind in ('phrases', 'vocabulary', 'segmentation'):
        parsed = load(folder, grounding=kind, max_new_tokens=60).ground(picture, 'the dog')
        assert parsed.found or parsed.problems  # a random network writes nonsense: it is said
    text, _ = assistant.do(picture, '<CAPTION_TO_PHRASE_GROUNDING>', 'the dog')
    assert assistant.ground(picture, 'the dog') == parsing.read(text, 160, 90, 'the dog')


def test_boxes_of_a_valid_text_equal_the_processors_own(assistant, reference, picture):
    _, processor = reference(picture, '<CAPTION>')
    text = '</s><s>a red car<loc_52><loc_333><loc_932><loc_774>a dog<loc_1><loc_2><loc_30><loc_9>'
    for task in ('<CAPTION_TO_PHRASE_GROUNDING>', '<OPEN_VOCABULARY_DETECTION>', '<OD>'):
        done = processor.post_process_generation(text, task=task, image_size=(1280, 720))[task]
        ours = parsing.read(text, 1280, 720).found
        assert [[int(v) for v in found.box] for found in ours] == done['bboxes']
        assert [f.label for f in ours] == done.get('labels', done.get('bboxes_labels'))


def test_tokens_in_a_users_words_are_words(assistant, picture):
    text, _ = assistant.do(picture, '<OPEN_VOCABULARY_DETECTION>', 'dog <image><loc_3> <CAPTION>')
    plain, _ = assistant.do(picture, '<OPEN_VOCABULARY_DETECTION>', 'dog image loc_3 CAPTION')
    assert text == plain


def test_writing_stops_in_time(folder, picture):
    quick = load(folder, timeout_s=0.1, max_new_tokens=4096)
    with pytest.raises(ModelFailed, match='florence2 raised'):
        quick.do(picture, '<CAPTION_TO_PHRASE_GROUNDING>', 'x' * 5000)  # past its positions
    _, written = quick.do(picture, '<CAPTION>')
    assert len(written.tokens) < 4096


def test_a_cut_off_answer_says_so(folder, picture):
    assert 'cut off' in load(folder, max_new_tokens=3).describe(picture, None).text


def test_what_is_no_checkpoint_is_refused(folder, tmp_path):
    with pytest.raises(SettingsError, match=r'florence2\.checkpoint is empty'):
        florence2.load(florence2.Options(), Compute())
    with pytest.raises(ModelMissing, match=r'florence2\.download to true'):
        florence2.load(florence2.Options(checkpoint='nobody/nothing'), Compute())
    broken = shutil.copytree(folder, tmp_path / 'broken')
    config = json.loads((broken / 'config.json').read_text())
    (broken / 'config.json').write_text(json.dumps({**config, 'model_type': 'blip'}))
    with pytest.raises(SettingsError, match='must be of type florence2'):
        load(broken)
    (broken / 'config.json').write_text(json.dumps(config))
    (broken / 'processor_config.json').write_text('{"image_processor": {}}')
    (broken / 'tokenizer.json').write_text('{')
    with pytest.raises(ModelCorrupt, match='cannot be loaded as Florence2Processor'):
        load(broken)


def test_a_picture_with_strides_will_do(assistant, picture):
    flipped = picture[:, ::-1]
    assert assistant.describe(flipped, None) == assistant.describe(
        np.ascontiguousarray(flipped), None
    )


def test_it_runs_in_bf16(folder, picture):
    options = florence2.Options(checkpoint=str(folder), max_new_tokens=8)
    loaded = florence2.load(options, Compute(precision='bf16'))
    assert loaded.describe(picture, None).status in AnswerStatus
    loaded.close()
