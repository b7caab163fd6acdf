"""One browser, as the server sees it: loads a page, connects its socket, receives live frames, sends component events."""

import ast
import asyncio
import json
import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson

from tests.bench.wire import Response, WebSocketClient, request

Frame = dict[str, Any]
_QUERY = re.compile(r'query: (\{.*?\}),\n')
_ELEMENTS = re.compile(r'parseElements\(String\.raw`(.*?)`\)', re.DOTALL)
_UNESCAPE = (('&#36;', '$'), ('&#96;', '`'), ('&gt;', '>'), ('&lt;', '<'), ('&amp;', '&'))
_LIVE = b'42["live",'


PHONE = 'Mozilla/5.0 (Linux; Android 11; V2027A) AppleWebKit/537.36 Chrome/100.0 Mobile Safari/537.36'


class ActRefusedError(Exception):
    """An act was answered with a refusal; ``error`` has ``code``, ``words`` and ``field``."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        super().__init__(f'{error.get("code")}: {error.get("words")}')
        self.error = error


@dataclass(slots=True)
class Page:
    """A page as loaded: what the browser needs to connect, and the elements on it."""

    response: Response
    query: dict[str, Any]
    elements: dict[str, dict[str, Any]]

    @property
    def client_id(self) -> str:
        """NiceGUI's id of the page."""
        return str(self.query['client_id'])

    def find(self, tag: str | None = None, event: str = 'act') -> tuple[int, str]:
        """Return element id and listener id of the first element (with ``tag``, without ``nicegui-``) listening to ``event``.

        Without a ``tag``: of the page itself, not of the frame around it.

        :raises LookupError: there is none.
        """
        for key, element in self.elements.items():
            named = element.get('tag', '').removeprefix('nicegui-')
            if named == tag or (tag is None and named != 'shell'):
                for listener in element.get('events') or ():
                    if listener['type'] == event:
                        return int(key), listener['listener_id']
        raise LookupError(f'no element {tag or ""} listens to {event}')

    def props(self, tag: str) -> dict[str, Any]:
        """Return the props of the first element with ``tag`` (without ``nicegui-``).

        :raises LookupError: there is none.
        """
        for element in self.elements.values():
            if element.get('tag', '').removeprefix('nicegui-') == tag:
                return dict(element.get('props') or {})
        raise LookupError(f'no element {tag}')


def parse(response: Response) -> Page:
    """Read a page's client id, socket query and elements.

    :raises ValueError: it is not a NiceGUI page.
    """
    html = response.body.decode()
    query, elements = _QUERY.search(html), _ELEMENTS.search(html)
    if query is None or elements is None:
        raise ValueError(f'not a NiceGUI page: {response.status} {html[:200]!r}')
    raw = elements.group(1)
    for sign, plain in _UNESCAPE:
        raw = raw.replace(sign, plain)
    return Page(response, ast.literal_eval(query.group(1)), json.loads(raw))  # NiceGUI writes a Python dict there


