"""The one source of time, so that tests can move it."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo('Asia/Shanghai')
"""The zone of every time shown on a screen; the database holds UTC."""


class Clock(Protocol):
    """Tells the time in UTC."""

    def now(self) -> datetime:
        """Return the present instant, timezone-aware, UTC."""
        ...

    def seconds(self) -> float:
        """Return the present instant in seconds since 1970: for what is compared at every step."""
        ...


class SystemClock:
    """The machine's clock."""

    seconds = staticmethod(time.time)
    """Return the present instant in seconds since 1970."""

    def now(self) -> datetime:
        """Return the present instant, timezone-aware, UTC."""
        return datetime.now(UTC)


class MovableClock:
    """A clock that stands still until it is moved; for tests and drills."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """Return the instant it was last moved to."""
        return self._now

    def seconds(self) -> float:
        """Return that instant in seconds since 1970."""
        return self._now.timestamp()

    def move(self, delta: timedelta) -> None:
        """Move the hands by ``delta``."""
        self._now += delta


def local(at: datetime) -> datetime:
    """Return an instant as wall-clock time in Asia/Shanghai."""
    return at.astimezone(SHANGHAI)
