"""Who answers (值班表 and 部门窗口): people on duty in a community day by day, and keepers at the desks of departments."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlmodel import Session

from yunshequ.assistant.models import DepartmentDesk, DeskKeeper, DutyTurn, KbEntry
from yunshequ.assistant.ports import People
from yunshequ.assistant.schemas import DeskView, TurnView
from yunshequ.core.clock import Clock, local
from yunshequ.core.database import Database
from yunshequ.core.errors import Invalid, NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.policy import COMMUNITY_STAFF, Actor, Policy
from yunshequ.core.unit import Tx, insert_ignore

MANAGE = 'assistant.manage_desks'
ANSWER = 'assistant.handle_handoff'
SHOWN_DAYS = 14
"""Days of the roster shown and set at once, today first."""
MOST_KEEPERS = 20

_desk = DepartmentDesk.__table__  # type: ignore[attr-defined]
_keeper = DeskKeeper.__table__  # type: ignore[attr-defined]
_turn = DutyTurn.__table__  # type: ignore[attr-defined]
_entry = KbEntry.__table__  # type: ignore[attr-defined]


class DutyRoster:
    """The roster and the desks, for those who set them and for the hand-off desk that asks them."""

    def __init__(self, db: Database, policy: Policy, clock: Clock, people: People) -> None:
        self._db = db
        self._policy = policy
        self._clock = clock
        self._people = people

    # -- days ------------------------------------------------------------------------------------------------------

    async def turns(self, actor: Actor, place_id: int) -> list[TurnView]:
        """Return who is on duty at a community on each of the coming days, today first.

        :raises NotPermitted: only those who take cases there.
        """
        await self._policy.require(actor, ANSWER, place_id)
        today = local(self._clock.now()).date()
        days = [today + timedelta(days=ahead) for ahead in range(SHOWN_DAYS)]
        rows = await self._db.read(lambda session: session.connection().execute(
            select(_turn.c.day, _turn.c.member_id)
            .where(_turn.c.place_id == place_id, _turn.c.day.in_([day.isoformat() for day in days]))
            .order_by(_turn.c.at)).all())
        cards = await self._people.cards({row.member_id for row in rows})
        return [TurnView(day=day, people=tuple(cards[row.member_id] for row in rows if row.day == day.isoformat())) for day in days]

    async def put(self, actor: Actor, place_id: int, day: date, member_id: int) -> None:
        """Put somebody on duty on a day; twice is once.

        :raises NotPermitted: only the community office sets it.
        :raises Invalid: the day is over, or that person may not take cases there.
        """
        await self._policy.require(actor, MANAGE, place_id)
        if day < local(self._clock.now()).date():
            raise Invalid(N_('这一天已经过去了，请选今天或以后的日子'), field='day')
        await self._require_keepers([member_id], place_id)

        def work(tx: Tx) -> None:
            row = {'place_id': place_id, 'day': day.isoformat(), 'member_id': member_id, 'set_by': actor.member_id, 'at': tx.now}
            if insert_ignore(tx.session, DutyTurn, [row]):
                tx.audit(actor.member_id, 'assistant.duty_put', f'member:{member_id}', place_id=place_id, detail={'day': day.isoformat()})

        await self._db.write(work)

    async def take(self, actor: Actor, place_id: int, day: date, member_id: int) -> None:
        """Take somebody off a day; who was not on it is passed over.

        :raises NotPermitted: only the community office sets it.
        """
        await self._policy.require(actor, MANAGE, place_id)

        def work(tx: Tx) -> None:
            gone = tx.connection.execute(delete(_turn).where(
                _turn.c.place_id == place_id, _turn.c.day == day.isoformat(), _turn.c.member_id == member_id)).rowcount
            if gone:
                tx.audit(actor.member_id, 'assistant.duty_take', f'member:{member_id}', place_id=place_id, detail={'day': day.isoformat()})

        await self._db.write(work)

    async def on_duty(self, place_id: int) -> list[int]:
        """Return whom a question of a community waits for today: those of the roster who still may, else all its workers."""
        return await self.set_down(place_id) or list(await self._people.staff_on_duty(place_id))

    async def set_down(self, place_id: int) -> list[int]:
        """Return who stands in the roster of a community for today and still may take cases; nobody where none was made."""
        today = local(self._clock.now()).date().isoformat()
        rows = await self._db.read(lambda session: session.connection().scalars(
            select(_turn.c.member_id).where(_turn.c.place_id == place_id, _turn.c.day == today).order_by(_turn.c.at)).all())
        return await self._able(rows, place_id)

    async def staff(self, actor: Actor, place_id: int) -> dict[int, str]:
        """Return who can be put on duty at a place, by id.

        :raises NotPermitted: only the community office sets it.
        """
        await self._policy.require(actor, MANAGE, place_id)
        ids = [*await self._people.officers(place_id, COMMUNITY_STAFF), *await self._people.staff_on_duty(place_id)]
        cards = await self._people.cards(ids)
        return {one: cards[one].name for one in dict.fromkeys(ids)}

    # -- desks -----------------------------------------------------------------------------------------------------

    async def desks(self, actor: Actor, place_id: int) -> list[DeskView]:
        """Return the desks that serve a place: its own and those of the places above it, and those below.

        :raises NotPermitted: only those who take cases there.
        """
        await self._policy.require(actor, ANSWER, place_id)
        path = await self._path(place_id)
        rows = await self._db.read(lambda session: [
            (row, _keepers(session, row.id)) for row in session.connection().execute(select(_desk).order_by(_desk.c.department, _desk.c.id)).all()
            if path.startswith(row.place_path) or row.place_path.startswith(path)])
        cards = await self._people.cards({one for _, keepers in rows for one in keepers})
        return [DeskView(id=row.id, place_id=row.place_id, department=row.department, keepers=tuple(cards[one] for one in keepers))
                for row, keepers in rows]

    async def departments(self, actor: Actor, place_id: int) -> list[str]:
        """Return the departments the published knowledge of a place speaks of, for choosing from.

        :raises NotPermitted: only the community office sets desks.
        """
        await self._policy.require(actor, MANAGE, place_id)
        path = await self._path(place_id)
        above = [f'/{"/".join(path.strip("/").split("/")[:n + 1])}/' for n in range(len(path.strip('/').split('/')))]
        return list(await self._db.read(lambda session: session.connection().scalars(
            select(_entry.c.department).where(_entry.c.department != '', _entry.c.place_path.in_(above))
            .distinct().order_by(_entry.c.department)).all()))

    async def set_desk(self, actor: Actor, place_id: int, department: str, keepers: Sequence[int]) -> int:
        """Open the desk of a department at a place, or change who answers there; return its id.

        :raises NotPermitted: only the office of that place or above.
        :raises Invalid: no name, nobody to answer, or somebody who may not take cases there.
        """
        await self._policy.require(actor, MANAGE, place_id)
        name, wanted = department.strip(), list(dict.fromkeys(keepers))
        if not 1 <= len(name) <= 60:
            raise Invalid(N_('请填写部门名称，最多 60 个字，要和知识条目里写的部门一致'), field='department')
        if not 1 <= len(wanted) <= MOST_KEEPERS:
            raise Invalid(N_('请至少选一位、最多选 {most} 位接手的人'), field='keepers', most=MOST_KEEPERS)
        await self._require_keepers(wanted, place_id)
        path = await self._path(place_id)

        def work(tx: Tx) -> int:
            values = {'changed_at': tx.now, 'changed_by': actor.member_id}
            insert_ignore(tx.session, DepartmentDesk, [{'place_id': place_id, 'place_path': path, 'department': name, **values}])
            where = (_desk.c.place_id == place_id, _desk.c.department == name)
            desk_id = int(tx.connection.execute(update(_desk).where(*where).values(values).returning(_desk.c.id)).scalar_one())
            tx.connection.execute(delete(_keeper).where(_keeper.c.desk_id == desk_id))
            tx.connection.execute(insert(_keeper), [{'desk_id': desk_id, 'member_id': one} for one in wanted])
            tx.audit(actor.member_id, 'assistant.desk_set', f'desk:{desk_id}', place_id=place_id, detail={'keepers': wanted})
            return desk_id

        return await self._db.write(work)

    async def drop_desk(self, actor: Actor, desk_id: int) -> None:
        """Close the desk of a department; what waits there stays visible to the community.

        :raises NotFound: there is none.
        :raises NotPermitted: only the office of its place or above.
        """
        row = await self.desk(desk_id)
        if row is None:
            raise NotFound(N_('没有找到这个部门窗口'))
        await self._policy.require(actor, MANAGE, row.place_id)

        def work(tx: Tx) -> None:
            tx.connection.execute(delete(_keeper).where(_keeper.c.desk_id == desk_id))
            tx.connection.execute(delete(_desk).where(_desk.c.id == desk_id))
            tx.audit(actor.member_id, 'assistant.desk_drop', f'desk:{desk_id}', place_id=row.place_id)

        await self._db.write(work)

    async def first_asked(self, actor: Actor, place_id: int, desk_id: int | None) -> bool:
        """Tell whether a case is somebody's to take first: they answer at its desk, or are on duty today, or nobody was set down.

        :raises NotPermitted: only those who take cases there.
        """
        await self._policy.require(actor, ANSWER, place_id)
        if desk_id is not None:
            return actor.member_id in await self._db.read(lambda session: _keepers(session, desk_id))
        people = await self.set_down(place_id)
        return not people or actor.member_id in people

    async def desk(self, desk_id: int) -> Any | None:
        """Return the row of a desk; for the hand-off desk, not for people."""
        return await self._db.read(lambda session: session.connection().execute(select(_desk).where(_desk.c.id == desk_id)).one_or_none())

    async def desk_for(self, path: str, department: str) -> Any | None:
        """Return the nearest desk of a department that serves the place with ``path`` and has somebody who still may answer."""
        if not department:
            return None
        rows = await self._db.read(lambda session: session.connection().execute(
            select(_desk).where(_desk.c.department == department)).all())
        for row in sorted((row for row in rows if path.startswith(row.place_path)), key=lambda row: -len(row.place_path)):
            if await self.keepers(row):
                return row
        return None

    async def keepers(self, desk: Any) -> list[int]:
        """Return who answers at a desk and still may."""
        desk_id = desk.id
        return await self._able(await self._db.read(lambda session: _keepers(session, desk_id)), desk.place_id)

    async def _able(self, member_ids: Sequence[int], place_id: int) -> list[int]:
        return [one for one in member_ids if await self._policy.may(Actor(one), ANSWER, place_id)]

    async def _require_keepers(self, member_ids: Sequence[int], place_id: int) -> None:
        if len(await self._able(member_ids, place_id)) != len(member_ids):
            raise Invalid(N_('只有这里或上级的工作人员可以接手转人工的问题，请重新选人'), field='keepers')

    async def _path(self, place_id: int) -> str:
        path = await self._people.path_of(place_id)
        if path is None:
            raise NotFound
        return path


def _keepers(session: Session, desk_id: int) -> list[int]:
    return list(session.connection().scalars(
        select(_keeper.c.member_id).where(_keeper.c.desk_id == desk_id).order_by(_keeper.c.member_id)))
