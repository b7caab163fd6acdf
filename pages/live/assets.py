"""What every page loads, from memory: compressed once, immutable, never by NiceGUI's own gzip on the event loop.

Stands before the application (plain ASGI, so a page costs nothing more). Files of NiceGUI are taken from the
application at their first request and kept compressed; files of ``pages/static`` are read at start. An address of ours
carries its content's hash (``?v=``) and may be kept for ever.
"""

import asyncio
import gzip
import hashlib
import mimetypes
import zlib
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nicegui
from nicegui import __version__ as nicegui_version
from nicegui import app as nicegui_app

from pages.live import shared, slim
from pages.live.turns import Turns

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGI = Callable[[Scope, Receive, Send], Awaitable[None]]

Find = Callable[[str, Scope], Awaitable['Asset | None']]

STATIC_DIR = Path(__file__).parent.parent / 'static'
NICEGUI = f'/_nicegui/{nicegui_version}/'
NICEGUI_STATIC = Path(nicegui.__file__).parent / 'static'
EVERY_PAGE = (
    'vue.esm-browser.prod.js', 'quasar.umd.prod.js', 'quasar.unimportant.prod.css', 'quasar.important.prod.css', 'nicegui.js',
    'nicegui.css', 'socket.io.min.js', 'dompurify.mjs',
)
FOREVER = b'public, max-age=31536000, immutable'
BRIEFLY = b'public, max-age=300'
ALIVE = '/_live/alive'
"""Answers 204 and, in ``x-turn``, in how many milliseconds the page may reload, or with which number it asks again then
(``ALIVE?turn=``). The browser asks before it reloads, so it never meets an error page, and a thousand pages of a restarted
server come one after the other."""
HTML_LEVEL = 1
"""zlib level for pages: a page of 50 messages takes 0.10 ms and 5.2 KB; level 5 0.14 ms and 4.9 KB."""
CONDITIONS = frozenset({b'if-none-match', b'if-modified-since', b'range', b'accept-encoding'})
SMALL = 500
"""Bytes below which a page is sent as it is: the header would cost more."""
COMPRESSIBLE = ('text/', 'application/javascript', 'application/json', 'image/svg+xml', 'application/manifest+json')
MEDIA = {
    '.mjs': 'text/javascript', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml',
    '.webmanifest': 'application/manifest+json',
}
"""Media types the web needs exactly, whatever the machine's table says."""
OVERRIDES: dict[str, tuple[str, bytes]] = {
    f'{NICEGUI}static/fonts.css': ('text/css', b''),
}
"""Files of NiceGUI we answer ourselves: its web fonts are 160 KB nobody needs."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent."""

    body: bytes
    packed: bytes | None
    etag: bytes
    headers: tuple[tuple[bytes, bytes], ...]


def pack(body: bytes, media: str) -> Asset:
    """Return ``body`` ready to send, compressed at level 9 where that helps."""
    packed = None
    if media.startswith(COMPRESSIBLE):
        small = gzip.compress(body, 9, mtime=0)
        packed = small if len(small) < len(body) * 0.95 else None
    if media.startswith('text/') and 'charset' not in media:
        media += '; charset=utf-8'
    etag = b'"%s"' % hashlib.blake2b(body, digest_size=8).hexdigest().encode()
    return Asset(body, packed, etag, (
        (b'content-type', media.encode()), (b'etag', etag), (b'vary', b'Accept-Encoding'), (b'x-content-type-options', b'nosniff'),
    ))


