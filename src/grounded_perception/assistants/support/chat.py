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

"""A client for any server that speaks OpenAI's chat completions."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
import ipaddress
import json
import math
import os
from typing import Any
from urllib.parse import SplitResult

import cv2
from grounded_perception.assistants.parsing.found import shorten
from grounded_perception.assistants.support.http_post import check_url, post, Reply
from grounded_perception.errors import ModelFailed, ModelMissing, SettingsError
import numpy as np
from numpy.typing import NDArray

_JPEG_QUALITY = 90
_HINTS = {
    401: 'the key is missing or wrong: see api_key_variable',
    403: 'the key may not use this model: see api_key_variable',
    404: 'there is no such path or model there: check url and model',
    429: 'too many requests, or the quota is used up: wait, or ask less often',
}


@dataclass(frozen=True)
class Said:
    """
    What a model answered.

    :param text: its words.
    :param is_whole: whether it came to its end; False where the limit of tokens cut it off.
    :param certainty: geometric mean of the probabilities of its tokens, in [0, 1]; None where
        the server does not tell. It says how sure the model was of its words, not how often it
        is right.
    """

    text: str
    is_whole: bool
    certainty: float | None


class ChatClient:
    """
    Asks one model of one server.

    :param url: address of the server, with or without ``/v1`` and ``/chat/completions``.
    :param model: name of the model there.
    :param key_variable: name of the environment variable that holds the key; empty = no key.
    :param timeout_s: most seconds for one request, all in all.
    :raises SettingsError: when the address cannot be used, or the key would travel unprotected.
    :raises ModelMissing: when the environment variable is not set.
    """

    def __init__(self, url: str, model: str, key_variable: str, timeout_s: float) -> None:
        self._url = check_url(url)
        if not model:
            raise SettingsError('model must name a model of the server, got an empty text')
        self._path = _path(self._url)
        self._model = model
        self._timeout_s = timeout_s
        self._key = _key(key_variable, self._url)

    def ask(self, messages: Sequence[Any], max_tokens: int) -> Said:
        """
        Send a conversation and return the answer.

        :param messages: as the protocol has them: ``role`` and ``content`` each.
        :param max_tokens: longest answer.
        :returns: the answer.
        :raises ModelFailed: for whatever goes wrong, with what to do.
        """
        request = {
            'model': self._model,
            'messages': list(messages),
            'max_tokens': max_tokens,
            'temperature': 0,
            'stream': False,
        }
        headers = {'Content-Type': 'application/json', 'Accept': 'application/json'}
        if self._key:
            headers['Authorization'] = f'Bearer {self._key}'
        body = json.dumps(request).encode()
        reply = post(self._url, self._path, body, headers, self._timeout_s)
        where = f'{self._url.scheme}://{self._url.netloc}{self._path}'
        try:
            return _said(reply)
        except ModelFailed as exc:
            # servers repeat what they were sent
            told = str(exc).replace(self._key, '***') if self._key else str(exc)
            raise ModelFailed(f'{where}: {told}') from None


def image_part(rgb: NDArray[np.uint8], max_side: int) -> tuple[dict[str, Any], tuple[int, int]]:
    """
    Make the part of a message that holds an image.

    :param rgb: uint8 ``(H, W, 3)`` RGB.
    :param max_side: the longer side is reduced to this many pixels.
    :returns: the part, and width and height of the image as it is sent.
    :raises ModelFailed: when the image cannot be encoded.
    """
    height, width = rgb.shape[:2]
    scale = min(1.0, max_side / max(height, width))
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    sent = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA) if scale < 1 else rgb
    bgr = cv2.cvtColor(np.ascontiguousarray(sent), cv2.COLOR_RGB2BGR)
    done, jpeg = cv2.imencode('.jpg', bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    if not done:
        raise ModelFailed(f'the image of {width}x{height} pixels cannot be made a JPEG')
    data = base64.b64encode(jpeg.tobytes()).decode('ascii')
    return {'type': 'image_url', 'image_url': {'url': f'data:image/jpeg;base64,{data}'}}, size


def _path(url: SplitResult) -> str:
    path = url.path.rstrip('/')
    if path.endswith('/chat/completions'):
        return path
    return f'{path or "/v1"}/chat/completions'


def _key(variable: str, url: SplitResult) -> str:
    if not variable:
        return ''
    key = os.environ.get(variable, '').strip()
    if not key:
        raise ModelMissing(f'{variable} is empty: export {variable}=… (api_key_variable names it)')
    if not (key.isascii() and key.isprintable()):
        raise SettingsError(f'the key in {variable} must be one line of plain text')
    if url.scheme == 'http' and not _is_near(str(url.hostname)):
        raise SettingsError(
            f'url must be https for a key to be sent to {url.hostname}: over http anyone on the '
            'way can read it'
        )
    return key


def _is_near(host: str) -> bool:
    """Say whether a host is this machine or one of its own network."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == 'localhost' or host.endswith(('.localhost', '.local'))
    return address.is_loopback or address.is_private or address.is_link_local


def _said(reply: Reply) -> Said:
    if 300 <= reply.status < 400:
        raise ModelFailed(
            f'it redirects to {shorten(reply.location)}, which is not followed: set url to it'
        )
    if reply.status != 200:
        hint = _HINTS.get(reply.status, 'see the log of the server')
        told = shorten(reply.body[:500].decode('utf-8', 'replace'), 120)
        raise ModelFailed(f'status {reply.status} ({told}): {hint}')
    try:
        whole = json.loads(reply.body)
        choice = whole['choices'][0]
        text = _words(choice['message']['content'])
    except (ValueError, LookupError, TypeError, RecursionError) as exc:
        told = shorten(reply.body[:500].decode('utf-8', 'replace'), 120)
        raise ModelFailed(
            f'the answer ({reply.kind}) is no chat completion: {told}; is url a chat endpoint?'
        ) from exc
    return Said(text, choice.get('finish_reason') != 'length', _certainty(choice))


def _words(content: Any) -> str:
    """Return the text of a message, which is a string or a list of parts."""
    if isinstance(content, str):
        return content
    return ''.join(part['text'] for part in content if part['type'] == 'text')


def _certainty(choice: Any) -> float | None:
    try:
        logs = [float(token['logprob']) for token in choice['logprobs']['content']]
    except (LookupError, TypeError, ValueError):
        return None
    mean = sum(logs) / len(logs) if logs else math.nan
    return min(math.exp(min(mean, 0.0)), 1.0) if math.isfinite(mean) else None
