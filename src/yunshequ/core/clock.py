"""The one source of time, so that tests can move it."""

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


class SystemClock:
    """The machine's clock."""

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

    def move(self, delta: timedelta) -> None:
        """Move the hands by ``delta``."""
        self._now += delta


def local(at: datetime) -> datetime:
    """Return an instant as wall-clock time in Asia/Shanghai."""
    return at.astimezone(SHANGHAI)
