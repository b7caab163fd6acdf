"""The bus: what happened is announced once, after commit, to whoever listens on its topic."""

import asyncio
import inspect
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, Protocol

from loguru import logger
from pydantic import BaseModel, ConfigDict

REGISTRY: dict[str, type['Event']] = {}
"""Every kind of event by its name, so that another process can rebuild one."""


class Event(BaseModel):
    """Something that has happened: frozen, named in the past tense, complete in itself."""

    model_config = ConfigDict(frozen=True, extra='forbid')
    kind: ClassVar[str] = ''

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.kind:
            REGISTRY[cls.kind] = cls

    @property
    def topic(self) -> str:
        """Where it is announced, e.g. ``room:5``."""
        raise LookupError(f'{type(self).__name__} has no topic')


Handler = Callable[[Any], Awaitable[None] | None]
Unsubscribe = Callable[[], None]


class Bus(Protocol):
    """What modules and pages need of any bus. One contract test holds every implementation to it."""

    async def start(self) -> None:
        """Begin to deliver."""
        ...

    async def stop(self) -> None:
        """Deliver what is under way, then end."""
        ...

    def publish(self, event: Event) -> None:
        """Announce ``event`` in every process; returns at once. Call from the event loop."""
        ...

    def subscribe(self, topic: str, handler: Handler) -> Unsubscribe:
        """Call ``handler`` for each event of ``topic`` in any process.

        A topic ending in ``:`` takes all that begin with it; ``*`` takes everything.
        """
        ...

    def subscribe_local(self, topic: str, handler: Handler) -> Unsubscribe:
        """As ``subscribe``, but only for events announced by this process: each is handled once in the whole system."""
        ...

    def subscribe_elsewhere(self, topic: str, handler: Handler) -> Unsubscribe:
        """As ``subscribe``, but only for events that other processes announced: what is known here already costs nothing."""
        ...


class LocalBus:
    """The bus of a single process."""

    def __init__(self) -> None:
        self._exact: dict[str, dict[int, Handler]] = defaultdict(dict)
        self._prefix: dict[str, dict[int, Handler]] = defaultdict(dict)
        self._local: LocalBus | None = None
        self._next = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Nothing to do: delivery is immediate."""

    async def stop(self) -> None:
        """Wait for handlers under way."""
        if self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def subscribe(self, topic: str, handler: Handler) -> Unsubscribe:
        """See ``Bus.subscribe``."""
        table = self._prefix if topic == '*' or topic.endswith(':') else self._exact
        self._next += 1
        key = self._next
        table[topic][key] = handler

        def unsubscribe() -> None:
            handlers = table.get(topic)
            if handlers is not None:
                handlers.pop(key, None)
                if not handlers:
                    table.pop(topic, None)

        return unsubscribe

    def subscribe_local(self, topic: str, handler: Handler) -> Unsubscribe:
        """See ``Bus.subscribe_local``; with one process it is the same."""
        return self.subscribe(topic, handler)

    def subscribe_elsewhere(self, topic: str, handler: Handler) -> Unsubscribe:
        """See ``Bus.subscribe_elsewhere``; with one process there is nobody else."""
        return lambda: None

    def publish(self, event: Event) -> None:
        """See ``Bus.publish``."""
        self.deliver(event)

    def deliver(self, event: Event) -> None:
        """Hand ``event`` to this process's listeners; a failing one harms no other."""
        topic = event.topic
        handlers = [*self._exact.get(topic, {}).values(), *self._prefix.get('*', {}).values()]
        end = topic.find(':') + 1
        while end:
            handlers += self._prefix.get(topic[:end], {}).values()
            end = topic.find(':', end) + 1
        for handler in handlers:
            self._call(handler, event)

    def _call(self, handler: Handler, event: Event) -> None:
        try:
            result = handler(event)
        except Exception:
            logger.exception('a listener failed on {}', event.kind)
            return
        if result is not None and inspect.isawaitable(result):
            task = asyncio.ensure_future(_guard(result, event.kind))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


async def _guard(result: Awaitable[None], kind: str) -> None:
    try:
        await result
    except Exception:
        logger.exception('a listener failed on {}', kind)