class BrowserClient:
    """One browser tab.

    :param base: the server, e.g. ``http://127.0.0.1:8080``.
    :param cookie: the ``Cookie`` header to send.
    :param keep: keep received live frames in ``frames`` as ``(received_at, frame)``; switch off under load.
    :param on_live: called with the raw text of each live frame (``42["live",{...}]``) and the time it came; for load.
    """

    def __init__(
        self, base: str, *, cookie: str = '', keep: bool = True, on_live: Callable[[bytes, float], None] | None = None,
    ) -> None:
        self.base = base
        self.cookie = cookie
        self.keep = keep
        self.on_live = on_live
        self.frames: list[tuple[float, Frame]] = []
        self.messages: list[tuple[str, Any]] = []
        """Other Socket.IO events received: NiceGUI's own."""
        self.page: Page | None = None
        self.refused: Any = None
        """What the server said when it refused the socket."""
        self.closed = asyncio.Event()
        self.tab_id = str(uuid.uuid4())
        self._socket: WebSocketClient | None = None
        self._connected: asyncio.Future[None] | None = None
        self._waiters: dict[str, asyncio.Future[Any]] = {}
        self._news = asyncio.Event()
        self._next_message = 0

    @property
    def headers(self) -> dict[str, str]:
        """Headers of every request."""
        return {'user-agent': PHONE, **({'cookie': self.cookie} if self.cookie else {})}

    @property
    def client_id(self) -> str:
        """NiceGUI's id of the loaded page."""
        assert self.page is not None
        return self.page.client_id

    async def get(self, path: str, **headers: str) -> Response:
        """Fetch anything with this browser's cookie; follows nothing."""
        return await request(self.base, path, headers={**self.headers, **headers})

    async def load(self, path: str) -> Page:
        """Load a page, without its socket."""
        response = await self.get(path)
        self.page = parse(response)
        self._next_message = int(self.page.query.get('next_message_id', 0))
        return self.page

    async def connect(self, *, timeout: float = 15.0) -> None:
        """Open the socket of the loaded page (also again, after a lost connection).

        :raises ConnectionError: the server refused it, as after a restart (then ``refused`` is set): load again.
        """
        assert self.page is not None
        query = {**self.page.query, 'next_message_id': self._next_message, 'document_id': str(uuid.uuid4()),
                 'tab_id': self.tab_id, 'old_tab_id': '', 'EIO': 4, 'transport': 'websocket'}
        plain = {k: str(v).lower() if isinstance(v, bool) else v for k, v in query.items()}
        self.closed.clear()
        self._connected = asyncio.get_running_loop().create_future()
        async with asyncio.timeout(timeout):
            await WebSocketClient.connect(
                self.base, f'/_nicegui_ws/socket.io/?{urlencode(plain)}', self._on_text, self._on_close, headers=self.headers,
                adopt=self._adopt,
            )
            await self._connected

    async def open(self, path: str) -> Page:
        """Load a page and connect it."""
        page = await self.load(path)
        await self.connect()
        return page

    def emit(self, event: str, payload: Any) -> None:
        """Send a Socket.IO event."""
        assert self._socket is not None
        self._socket.send(b'42' + orjson.dumps([event, payload]))

    def event(self, element: tuple[int, str], *args: Any) -> None:
        """Send an element's event, as NiceGUI's script does."""
        self.emit('event', {'id': element[0], 'client_id': self.client_id, 'listener_id': element[1],
                            'args': [json.dumps(a) for a in args]})

    async def act(self, name: str, args: Mapping[str, Any] | None = None, *, tag: str | None = None, timeout: float = 15.0,
                  act_id: str | None = None) -> Any:
        """Do an act through the component ``tag`` (or the only one) and return its data.

        :raises ActRefusedError: the server refused it.
        :raises TimeoutError: no answer.
        """
        assert self.page is not None
        identity = act_id or str(uuid.uuid4())
        waiter = self._waiters[identity] = asyncio.get_running_loop().create_future()
        self.event(self.page.find(tag), {'name': name, 'args': dict(args or {}), 'id': identity})
        try:
            reply = await asyncio.wait_for(waiter, timeout)
        finally:
            self._waiters.pop(identity, None)
        if not reply['ok']:
            raise ActRefusedError(reply['error'])
        return reply.get('data')

    async def wait_for(self, wanted: Callable[[Frame], bool], *, timeout: float = 10.0) -> Frame:
        """Return the first kept live frame (past or coming) that is ``wanted``.

        :raises TimeoutError: none came.
        """
        async with asyncio.timeout(timeout):
            seen = 0
            while True:
                for _, frame in self.frames[seen:]:
                    if wanted(frame):
                        return frame
                seen = len(self.frames)
                self._news.clear()
                await self._news.wait()

    def of(self, topic: str) -> list[Frame]:
        """Return the kept frames of one topic."""
        return [frame for _, frame in self.frames if frame.get('t') == topic]

    async def close(self) -> None:
        """Close the tab's socket."""
        if self._socket is not None:
            self._socket.close()
            await self.closed.wait()

    @property
    def transport(self) -> asyncio.Transport:
        """The socket's transport, e.g. to stop reading from it."""
        assert self._socket is not None
        assert self._socket.transport is not None
        return self._socket.transport

    def _adopt(self, socket: WebSocketClient) -> None:
        self._socket = socket

    def _on_text(self, text: bytes, now: float) -> None:
        if text.startswith(_LIVE):
            if self.on_live is not None:
                self.on_live(text, now)
            if self.keep or self._waiters:
                self._take(orjson.loads(text[10:-1]), now)
        else:
            self._on_protocol(text)

    def _on_protocol(self, text: bytes) -> None:
        """Engine.IO's and Socket.IO's own packets, and NiceGUI's events."""
        assert self._socket is not None
        waiting = self._connected if self._connected is not None and not self._connected.done() else None
        if text == b'2':  # ping
            self._socket.send(b'3')
        elif text.startswith(b'42'):  # event
            self._note(*orjson.loads(text[2:]))
        elif text.startswith(b'0'):  # open
            self._socket.send(b'40')
        elif text.startswith(b'40') and waiting is not None:  # connected
            waiting.set_result(None)
        elif text.startswith(b'44'):  # refused
            self.refused = orjson.loads(text[2:])
            if waiting is not None:
                waiting.set_exception(ConnectionError(f'refused: {self.refused}'))

    def _note(self, name: str, payload: Any = None) -> None:
        if isinstance(payload, dict) and '_id' in payload:
            self._next_message = payload['_id'] + 1
        if self.keep:
            self.messages.append((name, payload))
            self._news.set()

    def _take(self, frame: Frame, now: float) -> None:
        if frame.get('k') == 'reply' and (waiter := self._waiters.get(frame.get('id', ''))) is not None and not waiter.done():
            waiter.set_result(frame)
        if self.keep:
            self.frames.append((now, frame))
            self._news.set()

    def _on_close(self) -> None:
        if self._connected is not None and not self._connected.done():
            self._connected.set_exception(ConnectionError('closed'))
        self.closed.set()


def now() -> float:
    """Return the clock all processes of this machine share, in seconds."""
    return time.monotonic()
