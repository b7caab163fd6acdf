"""As much of HTTP and WebSocket as a load generator needs, and no more: one core must read 150,000 frames a second."""

import asyncio
import base64
import gzip
import os
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import SplitResult, urlsplit

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


@dataclass(slots=True)
class Response:
    """An HTTP answer, decompressed."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    size: int
    """Bytes of head and body that crossed the wire."""
    ttfb: float
    """Seconds from sending the request to the first byte of the answer."""

    def header(self, name: str) -> str:
        """Return a header's value, or the empty string."""
        return next((v for k, v in self.headers if k == name.lower()), '')

    def cookies(self) -> str:
        """Return the cookies set, as a ``Cookie`` header."""
        return '; '.join(v.split(';')[0] for k, v in self.headers if k == 'set-cookie')


async def request(
    base: str, path: str, *, headers: Mapping[str, str] | None = None, method: str = 'GET', body: bytes = b'',
    timeout: float = 30.0,
) -> Response:
    """Send one HTTP request on a fresh connection and return the answer.

    :raises TimeoutError: no complete answer within ``timeout`` seconds.
    """
    async with asyncio.timeout(timeout):
        url = urlsplit(base)
        reader, writer = await asyncio.open_connection(url.hostname, _port(url), ssl=_tls(url), limit=1 << 20)
        try:
            head = {'host': url.netloc, 'connection': 'close', 'accept-encoding': 'gzip', **(headers or {})}
            if body:
                head['content-length'] = str(len(body))
            sent = time.monotonic()
            writer.write(_head(method, path, head) + body)
            first = await reader.readexactly(1)
            ttfb = time.monotonic() - sent
            top = first + await reader.readuntil(b'\r\n\r\n')
            lines = top.decode('latin-1').split('\r\n')
            found = [(k.lower(), v.strip()) for k, _, v in (line.partition(':') for line in lines[1:] if line)]
            answer = dict(found)
            raw = await _body(reader, answer, method)
            plain = gzip.decompress(raw) if answer.get('content-encoding') == 'gzip' else raw
            return Response(int(lines[0].split(' ', 2)[1]), found, plain, len(top) + len(raw), ttfb)
        finally:
            writer.close()


async def _body(reader: asyncio.StreamReader, answer: Mapping[str, str], method: str) -> bytes:
    if method == 'HEAD':
        return b''
    if 'content-length' in answer:
        return await reader.readexactly(int(answer['content-length']))
    if answer.get('transfer-encoding') == 'chunked':
        parts = []
        while size := int((await reader.readuntil(b'\r\n')).split(b';')[0], 16):
            parts.append(await reader.readexactly(size))
            await reader.readexactly(2)
        return b''.join(parts)
    return await reader.read()


def _port(url: SplitResult) -> int:
    return url.port or (443 if url.scheme == 'https' else 80)


def _tls(url: SplitResult) -> ssl.SSLContext | None:
    return ssl.create_default_context() if url.scheme == 'https' else None


def _head(method: str, path: str, head: Mapping[str, str]) -> bytes:
    lines = ''.join(f'{k}: {v}\r\n' for k, v in head.items())
    return f'{method} {path} HTTP/1.1\r\n{lines}\r\n'.encode()