class Assets:
    """The outermost ASGI layer: cached files, the heartbeat answer, compressed pages; everything else goes through.

    :param app: the application NiceGUI is mounted on. Kept as ``app``, where NiceGUI looks for it.
    :param generated: further files under ``/static/``, made at start: name -> content.
    """

    def __init__(self, app: ASGI, *, static_dir: Path = STATIC_DIR, generated: Mapping[str, bytes] | None = None) -> None:
        self.app = app
        self._static_dir = static_dir
        self._generated = dict(generated or {})
        self._cache: dict[str, Asset] = {}
        self.turns = Turns()

    def url(self, name: str) -> str:
        """Return the address of a file of ``pages/static`` or a generated one, with its content's hash.

        :raises FileNotFoundError: there is no such file.
        """
        body = self._generated[name] if name in self._generated else (self._static_dir / name).read_bytes()
        return f'/static/{name}?v={hashlib.blake2b(body, digest_size=6).hexdigest()}'

    async def warm(self) -> None:
        """Compress what every page needs before the first visitor asks, in a thread."""
        self._cache = {**await asyncio.to_thread(self._compress_all), **self._cache}

    def _compress_all(self) -> dict[str, Asset]:
        language = nicegui_app.config.language or 'en-US'
        base = NICEGUI_STATIC
        made = {
            f'{NICEGUI}static/{name}': pack(slim.file(name, (base / name).read_bytes()), media_of(name))
            for name in (*EVERY_PAGE, f'lang/{language}.umd.prod.js') if (base / name).is_file()
        }
        for path in self._static_dir.rglob('*'):
            if path.is_file():
                name = f'/static/{path.relative_to(self._static_dir).as_posix()}'
                made[name] = pack(slim.file(name, path.read_bytes()), media_of(name))
        for name, body in self._generated.items():
            made[f'/static/{name}'] = pack(body, media_of(name))
        return made

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from the cache, or pass on."""
        if scope['type'] != 'http':
            await self.app(scope, receive, send)
            return
        path: str = scope['path']
        if scope['method'] not in {'GET', 'HEAD'}:
            await self.app(scope, receive, send)
        elif path == ALIVE:
            turn = self.turns.take(_turn(scope['query_string']))
            headers = [(b'cache-control', b'no-store'), (b'x-turn', turn.header().encode())]
            await send({'type': 'http.response.start', 'status': 204, 'headers': headers})
            await send({'type': 'http.response.body', 'body': b''})
        elif path.startswith(NICEGUI) and not path.startswith(f'{NICEGUI}dynamic_resources/'):
            await self._serve(path, self._from_nicegui, scope, receive, send)
        elif path.startswith('/static/'):
            await self._serve(path, self._from_disk, scope, receive, send)
        else:
            page = _Page(scope, send)
            await self.app(scope, receive, page)
            if page.served:
                self.turns.served()

    async def _serve(self, path: str, find: Find, scope: Scope, receive: Receive, send: Send) -> None:
        asset = self._cache.get(path)
        if asset is None:
            asset = await find(path, scope)
            if asset is None:
                await self.app(scope, receive, send)
                return
            self._cache[path] = asset
        for_ever = path.startswith((NICEGUI, shared.FOLDER)) or scope['query_string'].startswith(b'v=')
        keep = FOREVER if for_ever else BRIEFLY
        packed = asset.packed if _takes_gzip(scope) else None
        headers = [*asset.headers, (b'cache-control', keep)]
        if header(scope, b'if-none-match') == asset.etag:
            await send({'type': 'http.response.start', 'status': 304, 'headers': headers})
            await send({'type': 'http.response.body', 'body': b''})
            return
        body = asset.body if packed is None else packed
        headers.append((b'content-length', b'%d' % len(body)))
        if packed is not None:
            headers.append((b'content-encoding', b'gzip'))
        await send({'type': 'http.response.start', 'status': 200, 'headers': headers})
        await send({'type': 'http.response.body', 'body': b'' if scope['method'] == 'HEAD' else body})

    async def _from_disk(self, path: str, _scope: Scope) -> Asset | None:
        """Read one of our files; None for anything outside the folder."""
        name = path.removeprefix('/static/')
        if name in self._generated:
            return await asyncio.to_thread(pack, self._generated[name], media_of(name))
        if (common := shared.body(path)) is not None:
            return await asyncio.to_thread(pack, common, media_of(path))
        file = (self._static_dir / name).resolve()
        if not file.is_relative_to(self._static_dir.resolve()) or not file.is_file():
            return None
        return await asyncio.to_thread(lambda: pack(slim.file(name, file.read_bytes()), media_of(name)))

    async def _from_nicegui(self, path: str, scope: Scope) -> Asset | None:
        """Fetch a file of NiceGUI through the application and keep it; None if it answers anything but 200."""
        if path in OVERRIDES:
            media, body = OVERRIDES[path]
        else:
            status, media, body = await self._fetch(scope)
            if status != 200:
                return None
        return await asyncio.to_thread(lambda: pack(slim.file(path, body), media))

    async def _fetch(self, scope: Scope) -> tuple[int, str, bytes]:
        status, media, parts = 0, 'application/octet-stream', []

        asked = False

        async def receive() -> Message:
            nonlocal asked
            if asked:
                await asyncio.Event().wait()  # the client never goes away: the file is kept for all
            asked = True
            return {'type': 'http.request', 'body': b'', 'more_body': False}

        async def send(message: Message) -> None:
            nonlocal status, media
            if message['type'] == 'http.response.start':
                status = message['status']
                media = dict(message['headers']).get(b'content-type', media.encode()).decode()
            else:
                parts.append(bytes(message.get('body', b'')))

        whole = [h for h in scope['headers'] if h[0] not in CONDITIONS]
        await self.app({**scope, 'method': 'GET', 'headers': whole}, receive, send)
        return status, media, b''.join(parts)


class _Page:
    """A ``send`` that compresses HTML, and honours a proxy's prefix in redirects as NiceGUI's middleware would."""

    __slots__ = ('_parts', '_prefix', '_send', '_start', '_zip', 'served')

    def __init__(self, scope: Scope, send: Send) -> None:
        self._send = send
        self._zip = _takes_gzip(scope)
        self._prefix = header(scope, b'x-forwarded-prefix')
        self._start: Message | None = None
        self._parts: list[bytes] = []
        self.served = False
        """Whether it was a page."""

    async def __call__(self, message: Message) -> None:
        if message['type'] == 'http.response.start':
            headers = message['headers']
            if self._prefix:
                message['headers'] = headers = [
                    (k, self._prefix + v) if k == b'location' and v.startswith(b'/') else (k, v) for k, v in headers
                ]
            if self._zip and any(k == b'content-type' and v.startswith(b'text/html') for k, v in headers):
                self._start = message  # NiceGUI's pages are complete when they leave; they are held back to be compressed
                return
        elif self._start is not None:
            self._parts.append(bytes(message.get('body', b'')))
            if message.get('more_body'):
                return
            start, self._start = self._start, None
            self.served = True
            body = b''.join(self._parts)
            kept = [h for h in start['headers'] if h[0] not in {b'content-length', b'vary'}]
            if len(body) > SMALL and not any(k == b'content-encoding' for k, _ in kept):
                body = squeeze(body)
                kept.append((b'content-encoding', b'gzip'))
            start['headers'] = [*kept, (b'vary', b'Accept-Encoding'), (b'content-length', b'%d' % len(body))]
            await self._send(start)
            message = {'type': 'http.response.body', 'body': body}
        await self._send(message)


def squeeze(body: bytes) -> bytes:
    """Compress a page; small enough to stay on the loop."""
    packer = zlib.compressobj(HTML_LEVEL, zlib.DEFLATED, 31)
    return packer.compress(body) + packer.flush()


def media_of(name: str) -> str:
    """Return the media type of a file by its name."""
    return MEDIA.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or 'application/octet-stream'


def header(scope: Scope, name: bytes) -> bytes:
    """Return a request header, or nothing."""
    for key, value in scope['headers']:
        if key == name:
            return bytes(value)
    return b''


def _turn(query: bytes) -> int | None:
    number = query.removeprefix(b'turn=')
    return int(number) if number.isdigit() and len(number) < 10 else None


def _takes_gzip(scope: Scope) -> bool:
    return b'gzip' in header(scope, b'accept-encoding')
