"""The fan-out: one payload, encoded once, written as the same bytes to every browser that listens to its topic.

Never waits for a reader. A browser that is away asks for what it missed when it is back; one that cannot keep up is
told to do the same (``resync``). All methods belong to the event loop's thread.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter
from typing import Any

from loguru import logger
from nicegui import Client, app, core

from pages.live import frames
from pages.live.counters import Counters
from pages.live.link import Link
from pages.live.protocol import connection_of
from yunshequ.core.policy import Actor

PENDING_FALLBACK = 200
"""Packets Engine.IO may hold back for a polling browser before it counts as slow."""


class _Topic:
    """The browsers of one topic and what is waiting to be written to them."""

    __slots__ = ('links', 'next_at', 'pending', 'scheduled')

    def __init__(self) -> None:
        self.links: dict[str, Link] = {}
        self.pending: list[bytes] = []
        self.scheduled = False
        self.next_at = 0.0


class _Tick:
    """The latest of a stream of payloads of which only the latest matters."""

    __slots__ = ('last', 'payload', 'timer')

    def __init__(self) -> None:
        self.last = 0.0
        self.payload: Mapping[str, Any] | None = None
        self.timer: asyncio.TimerHandle | None = None


class Fanout:
    """Topics, the browsers that joined them, and the writing.

    :param cap: bytes that may wait in one browser's write buffer; beyond it the browser counts as slow.
    :param patience: seconds a slow browser gets to drain before its connection is closed.
    :param breath: seconds for each browser of a topic that must lie between two writes to it: posts that come faster
        are written together, which bounds the share of the loop one busy room can take, and the moments in which several
        hurry one after the other. 500 browsers: 5 ms.
    """

    def __init__(self, *, cap: int = 1 << 20, patience: float = 15.0, breath: float = 1e-5) -> None:
        self.direct = True
        """Whether frames are written past Socket.IO; set to False where the self-test fails."""
        self.check: Callable[[Actor], Awaitable[None]] | None = None
        """Asked before every act on an open page; refuses one whose login has ended (``guards.still_in``)."""
        self.counters = Counters()
        self._cap = cap
        self._patience = patience
        self._breath = breath
        self._links: dict[str, Link] = {}
        self._topics: dict[str, _Topic] = {}
        self._ticks: dict[tuple[str, str, str], _Tick] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def install(self) -> None:
        """Listen to NiceGUI's clients coming, going and being deleted; call once for each application."""
        app.on_connect(self._on_connect)
        app.on_disconnect(self._on_disconnect)
        app.on_delete(self._on_delete)

    # -- who listens to what

    def join(self, client: Client, *topics: str) -> None:
        """Let ``client`` hear ``topics`` until it leaves or its page is gone. May be called while the page is built."""
        if client.is_deleted:
            return
        link = self._link(client)
        for topic in topics:
            link.topics.add(topic)
            self._topics.setdefault(topic, _Topic()).links[link.client_id] = link

    def leave(self, client: Client | str, *topics: str) -> None:
        """Let ``client`` (or a client id) no longer hear ``topics``."""
        link = self._links.get(client if isinstance(client, str) else client.id)
        if link is not None:
            for topic in topics:
                self._part(link, topic)

    def topics_of(self, client: Client | str) -> frozenset[str]:
        """Return what ``client`` (or a client id) hears."""
        link = self._links.get(client if isinstance(client, str) else client.id)
        return frozenset(link.topics) if link is not None else frozenset()

    def listeners(self, topic: str) -> tuple[str, ...]:
        """Return the ids of the clients that joined ``topic``, connected or not."""
        found = self._topics.get(topic)
        return tuple(found.links) if found is not None else ()

    @property
    def connected(self) -> int:
        """Number of browsers that frames can reach now."""
        return sum(link.connected for link in self._links.values())

    # -- speaking

    def publish(self, topic: str, kind: str, payload: Mapping[str, Any]) -> int:
        """Send ``{"t": topic, "k": kind, **payload}`` to everyone who joined ``topic``; return how many joined.

        Encodes once and returns at once; the bytes leave in this or a later round of the event loop.

        :raises TypeError: the payload holds something a browser cannot be sent.
        """
        room = self._topics.get(topic)
        if room is None:
            return 0
        self.counters.published += 1
        room.pending.append(frames.encode({'t': topic, 'k': kind, **payload}))
        if not room.scheduled:
            room.scheduled = True
            loop = asyncio.get_running_loop()
            wait = room.next_at - perf_counter()
            if wait > 0:
                loop.call_later(wait, self._flush, room)
            else:
                loop.call_soon(loop.call_soon, self._flush, room)  # a round later: what the bus sends to other processes leaves first
        return len(room.links)

    def publish_coalesced(
        self, topic: str, kind: str, payload: Mapping[str, Any], *, every: float = 0.1, key: str = '',
    ) -> None:
        """As ``publish``, but at most once in ``every`` seconds for each topic, kind and ``key``; the latest wins.

        For ticks that replace each other: vote bars, seats left, unread sums.
        """
        if topic not in self._topics:
            return
        name = (topic, kind, key)
        tick = self._ticks.setdefault(name, _Tick())
        tick.payload = payload
        if tick.timer is None:
            wait = max(0.0, tick.last + every - perf_counter())
            tick.timer = asyncio.get_running_loop().call_later(wait, self._tick, name, every)

    def reply(self, client_id: str, payload: Mapping[str, Any]) -> bool:
        """Send ``payload`` (with its own ``k``) to one browser; return False if it is not connected."""
        link = self._links.get(client_id)
        if link is None or not link.connected:
            client = Client.instances.get(client_id)
            if client is None or not client.has_socket_connection:
                return False
            link = self._link(client)
        body = frames.encode({'t': '@', **payload})
        self._write(link, frames.frame(body))
        if link.fallback and not link.behind:
            self._emit([link.client_id], body)
        return True

    def close(self, topic: str) -> int:
        """Cut the connection of everyone on ``topic`` (a session revoked, a member removed); return how many."""
        room = self._topics.get(topic)
        if room is None:
            return 0
        self._flush(room)
        links = [link for link in room.links.values() if link.transport is not None]
        for link in links:
            link.transport.close()
        return len(links)

    # -- inside

    def _link(self, client: Client) -> Link:
        link = self._links.get(client.id)
        if link is None:
            link = self._links[client.id] = Link(client.id, self.counters, self._patience)
        if client.has_socket_connection and not link.connected:
            self._attach(link, client)
        return link

    def _attach(self, link: Link, client: Client) -> None:
        link.attach(connection_of(client.environ) if self.direct else None)

    def _part(self, link: Link, topic: str) -> None:
        link.topics.discard(topic)
        room = self._topics.get(topic)
        if room is not None:
            room.links.pop(link.client_id, None)
            if not room.links:
                del self._topics[topic]

    def _on_connect(self, client: Client) -> None:
        link = self._links.get(client.id)
        if link is not None:
            self._attach(link, client)

    def _on_disconnect(self, client: Client) -> None:
        link = self._links.get(client.id)
        if link is not None and not client.has_socket_connection:
            link.detach()

    def _on_delete(self, client: Client) -> None:
        link = self._links.pop(client.id, None)
        if link is not None:
            link.detach()
            for topic in tuple(link.topics):
                self._part(link, topic)

    def _flush(self, room: _Topic) -> None:
        room.scheduled = False
        bodies, room.pending = room.pending, []
        if not bodies or not room.links:
            return
        count = len(bodies)
        blob = frames.frame(bodies[0]) if count == 1 else b''.join(map(frames.frame, bodies))
        cap, written, failed, slow_road = self._cap, 0, None, None
        for link in room.links.values():
            transport = link.transport
            if transport is None:
                if link.fallback:
                    slow_road = [*(slow_road or ()), link]
            elif link.behind:
                pass
            elif transport.get_write_buffer_size() > cap:
                link.fall_behind()
            else:
                try:
                    transport.write(blob)
                    written += 1
                except Exception as problem:
                    failed = [*(failed or ()), (link, problem)]
        counters = self.counters
        counters.frames += written * count
        counters.bytes += written * len(blob)
        counters.skipped += (len(room.links) - written) * count
        if failed:
            self._drop(failed)
        if slow_road:
            self._send_slowly(slow_road, bodies)
        room.next_at = perf_counter() + len(room.links) * self._breath

    def _write(self, link: Link, blob: bytes) -> None:
        """Write to one browser."""
        if link.transport is None or link.behind:
            return
        if link.transport.get_write_buffer_size() > self._cap:
            link.fall_behind()
            return
        try:
            link.transport.write(blob)
        except Exception as problem:
            self._drop([(link, problem)])
            return
        self.counters.frames += 1
        self.counters.bytes += len(blob)

    def _drop(self, failed: list[tuple[Link, Exception]]) -> None:
        for link, problem in failed:
            self.counters.failed += 1
            link.detach()
            logger.debug('live: a transport failed and was let go: {}', type(problem).__name__)

    def _tick(self, name: tuple[str, str, str], every: float) -> None:
        tick = self._ticks[name]
        tick.timer = None
        if tick.payload is None:
            del self._ticks[name]
            return
        payload, tick.payload = tick.payload, None
        tick.last = perf_counter()
        self.publish(name[0], name[1], payload)
        tick.timer = asyncio.get_running_loop().call_later(every, self._tick, name, every)

    # -- the slow road: Socket.IO, for polling browsers and where the self-test failed

    def _send_slowly(self, links: list[Link], bodies: list[bytes]) -> None:
        ready: list[str] = []
        for link in links:
            if link.behind:
                continue
            if _backlog(link.client_id) > PENDING_FALLBACK:
                self._fall_behind_slowly(link)
            else:
                ready.append(link.client_id)
        if ready:
            self.counters.fallback_frames += len(ready) * len(bodies)
            self.counters.skipped -= len(ready) * len(bodies)
            for body in bodies:
                self._emit(ready, body)

    def _fall_behind_slowly(self, link: Link) -> None:
        link.fall_behind()
        client_id = link.client_id
        resync = frames.encode({'t': '*', 'k': 'resync'})
        link.watch(lambda: _backlog(client_id) < PENDING_FALLBACK // 10, lambda: self._emit([client_id], resync))

    def _emit(self, client_ids: list[str], body: bytes) -> None:
        task = asyncio.get_running_loop().create_task(self._emit_now(client_ids, body))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @staticmethod
    async def _emit_now(client_ids: list[str], body: bytes) -> None:
        try:
            await core.sio.emit(frames.EVENT, frames.decode(body), room=client_ids)
        except Exception:
            logger.exception('live: Socket.IO could not send')


def _backlog(client_id: str) -> int:
    """Return how many packets wait for a browser inside Engine.IO."""
    waiting = 0
    for _, eio_sid in core.sio.manager.get_participants('/', client_id):
        socket = core.sio.eio.sockets.get(eio_sid)
        waiting = max(waiting, socket.queue.qsize() if socket is not None else 0)
    return waiting
