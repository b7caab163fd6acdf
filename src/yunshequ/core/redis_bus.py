"""The bus of several processes: Redis carries one message for each process; listeners stay local."""

import asyncio
import contextlib
from collections.abc import Sequence

import orjson
from loguru import logger
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import RedisError

from yunshequ.core.bus import REGISTRY, Event, Handler, LocalBus, Unsubscribe
from yunshequ.core.ids import token

CHANNEL = 'yunshequ:bus'


class RedisBus:
    """Delivers at once in this process and through Redis to the others.

    While Redis is away the process goes on for its own people; pages in other processes catch up by asking for what
    they missed (every live page can), so nothing is lost, only late.
    """

    def __init__(self, url: str, *, channel: str = CHANNEL) -> None:
        self._url = url
        self._channel = channel
        self._node = token(6)
        self._local = LocalBus()
        self._own = LocalBus()
        self._others = LocalBus()
        self._redis: Redis | None = None
        self._outgoing: asyncio.Queue[bytes] = asyncio.Queue(maxsize=100_000)
        self._tasks: list[asyncio.Task[None]] = []
        self._ready = asyncio.Event()

    async def start(self) -> None:
        """Connect and wait until this process hears the others.

        :raises TimeoutError: Redis does not answer within five seconds.
        """
        self._redis = Redis.from_url(self._url)
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._send())]
        await asyncio.wait_for(self._ready.wait(), 5)

    async def stop(self) -> None:
        """Send what is queued, then disconnect."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._outgoing.join(), 2)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._local.stop()
        await self._own.stop()
        await self._others.stop()
        if self._redis is not None:
            await self._redis.aclose()

    def subscribe(self, topic: str, handler: Handler) -> Unsubscribe:
        """See ``Bus.subscribe``."""
        return self._local.subscribe(topic, handler)

    def subscribe_local(self, topic: str, handler: Handler) -> Unsubscribe:
        """See ``Bus.subscribe_local``."""
        return self._own.subscribe(topic, handler)

    def subscribe_elsewhere(self, topic: str, handler: Handler) -> Unsubscribe:
        """See ``Bus.subscribe_elsewhere``."""
        return self._others.subscribe(topic, handler)

    def publish(self, event: Event) -> None:
        """See ``Bus.publish``."""
        message = orjson.dumps({'n': self._node, 'k': event.kind, 'e': event.model_dump(mode='json')})
        try:
            self._outgoing.put_nowait(message)  # first: it is on its way while this process writes to its own browsers
        except asyncio.QueueFull:
            logger.error('Redis is too slow or away: an event stays in this process')
        self._local.deliver(event)
        self._own.deliver(event)

    async def _send(self) -> None:
        """Carry what is queued to Redis over a connection of its own: a pool asks before each command whether it still stands."""
        assert self._redis is not None
        connection: AbstractConnection = self._redis.connection_pool.make_connection()  # type: ignore[no-untyped-call]
        try:
            while True:
                messages = [await self._outgoing.get()]
                while not self._outgoing.empty() and len(messages) < 200:
                    messages.append(self._outgoing.get_nowait())
                commands = [('PUBLISH', self._channel, message) for message in messages]
                try:
                    if not await self._carried(connection, commands):  # Redis may have closed it since: once more on a new one
                        await self._carry(connection, commands)
                except (RedisError, OSError) as error:
                    logger.warning('Redis is away, {} events stay in this process: {}', len(messages), type(error).__name__)
                    await connection.disconnect(nowait=True)
                    await asyncio.sleep(0.5)
                finally:
                    for _ in messages:
                        self._outgoing.task_done()
        finally:
            await connection.disconnect(nowait=True)

    async def _carried(self, connection: AbstractConnection, commands: Sequence[tuple[str, str, bytes]]) -> bool:
        try:
            await self._carry(connection, commands)
        except (RedisError, OSError):
            await connection.disconnect(nowait=True)
            return False
        return True

    @staticmethod
    async def _carry(connection: AbstractConnection, commands: Sequence[tuple[str, str, bytes]]) -> None:
        """Send ``commands`` in one write and read their answers.

        :raises RedisError: Redis is away, or refused one.
        :raises OSError: the connection broke.
        """
        await connection.send_packed_command(connection.pack_commands(commands))
        for _ in commands:
            await connection.read_response()

    async def _listen(self) -> None:
        assert self._redis is not None
        while True:
            try:
                async with self._redis.pubsub() as pubsub:
                    await pubsub.subscribe(self._channel)
                    self._ready.set()
                    async for message in pubsub.listen():
                        if message['type'] == 'message':
                            self._receive(message['data'])
            except (RedisError, OSError) as error:
                logger.warning('lost Redis, trying again: {}', type(error).__name__)
                await asyncio.sleep(0.5)

    def _receive(self, data: bytes) -> None:
        message = orjson.loads(data)
        if message['n'] == self._node:
            return
        event_type = REGISTRY.get(message['k'])
        if event_type is None:
            logger.warning('unknown event {} from another process: is it running a newer version?', message['k'])
            return
        event = event_type.model_validate(message['e'])
        self._local.deliver(event)
        self._others.deliver(event)
