"""A tab that behaves as ``pages/static/live.js`` does: comes back after a lost line, loads anew after a restart, in its turn."""

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable

from pages.live.assets import ALIVE
from tests.bench.browser import BrowserClient
from tests.bench.wire import request

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 1.5
"""Seconds, as in live.js: Socket.IO's pauses between attempts (each taken by half more or less)."""

FAILURES = (OSError, ConnectionError, TimeoutError, asyncio.IncompleteReadError, ValueError)


class Resident(BrowserClient):
    """A tab that stays open; ``current_at`` is when it was last complete again, after ``catch_up``."""

    path = '/'
    current_at = 0.0
    reloads = 0

    async def stay(self, path: str, catch_up: Callable[[BrowserClient], Awaitable[object]] | None = None) -> None:
        """Open ``path`` and remain, until cancelled. ``catch_up`` is what the page does on every connect."""
        self.path = path
        await self.open(path)
        while True:
            if catch_up is not None:
                with contextlib.suppress(*FAILURES):
                    await catch_up(self)
            self.current_at = time.monotonic()
            await self.closed.wait()
            await self._come_back()

    async def _come_back(self) -> None:
        pause = FIRST_PAUSE
        while True:
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))
            pause = min(LONGEST_PAUSE, pause * 2)
            self.refused = None
            try:
                await self.connect()
            except FAILURES:
                if self.refused is None:
                    continue
                await self._load_anew()
            return

    async def _load_anew(self) -> None:
        query = ''
        while True:
            with contextlib.suppress(*FAILURES):
                answer = await request(self.base, ALIVE + query, timeout=5)
                wait, _, turn = answer.header('x-turn').partition(' ')
                await asyncio.sleep(int(wait) / 1000)
                if turn:
                    query = f'?turn={turn}'
                    continue
                await self.open(self.path)
                self.reloads += 1
                return
            query = ''
            await asyncio.sleep(random.uniform(0.5, 1.5))
