"""Rate limits through the ``limits`` library: in memory for one process, in Redis for several."""

import time
from functools import cache

from limits import RateLimitItem, parse
from limits.aio.storage import RedisStorage, Storage
from limits.aio.strategies import MovingWindowRateLimiter

from yunshequ.core.errors import TooMany
from yunshequ.core.windows import MemoryWindows


@cache
def parsed(rule: str) -> RateLimitItem:
    """Return a limit written as ``10/15 minutes``."""
    return parse(rule)


@cache
def _limit(rule: str) -> tuple[str, str, int, int]:
    """Return what stands before and behind ``who`` in the key of a rule, how many acts it allows, in how many seconds."""
    item = parsed(rule)
    before, _, behind = item.key_for('\0').partition('\0')
    return before, behind, item.amount, item.get_expiry()


class Throttle:
    """Counts what somebody does and refuses what is too much."""

    def __init__(self, redis_url: str = '') -> None:
        self._storage: Storage = RedisStorage(f'async+{redis_url}', implementation='redispy') if redis_url else MemoryWindows()
        self._limiter = MovingWindowRateLimiter(self._storage)

    async def hit(self, rule: str, *who: str) -> bool:
        """Count one act of ``who`` against ``rule`` (e.g. ``20/30 seconds``); return False if it is too much."""
        if isinstance(self._storage, MemoryWindows):  # asked with each message: without the library's four coroutines
            before, behind, amount, seconds = _limit(rule)
            return self._storage.take(f'{before}{"/".join(who)}{behind}', amount, seconds)
        return await self._limiter.hit(parsed(rule), *who)

    async def require(self, message: str, rule: str, *who: str, **params: object) -> None:
        """Count one act and refuse with ``message`` (places: ``seconds`` and ``params``) if it is too much.

        :raises TooMany: the limit is reached.
        """
        if not await self.hit(rule, *who):
            await self._refuse(message, rule, *who, **params)

    async def require_room(self, message: str, rule: str, *who: str) -> None:
        """As ``require``, without counting: for limits that count only failures, which are ``hit`` when they happen.

        :raises TooMany: the limit is reached.
        """
        if not await self._limiter.test(parsed(rule), *who):
            await self._refuse(message, rule, *who)

    async def _refuse(self, message: str, rule: str, *who: str, **params: object) -> None:
        item = parsed(rule)
        window = await self._limiter.get_window_stats(item, *who)
        seconds = max(1, int(window.reset_time - time.time()) + 1)
        raise TooMany(message, rule=rule, seconds=seconds, **params)  # type: ignore[arg-type]  # params are places of the message

    async def forget(self, rule: str, *who: str) -> None:
        """Forget what ``who`` did, e.g. after a successful login."""
        await self._limiter.clear(parsed(rule), *who)
