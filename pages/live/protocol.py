"""Our WebSocket protocol for uvicorn: the one that can be found from the session it carries.

uvicorn hides the connection behind ``send``/``receive``. This subclass leaves a weak reference to itself in the ASGI
scope, so the fan-out can write one ready-made frame to the transports of a whole room. None of that is public API of
uvicorn or Engine.IO: versions are pinned in ``pyproject.toml``, ``self_test`` proves the assumptions at every start,
and where it fails the fan-out goes through ``sio.emit``.
"""

import asyncio
import base64
import os
import weakref
from typing import Any, Protocol, cast

import engineio.packet
import nicegui
import socketio.packet
import uvicorn
from nicegui import json as nicegui_json
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.http11 import Request

from pages.live import frames

SCOPE_KEY = 'yunshequ.connection'
"""Where a weak reference to the connection stands in the ASGI scope."""


class Listener(Protocol):
    """Whoever writes past uvicorn must hear what happens to the connection."""

    def drained(self) -> None:
        """The write buffer has run empty again."""
        ...

    def lost(self) -> None:
        """The connection is gone."""
        ...


class LiveWebSocketProtocol(WebSocketsSansIOProtocol):
    """uvicorn's sans-I/O WebSocket protocol, findable from its ASGI scope and with one listener."""

    listener: Listener | None = None

    def handle_connect(self, event: Request) -> None:
        """Accept the upgrade; the task that runs the application starts after this, so it sees our key."""
        super().handle_connect(event)
        if self.response.status_code == 101:
            cast('dict[str, Any]', self.scope)[SCOPE_KEY] = weakref.ref(self)  # strong would be a cycle

    def resume_writing(self) -> None:
        """Pass on that a slow reader has caught up."""
        super().resume_writing()
        if self.listener is not None:
            self.listener.drained()

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass on the end; the listener is let go, so both sides are freed without a garbage collection."""
        listener, self.listener = self.listener, None
        if listener is not None:
            listener.lost()
        super().connection_lost(exc)

    @property
    def is_open(self) -> bool:
        """Whether a frame may be written now."""
        return self.handshake_complete and not self.close_sent and not self.disconnected


def connection_of(environ: Any) -> LiveWebSocketProtocol | None:
    """Return the open connection a Socket.IO environment belongs to; None for polling, tests and other servers."""
    scope = environ.get('asgi.scope') if environ else None
    reference = scope.get(SCOPE_KEY) if scope else None
    connection: LiveWebSocketProtocol | None = reference() if reference is not None else None
    return connection if connection is not None and connection.is_open else None


class _Wire(asyncio.Transport):
    """A transport that goes nowhere and remembers what was written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b''
        self.closed = False

    def write(self, data: Any) -> None:
        self.written += bytes(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        """Nothing is read."""

    def resume_reading(self) -> None:
        """Nothing is read."""


async def self_test() -> str | None:
    """Prove what writing past uvicorn rests on: return None, or why the slow road must be taken.

    A real handshake is played against the protocol; the frame we build must be, byte for byte, what Socket.IO,
    Engine.IO and uvicorn together would have sent.
    """
    try:
        return await asyncio.wait_for(_examine(), timeout=5.0)
    except Exception as problem:
        return f'{type(problem).__name__}: {problem}'


async def _examine() -> str | None:
    payload = {'t': 'self:test', 'k': 'probe', 'text': '掌上云社区' * 40}
    packet = socketio.packet.Packet(socketio.packet.EVENT, data=[frames.EVENT, payload])
    packet.json = nicegui_json
    text = engineio.packet.Packet(engineio.packet.MESSAGE, packet.encode()).encode()

    found: list[LiveWebSocketProtocol | None] = []
    answered = asyncio.Event()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({'type': 'websocket.accept'})
        found.append(connection_of({'asgi.scope': dict(scope)}))
        await send({'type': 'websocket.send', 'text': text})
        answered.set()
        await receive()

    config = uvicorn.Config(application, ws_per_message_deflate=False, ws_ping_interval=None, lifespan='off', log_config=None)
    config.load()
    wire = _Wire()
    connection = LiveWebSocketProtocol(config, ServerState(), {}, asyncio.get_running_loop())
    connection.connection_made(wire)
    key = base64.b64encode(os.urandom(16)).decode()
    connection.data_received(
        f'GET /socket.io/?EIO=4 HTTP/1.1\r\nHost: self\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
        f'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n'
        f'Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n'.encode(),
    )
    try:
        await answered.wait()
        head, _, sent = wire.written.partition(b'\r\n\r\n')
        if not head.startswith(b'HTTP/1.1 101'):
            return 'the WebSocket handshake was refused'
        if b'sec-websocket-extensions' in head.lower():
            return 'frames would be compressed'
        if found != [connection]:
            return 'the connection is not found from the ASGI scope'
        if sent != frames.frame(frames.encode(payload)):
            return 'our frame differs from what Socket.IO sends'
        if not hasattr(nicegui.Client, 'instances') or not hasattr(nicegui.core, 'sio'):
            return 'NiceGUI has changed inside'
    finally:
        connection.connection_lost(None)
        await asyncio.gather(*connection.tasks, return_exceptions=True)
    return None if connection.listener is None else 'the connection keeps its listener'
