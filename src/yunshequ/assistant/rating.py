"""After a hand-off (评价 and 重新打开): the resident says how it went, or that it is not settled."""

from datetime import timedelta
from typing import Any

from yunshequ.assistant import cases
from yunshequ.assistant.desk import CLOCK_JOB, HandoffDesk, case_facts, clock_key
from yunshequ.assistant.events import HandoffOpened, HandoffRated
from yunshequ.assistant.ports import People
from yunshequ.assistant.schemas import CaseCard, CaseState
from yunshequ.core.clock import Clock
from yunshequ.core.database import Database
from yunshequ.core.errors import Conflict, Invalid, NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Actor, Policy
from yunshequ.core.unit import Tx

MOST = 5
"""Stars of the best."""
OPEN_AGAIN = timedelta(days=7)
"""How long after its close a resident may rate a case or open it again; then a new question is a new case."""

_GONE = N_('没有找到这个转人工的问题')


class CaseRating:
    """What residents say of their cases."""

    def __init__(self, db: Database, policy: Policy, clock: Clock, people: People, desk: HandoffDesk) -> None:
        self._db = db
        self._policy = policy
        self._clock = clock
        self._people = people
        self._desk = desk

    async def card(self, actor: Actor, case_id: int) -> CaseCard:
        """Return a case as its card shows it.

        :raises NotFound: there is none, or it is none of the actor's business.
        """
        row = await self._db.read(lambda session: cases.by_id(session, case_id))
        mine = row.asker_id == actor.member_id
        if not mine and not await self._policy.may(actor, 'assistant.handle_handoff', row.place_id):
            raise NotFound(_GONE)
        fresh = mine and row.state == CaseState.CLOSED and row.closed_at >= self._clock.now() - OPEN_AGAIN
        department = await self._desk.department_of(row)
        worker = (await self._people.cards([row.worker_id]))[row.worker_id] if row.worker_id is not None else None
        return CaseCard(
            id=row.id, state=CaseState(row.state), worker=worker, department=department, due_at=row.due_at, stars=row.stars,
            may_rate=fresh, may_reopen=fresh)

    async def rate(self, actor: Actor, case_id: int, stars: int) -> CaseCard:
        """Give one's own closed case 1 to 5 stars; the last word counts.

        :raises Invalid: other than 1 to 5.
        :raises NotFound: no case of the actor's.
        :raises Conflict: it is not closed, or was too long ago.
        """
        if not 1 <= stars <= MOST:
            raise Invalid(N_('请点 1 到 5 颗星'), field='stars')
        await self._fresh(actor, case_id)

        def work(tx: Tx) -> Any:
            row = cases.rate(tx, case_id, actor.member_id, stars)
            if row is not None:
                tx.emit(HandoffRated(**case_facts(row)))
                tx.audit(actor.member_id, 'assistant.handoff_rate', f'case:{case_id}', place_id=row.place_id, detail={'stars': stars})
            return row

        if await self._db.write(work) is None:
            raise Conflict(N_('工作人员还在处理，办结以后再评价'))
        return await self.card(actor, case_id)

    async def reopen(self, actor: Actor, case_id: int) -> CaseCard:
        """Say that one's own closed case is not settled: it waits for a person again, in the same department.

        :raises NotFound: no case of the actor's.
        :raises Conflict: it is open, another one is, or it was too long ago.
        """
        due_at = await self._desk.due(await self._fresh(actor, case_id), self._clock.now())

        def work(tx: Tx) -> Any:
            row = cases.reopen(tx, case_id, actor.member_id, tx.now - OPEN_AGAIN, due_at)
            if row is not None:
                tx.emit(HandoffOpened(**case_facts(row)))
                tx.schedule(CLOCK_JOB, due_at, {'case_id': case_id}, key=clock_key(case_id, due_at))
                tx.audit(actor.member_id, 'assistant.handoff_reopen', f'case:{case_id}', place_id=row.place_id)
            return row

        row = await self._db.write(work)
        if row is None:
            raise Conflict(N_('您已有一个问题在等工作人员，请在那里接着说'))
        await self._desk.tell_reopened(row)
        return await self.card(actor, case_id)

    async def _fresh(self, actor: Actor, case_id: int) -> Any:
        row = await self._db.read(lambda session: cases.by_id(session, case_id))
        if row.asker_id != actor.member_id:
            raise NotFound(_GONE)
        if row.closed_at is not None and row.closed_at < self._clock.now() - OPEN_AGAIN:
            raise Conflict(N_('这次答复已经过去 {days} 天，请重新转人工'), days=OPEN_AGAIN.days)
        return row
