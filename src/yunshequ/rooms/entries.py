"""Applications to rooms (入群申请): plain units of work and reads; rights are the door's affair."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Row, select, update
from sqlmodel import Session

from yunshequ.core.errors import Conflict, NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.unit import Tx, upsert
from yunshequ.rooms.events import EntryChanged
from yunshequ.rooms.models import EntryRequest, Room
from yunshequ.rooms.schemas import EntryState, EntryView, RoomView

FORGET = 'rooms.forget_entry'
KEPT = timedelta(days=30)
"""So long after the decision the answer is kept, for questions about it; then it is blanked."""
UNDO = timedelta(minutes=10)
"""So long a decision can be taken back."""

_request = EntryRequest.__table__  # type: ignore[attr-defined]
_room = Room.__table__  # type: ignore[attr-defined]

DECIDED = N_('这份申请已经有人处理过了')


def ask(tx: Tx, room: RoomView, member_id: int, values: dict[str, Any]) -> None:
    """Write an application down, anew after a refusal; one that waits already is only changed."""
    row = {
        'room_id': room.id, 'member_id': member_id, 'state': EntryState.WAITING.value, 'reason': '', 'granted': False,
        'asked_at': tx.now, 'decided_at': None, 'decided_by': None, **values}
    upsert(tx.session, EntryRequest, row, key=['room_id', 'member_id'], change=[
        name for name in row if name not in {'room_id', 'member_id'}])
    _announce(tx, room.id, room.place_id, member_id, EntryState.WAITING)
    tx.audit(member_id, 'rooms.ask_entry', f'room:{room.id}', place_id=room.place_id)


def decide(tx: Tx, request_id: int, place_id: int, by: int, state: EntryState, *, reason: str = '') -> None:
    """Set what becomes of an application that waits.

    :raises Conflict: somebody else has decided it.
    """
    row = tx.connection.execute(
        update(_request).where(_request.c.id == request_id, _request.c.state == EntryState.WAITING.value)
        .values(state=state.value, reason=reason, decided_at=tx.now, decided_by=by)
        .returning(_request.c.room_id, _request.c.member_id)).one_or_none()
    if row is None:
        raise Conflict(DECIDED)
    _announce(tx, row.room_id, place_id, row.member_id, state)
    tx.audit(by, f'rooms.entry_{state.value}', f'room:{row.room_id}', place_id=place_id, detail={'member': row.member_id, 'reason': reason})
    tx.schedule(FORGET, tx.now + KEPT, {'request_id': request_id}, key=f'forget_entry:{request_id}')


def came_in(tx: Tx, room: RoomView, member_id: int) -> None:
    """Settle an application that waited when the room stopped asking and its writer simply came in."""
    done = tx.connection.execute(
        update(_request)
        .where(_request.c.room_id == room.id, _request.c.member_id == member_id, _request.c.state == EntryState.WAITING.value)
        .values(state=EntryState.ACCEPTED.value, decided_at=tx.now, decided_by=member_id).returning(_request.c.id)).scalar()
    if done is not None:
        _announce(tx, room.id, room.place_id, member_id, EntryState.ACCEPTED)
        tx.schedule(FORGET, tx.now + KEPT, {'request_id': done}, key=f'forget_entry:{done}')


def note_granted(tx: Tx, request_id: int) -> None:
    """Note that letting the applicant in made them a member of the place."""
    tx.connection.execute(update(_request).where(_request.c.id == request_id).values(granted=True))


def take_back(tx: Tx, request_id: int, place_id: int, by: int) -> Row[Any]:
    """Let an application that was just decided wait again; return it as it was.

    :raises Conflict: nothing was decided, or too long ago.
    """
    row = tx.connection.execute(select(_request).where(_request.c.id == request_id)).one()
    done = tx.connection.execute(
        update(_request)
        .where(_request.c.id == request_id, _request.c.state != EntryState.WAITING.value, _request.c.decided_at > tx.now - UNDO)
        .values(state=EntryState.WAITING.value, reason='', granted=False, decided_at=None, decided_by=None))
    if done.rowcount == 0:
        raise Conflict(N_('已经过了可以撤销的时间（10 分钟），或别人已经撤销'))
    _announce(tx, row.room_id, place_id, row.member_id, EntryState.WAITING)
    tx.audit(by, 'rooms.entry_undone', f'room:{row.room_id}', place_id=place_id, detail={'member': row.member_id, 'was': row.state})
    return row


def forget(tx: Tx, request_id: int) -> None:
    """Blank what an applicant wrote of themselves, unless the application was made or decided anew since."""
    tx.connection.execute(
        update(_request)
        .where(_request.c.id == request_id, _request.c.state != EntryState.WAITING.value, _request.c.decided_at <= tx.now - KEPT)
        .values(nickname='', room_no='', relation='', answer=''))


def _announce(tx: Tx, room_id: int, place_id: int, member_id: int, state: EntryState) -> None:
    tx.emit(EntryChanged(member_id=member_id, room_id=room_id, place_id=place_id, state=state.value))


def find(session: Session, request_id: int) -> Row[Any]:
    """Return an application with its room.

    :raises NotFound: there is none.
    """
    row = session.connection().execute(_with_room().where(_request.c.id == request_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def of_member(session: Session, member_id: int) -> list[Row[Any]]:
    """Return a member's applications, the latest first."""
    return list(session.connection().execute(_with_room().where(_request.c.member_id == member_id).order_by(_request.c.asked_at.desc())))


def waiting(session: Session, place_ids: list[int], limit: int) -> list[Row[Any]]:
    """Return what waits in the rooms of some places, the oldest first."""
    return list(session.connection().execute(
        _with_room().where(_request.c.state == EntryState.WAITING.value, _room.c.place_id.in_(place_ids))
        .order_by(_request.c.asked_at, _request.c.id).limit(limit)))


def of_room(session: Session, room_id: int, limit: int) -> list[Row[Any]]:
    """Return the applications to a room: those that wait first, then the latest decided."""
    order = (_request.c.state != EntryState.WAITING.value, _request.c.asked_at.desc())
    return list(session.connection().execute(_with_room().where(_request.c.room_id == room_id).order_by(*order).limit(limit)))


def _with_room() -> Any:
    return select(_request, _room.c.title, _room.c.place_id, _room.c.question).join(_room, _room.c.id == _request.c.room_id)


def view(row: Row[Any], decided_by: str = '') -> EntryView:
    """Return an application as its writer and those who decide it see it."""
    return EntryView(
        id=row.id, token=row.token, room_id=row.room_id, room_title=row.title, place_id=row.place_id, member_id=row.member_id,
        state=EntryState(row.state), nickname=row.nickname, room_no=row.room_no, relation=row.relation, question=row.question,
        answer=row.answer, reason=row.reason, asked_at=row.asked_at, decided_at=row.decided_at, decided_by=decided_by)
