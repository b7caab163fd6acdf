"""举报: a message is reported, one moderator claims its case, decides, and everybody concerned is told; never who reported."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlmodel import Session

from yunshequ.community.service import CommunityService
from yunshequ.core.clock import Clock
from yunshequ.core.database import Database
from yunshequ.core.errors import Conflict, NotFound, NotPermitted
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Actor, Policy
from yunshequ.core.throttle import Throttle
from yunshequ.core.unit import Tx, insert_ignore
from yunshequ.rooms import reading
from yunshequ.rooms.acts import ModerationActs, check_reason
from yunshequ.rooms.directory import RoomDirectory
from yunshequ.rooms.events import OrderChanged
from yunshequ.rooms.images import ImageStore
from yunshequ.rooms.limits import limits
from yunshequ.rooms.models import Image, Message, Report, ReportCase
from yunshequ.rooms.order import MODERATE, RoomOrder
from yunshequ.rooms.order_schemas import CaseState, CaseView, MyReport, Outcome, Reason
from yunshequ.rooms.schemas import COUNTED, RoomView
from yunshequ.rooms.telling import News, tell

MOST_CASES = 100
CLAIM = timedelta(minutes=limits().reports.claim_minutes)
"""How long a case is kept for who claimed it."""

_case = ReportCase.__table__  # type: ignore[attr-defined]
_report = Report.__table__  # type: ignore[attr-defined]
_message = Message.__table__  # type: ignore[attr-defined]
_image = Image.__table__  # type: ignore[attr-defined]


class Reports:
    """Reports and their cases."""

    def __init__(
        self, db: Database, policy: Policy, clock: Clock, community: CommunityService, directory: RoomDirectory, order: RoomOrder,
        acts: ModerationActs, throttle: Throttle,
    ) -> None:
        self._db = db
        self._policy = policy
        self._clock = clock
        self._community = community
        self._directory = directory
        self._order = order
        self._acts = acts
        self._throttle = throttle

    async def report(self, actor: Actor, room: RoomView, seq: int, reason: Reason, note: str = '') -> None:
        """举报 a message of a room the actor is in; again by the same person changes nothing.

        :raises NotFound: the actor is not in the room, there is no such message, or it is recalled already.
        :raises NotPermitted: it is the reporter's own, or 小栖's.
        :raises TooMany: more reports than one person needs.
        :raises Invalid: 其他 without words.
        """
        note = check_reason(reason, note)
        if not await self._directory.is_inside(room.id, actor.member_id):
            raise NotFound(N_('没有找到这个群，或您还没有加入'))
        window = await self._db.read(lambda session: reading.between(session, room.id, seq, seq, limit=1, newest=True))
        entry = window.entries[0] if window.entries else None
        if entry is None or entry.recalled_at is not None or entry.kind not in COUNTED:
            raise NotFound(N_('没有找到这条消息，可能已经撤回'))
        if entry.sender_id == actor.member_id or (await self._community.card(entry.sender_id)).bot:
            raise NotPermitted(N_('只能举报其他人的发言；小栖答得不对，请点“没用”'), rule='rooms.report_other')
        figures = limits().reports
        await self._throttle.require(
            N_('您举报得太频繁了，请 {seconds} 秒后再试；紧急情况请直接联系社区'), f'{figures.most}/{figures.minutes} minutes', 'report',
            str(actor.member_id))
        await self._db.write(lambda tx: self._file(tx, actor, room, entry, reason, note))

    @staticmethod
    def _file(tx: Tx, actor: Actor, room: RoomView, entry: Any, reason: Reason, note: str) -> None:
        insert_ignore(tx.session, ReportCase, [{
            'room_id': room.id, 'place_id': room.place_id, 'seq': entry.seq, 'member_id': entry.sender_id, 'body': entry.body,
            'image': (entry.payload or {}).get('image'), 'state': CaseState.OPEN.value, 'opened_at': tx.now}])
        case = tx.connection.execute(select(_case).where(_case.c.room_id == room.id, _case.c.seq == entry.seq)).one()
        if not insert_ignore(tx.session, Report, [
                {'case_id': case.id, 'reporter_id': actor.member_id, 'reason': reason.value, 'note': note, 'at': tx.now}]):
            return
        tx.audit(actor.member_id, 'rooms.report', f'case:{case.id}', place_id=room.place_id, detail={'reason': reason.value})
        tx.emit(OrderChanged(place_id=room.place_id))
        if case.state == CaseState.DECIDED:
            _tell_reporter(tx, room, case.id, actor.member_id, Outcome(case.outcome))

    async def mine(self, actor: Actor) -> list[MyReport]:
        """Return the actor's reports and what became of them, newest first."""
        rows = await self._db.read(lambda session: session.connection().execute(
            select(_report.c.at, _report.c.reason, _case.c.room_id, _case.c.body, _case.c.state, _case.c.outcome)
            .join(_case, _case.c.id == _report.c.case_id).where(_report.c.reporter_id == actor.member_id)
            .order_by(_report.c.id.desc()).limit(MOST_CASES)).all())
        titles = {one: await self._directory.room(one) for one in {row.room_id for row in rows}}
        return [MyReport(
            at=row.at, room_title=room.title if (room := titles[row.room_id]) else '', body=row.body, reason=Reason(row.reason),
            state=CaseState(row.state), outcome=Outcome(row.outcome) if row.outcome else None) for row in rows]

    # -- the moderators' side --------------------------------------------------------------------------------------

    async def cases(self, actor: Actor, place_id: int) -> list[CaseView]:
        """Return the cases that nobody has decided, at a place and below, the oldest first; never who reported.

        :raises NotPermitted: only staff of the place.
        """
        places = await self._order.places(actor, place_id)
        rows, reports, struck = await self._db.read(lambda session: _open_cases(session, places))
        cards = await self._community.cards({row.claimed_by for row in rows if row.claimed_by})
        called = await self._directory.called((row.room_id, row.member_id) for row in rows)
        images = await self._db.read(lambda session: {one.token: one for one in session.connection().execute(
            select(_image).where(_image.c.token.in_([row.image for row in rows if row.image])))})
        found = []
        for row in rows:
            room = await self._directory.room(row.room_id)
            of_case = reports[row.id]
            if room is None or any(one.reporter_id == actor.member_id for one in of_case) or row.member_id == actor.member_id:
                continue
            image = images.get(row.image)
            found.append(CaseView(
                id=row.id, room_id=row.room_id, room_title=room.title, seq=row.seq, member=called[row.room_id, row.member_id], body=row.body,
                image=ImageStore.as_view(image) if image is not None else None, recalled=(row.room_id, row.seq) in struck,
                state=CaseState(row.state), opened_at=row.opened_at,
                due_at=row.opened_at + timedelta(hours=limits().reports.answer_hours),
                claimed_by=cards[row.claimed_by] if row.claimed_by else None,
                free=row.claimed_at is None or row.claimed_at < self._clock.now() - CLAIM, reports=len(of_case),
                reasons=tuple(dict.fromkeys(Reason(one.reason) for one in of_case)),
                notes=tuple(one.note for one in of_case if one.note)))
        return found

    async def claim(self, actor: Actor, case_id: int) -> None:
        """认领: take a case, so that nobody else works on it; after half an hour without a decision another may take it over.

        :raises Conflict: a colleague has it.
        :raises NotPermitted: not a moderator there, or it is their own affair.
        """
        row, _room = await self._required(actor, case_id)

        def work(tx: Tx) -> None:
            free = or_(_case.c.state == CaseState.OPEN, (_case.c.state == CaseState.CLAIMED) & (_case.c.claimed_at < tx.now - CLAIM),
                       (_case.c.state == CaseState.CLAIMED) & (_case.c.claimed_by == actor.member_id))
            if not tx.connection.execute(
                update(_case).where(_case.c.id == case_id, free)
                .values(state=CaseState.CLAIMED.value, claimed_by=actor.member_id, claimed_at=tx.now)
            ).rowcount:
                raise Conflict(N_('同事已经认领了这件举报'), rule='rooms.claimed')
            tx.audit(actor.member_id, 'rooms.claim_report', f'case:{case_id}', place_id=row.place_id)
            tx.emit(OrderChanged(place_id=row.place_id))

        await self._db.write(work)

    async def unclaim(self, actor: Actor, case_id: int) -> None:
        """放回: give a case back for others to take.

        :raises NotPermitted: not a moderator there.
        """
        row, _room = await self._required(actor, case_id)

        def work(tx: Tx) -> None:
            if tx.connection.execute(
                update(_case).where(_case.c.id == case_id, _case.c.state == CaseState.CLAIMED, _case.c.claimed_by == actor.member_id)
                .values(state=CaseState.OPEN.value, claimed_by=None, claimed_at=None)
            ).rowcount:
                tx.audit(actor.member_id, 'rooms.unclaim_report', f'case:{case_id}', place_id=row.place_id)
                tx.emit(OrderChanged(place_id=row.place_id))

        await self._db.write(work)

    async def decide(
        self, actor: Actor, case_id: int, outcome: Outcome, reason: Reason = Reason.OTHER, note: str = '', minutes: int = 0,
    ) -> None:
        """处理: decide a claimed case; the message, the mute, the answers to all reporters stand or fall together.

        :raises Conflict: the actor has not claimed it, or it is decided.
        :raises NotPermitted: not a moderator there, or it is their own affair, or a mute of staff.
        :raises Invalid: a mute without a length, 其他 without words.
        """
        row, room = await self._required(actor, case_id)
        doing = outcome
        if await self._is_recalled(row):  # its writer took it back meanwhile
            doing = {Outcome.RECALL: Outcome.NONE, Outcome.BOTH: Outcome.MUTE}.get(outcome, outcome)
        deeds = await self._acts.deeds(actor, room, row.seq, row.member_id, doing, reason, note, minutes)

        def work(tx: Tx) -> None:
            if not tx.connection.execute(
                update(_case).where(_case.c.id == case_id, _case.c.state == CaseState.CLAIMED, _case.c.claimed_by == actor.member_id)
                .values(state=CaseState.DECIDED.value, outcome=outcome.value, decided_at=tx.now)
            ).rowcount:
                raise Conflict(N_('请先认领这件举报，再作处理'), rule='rooms.claim_first')
            for deed in deeds:
                deed(tx, case_id)
            tx.audit(actor.member_id, 'rooms.decide_report', f'case:{case_id}', place_id=row.place_id, detail={'outcome': outcome.value})
            tx.emit(OrderChanged(place_id=row.place_id))
            for reporter in tx.connection.scalars(select(_report.c.reporter_id).where(_report.c.case_id == case_id)).all():
                _tell_reporter(tx, room, case_id, reporter, outcome)

        await self._db.write(work)

    async def _required(self, actor: Actor, case_id: int) -> tuple[Any, RoomView]:
        def query(session: Session) -> tuple[Any, int]:
            connection = session.connection()
            row = connection.execute(select(_case).where(_case.c.id == case_id)).one_or_none()
            own = connection.scalar(select(func.count()).select_from(_report).where(
                _report.c.case_id == case_id, _report.c.reporter_id == actor.member_id))
            return row, int(own or 0)

        row, own = await self._db.read(query)
        room = None if row is None else await self._directory.room(row.room_id)
        if row is None or room is None:
            raise NotFound
        await self._policy.require(actor, MODERATE, row.place_id)
        if own or row.member_id == actor.member_id:
            raise NotPermitted(N_('您是当事人，请由其他管理人员处理'), rule='rooms.own_case')
        return row, room

    async def _is_recalled(self, row: Any) -> bool:
        return bool(await self._db.read(lambda session: session.connection().scalar(
            select(_message.c.recalled_at.is_not(None)).where(_message.c.room_id == row.room_id, _message.c.seq == row.seq))))


