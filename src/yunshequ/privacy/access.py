"""查看记录: each time somebody in office looks at a person's data, a line that the person can see."""

from collections.abc import Iterable

from sqlalchemy import insert, select

from yunshequ.core.database import Database
from yunshequ.core.policy import Actor
from yunshequ.core.unit import Tx
from yunshequ.privacy.events import PrivacyChanged
from yunshequ.privacy.personal import access
from yunshequ.privacy.ports import People
from yunshequ.privacy.schemas import Access, AccessView

SHOWN = 100


class AccessLog:
    """Writes lines for other modules, in their own unit of work, and shows them to whom they are about."""

    def __init__(self, db: Database, people: People) -> None:
        self._db = db
        self._people = people

    def note(self, tx: Tx, actor_id: int, member_ids: Iterable[int], place_id: int, what: str, reason: str) -> None:
        """Leave a line for each member; looking at oneself leaves none."""
        rows = [{'member_id': one, 'actor_id': actor_id, 'place_id': place_id, 'what': Access(what).value, 'reason': reason, 'at': tx.now}
                for one in dict.fromkeys(member_ids) if one != actor_id]
        if rows:
            tx.connection.execute(insert(access), rows)
            if len(rows) == 1:
                tx.emit(PrivacyChanged(member_id=rows[0]['member_id'], what='access'))

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
