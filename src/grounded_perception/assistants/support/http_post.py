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

"""One HTTP POST with the standard library: a limit on its whole time and on what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
import http.client
import socket
import ssl
import threading
import time
from urllib.parse import SplitResult, urlsplit

from grounded_perception.errors import ModelFailed, SettingsError

#: Most bytes that an answer may have; text is shorter by far.
MAX_BYTES = 1 << 20
_BLOCK = 1 << 16


@dataclass(frozen=True)
class Reply:
    """
    What a server answered.

    :param status: HTTP status code.
    :param kind: its media type, lower case, without parameters.
    :param location: where a redirect points to, else empty.
    :param body: what it sent, :data:`MAX_BYTES` at most.
    """

    status: int
    kind: str
    location: str
    body: bytes


def check_url(url: str) -> SplitResult:
    """
    Take an address apart.

    :param url: what the user set.
    :returns: its parts.
    :raises SettingsError: when it is no http(s) address, or holds a user name, a password, a
        query or a fragment.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as exc:
        raise SettingsError(f'url must be an http or https address: {exc}') from exc
    plain = url.isascii() and url.isprintable() and ' ' not in url
    if parts.scheme not in ('http', 'https') or not host or not plain:
        raise SettingsError(
            f'url must be an http or https address such as http://localhost:8000/v1, got {url!r}'
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise SettingsError(
            'url must hold no user name, password, ? or #: a key comes from an environment '
            'variable (api_key_variable)'
        )
    return parts


def post(
    url: SplitResult, path: str, body: bytes, headers: Mapping[str, str], timeout_s: float
) -> Reply:
    """
    Send a request and read the answer; redirects are not followed, proxies not used.

    :param url: where to.
    :param path: path on the server.
    :param body: what to send.
    :param headers: header fields.
    :param timeout_s: most seconds for all of it: connecting, sending, waiting and reading.
    :returns: the answer.
    :raises ModelFailed: when there is no connection, no whole answer in time, or too much of it.
    """
    port = url.port or (443 if url.scheme == 'https' else 80)
    where = f'{url.scheme}://{url.hostname}:{port}'
    end = time.monotonic() + timeout_s
    connection = http.client.HTTPConnection(str(url.hostname), port)
    try:
        with _Deadline(end) as deadline:
            try:
                _connect(connection, url, deadline)
                connection.request('POST', path, body, {'Host': url.netloc, **headers})
                response = connection.getresponse()
                return Reply(
                    response.status,
                    response.headers.get_content_type().lower(),
                    response.headers.get('Location', ''),
                    _read(response, where),
                )
            except (OSError, http.client.HTTPException) as exc:
                if deadline.is_over:
                    raise _timed_out(where, timeout_s) from exc
                raise ModelFailed(f'{where}: {_reason(exc)}') from exc
            except ValueError:  # a header field that cannot be sent; it may hold the key
                text = (
                    f'{where}: a header field cannot be sent; is the key one line of plain text?'
                )
                raise ModelFailed(text) from None
    finally:
        connection.close()


def _timed_out(where: str, timeout_s: float) -> ModelFailed:
    return ModelFailed(f'{where} gave no whole answer within {timeout_s:g} s: raise timeout_s')


def _reason(exc: Exception) -> str:
    if isinstance(exc, socket.gaierror):
        return f'the name of the server is not known ({exc.strerror}): check url'
    if isinstance(exc, ConnectionRefusedError):
        return 'nothing listens there: start the server, or check url'
    if isinstance(exc, ssl.SSLError):
        return f'no secure connection: {exc}'
    if isinstance(exc, http.client.HTTPException):
        return f'the answer is no HTTP, or broken off ({type(exc).__name__})'
    return f'the connection failed: {exc}'


class _Deadline:
    """
    Shuts a connection at a point in time, whatever blocks on it then.

    A socket's own time limit starts anew with every byte: a server that drips holds it open.

    :param end: when, on the monotonic clock.
    """

    def __init__(self, end: float) -> None:
        self._end = end
        # kept here: http.client lets go of its socket once the header is read
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(max(self.left, 0), self._cut)
        self._timer.daemon = True

    def __enter__(self) -> _Deadline:
        self._timer.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._timer.cancel()

    @property
    def left(self) -> float:
        """Seconds left, negative when time is over."""
        return self._end - time.monotonic()

    @property
    def is_over(self) -> bool:
        """Whether time is over."""
        return self.left <= 0

    def guard(self, connected: socket.socket) -> None:
        """Take the socket that is to be shut."""
        self._socket = connected

    def _cut(self) -> None:
        if self._socket is not None:
            with suppress(OSError):  # it was closed meanwhile
                # past SSL, which would want to say goodbye
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


def _connect(
    connection: http.client.HTTPConnection, url: SplitResult, deadline: _Deadline
) -> None:
    """Connect to the first address that answers, all of them within the time limit."""
    last: OSError = OSError('the name has no address')
    for family, kind, protocol, _, address in socket.getaddrinfo(
        connection.host, connection.port, type=socket.SOCK_STREAM
    ):
        if deadline.is_over:
            raise TimeoutError('time is over')
        plain = socket.socket(family, kind, protocol)
        deadline.guard(plain)
        try:
            plain.settimeout(max(deadline.left, 0.001))
            plain.connect(address)
            break
        except OSError as exc:
            plain.close()
            last = exc
    else:
        raise last
    connection.sock = plain
    if url.scheme == 'https':
        secure = ssl.create_default_context().wrap_socket(
            plain, server_hostname=url.hostname, do_handshake_on_connect=False
        )
        connection.sock = secure
        deadline.guard(secure)
        secure.do_handshake()


def _read(response: http.client.HTTPResponse, where: str) -> bytes:
    """Read an answer block by block, so that one without end is noticed."""
    blocks: list[bytes] = []
    size = 0
    announced = response.length or 0
    while announced <= MAX_BYTES and size <= MAX_BYTES:
        block = response.read(_BLOCK)
        if not block:
            if response.length:  # announced, not sent
                raise http.client.IncompleteRead(b'', response.length)
            return b''.join(blocks)
        blocks.append(block)
        size += len(block)
    raise ModelFailed(f'{where} answered with more than {MAX_BYTES} bytes: is it a chat endpoint?')