def _open_cases(session: Session, places: Sequence[int]) -> tuple[list[Any], dict[int, list[Any]], set[tuple[int, int]]]:
    connection = session.connection()
    rows: list[Any] = []
    for low in range(0, len(places), reading.PLACES_AT_ONCE):
        rows += connection.execute(
            select(_case).where(_case.c.place_id.in_(places[low:low + reading.PLACES_AT_ONCE]), _case.c.state != CaseState.DECIDED)
            .order_by(_case.c.id).limit(MOST_CASES))
    rows = sorted(rows, key=lambda row: row.id)[:MOST_CASES]
    reports: dict[int, list[Any]] = {row.id: [] for row in rows}
    for one in connection.execute(select(_report).where(_report.c.case_id.in_(list(reports))).order_by(_report.c.id)):
        reports[one.case_id].append(one)
    struck = {(one.room_id, one.seq) for one in connection.execute(
        select(_message.c.room_id, _message.c.seq)
        .join(_case, (_case.c.room_id == _message.c.room_id) & (_case.c.seq == _message.c.seq))
        .where(_case.c.id.in_(list(reports)), _message.c.recalled_at.is_not(None)))}
    return rows, reports, struck


def _tell_reporter(tx: Tx, room: RoomView, case_id: int, reporter: int, outcome: Outcome) -> None:
    tell(tx, reporter, News.REPORT_DECIDED, f'case:{case_id}:{reporter}', room=room.title, outcome=outcome.value)


