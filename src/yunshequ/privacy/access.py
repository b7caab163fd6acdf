"""查看记录: each time somebody in office looks at a person's data, a line that the person can see."""

from collections.abc import Iterable
from datetime import date, datetime, time

from sqlalchemy import insert, select
from sqlmodel import Session

from yunshequ.core.clock import SHANGHAI, Clock, local
from yunshequ.core.database import Database
from yunshequ.core.policy import Actor
from yunshequ.core.unit import Tx
from yunshequ.privacy.events import PrivacyChanged
from yunshequ.privacy.personal import access
from yunshequ.privacy.ports import People
from yunshequ.privacy.schemas import Access, AccessView

SHOWN = 100
REMEMBERED = 100_000
"""Lines of today that are known without asking; beyond that it begins anew, and the database is asked."""
AT_ONCE = 500
"""Members asked about in one statement."""


class AccessLog:
    """Writes lines for other modules and shows them to whom they are about."""

    def __init__(self, db: Database, clock: Clock, people: People) -> None:
        self._db = db
        self._clock = clock
        self._people = people
        self._day: date | None = None
        self._noted: set[tuple[int, int, str, str]] = set()
        """Lines of today this process knows of: a list that redraws itself every few seconds costs nothing more."""

    def note(self, tx: Tx, actor_id: int, member_ids: Iterable[int], place_id: int, what: str, reason: str) -> None:
        """Leave a line for each member; looking at oneself leaves none."""
        rows = [{'member_id': one, 'actor_id': actor_id, 'place_id': place_id, 'what': Access(what).value, 'reason': reason, 'at': tx.now}
                for one in dict.fromkeys(member_ids) if one != actor_id]
        if rows:
            tx.connection.execute(insert(access), rows)
            if len(rows) == 1:
                tx.emit(PrivacyChanged(member_id=rows[0]['member_id'], what='access'))

    async def seen(self, actor: Actor, member_ids: Iterable[int], place_id: int, what: str, reason: str = '') -> None:
        """Leave a line for each member on a list that is about to be shown; once a day for the same looker, list and reason.

        One line a day, so that what somebody finds among theirs is who looked, not how often a page was redrawn.
        """
        now = self._clock.now()
        if self._day != local(now).date() or len(self._noted) > REMEMBERED:
            self._day = local(now).date()
            self._noted.clear()
        keys = {one: (actor.member_id, one, what, reason) for one in member_ids if one != actor.member_id}
        new = [one for one, key in keys.items() if key not in self._noted]
        if not new:
            return
        since = datetime.combine(local(now).date(), time(), SHANGHAI)
        known = await self._db.read(lambda session: _noted_since(session, actor.member_id, new, what, reason, since))
        if missing := [one for one in new if one not in known]:
            await self._db.write(lambda tx: self.note(tx, actor.member_id, missing, place_id, what, reason))
        self._noted.update(keys[one] for one in new)

    async def of(self, actor: Actor) -> list[AccessView]:
        """Return who looked at the actor's data, newest first."""
        rows = await self._db.read(lambda session: session.connection().execute(
            select(access).where(access.c.member_id == actor.member_id).order_by(access.c.id.desc()).limit(SHOWN)).all())
        cards = await self._people.cards({row.actor_id for row in rows})
        return [
            AccessView(name=cards[row.actor_id].name, office=await self._people.label_of(row.place_id), what=Access(row.what),
                       reason=row.reason, at=row.at)
            for row in rows
        ]


def _noted_since(session: Session, actor_id: int, member_ids: list[int], what: str, reason: str, since: datetime) -> set[int]:
    """Return for whom of the members there is such a line since an instant."""
    found: set[int] = set()
    for low in range(0, len(member_ids), AT_ONCE):
        found.update(session.connection().execute(
            select(access.c.member_id).where(
                access.c.member_id.in_(member_ids[low:low + AT_ONCE]), access.c.actor_id == actor_id, access.c.what == what,
                access.c.reason == reason, access.c.at >= since)).scalars())
    return found
