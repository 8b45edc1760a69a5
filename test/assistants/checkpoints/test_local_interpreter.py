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

"""A language model on this machine, tiny and random: its nonsense leaves the grammar's reading."""

from grounded_perception.assistants import interpreter
from grounded_perception.assistants.interpreter import Options
from grounded_perception.assistants.interpreting.prompt import system_prompt
from grounded_perception.compute import Compute
from grounded_perception.language.command import parse
import pytest

torch = pytest.importorskip('torch')
transformers = pytest.importorskip('transformers')

RAMBLING = 'uh could you maybe like go over to that reddish car thing next to the big bus'
TEMPLATE = (
    "{% for m in messages %}[{{ m['role'] }}] {{ m['content'] }}{% endfor %}"
    '{% if add_generation_prompt %}[assistant] {% endif %}'
)


@pytest.fixture(scope='module', params=[None, TEMPLATE], ids=['plain', 'template'])
def folder(request, tmp_path_factory, bytes_tokenizer, chaotic):
    tokenizer = bytes_tokenizer(eos_token='</s>', pad_token='<pad>', bos_token='<s>')
    tokenizer.chat_template = request.param
    config = transformers.LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=32, num_hidden_layers=1,
        num_attention_heads=2, max_position_embeddings=8192, eos_token_id=0, pad_token_id=1,
        bos_token_id=2,
    )  # fmt: skip
    target = tmp_path_factory.mktemp('llama')
    chaotic(transformers.LlamaForCausalLM(config), std=0.3).save_pretrained(target)
    tokenizer.save_pretrained(target)
    return target


def load(folder, **options):
    options = {'max_new_tokens': 24, 'timeout_s': 60.0, **options}
    return interpreter.load(
        Options(backend='local', checkpoint=str(folder), **options), Compute(precision='f32'), 500
    )


def test_nonsense_is_refused_and_the_grammar_holds(folder):
    one = load(folder)
    got = one.interpret(RAMBLING)
    one.close()
    assert got.command == parse(RAMBLING, 500)
    assert got.by == 'grammar'
    assert got.why.startswith("the model's answer was refused: ")


def test_it_writes_what_the_library_writes(folder):
    model = transformers.LlamaForCausalLM.from_pretrained(folder).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    text = f'{system_prompt()}\n\nhello\n'
    if tokenizer.chat_template:
        text = f'[user] {text}[assistant] '
    inputs = tokenizer(text, return_tensors='pt')
    made = model.generate(**inputs, max_new_tokens=24, do_sample=False)
    theirs = tokenizer.decode(made[0, inputs['input_ids'].shape[1] :], skip_special_tokens=True)
    one = load(folder)
    assert one._backend.complete(system_prompt(), 'hello') == theirs
    one.close()


def test_writing_ends_in_time(folder):
    one = load(folder, max_new_tokens=4096, timeout_s=0.1)
    one._options = Options(timeout_s=30.0)  # the interpreter would wait: the model must stop
    assert one.interpret(RAMBLING).by == 'grammar'
    one.close()
