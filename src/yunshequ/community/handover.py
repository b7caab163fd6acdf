"""交接 (hand-over of an office): what somebody in office answers for passes to a successor on a day, and can be taken back for a week.

Whoever may give and take the role plans it. On its day the old rights end, the successor's begin and the open work of all
modules changes hands in one unit; both are told beforehand and then.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import insert, or_, select, update
from sqlmodel import Session

from yunshequ.community import places
from yunshequ.community import tables as t
from yunshequ.community.policy import outranks
from yunshequ.community.ports import Reacher
from yunshequ.community.schemas import View
from yunshequ.community.service import CommunityService
from yunshequ.community.words import ROLE_WORDS
from yunshequ.core.clock import Clock, local
from yunshequ.core.database import Database
from yunshequ.core.errors import Conflict, Invalid, NotFound, NotPermitted
from yunshequ.core.handing import Item, Work, open_work, pass_on
from yunshequ.core.i18n import N_, _, in_locale
from yunshequ.core.policy import STAFF_ROLES, Actor, Policy, Role
from yunshequ.core.unit import Tx

BACK_WITHIN = timedelta(days=7)
"""How long a hand-over can be taken back: long enough to find out that something was forgotten."""
AHEAD_MOST = timedelta(days=90)
NOTE_MAX = 200
RUN, TELL = 'community.handover', 'community.handover_tell'
OFFICES = STAFF_ROLES | {Role.BUILDING_LEAD}
NO_RIGHT = N_('只有上一级工作人员可以任免')
_handover = t.office_handover


class HandoverState(StrEnum):
    """Where a hand-over stands."""

    PLANNED = 'planned'  # 已安排
    DONE = 'done'  # 已交接
    CANCELLED = 'cancelled'  # 已取消
    UNDONE = 'undone'  # 已退回


class HandoverView(View):
    """A hand-over. ``passed`` is how many things have changed hands."""

    id: int
    role: Role
    place_id: int
    place_name: str
    giver_id: int
    giver_name: str
    taker_id: int
    taker_name: str
    due_at: datetime
    state: HandoverState
    note: str
    passed: int
    back_until: datetime | None
    """Until when it can be taken back; None where it cannot."""


class Handovers:
    """Plans hand-overs and carries them out."""

    def __init__(self, db: Database, policy: Policy, clock: Clock, community: CommunityService, works: Iterable[Work]) -> None:
        self._db = db
        self._policy = policy
        self._clock = clock
        self._community = community
        self._works = tuple(works)
        self.messenger: Reacher | None = None
        """Tells both; wired by bootstrap."""

    async def open_work(self, actor: Actor, grant_id: int) -> list[Item]:
        """Return what the holder of an office answers for there: what would pass on.

        :raises NotPermitted: the actor may not take that role.
        """
        grant = await self._grant(actor, grant_id)
        below = await self._community.ids_below(grant.place_id)
        return await self._db.read(lambda s: open_work(s, self._works, grant.member_id, below))

    async def plan(self, actor: Actor, grant_id: int, taker_id: int, *, due_at: datetime | None = None, note: str = '') -> int:
        """Have an office pass to a successor at ``due_at`` (None: at once); return the hand-over's id.

        :raises NotPermitted: the actor may not take that role, or would appoint themselves.
        :raises Invalid: the successor is the holder, the day is past or too far ahead.
        :raises Conflict: a hand-over of this office is planned already.
        """
        grant = await self._grant(actor, grant_id)
        if taker_id == grant.member_id:
            raise Invalid(N_('接手的人要是另一个人'), field='taker')
        if taker_id == actor.member_id:
            raise NotPermitted(N_('不能任命自己，请由上一级办理'), rule='community.grant_role')
        person = await self._community.person(taker_id)
        if person is None or not person.active or (await self._community.card(taker_id)).bot:
            raise NotFound
        now = self._clock.now()
        due = now if due_at is None else due_at
        if not now <= due <= now + AHEAD_MOST:
            raise Invalid(N_('交接时间从现在起，最多提前 {days} 天安排'), field='due_at', days=AHEAD_MOST.days)
        words = ' '.join(note.split())
        if len(words) > NOTE_MAX:
            raise Invalid(N_('说明不超过 {max} 字'), field='note', max=NOTE_MAX)
        below = await self._community.ids_below(grant.place_id)
        if self.messenger is not None:  # who gives the office up may belong nowhere afterwards
            await self.messenger.reach(grant.member_id)

        def work(tx: Tx) -> int:
            tx.connection.execute(select(t.role_grant.c.id).where(t.role_grant.c.id == grant_id).with_for_update())
            if tx.connection.execute(select(_handover.c.id).where(
                    _handover.c.grant_id == grant_id, _handover.c.state == HandoverState.PLANNED.value)).first() is not None:
                raise Conflict(N_('这个职务已经安排了交接，请先取消原来的'))
            handover_id = int(tx.connection.execute(insert(_handover).values(
                grant_id=grant_id, giver_id=grant.member_id, taker_id=taker_id, place_id=grant.place_id, role=str(grant.role), due_at=due,
                note=words, state=HandoverState.PLANNED.value, planned_by=actor.member_id, planned_at=tx.now, fresh=False, passed=[],
            ).returning(_handover.c.id)).scalar_one())
            tx.audit(actor.member_id, 'community.plan_handover', f'handover:{handover_id}', place_id=grant.place_id,
                     detail={'from': grant.member_id, 'to': taker_id, 'role': str(grant.role), 'at': due.isoformat()})
            if due <= tx.now:
                self._run(tx, _find(tx.session, handover_id), below)
            else:
                tx.schedule(RUN, due, {'handover': handover_id}, key=f'handover:{handover_id}')
                _tell(tx, handover_id, HandoverState.PLANNED)
            return handover_id

        return await self._db.write(work)

    async def at(self, actor: Actor, place_id: int) -> list[HandoverView]:
        """Return the hand-overs at a place and below: planned, and those that can be taken back; the latest first."""
        await self._policy.require(actor, 'community.grant_role', place_id)
        below, since = await self._community.ids_below(place_id), self._clock.now() - BACK_WITHIN
        return await self._views(await self._db.read(lambda s: s.connection().execute(select(_handover).where(
            _handover.c.place_id.in_(below), or_(
                _handover.c.state == HandoverState.PLANNED.value,
                (_handover.c.state == HandoverState.DONE.value) & (_handover.c.done_at > since)),
        ).order_by(_handover.c.id.desc()).limit(100)).all()))

    async def mine(self, actor: Actor) -> list[HandoverView]:
        """Return the hand-overs the actor gives or takes: planned, and of the last week."""
        since = self._clock.now() - BACK_WITHIN
        return await self._views(await self._db.read(lambda s: s.connection().execute(select(_handover).where(
            or_(_handover.c.giver_id == actor.member_id, _handover.c.taker_id == actor.member_id),
            or_(_handover.c.state == HandoverState.PLANNED.value, _handover.c.done_at > since),
        ).order_by(_handover.c.id.desc()).limit(20)).all()))

    async def cancel(self, actor: Actor, handover_id: int) -> None:
        """Call a planned hand-over off; nothing has changed.

        :raises Conflict: it has happened or was called off.
        """
        row = await self._required(actor, handover_id)

        def work(tx: Tx) -> None:
            _step(tx, handover_id, HandoverState.PLANNED, state=HandoverState.CANCELLED.value)
            tx.audit(actor.member_id, 'community.cancel_handover', f'handover:{handover_id}', place_id=row.place_id)
            _tell(tx, handover_id, HandoverState.CANCELLED)

        await self._db.write(work)

    async def undo(self, actor: Actor, handover_id: int) -> None:
        """退回: the office goes back, and with it what has passed on and is still with the successor. For a week.

        :raises Conflict: a week has passed, or it has gone back already.
        """
        row = await self._required(actor, handover_id)
        if row.state == HandoverState.DONE.value and row.done_at + BACK_WITHIN <= self._clock.now():
            raise Conflict(N_('交接已满 {days} 天，不能再退回，请重新办理交接'), days=BACK_WITHIN.days)
        giver = await self._community.person(row.giver_id)
        if giver is None or not giver.active:
            raise Conflict(N_('原来的任职人已经注销，不能退回，请重新任命'))

        def work(tx: Tx) -> None:
            _step(tx, handover_id, HandoverState.DONE, state=HandoverState.UNDONE.value, undone_by=actor.member_id, undone_at=tx.now)
            live = _live(tx, row.taker_id, row) if row.fresh else None
            if live is not None:
                places.revoke_grant(tx, live)
            old = tx.connection.execute(select(t.role_grant).where(t.role_grant.c.id == row.grant_id)).one()
            places.grant_role(tx, row.giver_id, row.place_id, Role(row.role), granted_by=actor.member_id,
                              valid_from=old.valid_from, valid_until=old.valid_until)
            back = pass_on(tx, self._works, [(kind, key) for kind, key in row.passed], row.taker_id, row.giver_id)
            tx.audit(actor.member_id, 'community.undo_handover', f'handover:{handover_id}', place_id=row.place_id, detail={'back': len(back)})
            _tell(tx, handover_id, HandoverState.UNDONE)

        await self._db.write(work)

    # jobs

    def jobs(self) -> dict[str, Callable[[dict[str, Any]], Awaitable[None]]]:
        """Return what the job runner does, by kind."""
        return {RUN: self._due, TELL: self._told}

    async def _due(self, payload: dict[str, Any]) -> None:
        row = await self._db.read(lambda s: _find(s, payload['handover']))
        if row is None or row.state != HandoverState.PLANNED.value:
            return
        below = await self._community.ids_below(row.place_id)
        taker = await self._community.person(row.taker_id)

        def work(tx: Tx) -> None:
            if taker is None or not taker.active:  # nobody is there to take it: the office stays where it is
                _step(tx, row.id, HandoverState.PLANNED, state=HandoverState.CANCELLED.value)
                tx.audit(None, 'community.cancel_handover', f'handover:{row.id}', place_id=row.place_id, detail={'why': 'successor left'})
                _tell(tx, row.id, HandoverState.CANCELLED)
                return
            self._run(tx, row, below)

        await self._db.write(work)

    def _run(self, tx: Tx, row: Any, below: Sequence[int]) -> None:
        old = tx.connection.execute(select(t.role_grant).where(t.role_grant.c.id == row.grant_id)).one()
        fresh = _live(tx, row.taker_id, row) is None  # who holds it already keeps their own term
        if fresh:
            until = old.valid_until if old.valid_until is not None and old.valid_until > tx.now else None
            places.grant_role(tx, row.taker_id, row.place_id, Role(row.role), granted_by=row.planned_by, valid_until=until)
        items = open_work(tx.session, self._works, row.giver_id, below)
        passed = pass_on(tx, self._works, [(item.kind, item.key) for item in items], row.giver_id, row.taker_id)
        if old.revoked_at is None:
            places.revoke_grant(tx, row.grant_id)
        _step(tx, row.id, HandoverState.PLANNED, state=HandoverState.DONE.value, done_at=tx.now, fresh=fresh,
              passed=[[kind, key] for kind, key in passed])
        tx.audit(row.planned_by, 'community.handover', f'handover:{row.id}', place_id=row.place_id,
                 detail={'from': row.giver_id, 'to': row.taker_id, 'role': row.role, 'passed': len(passed)})
        _tell(tx, row.id, HandoverState.DONE)

    async def _told(self, payload: dict[str, Any]) -> None:
        row = await self._db.read(lambda s: _find(s, payload['handover']))
        if row is None or self.messenger is None:
            return
        [view] = await self._views([row])
        for member_id in (view.giver_id, view.taker_id):
            person = await self._community.person(member_id)
            if person is None or not person.active:
                continue
            with in_locale(person.locale):
                words = _words(HandoverState(payload['state']), view, await self._community.label_of(view.place_id))
            await self.messenger.tell(member_id, words, client_id=f'handover:{view.id}:{payload["state"]}:{member_id}')

    # inside

    async def _grant(self, actor: Actor, grant_id: int) -> Any:
        row = await self._db.read(lambda s: s.connection().execute(
            select(t.role_grant).where(t.role_grant.c.id == grant_id, t.role_grant.c.revoked_at.is_(None))).first())
        if row is None or Role(row.role) not in OFFICES or (row.valid_until is not None and row.valid_until <= self._clock.now()):
            raise NotFound
        await self._may(actor, row.place_id, Role(row.role))
        return row

    async def _required(self, actor: Actor, handover_id: int) -> Any:
        row = await self._db.read(lambda s: _find(s, handover_id))
        if row is None:
            raise NotFound
        await self._may(actor, row.place_id, Role(row.role))
        return row

    async def _may(self, actor: Actor, place_id: int, role: Role) -> None:
        await self._policy.require(actor, 'community.grant_role', place_id)
        if not outranks(await self._policy.roles_at(actor, place_id), role):
            raise NotPermitted(NO_RIGHT, rule='community.grant_role')

    async def _views(self, rows: Sequence[Any]) -> list[HandoverView]:
        cards = await self._community.cards({one for row in rows for one in (row.giver_id, row.taker_id)})
        now = self._clock.now()
        found = []
        for row in rows:
            back = row.done_at + BACK_WITHIN if row.state == HandoverState.DONE.value else None
            found.append(HandoverView(
                id=row.id, role=Role(row.role), place_id=row.place_id, place_name=(await self._community.place(row.place_id)).name,
                giver_id=row.giver_id, giver_name=cards[row.giver_id].name, taker_id=row.taker_id, taker_name=cards[row.taker_id].name,
                due_at=row.due_at, state=HandoverState(row.state), note=row.note, passed=len(row.passed),
                back_until=back if back is not None and back > now else None))
        return found


def _find(session: Session, handover_id: int) -> Any:
    return session.connection().execute(select(_handover).where(_handover.c.id == handover_id)).one_or_none()


def _step(tx: Tx, handover_id: int, before: HandoverState, **values: Any) -> None:
    done = tx.connection.execute(update(_handover).where(
        _handover.c.id == handover_id, _handover.c.state == before.value).values(**values))
    if done.rowcount == 0:
        raise Conflict(N_('这次交接已经办完、取消或退回，请刷新'))


def _live(tx: Tx, member_id: int, row: Any) -> int | None:
    return tx.connection.execute(select(t.role_grant.c.id).where(
        t.role_grant.c.member_id == member_id, t.role_grant.c.place_id == row.place_id, t.role_grant.c.role == row.role,
        t.role_grant.c.revoked_at.is_(None))).scalar()


def _tell(tx: Tx, handover_id: int, state: HandoverState) -> None:
    tx.schedule(TELL, tx.now, {'handover': handover_id, 'state': state.value}, key=f'handover:{handover_id}:{state.value}')


def _words(state: HandoverState, view: HandoverView, place: str) -> str:
    role = _(ROLE_WORDS[view.role])
    if state is HandoverState.PLANNED:
        return _('{place}的{role}将在 {at} 由 {giver} 交给 {taker}，手上没办完的事会一并转过去', place=place, role=role,
                 at=f'{local(view.due_at):%m-%d %H:%M}', giver=view.giver_name, taker=view.taker_name)
    if state is HandoverState.DONE:
        return _('{place}的{role}已由 {giver} 交给 {taker}，转过去 {n} 件没办完的事；{days} 天之内可以请上一级退回', place=place, role=role,
                 giver=view.giver_name, taker=view.taker_name, n=view.passed, days=BACK_WITHIN.days)
    if state is HandoverState.UNDONE:
        return _('{place}的{role}已退回给 {giver}，没办完的事也转回去了', place=place, role=role, giver=view.giver_name)
    return _('{place}的{role}交接已取消，仍由 {giver} 担任', place=place, role=role, giver=view.giver_name)
