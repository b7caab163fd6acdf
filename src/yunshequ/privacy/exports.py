"""双人导出: one asks for a file with personal data and says what for, another with the right decides, the first takes it once."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, insert, select, update

from yunshequ.core.clock import Clock
from yunshequ.core.database import Database
from yunshequ.core.errors import Conflict, Invalid, NotFound, NotPermitted
from yunshequ.core.i18n import N_
from yunshequ.core.policy import COMMUNITY_STAFF, Actor, Policy
from yunshequ.core.throttle import Throttle
from yunshequ.core.unit import Tx
from yunshequ.privacy.personal import request
from yunshequ.privacy.ports import Exporter, People
from yunshequ.privacy.rules import Rules
from yunshequ.privacy.schemas import Exportable, RequestState, RequestView

OFTEN = '20/1 day'
PURPOSE_MIN, PURPOSE_MAX = 4, 100
MAY_ASK = {Exportable.ROLL: 'community.export_roll'}
KINDS = frozenset({'xlsx', 'csv'})
SHOWN = 20


class TwoPersonExports:
    """Requests for downloads."""

    def __init__(
        self, db: Database, policy: Policy, clock: Clock, throttle: Throttle, people: People, rules: Rules,
        exporters: Mapping[str, Exporter],
    ) -> None:
        self._db = db
        self._policy = policy
        self._clock = clock
        self._throttle = throttle
        self._people = people
        self._rules = rules
        self._exporters = exporters

    async def ask(self, actor: Actor, what: Exportable, place_id: int, kind: str, purpose: str) -> int:
        """Ask for a file; return the request's id.

        :raises Invalid: the purpose says nothing (``field='purpose'``), or there is no such format.
        """
        await self._policy.require(actor, MAY_ASK[what], place_id)
        purpose = ' '.join(purpose.split())
        if not PURPOSE_MIN <= len(purpose) <= PURPOSE_MAX:
            raise Invalid(N_('请写明导出做什么用，{least} 到 {most} 个字'), field='purpose', least=PURPOSE_MIN, most=PURPOSE_MAX)
        if kind not in KINDS:
            raise Invalid(N_('只能导出 xlsx 或 csv'), field='kind')
        await self._throttle.require(N_('今天申请得太多了，请 {seconds} 秒后再试'), OFTEN, 'export-request', str(actor.member_id))

        def work(tx: Tx) -> int:
            request_id = int(tx.connection.execute(insert(request).values(
                what=what.value, place_id=place_id, kind=kind, purpose=purpose, state=RequestState.WAITING.value,
                asked_by=actor.member_id, asked_at=tx.now, refusal='').returning(request.c.id)).scalar_one())
            tx.audit(actor.member_id, 'privacy.ask_export', f'export_request:{request_id}', place_id=place_id,
                     detail={'what': what.value, 'purpose': purpose})
            return request_id

        return await self._db.write(work)

    async def approvers(self, actor: Actor, place_id: int) -> list[str]:
        """Return the names of those who may decide what the actor asks for at a place; empty where nobody else can.

        :raises NotPermitted: the actor may ask for nothing there.
        """
        actions = list(MAY_ASK.values())
        if not any([await self._policy.may(actor, action, place_id) for action in actions]):
            await self._policy.require(actor, actions[0], place_id)
        others = [one for one in await self._people.officers(place_id, COMMUNITY_STAFF) if one != actor.member_id]
        cards = await self._people.cards(others)
        return [cards[one].name for one in others if one in cards]

    async def mine(self, actor: Actor, place_id: int) -> list[RequestView]:
        """Return what the actor asked for at a place, newest first."""
        return await self._list((request.c.asked_by == actor.member_id) & (request.c.place_id == place_id))

    async def waiting(self, actor: Actor) -> list[RequestView]:
        """Return the requests of others that the actor may decide, oldest first."""
        found = await self._list((request.c.state == RequestState.WAITING.value) & (request.c.asked_by != actor.member_id), limit=200)
        return [one for one in reversed(found) if await self._policy.may(actor, 'privacy.approve_export', one.place_id)]

    async def ready(self, actor: Actor) -> list[RequestView]:
        """Return what others have approved for the actor and the actor has not fetched yet."""
        return await self._list(
            (request.c.asked_by == actor.member_id) & (request.c.state == RequestState.APPROVED.value)
            & (request.c.expires_at > self._clock.now()))

    async def decide(self, actor: Actor, request_id: int, *, approve: bool, refusal: str = '') -> None:
        """Approve or refuse somebody else's request.

        :raises NotPermitted: it is the actor's own, or they have no right there.
        :raises Conflict: it is decided already.
        """
        row = await self._row(request_id)
        await self._policy.require(actor, 'privacy.approve_export', row.place_id)
        if row.asked_by == actor.member_id:
            raise NotPermitted(N_('自己提出的导出要由另一个人批准'), rule='privacy.two_persons')

        def work(tx: Tx) -> bool:
            state = RequestState.APPROVED if approve else RequestState.REFUSED
            done = tx.connection.execute(update(request).where(
                request.c.id == request_id, request.c.state == RequestState.WAITING.value,
            ).values(state=state.value, decided_by=actor.member_id, decided_at=tx.now, refusal=refusal.strip()[:PURPOSE_MAX],
                     expires_at=tx.now + timedelta(hours=self._rules.approval_hours)))
            if done.rowcount:
                tx.audit(actor.member_id, 'privacy.decide_export', f'export_request:{request_id}', place_id=row.place_id,
                         detail={'approve': approve})
            return bool(done.rowcount)

        if not await self._db.write(work):
            raise Conflict(N_('这个申请已经有人处理过了'))

    async def take(self, actor: Actor, request_id: int) -> tuple[bytes, str, str]:
        """Return (content, name, kind) of what was approved: once, to whoever asked, while the approval lasts.

        :raises NotFound: it is not the actor's.
        :raises Conflict: not approved, taken already, or too late.
        """
        row = await self._row(request_id)
        if row.asked_by != actor.member_id:
            raise NotFound
        if not await self._db.write(lambda tx: _take(tx, request_id)):
            raise Conflict(N_('这个导出还没有批准、已经下载过或已过期，请重新申请'), rule='privacy.export_once')
        try:
            content = await self._exporters[row.what](actor, row.place_id, row.kind, row.purpose)
        except Exception:  # nothing left the house: the approval still stands
            await self._db.write(lambda tx: tx.connection.execute(update(request).where(
                request.c.id == request_id).values(state=RequestState.APPROVED.value, taken_at=None)))
            raise
        return content, f'{row.what}-{row.place_id}', row.kind

    async def _row(self, request_id: int) -> Any:
        row = await self._db.read(lambda session: session.connection().execute(
            select(request).where(request.c.id == request_id)).one_or_none())
        if row is None:
            raise NotFound
        return row

    async def _list(self, where: ColumnElement[bool], limit: int = SHOWN) -> list[RequestView]:
        rows = await self._db.read(lambda session: session.connection().execute(
            select(request).where(where).order_by(request.c.id.desc()).limit(limit)).all())
        cards = await self._people.cards({one for row in rows for one in (row.asked_by, row.decided_by) if one is not None})
        return [
            RequestView(
                id=row.id, what=Exportable(row.what), place_id=row.place_id, place_name=await self._people.label_of(row.place_id),
                kind=row.kind, purpose=row.purpose, state=RequestState(row.state), asker=cards[row.asked_by].name, asked_at=row.asked_at,
                decider=cards[row.decided_by].name if row.decided_by is not None else '', refusal=row.refusal, expires_at=row.expires_at)
            for row in rows
        ]


def _take(tx: Tx, request_id: int) -> bool:
    done = tx.connection.execute(update(request).where(
        request.c.id == request_id, request.c.state == RequestState.APPROVED.value, request.c.expires_at > tx.now,
    ).values(state=RequestState.TAKEN.value, taken_at=tx.now))
    return bool(done.rowcount)