class WebSocketClient(asyncio.Protocol):
    """A WebSocket client without compression: ``on_text(payload, received_at)`` for each text frame.

    Frames are masked with a key of zeros, which every server must accept and which costs nothing. Neighbours in a room
    receive equal chunks, so the texts of the last chunk are remembered and not cut again.
    """

    _last: ClassVar[tuple[bytes, list[bytes]]] = (b'', [])

    def __init__(self, on_text: Callable[[bytes, float], None], on_close: Callable[[], None]) -> None:
        self._on_text = on_text
        self._on_close = on_close
        self._buffer = b''
        self._open = False
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport | None = None
        self.received = 0
        """Bytes received."""

    @classmethod
    async def connect(
        cls, base: str, path: str, on_text: Callable[[bytes, float], None], on_close: Callable[[], None], *,
        headers: Mapping[str, str] | None = None, adopt: Callable[['WebSocketClient'], None] | None = None,
    ) -> 'WebSocketClient':
        """Open a connection to ``path`` and finish the upgrade. ``adopt`` gets the client before its first frame.

        :raises ConnectionError: the server refused it.
        """
        url = urlsplit(base)
        _, client = await asyncio.get_running_loop().create_connection(
            lambda: cls(on_text, on_close), url.hostname or '127.0.0.1', _port(url), ssl=_tls(url),
        )
        if adopt is not None:
            adopt(client)
        assert client.transport is not None
        client.transport.write(_head('GET', path, {
            'host': url.netloc, 'upgrade': 'websocket', 'connection': 'Upgrade', 'sec-websocket-version': '13',
            'sec-websocket-key': base64.b64encode(os.urandom(16)).decode(), 'origin': base, **(headers or {}),
        }))
        await client.opened
        return client

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = transport  # type: ignore[assignment]

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits."""
        if not self.opened.done():
            self.opened.set_exception(exc or ConnectionError('closed before the upgrade'))
        self._on_close()

    def data_received(self, data: bytes) -> None:
        """Cut what arrived into frames."""
        now = time.monotonic()
        self.received += len(data)
        buffer = self._buffer + data if self._buffer else data
        if not self._open:
            self._buffer = buffer
            buffer = self._upgraded(buffer)
        known, texts = WebSocketClient._last
        if buffer != known:
            texts = self._cut(buffer)
        else:
            self._buffer = b''
        on_text = self._on_text
        for text in texts:
            on_text(text, now)

    def _upgraded(self, buffer: bytes) -> bytes:
        """Read the server's answer to the upgrade; return what follows it."""
        head, end, rest = buffer.partition(b'\r\n\r\n')
        if not end or self.opened.done():
            return b''
        line = head.split(b'\r\n', 1)[0]
        if b' 101 ' not in line:
            self.opened.set_exception(ConnectionError(line.decode()))
            return b''
        self._open = True
        self._buffer = b''
        self.opened.set_result(None)
        return rest

    def _cut(self, buffer: bytes) -> list[bytes]:
        """Return the texts of all whole frames; keep the rest."""
        if not self._open:
            return []
        at, size, texts, plain = 0, len(buffer), list[bytes](), True
        while (found := _bounds(buffer, at, size)) is not None:
            start, end = found
            if buffer[at] & 15 == TEXT:
                texts.append(buffer[start:end])
            else:
                plain = False
                self._control(buffer[at] & 15, buffer[start:end])
            at = end
        self._buffer = buffer[at:]
        if plain and at == size:
            WebSocketClient._last = (buffer, texts)
        return texts

    def _control(self, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            self._frame(PONG, payload)
        elif opcode == CLOSE:
            self.close()

    def send(self, text: bytes) -> None:
        """Send one text frame."""
        self._frame(TEXT, text)

    def close(self) -> None:
        """Drop the connection."""
        if self.transport is not None:
            self.transport.close()

    def _frame(self, opcode: int, payload: bytes) -> None:
        size = len(payload)
        if size < 126:
            head = bytes((128 | opcode, 128 | size))
        elif size < 65536:
            head = bytes((128 | opcode, 254)) + size.to_bytes(2, 'big')
        else:
            head = bytes((128 | opcode, 255)) + size.to_bytes(8, 'big')
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(head + b'\0\0\0\0' + payload)


def _bounds(buffer: bytes, at: int, size: int) -> tuple[int, int] | None:
    """Return where the payload of the frame at ``at`` begins and ends; None while it is not whole."""
    if size - at < 2:
        return None
    length, start = buffer[at + 1], at + 2
    if length >= 126:
        wide = 2 if length == 126 else 8
        if size - start < wide:
            return None
        length, start = int.from_bytes(buffer[start:start + wide], 'big'), start + wide
    return (start, start + length) if start + length <= size else None
