"""Who answers (值班表): people on duty in a community day by day, and the keepers of departments that take hand-offs."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, select

from yunshequ.assistant import department_rows
from yunshequ.assistant.models import DutyTurn
from yunshequ.assistant.ports import People
from yunshequ.assistant.schemas import TurnView
from yunshequ.core.clock import Clock, local
from yunshequ.core.database import Database
from yunshequ.core.errors import Invalid
from yunshequ.core.i18n import N_
from yunshequ.core.policy import COMMUNITY_STAFF, Actor, Policy
from yunshequ.core.unit import Tx, insert_ignore

MANAGE = 'assistant.manage_duty'
ANSWER = 'assistant.handle_handoff'
SHOWN_DAYS = 14
"""Days of the roster shown and set at once, today first."""

_turn = DutyTurn.__table__  # type: ignore[attr-defined]


class DutyRoster:
    """The roster, for those who set it, and who answers, for the hand-off desk that asks."""

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

    # -- departments -----------------------------------------------------------------------------------------------

    async def department_for(self, name: str, path: str, place_id: int) -> Any | None:
        """Return the row of the nearest department of a name that takes hand-offs of the community ``place_id`` with ``path``."""
        if not name:
            return None
        for row in await self._db.read(lambda session: department_rows.named(session, name, path)):
            if await self.answering(row, place_id):
                return row
        return None

    async def department(self, department_id: int | None) -> Any | None:
        """Return the row of a department; for the hand-off desk, not for people.

        :raises NotFound: there is none.
        """
        if department_id is None:
            return None
        return await self._db.read(lambda session: department_rows.by_id(session, department_id))

    async def answering(self, department: Any, place_id: int) -> list[int]:
        """Return the keepers of a department who may take cases of a community; nobody while it takes no hand-offs."""
        if not department.answers or department.closed_at is not None:
            return []
        department_id = department.id
        held = await self._db.read(lambda session: department_rows.keepers(session, [department_id]))
        return await self._able(held.get(department_id, ()), place_id)

    async def waiting_for(self, department_id: int | None, place_id: int) -> list[int]:
        """Return whom a case waits for first: its department's keepers, or who is on duty in the community today."""
        department = await self.department(department_id)
        return (await self.answering(department, place_id) if department is not None else []) or await self.on_duty(place_id)

    async def first_asked(self, actor: Actor, place_id: int, department_id: int | None) -> bool:
        """Tell whether a case is somebody's to take first: they keep its department, or are on duty today, or nobody was set down.

        :raises NotPermitted: only those who take cases there.
        """
        await self._policy.require(actor, ANSWER, place_id)
        department = await self.department(department_id)
        people = (await self.answering(department, place_id) if department is not None else []) or await self.set_down(place_id)
        return not people or actor.member_id in people

    async def _able(self, member_ids: Sequence[int], place_id: int) -> list[int]:
        return [one for one in member_ids if await self._policy.may(Actor(one), ANSWER, place_id)]

    async def _require_keepers(self, member_ids: Sequence[int], place_id: int) -> None:
        if len(await self._able(member_ids, place_id)) != len(member_ids):
            raise Invalid(N_('只有这里或上级的工作人员可以接手转人工的问题，请重新选人'), field='keepers')
