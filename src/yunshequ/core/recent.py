"""A small memory for what is asked often and changes rarely: forgotten by age, by size, or when somebody says so."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from datetime import timedelta
from functools import partial
from typing import Generic, TypeVar

from yunshequ.core.clock import Clock

K = TypeVar('K', bound=Hashable)
V = TypeVar('V')


class Recent(Generic[K, V]):
    """Answers kept for ``ttl``. What is being loaded while it is forgotten is handed out but not kept.

    Belongs to one event loop. ``limit`` bounds the memory: when it is full, everything is dropped.
    """

    def __init__(self, clock: Clock, ttl: timedelta, *, limit: int = 50_000) -> None:
        self._seconds = clock.seconds
        self._ttl = ttl.total_seconds()
        self._limit = limit
        self._kept: dict[K, tuple[float, V]] = {}
        self._loading: dict[K, asyncio.Future[V]] = {}
        self.generation = 0
        """Grows with every ``forget``; compare it around a load of many keys before ``keep``."""

    def get(self, key: K) -> V | None:
        """Return what is remembered, or None."""
        found = self._kept.get(key)
        if found is None:
            return None
        if found[0] > self._seconds():
            return found[1]
        del self._kept[key]
        return None

    def keep(self, key: K, value: V) -> None:
        """Remember ``value``."""
        if len(self._kept) >= self._limit:
            self._kept.clear()
        self._kept[key] = (self._seconds() + self._ttl, value)

    def forget(self, key: K) -> None:
        """Drop one key, also from loads under way."""
        self.generation += 1
        self._kept.pop(key, None)
        self._loading.pop(key, None)

    def disown_loads(self) -> None:
        """Keep nothing of what is being loaded now: something changed and it is not known which key it was."""
        self.generation += 1
        self._loading.clear()

    def clear(self) -> None:
        """Drop everything."""
        self.generation += 1
        self._kept.clear()
        self._loading.clear()

    async def fetch(self, key: K, load: Callable[[], Awaitable[V]]) -> V:
        """Return what is remembered, else what ``load`` gives; those who ask at the same time share one load."""
        found = self._kept.get(key)
        if found is not None and found[0] > self._seconds():
            return found[1]
        loading = self._loading.get(key)
        if loading is None:
            loading = asyncio.ensure_future(load())
            self._loading[key] = loading
            loading.add_done_callback(partial(self._loaded, key))
        return await asyncio.shield(loading)

    def _loaded(self, key: K, done: asyncio.Future[V]) -> None:
        if self._loading.get(key) is not done:
            return  # forgotten meanwhile: it may be older than what made us forget
        del self._loading[key]
        if not done.cancelled() and done.exception() is None:
            self.keep(key, done.result())
