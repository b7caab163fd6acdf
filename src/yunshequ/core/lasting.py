"""Rate limits that outlive the process, for what must not be tried anew after a restart: logins, codes, answers about the roll.

The limits of talk stay in memory (``throttle``): they are asked with each message and hurt nobody when forgotten. With Redis
these live there, as Redis outlives the process too.
"""

from datetime import datetime, timedelta

from limits import RateLimitItem
from sqlalchemy import Column, Index, delete, func, insert, select, text
from sqlmodel import Field, SQLModel

from yunshequ.core.columns import BigId, UtcDateTime
from yunshequ.core.database import Database
from yunshequ.core.errors import TooMany
from yunshequ.core.ids import digest
from yunshequ.core.throttle import Throttle, parsed
from yunshequ.core.unit import Tx

SWEPT = 50
"""Rows whose window is over that one act takes away along with its own."""


class ThrottleHit(SQLModel, table=True):
    """One act that counts against a limit, until its window is over. Whose it is stands there as a digest only."""

    __tablename__ = 'throttle_hit'
    __table_args__ = (Index('ix_throttle_hit_key', 'key', 'until'), Index('ix_throttle_hit_until', 'until'))

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    key: str
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    until: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


_hit = ThrottleHit.__table__  # type: ignore[attr-defined]


class LastingThrottle(Throttle):
    """As ``Throttle``, in the database."""

    def __init__(self, db: Database) -> None:
        super().__init__()
        self._db = db

    async def hit(self, rule: str, *who: str) -> bool:
        """See ``Throttle.hit``."""
        item = parsed(rule)
        key = _key(item, who)

        def work(tx: Tx) -> bool:
            connection = tx.connection
            if connection.dialect.name == 'postgresql':  # SQLite has one writer; here two could count at once
                connection.execute(text('SELECT pg_advisory_xact_lock(hashtext(:key))'), {'key': key})
            old = select(_hit.c.id).where(_hit.c.until <= tx.now).limit(SWEPT)
            connection.execute(delete(_hit).where(_hit.c.id.in_(old)))
            taken = connection.scalar(select(func.count()).select_from(_hit).where(_hit.c.key == key, _hit.c.until > tx.now)) or 0
            if taken >= item.amount:
                return False
            connection.execute(insert(_hit).values(key=key, at=tx.now, until=tx.now + timedelta(seconds=item.get_expiry())))
            return True

        return await self._db.write(work)

    async def require_room(self, message: str, rule: str, *who: str) -> None:
        """See ``Throttle.require_room``.

        :raises TooMany: the limit is reached.
        """
        item, now = parsed(rule), self._db.clock.now()
        key = _key(item, who)
        taken = await self._db.read(lambda s: s.connection().scalar(
            select(func.count()).select_from(_hit).where(_hit.c.key == key, _hit.c.until > now)))
        if (taken or 0) >= item.amount:
            await self._refuse(message, rule, *who)

    async def forget(self, rule: str, *who: str) -> None:
        """See ``Throttle.forget``."""
        key = _key(parsed(rule), who)
        await self._db.write(lambda tx: tx.connection.execute(delete(_hit).where(_hit.c.key == key)).close())

    async def _refuse(self, message: str, rule: str, *who: str, **params: object) -> None:
        key, now = _key(parsed(rule), who), self._db.clock.now()
        first = await self._db.read(lambda s: s.connection().execute(
            select(_hit.c.until).where(_hit.c.key == key, _hit.c.until > now).order_by(_hit.c.until).limit(1)).scalar())
        seconds = max(1, int(((first or now) - now).total_seconds()) + 1)
        raise TooMany(message, rule=rule, seconds=seconds, **params)  # type: ignore[arg-type]  # params are places of the message


def _key(item: RateLimitItem, who: tuple[str, ...]) -> str:
    return digest(item.key_for(*who))
