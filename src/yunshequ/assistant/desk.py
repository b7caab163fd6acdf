"""The hand-off desk (转人工): a person takes over, 小栖 is silent meanwhile, the resident is told each step.

A case changes state first; then the room is brought in line with it (who is inside, what was said). A due job does the
same once more, so a process that dies in between leaves nobody waiting in silence.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from yunshequ.assistant import cases, department_rows, wording
from yunshequ.assistant.chats import PrivateChats
from yunshequ.assistant.departments import hours_of
from yunshequ.assistant.desk_clock import DeskClock
from yunshequ.assistant.events import HandoffClosed, HandoffMoved, HandoffOpened, HandoffOverdue, HandoffReleased, HandoffTaken
from yunshequ.assistant.ports import People, Rooms
from yunshequ.assistant.privacy import pseudonym, redact
from yunshequ.assistant.roster import DutyRoster
from yunshequ.assistant.schemas import CaseState, CaseView, HandoffView, TalkLine
from yunshequ.community.events import RolesChanged
from yunshequ.core.bus import Event
from yunshequ.core.clock import Clock
from yunshequ.core.database import Database
from yunshequ.core.errors import Conflict, Invalid, NotFound
from yunshequ.core.i18n import N_, SOURCE_LOCALE, in_locale
from yunshequ.core.policy import Actor, Policy
from yunshequ.core.unit import Tx
from yunshequ.rooms.schemas import MessageKind, RoomKind, RoomView

FOLLOW_JOB = 'assistant.handoff_follow'
CLOCK_JOB = 'assistant.handoff_clock'
EXPIRE_JOB = 'assistant.handoff_expire'

TAKE_WITHIN = timedelta(minutes=15)
"""Open time of the office within which somebody should have taken a case."""
DEPARTMENT_WITHIN = timedelta(hours=2)
"""The same for a department, whose keepers do other work beside."""
TALK_BACK, TALK_LINES = timedelta(minutes=30), 6
"""How far back, and how many answers of the talk go with a case."""
IDLE = timedelta(hours=24)
"""An owned case in which nothing was said for so long is given back to 小栖."""
SAFETY_NET = timedelta(seconds=10)


class HandoffDesk:
    """Opens, takes and closes cases."""

    def __init__(
        self, db: Database, policy: Policy, clock: Clock, people: People, rooms: Rooms, chats: PrivateChats, hours: DeskClock,
        roster: DutyRoster, secret: bytes,
    ) -> None:
        self._db = db
        self._policy = policy
        self._clock = clock
        self._people = people
        self._rooms = rooms
        self._chats = chats
        self._hours = hours
        self._roster = roster
        self._secret = secret

    async def open(self, actor: Actor, room_id: int, question: str, *, log_id: int | None = None) -> HandoffView:
        """Ask for a person. The case lives in the resident's private chat, wherever the question was asked.

        It waits for the keepers of the department the question is about, if that takes hand-offs here, else for those on duty in
        the community. One case is open for a resident at a time: asking again gives the same one.

        :raises NotFound: the actor is not in the room.
        :raises NotPermitted: the actor does not belong to the room's place.
        """
        room = await self._rooms.require_inside(actor, room_id)
        await self._policy.require(actor, 'assistant.ask', room.place_id)
        chat = room if _own(room, actor) else await self._chats.of(actor)
        office = await self._office(room.place_id)
        path = await self._path(office)
        now = self._clock.now()
        about = await self._db.read(lambda session: cases.department_of(session, log_id)) if log_id is not None else ''
        department = await self._roster.department_for(about, path, office)
        due_at = self._due(now, department)
        asker = pseudonym(self._secret, actor.member_id)

        def work(tx: Tx) -> Any:
            row, new = cases.open_for(
                tx, room_id=chat.id, place_id=office, place_path=path, asker_id=actor.member_id, question=redact(question),
                log_id=log_id, due_at=due_at, department_id=department.id if department is not None else None,
                talk=cases.talk_before(tx.session, room_id, asker, tx.now - TALK_BACK, TALK_LINES))
            if new:
                tx.emit(HandoffOpened(**case_facts(row)))
                tx.schedule(CLOCK_JOB, due_at, {'case_id': row.id}, key=clock_key(row.id, due_at))
                tx.audit(actor.member_id, 'assistant.handoff_open', f'case:{row.id}', place_id=office)
            return row

        row = await self._db.write(work)
        view = await self._view(row)
        clock = self._clock_of(await self._roster.department(row.department_id))
        there = await self._roster.waiting_for(row.department_id, office)
        return HandoffView(case=view, on_duty=len(there), department=view.department, office_opens_at=clock(now))

    async def tell_opened(self, handoff: HandoffView) -> None:
        """Tell the resident in the private chat that the case is open."""
        with in_locale(SOURCE_LOCALE):
            words = wording.handoff_opened(handoff.on_duty, handoff.office_opens_at, self._clock.now(), handoff.department)
        await self._say(handoff.case.id, handoff.case.room_id, words, f'opened:{handoff.case.reopened}' if handoff.case.reopened else 'opened')

    async def take(self, actor: Actor, case_id: int) -> CaseView:
        """Own a waiting case: the worker enters the chat, 小栖 falls silent there. Taking one's own again changes nothing.

        :raises Conflict: somebody else owns it, or it is closed.
        """
        await self._require(actor, case_id)

        def work(tx: Tx) -> Any:
            row = cases.take(tx, case_id, actor.member_id)
            if row is not None:
                tx.emit(HandoffTaken(**case_facts(row), worker_id=actor.member_id))
                tx.schedule(FOLLOW_JOB, tx.now + SAFETY_NET, {'case_id': case_id}, key=f'handoff:{case_id}:taken:{actor.member_id}:{_stamp(tx.now)}')
                tx.schedule(EXPIRE_JOB, tx.now + IDLE, {'case_id': case_id, 'seq': 0}, key=f'handoff:{case_id}:expire:0:{_stamp(tx.now)}')
                tx.audit(actor.member_id, 'assistant.handoff_take', f'case:{case_id}', place_id=row.place_id)
            return row

        row = await self._db.write(work)
        if row is None:
            row = await self._db.read(lambda session: cases.by_id(session, case_id))
            if row.state != CaseState.OWNED or row.worker_id != actor.member_id:
                raise Conflict(N_('这个问题已由别的同事接手或已办结'))
        await self._people.looked_at(actor, [row.asker_id], row.place_id, 'chat')
        await self._follow(row)
        return await self._view(row)

    async def close(self, actor: Actor, case_id: int) -> CaseView:
        """Settle an owned case: 小栖 answers again, the worker leaves the chat.

        :raises Conflict: nobody owns it.
        """
        await self._require(actor, case_id)
        row = await self._close(actor.member_id, case_id, 'assistant.handoff_close')
        if row is None:
            raise Conflict(N_('这个问题还没有人接手，或已经办结'))
        await self._people.looked_at(actor, [row.asker_id], row.place_id, 'handoff')
        await self._follow(row)
        return await self._view(row)

    async def release(self, actor: Actor, case_id: int) -> None:
        """Give one's own case back to the desk: the resident waits for a colleague.

        :raises Conflict: the actor does not own it.
        """
        await self._require(actor, case_id)
        if not await self._release(actor.member_id, case_id):
            raise Conflict(N_('这个问题不在您手上，请刷新'))

    async def pass_on(self, actor: Actor, case_id: int, department_id: int | None) -> CaseView:
        """Hand a case that waits, or one's own, to a department, or (None) to those on duty in the community.

        The resident is told, the clock starts anew.

        :raises NotFound: no such case or department.
        :raises Invalid: that department takes no hand-offs of the resident's community.
        :raises Conflict: somebody else owns the case, or it is closed.
        """
        before = await self._require(actor, case_id)
        department = await self._roster.department(department_id)
        if department is not None and not (
            before.place_path.startswith(department.place_path) and await self._roster.answering(department, before.place_id)):
            raise Invalid(N_('这个部门不接居民所在社区的转人工，或者还没有能接手的人'), field='department_id')
        opens_at = self._clock_of(department)(self._clock.now())

        def work(tx: Tx) -> Any:
            due_at = self._due(tx.now, department)
            row = cases.move(tx, case_id, actor.member_id, department_id, due_at)
            if row is not None:
                tx.emit(HandoffMoved(**case_facts(row)))
                tx.schedule(CLOCK_JOB, due_at, {'case_id': case_id}, key=clock_key(case_id, due_at))
                tx.audit(actor.member_id, 'assistant.handoff_move', f'case:{case_id}', place_id=row.place_id, detail={'department': department_id})
            return row

        row = await self._db.write(work)
        if row is None:
            raise Conflict(N_('这个问题已由别的同事接手或已办结'))
        await self._people.looked_at(actor, [row.asker_id], row.place_id, 'handoff')
        with in_locale(SOURCE_LOCALE):
            words = wording.handoff_moved(department.name if department is not None else '', opens_at, self._clock.now())
        await self._say(case_id, row.room_id, words, f'moved:{_stamp(row.due_at)}:{department_id or 0}')
        if before.worker_id == actor.member_id and actor.member_id != row.asker_id:
            await self._let_go(row.room_id, actor.member_id)
        return await self._view(row)

    async def tell_reopened(self, row: Any) -> None:
        """Tell the resident that their case waits again."""
        clock = self._clock_of(await self._roster.department(row.department_id))
        with in_locale(SOURCE_LOCALE):
            words = wording.handoff_reopened(clock(self._clock.now()), self._clock.now())
        await self._say(row.id, row.room_id, words, f'reopened:{row.reopened}')

    async def due(self, case: Any, at: datetime) -> datetime:
        """Return by when somebody should take a case that waits since ``at``."""
        return self._due(at, await self._roster.department(case.department_id))

    async def department_of(self, case: Any) -> str:
        """Return the name of the department a case waits for; empty: the community."""
        department = await self._roster.department(case.department_id)
        return str(department.name) if department is not None else ''

    async def roles_changed(self, event: Event) -> None:
        """Take from somebody who is in office no longer the cases and chats they may not see any more."""
        if not isinstance(event, RolesChanged):
            return
        for row in await self._db.read(lambda session: cases.owned_by(session, event.member_id)):
            if not await self._policy.may(Actor(event.member_id), 'assistant.handle_handoff', row.place_id):
                await self._release(event.member_id, row.id)

    async def cases(self, actor: Actor, place_id: int, *, closed: bool = False, limit: int = 50) -> list[CaseView]:
        """Return the cases at a place and below: those open by deadline, or the closed ones; each resident sees who looked."""
        await self._policy.require(actor, 'assistant.handle_handoff', place_id)
        path = await self._path(place_id)
        states = (CaseState.CLOSED.value,) if closed else cases.OPEN_STATES
        rows = await self._db.read(lambda session: cases.below(session, path, states, limit))
        await self._people.looked_at(actor, [row.asker_id for row in rows], place_id, 'handoff')
        return await self._views(rows)

    async def case_of(self, actor: Actor, room_id: int) -> CaseView | None:
        """Return the open case of a private chat the actor is in."""
        await self._rooms.require_inside(actor, room_id)
        row = await self._db.read(lambda session: cases.open_in(session, room_id))
        return await self._view(row) if row is not None else None

    # -- with time -------------------------------------------------------------------------------------------------

    async def run_follow(self, payload: dict[str, Any]) -> None:
        """Job: bring the room in line with its case."""
        await self._follow(await self._db.read(lambda session: cases.by_id(session, int(payload['case_id']))))

    async def run_passed(self, payload: dict[str, Any]) -> None:
        """Job: a case has passed to a colleague with an office (交接): who had it leaves the chat, who has it now comes in."""
        row = await self._db.read(lambda session: cases.by_id(session, int(payload['key'][0])))
        if row.worker_id == payload['taker']:
            await self._let_go(row.room_id, int(payload['giver']))
            await self._follow(row)

    async def run_clock(self, payload: dict[str, Any]) -> None:
        """Job: nobody has taken the case in time."""
        case_id = int(payload['case_id'])
        row = await self._db.read(lambda session: cases.by_id(session, case_id))
        if row.state != CaseState.WAITING or self._clock.now() < row.due_at:
            return

        def work(tx: Tx) -> None:
            tx.emit(HandoffOverdue(**case_facts(row)))
            tx.audit(None, 'assistant.handoff_overdue', f'case:{case_id}', place_id=row.place_id)

        await self._db.write(work)
        with in_locale(SOURCE_LOCALE):
            words = wording.handoff_late()
        await self._say(case_id, row.room_id, words, f'late:{_stamp(row.due_at)}')

    async def run_expire(self, payload: dict[str, Any]) -> None:
        """Job: an owned case in which nothing is said any more goes back to 小栖."""
        case_id = int(payload['case_id'])
        row = await self._db.read(lambda session: cases.by_id(session, case_id))
        room = await self._rooms.room(row.room_id)
        if row.state != CaseState.OWNED or room is None:
            return
        if room.last_seq > int(payload['seq']):
            seq = room.last_seq
            await self._db.write(lambda tx: tx.schedule(
                EXPIRE_JOB, tx.now + IDLE, {'case_id': case_id, 'seq': seq}, key=f'handoff:{case_id}:expire:{seq}'))
            return
        closed = await self._close(None, case_id, 'assistant.handoff_expire')
        if closed is not None:
            await self._follow(closed, expired=True)

    # -- inside ----------------------------------------------------------------------------------------------------

    async def _close(self, actor_id: int | None, case_id: int, action: str) -> Any | None:
        def work(tx: Tx) -> Any | None:
            row = cases.close(tx, case_id)
            if row is not None:
                tx.emit(HandoffClosed(**case_facts(row)))
                tx.schedule(FOLLOW_JOB, tx.now + SAFETY_NET, {'case_id': case_id}, key=f'handoff:{case_id}:closed:{_stamp(tx.now)}')
                tx.audit(actor_id, action, f'case:{case_id}', place_id=row.place_id)
            return row

        return await self._db.write(work)

    async def _release(self, worker_id: int, case_id: int) -> bool:
        held = await self._db.read(lambda session: cases.by_id(session, case_id))
        department = await self._roster.department(held.department_id)

        def work(tx: Tx) -> Any | None:
            due_at = self._due(tx.now, department)
            row = cases.release(tx, case_id, worker_id, due_at)
            if row is not None:
                tx.emit(HandoffReleased(**case_facts(row), worker_id=worker_id))
                tx.schedule(CLOCK_JOB, due_at, {'case_id': case_id}, key=clock_key(case_id, due_at))
                tx.audit(worker_id, 'assistant.handoff_release', f'case:{case_id}', place_id=row.place_id)
            return row

        row = await self._db.write(work)
        if row is None:
            return False
        with in_locale(SOURCE_LOCALE):
            words = wording.handoff_released()
        await self._say(case_id, row.room_id, words, f'released:{worker_id}:{_stamp(row.due_at)}')
        await self._let_go(row.room_id, worker_id)
        return True

    async def _follow(self, row: Any, *, expired: bool = False) -> None:
        """Bring the room in line with the case: who is inside and what was said. Doing it twice changes nothing."""
        if row.worker_id is None:
            return
        worker = (await self._people.cards([row.worker_id]))[row.worker_id]
        with in_locale(SOURCE_LOCALE):
            if row.state == CaseState.OWNED:
                await self._rooms.admit(row.room_id, [row.worker_id])
                await self._say(row.id, row.room_id, wording.handoff_taken(worker.name), f'taken:{row.worker_id}:{_stamp(row.taken_at)}')
            elif row.state == CaseState.CLOSED:
                words = wording.handoff_expired() if expired else wording.handoff_closed(worker.name)
                step = f'closed:{_stamp(row.closed_at)}'
                await self._say(row.id, row.room_id, words, step)
                await self._say(row.id, row.room_id, wording.handoff_rate(), f'card:{step}', card=True)
                if row.worker_id != row.asker_id:
                    await self._let_go(row.room_id, row.worker_id)

    async def _let_go(self, room_id: int, worker_id: int) -> None:
        try:
            await self._rooms.leave(Actor(worker_id), room_id)
        except NotFound:
            return  # has left already

    async def _say(self, case_id: int, room_id: int, words: str, step: str, *, card: bool = False) -> None:
        bot = await self._people.bot()
        more: dict[str, Any] = {'kind': MessageKind.CARD, 'card': {'kind': 'handoff', 'id': case_id}} if card else {}
        await self._rooms.say(bot, room_id, words, client_id=f'handoff:{case_id}:{step}', **more)

    async def _require(self, actor: Actor, case_id: int) -> Any:
        row = await self._db.read(lambda session: cases.by_id(session, case_id))
        await self._policy.require(actor, 'assistant.handle_handoff', row.place_id)
        return row

    def _clock_of(self, department: Any | None) -> DeskClock:
        return self._hours if department is None else self._hours.within(hours_of(department.hours))

    def _due(self, at: datetime, department: Any | None) -> datetime:
        return self._clock_of(department).after(at, TAKE_WITHIN if department is None else DEPARTMENT_WITHIN)

    async def _office(self, place_id: int) -> int:
        community = await self._people.community_of(place_id)
        return community.id if community is not None else place_id

    async def _path(self, place_id: int) -> str:
        path = await self._people.path_of(place_id)
        if path is None:
            raise NotFound
        return path

    async def _view(self, row: Any) -> CaseView:
        return (await self._views([row]))[0]

    async def _views(self, rows: Sequence[Any]) -> list[CaseView]:
        cards = await self._people.cards(_members(rows))
        names = await self._db.read(lambda session: department_rows.names(session, [row.department_id for row in rows if row.department_id]))
        return [
            CaseView(
                id=row.id, room_id=row.room_id, place_id=row.place_id, asker=cards[row.asker_id], question=row.question,
                state=CaseState(row.state), worker=cards[row.worker_id] if row.worker_id is not None else None,
                opened_at=row.opened_at, due_at=row.due_at, taken_at=row.taken_at, closed_at=row.closed_at,
                department_id=row.department_id, department=names.get(row.department_id, ''), talk=tuple(TalkLine(**one) for one in row.talk), stars=row.stars,
                reopened=row.reopened)
            for row in rows
        ]


def _own(room: RoomView, actor: Actor) -> bool:
    return room.kind is RoomKind.ASSISTANT and room.owner_id == actor.member_id


def clock_key(case_id: int, due_at: datetime) -> str:
    """Return the key of the job that looks whether a case was taken in time: one for each deadline."""
    return f'handoff:{case_id}:clock:{_stamp(due_at)}'


def _stamp(at: datetime) -> int:
    return int(at.timestamp())


def _members(rows: Iterable[Any]) -> set[int]:
    return {one for row in rows for one in (row.asker_id, row.worker_id) if one is not None}


def case_facts(row: Any) -> dict[str, Any]:
    """Return what every event of a case says."""
    return {
        'case_id': row.id, 'room_id': row.room_id, 'place_id': row.place_id, 'asker_id': row.asker_id,
        'state': CaseState(row.state),
    }
