"""One browser's place in the fan-out: what it listens to, and how to write to it."""

import asyncio
from collections.abc import Callable
from typing import Any

from pages.live import frames
from pages.live.counters import Counters
from pages.live.protocol import LiveWebSocketProtocol

RESYNC = frames.frame(frames.encode({'t': '*', 'k': 'resync'}))
"""What a browser gets that has missed frames: it asks for what is new, as after a reconnect."""


class Link:
    """The connection of one NiceGUI client. Holds no ``Client``: dead pages must be freed without a collection."""

    __slots__ = (
        '__weakref__', 'behind', 'client_id', 'connection', 'counters', 'fallback', 'patience', 'timer', 'topics', 'transport',
    )

    def __init__(self, client_id: str, counters: Counters, patience: float) -> None:
        self.client_id = client_id
        self.topics: set[str] = set()
        self.connection: LiveWebSocketProtocol | None = None
        self.transport: Any = None
        self.fallback = False
        self.behind = False
        self.counters = counters
        self.patience = patience
        self.timer: asyncio.TimerHandle | None = None

    @property
    def connected(self) -> bool:
        """Whether frames can reach the browser now."""
        return self.transport is not None or self.fallback

    def attach(self, connection: LiveWebSocketProtocol | None) -> None:
        """Write to ``connection`` from now on; None means: through Socket.IO (polling, tests, failed self-test)."""
        if connection is not None and connection is self.connection:
            return
        self.detach()
        if connection is None:
            self.fallback = True
            return
        self.connection = connection
        self.transport = connection.transport
        connection.listener = self

    def detach(self) -> None:
        """Stop writing; the browser asks for what it missed when it is back."""
        connection, self.connection = self.connection, None
        self.transport = None
        self.fallback = False
        self.behind = False
        if connection is not None and connection.listener is self:
            connection.listener = None
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def lost(self) -> None:
        """The connection is gone (called by it)."""
        self.detach()

    def fall_behind(self) -> None:
        """Stop feeding a reader whose buffer is full; it gets one *resync* once drained, or is closed."""
        if self.behind:
            return
        self.behind = True
        self.counters.slow_readers += 1
        self.timer = asyncio.get_running_loop().call_later(self.patience, self._give_up)

    def drained(self) -> None:
        """The buffer ran empty (called by the connection)."""
        if not self.behind:
            return
        self.recover()
        if self.connection is not None and self.connection.is_open:
            self.transport.write(RESYNC)

    def recover(self) -> None:
        """Feed it again."""
        self.behind = False
        self.counters.resyncs += 1
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def watch(self, drained: Callable[[], bool], resync: Callable[[], None]) -> None:
        """Look every half second whether a reader on the slow road has caught up, as nobody tells us there."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.patience

        def look() -> None:
            if not self.behind:
                return
            if drained():
                self.recover()
                resync()
            elif loop.time() < deadline:
                loop.call_later(0.5, look)

        loop.call_later(0.5, look)

    def _give_up(self) -> None:
        self.timer = None
        if self.behind and self.transport is not None:
            self.counters.closed_slow += 1
            self.transport.abort()
