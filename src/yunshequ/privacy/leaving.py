"""注销账号: shown first, seven days to think again, then one unit of work that leaves nothing but what the map says."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update

from yunshequ.core.clock import Clock
from yunshequ.core.database import Database
from yunshequ.core.errors import Conflict, NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.personal import Keeper
from yunshequ.core.policy import STAFF_ROLES, Actor, Role, require_somebody
from yunshequ.core.unit import Tx
from yunshequ.privacy.events import PrivacyChanged
from yunshequ.privacy.my_data import MyData
from yunshequ.privacy.personal import deletion
from yunshequ.privacy.ports import People
from yunshequ.privacy.rules import Rules
from yunshequ.privacy.schemas import DeletionState, DeletionView

ERASE = 'privacy.erase'
IN_OFFICE = N_('您还在任职：{offices}。请先请上一级收回职务、办好交接，再注销账号')
_OFFICES = STAFF_ROLES | {Role.BUILDING_LEAD}


class Leaving:
    """Deletion of an account."""

    def __init__(
        self, db: Database, clock: Clock, people: People, rules: Rules, keepers: Sequence[Keeper], my_data: MyData,
    ) -> None:
        self._db = db
        self._clock = clock
        self._people = people
        self._rules = rules
        self._keepers = keepers
        self._my_data = my_data

    async def waiting(self, actor: Actor) -> DeletionView | None:
        """Return the actor's deletion that waits, None if there is none."""
        row = await self._db.read(lambda session: session.connection().execute(select(deletion).where(
            deletion.c.member_id == actor.member_id, deletion.c.state == DeletionState.WAITING.value)).first())
        return None if row is None else DeletionView(id=row.id, asked_at=row.asked_at, due_at=row.due_at)

    async def ask(self, actor: Actor) -> DeletionView:
        """Ask for the deletion of one's account; asking again gives the one that waits.

        :raises Conflict: the actor is in office and must hand over first.
        """
        require_somebody(actor)
        held = [office for office in await self._people.offices(actor.member_id) if office.role in _OFFICES]
        if held:
            raise Conflict(IN_OFFICE, rule='privacy.in_office', offices='、'.join(office.place.name for office in held))
        found = await self.waiting(actor)
        if found is not None:
            return found

        def work(tx: Tx) -> DeletionView:
            due = tx.now + self._rules.cooling
            deletion_id = int(tx.connection.execute(insert(deletion).values(
                member_id=actor.member_id, state=DeletionState.WAITING.value, asked_at=tx.now, due_at=due, rules=self._rules.version,
            ).returning(deletion.c.id)).scalar_one())
            tx.schedule(ERASE, due, {'deletion_id': deletion_id}, key=f'{ERASE}:{deletion_id}')
            tx.audit(actor.member_id, 'privacy.ask_deletion', f'member:{actor.member_id}')
            tx.emit(PrivacyChanged(member_id=actor.member_id, what='deletion'))
            return DeletionView(id=deletion_id, asked_at=tx.now, due_at=due)

        return await self._db.write(work)

    async def take_back(self, actor: Actor) -> None:
        """Keep the account after all.

        :raises NotFound: no deletion waits.
        """
        def work(tx: Tx) -> bool:
            done = tx.connection.execute(update(deletion).where(
                deletion.c.member_id == actor.member_id, deletion.c.state == DeletionState.WAITING.value, deletion.c.due_at > tx.now,
            ).values(state=DeletionState.CANCELLED.value, settled_at=tx.now))
            if done.rowcount:
                tx.audit(actor.member_id, 'privacy.take_deletion_back', f'member:{actor.member_id}')
                tx.emit(PrivacyChanged(member_id=actor.member_id, what='deletion'))
            return bool(done.rowcount)

        if not await self._db.write(work):
            raise NotFound(N_('没有等待中的注销申请'))

    async def erase(self, payload: dict[str, Any]) -> None:
        """Job: delete what must go, in one unit of work; files go once it is durable."""
        row = await self._db.read(lambda session: session.connection().execute(
            select(deletion).where(deletion.c.id == payload['deletion_id'])).one_or_none())
        if row is None:
            return
        cards = await self._people.cards([row.member_id])
        name = cards[row.member_id].name if row.member_id in cards else ''

        def work(tx: Tx) -> list[Path]:
            taken = tx.connection.execute(update(deletion).where(
                deletion.c.id == row.id, deletion.c.state == DeletionState.WAITING.value, deletion.c.due_at <= tx.now,
            ).values(state=DeletionState.DONE.value, settled_at=tx.now))
            if not taken.rowcount:  # taken back, or done already
                return []
            files = self._my_data.files_of(tx.session, row.member_id)
            for keeper in self._keepers:
                files += keeper.erase(tx, row.member_id, name)
            tx.audit(None, 'privacy.erased', f'member:{row.member_id}', detail={'rules': row.rules})
            return files

        for path in await self._db.write(work):
            await asyncio.to_thread(path.unlink, missing_ok=True)
