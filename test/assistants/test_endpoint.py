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

"""The endpoint against a real HTTP server: good, slow, broken, huge, redirecting, gone."""

import base64
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import json
import threading
import time

import cv2
from grounded_perception.assistants import endpoint
from grounded_perception.assistants.base import AnswerStatus
from grounded_perception.assistants.support.chat import ChatClient
from grounded_perception.assistants.support.http_post import MAX_BYTES
from grounded_perception.assistants.support.limits import Background
from grounded_perception.compute import Compute
from grounded_perception.errors import ModelFailed, ModelMissing, SettingsError
import numpy as np
import pytest

RGB = np.zeros((90, 160, 3), np.uint8) + np.array([200, 30, 30], np.uint8)


def completion(text, **more):
    return json.dumps(
        {'choices': [{'message': {'role': 'assistant', 'content': text}, **more}]}
    ).encode()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        size = int(self.headers['Content-Length'])
        self.server.requests.append((self.path, dict(self.headers), self.rfile.read(size)))
        self.server.behave(self)

    def log_message(self, *args):
        pass


@contextmanager
def serving(behave):
    """Run a server that behaves as told; yields it, with ``url`` and the ``requests`` it got."""
    server = ThreadingHTTPServer(('127.0.0.1', 0), _Handler)
    server.daemon_threads = True
    server.behave, server.requests = behave, []
    server.url = f'http://127.0.0.1:{server.server_address[1]}'
    thread = threading.Thread(target=server.serve_forever, kwargs={'poll_interval': 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def replying(body, status=200, kind='application/json', headers=()):
    def behave(handler):
        handler.send_response(status)
        handler.send_header('Content-Type', kind)
        handler.send_header('Content-Length', str(len(body)))
        for name, value in headers:
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return behave


def dripping(handler):
    """Send a byte now and then: every single read is quick, the whole has no end."""
    handler.send_response(200)
    handler.send_header('Content-Length', '1000')
    handler.end_headers()
    for _ in range(60):
        try:
            handler.wfile.write(b' ')
            handler.wfile.flush()
        except OSError:
            return
        time.sleep(0.05)


def hanging_up(handler):
    handler.send_response(200)
    handler.send_header('Content-Length', '1000')
    handler.end_headers()
    handler.wfile.write(b'{"choices": [')
    handler.close_connection = True


def endless(handler):
    handler.send_response(200)
    handler.end_headers()
    try:
        for _ in range(4 * MAX_BYTES // 65536):
            handler.wfile.write(b'x' * 65536)
    except OSError:
        pass


def assistant(url, **options):
    options = {'model': 'eyes', 'timeout_s': 5.0, **options}
    return endpoint.load(endpoint.Options(url=url, **options), Compute())


# -- good answers ------------------------------------------------------------------------------


def test_a_question_goes_out_with_the_image_and_comes_back_as_an_answer():
    with serving(replying(completion(' A red wall. '))) as server:
        answer = assistant(server.url).answer(RGB, 'what is that?', None)
    assert (answer.text, answer.status) == ('A red wall.', AnswerStatus.ANSWERED)
    assert (answer.by, answer.confidence) == ('endpoint', 0.5)
    ((path, headers, body),) = server.requests
    assert path == '/v1/chat/completions'
    assert 'Authorization' not in headers
    sent = json.loads(body)
    image, text = sent['messages'][-1]['content']
    assert (sent['model'], text['text']) == ('eyes', 'what is that?')
    kind, _, data = image['image_url']['url'].partition(';base64,')
    assert kind == 'data:image/jpeg'
    seen = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)
    np.testing.assert_allclose(seen[..., ::-1].mean(axis=(0, 1)), RGB[0, 0], atol=3)


def test_a_large_image_is_reduced_before_it_leaves():
    with serving(replying(completion('x'))) as server:
        assistant(server.url, max_image_side=64).describe(np.zeros((300, 600, 3), np.uint8), None)
    image = json.loads(server.requests[0][2])['messages'][-1]['content'][0]['image_url']['url']
    data = base64.b64decode(image.partition(',')[2])
    assert cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR).shape == (32, 64, 3)


@pytest.mark.parametrize(
    ('suffix', 'path'),
    [
        ('', '/v1/chat/completions'),
        ('/', '/v1/chat/completions'),
        ('/v1', '/v1/chat/completions'),
        ('/api/v3/', '/api/v3/chat/completions'),
        ('/v1/chat/completions', '/v1/chat/completions'),
    ],
)
def test_the_address_may_be_written_as_people_write_it(suffix, path):
    with serving(replying(completion('x'))) as server:
        assistant(server.url + suffix).describe(RGB, None)
    assert server.requests[0][0] == path


@pytest.mark.parametrize(
    ('coordinates', 'box', 'asked'),
    [
        ('thousandths', [100, 200, 500, 1000], 'thousandths'),
        ('shares', [0.1, 0.2, 0.5, 1.0], 'shares'),
        ('pixels', [8, 9, 40, 45], '80 pixels wide and 45 pixels high'),
    ],
)
def test_boxes_are_read_as_the_prompt_asked_for_them(coordinates, box, asked):
    said = completion(f'Here: ```json\n[{{"bbox_2d": {box}, "label": "wall"}}]\n```')
    with serving(replying(said)) as server:
        options = {'coordinates': coordinates, 'max_image_side': 80}
        parsed = assistant(server.url, **options).ground(RGB, 'the wall')
    assert parsed.problems == ()
    assert [f.label for f in parsed.found] == ['wall']
    np.testing.assert_allclose(parsed.found[0].box, (16, 18, 80, 90), atol=1e-6)
    assert asked in json.loads(server.requests[0][2])['messages'][-1]['content'][1]['text']


def test_certainty_comes_from_the_tokens_where_the_server_tells():
    logs = {'logprobs': {'content': [{'logprob': -0.1}, {'logprob': -0.3}]}}
    with serving(replying(completion('x', **logs))) as server:
        answer = assistant(server.url).describe(RGB, None)
    assert answer.confidence == pytest.approx(np.exp(-0.2))


def test_parts_an_empty_answer_a_refusal_and_a_cut_are_told_apart():
    parts = [{'type': 'text', 'text': 'A '}, {'type': 'text', 'text': 'wall.'}]
    for content, more, text, status in [
        (parts, {}, 'A wall.', AnswerStatus.ANSWERED),
        (' ', {}, 'The model said nothing.', AnswerStatus.CANNOT_TELL),
        ('I cannot tell: too dark.', {}, 'I cannot tell: too dark.', AnswerStatus.CANNOT_TELL),
        ('A w', {'finish_reason': 'length'}, 'A w … (cut off', AnswerStatus.ANSWERED),
    ]:
        with serving(replying(completion(content, **more))) as server:
            answer = assistant(server.url).describe(RGB, None)
        assert answer.text.startswith(text)
        assert answer.status is status


# -- the key -----------------------------------------------------------------------------------


def test_the_key_is_read_from_the_environment_and_never_shown(monkeypatch):
    monkeypatch.setenv('ROBOT_KEY', 'sk-very-secret')
    repeat = replying(b'bad key sk-very-secret', status=401, kind='text/plain')
    with serving(repeat) as server, pytest.raises(ModelFailed) as caught:
        assistant(server.url, api_key_variable='ROBOT_KEY').describe(RGB, None)
    assert server.requests[0][1]['Authorization'] == 'Bearer sk-very-secret'
    assert 'secret' not in str(caught.value)
    assert 'api_key_variable' in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_key_that_is_not_set_or_would_travel_open_is_refused(monkeypatch):
    monkeypatch.delenv('ROBOT_KEY', raising=False)
    with pytest.raises(ModelMissing, match='export ROBOT_KEY='):
        assistant('http://localhost', api_key_variable='ROBOT_KEY')
    monkeypatch.setenv('ROBOT_KEY', 'sk-x')
    with pytest.raises(SettingsError, match='url must be https'):
        assistant('http://example.org', api_key_variable='ROBOT_KEY')
    assistant('http://192.168.1.4:8000', api_key_variable='ROBOT_KEY')
    assistant('https://example.org', api_key_variable='ROBOT_KEY')
    monkeypatch.setenv('ROBOT_KEY', 'sk-x\nX-Evil: 1')
    with pytest.raises(SettingsError, match='one line') as caught:
        assistant('https://example.org', api_key_variable='ROBOT_KEY')
    assert 'sk-x' not in str(caught.value)


@pytest.mark.parametrize(
    ('url', 'problem'),
    [
        ('', 'empty = off'),
        ('localhost:8000', 'must be an http or https address'),
        ('file:///etc/passwd', 'must be an http or https address'),
        ('http://a b', 'must be an http or https address'),
        ('http://host:99999', 'must be an http or https address'),
        ('http://user:sesame@host', 'no user name'),
        ('http://host/v1?key=1', 'no user name'),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_before_anything_is_sent(url, problem):
    with pytest.raises(SettingsError, match=problem) as caught:
        assistant(url)
    assert 'sesame' not in str(caught.value)


def test_without_a_model_it_is_refused():
    with pytest.raises(SettingsError, match='model must name'):
        ChatClient('http://localhost', '', '', 1.0)


# -- what goes wrong ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ('behave', 'problem'),
    [
        (replying(b'{"choices": [', 200), 'no chat completion'),
        (replying(b'[' * 100000, 200), 'no chat completion'),
        (replying(b'{"choices": []}'), 'no chat completion'),
        (replying(b'{"choices": [{"message": {"content": null}}]}'), 'no chat completion'),
        (replying(b'{"choices": [{"message": {"content": [7]}}]}'), 'no chat completion'),
        (replying(b'\xff\xfe\x00'), 'no chat completion'),
        (replying(b'<html>hello</html>', kind='text/html'), r'\(text/html\) is no chat'),
        (replying(b'oops', 500), r"status 500 \('oops'\): see the log"),
        (replying(b'no such model', 404), 'check url and model'),
        (replying(b'', 429), 'too many requests'),
        (replying(b'', 302, headers=[('Location', 'http://x/')]), "redirects to 'http://x/'"),
        (replying(b' ' * (MAX_BYTES + 1)), f'more than {MAX_BYTES} bytes'),
        (endless, f'more than {MAX_BYTES} bytes'),
        (hanging_up, 'broken off'),
        (lambda handler: handler.connection.close(), 'broken off|connection failed'),
        (lambda handler: handler.wfile.write(b'SSH-2.0\r\n\r\n'), 'no HTTP'),
    ],
)
def test_whatever_the_server_does_is_one_kind_of_error(behave, problem):
    with serving(behave) as server, pytest.raises(ModelFailed, match=problem):
        assistant(server.url).describe(RGB, None)


def test_a_redirect_is_not_followed():
    with serving(replying(completion('caught'))) as other:
        there = replying(b'', 307, headers=[('Location', other.url)])
        with serving(there) as server, pytest.raises(ModelFailed, match='not followed'):
            assistant(server.url).describe(RGB, None)
        assert other.requests == []


@pytest.mark.parametrize('behave', [dripping, lambda handler: time.sleep(2)])
def test_the_whole_time_is_limited_not_that_of_one_read(behave):
    with serving(behave) as server:
        start = time.monotonic()
        with pytest.raises(ModelFailed, match=r'within 0\.3 s: raise timeout_s'):
            assistant(server.url, timeout_s=0.3).describe(RGB, None)
        assert time.monotonic() - start < 1.5


def test_no_server_is_told_from_a_wrong_name():
    with serving(replying(b'')) as server:
        url = server.url
    with pytest.raises(ModelFailed, match='nothing listens there'):
        assistant(url).describe(RGB, None)


def test_a_server_without_a_certificate_is_no_secure_one():
    with serving(replying(b'')) as server, pytest.raises(ModelFailed, match='no secure'):
        assistant(server.url.replace('http', 'https')).describe(RGB, None)


def test_in_the_background_a_slow_server_blocks_nobody():
    with serving(lambda handler: time.sleep(0.5)) as server:
        slow, work = assistant(server.url, timeout_s=0.4), Background()
        start = time.monotonic()
        ticket = work.submit(lambda: slow.describe(RGB, None), 1.0)
        assert work.poll() is None
        assert time.monotonic() - start < 0.2
        outcome = work.wait(ticket)
        work.close()
    assert isinstance(outcome.error, ModelFailed)
