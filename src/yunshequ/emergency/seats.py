"""Seats (名额): taking, giving back, promoting. Everything here runs inside one unit of work.

Locks, always in this order: the shift's row, then the guard row of one member. So all that happens to a shift happens
one after another, and two shifts taken at once by one member wait for each other at the guard. (SQLite has one
writer and needs neither; there ``FOR UPDATE`` is left out by the compiler.) Whatever the locks, the last word on
capacity has one conditional UPDATE.
"""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, exists, insert, select, update

from yunshequ.core.errors import Conflict, NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.unit import Tx, insert_ignore
from yunshequ.emergency.events import SeatsChanged, SignupChanged
from yunshequ.emergency.models import Shift, Signup, VolunteerGuard
from yunshequ.emergency.schemas import LIVE_STATES, SEATED, ShiftState, SignupState

TELL_PROMOTED = 'emergency.tell_promoted'
FILL_SEATS = 'emergency.fill_seats'

_shift = Shift.__table__  # type: ignore[attr-defined]
_signup = Signup.__table__  # type: ignore[attr-defined]
_guard = VolunteerGuard.__table__  # type: ignore[attr-defined]

_GOES_ON = (ShiftState.OPEN.value, ShiftState.CLOSED.value)


class Taken(NamedTuple):
    """The answer to a sign-up: the row's id, and whether it is the first answer or a repeated one."""

    signup_id: int
    fresh: bool


def locked_shift(tx: Tx, shift_id: int) -> Row[Any]:
    """Return the shift's row, held until the unit ends.

    :raises NotFound: there is none.
    """
    row = tx.connection.execute(select(_shift).where(_shift.c.id == shift_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFound
    return row


def _lock_member(tx: Tx, member_id: int) -> None:
    insert_ignore(tx.session, VolunteerGuard, [{'member_id': member_id}])
    tx.connection.execute(select(_guard.c.member_id).where(_guard.c.member_id == member_id).with_for_update())


def _seated_elsewhere(member: Any, shift_id: int, starts_at: datetime, ends_at: datetime) -> Any:
    """A seat the member holds in another shift that overlaps; one ending as the other begins does not."""
    other, held = _shift.alias('other'), _signup.alias('held')
    return (
        select(other.c.title, other.c.starts_at).select_from(held.join(other, other.c.id == held.c.shift_id))
        .where(held.c.member_id == member, held.c.state.in_(SEATED), other.c.id != shift_id,
               other.c.state.in_(_GOES_ON), other.c.starts_at < ends_at, other.c.ends_at > starts_at)
    )


def take(tx: Tx, shift_id: int, member_id: int, client_id: str) -> Taken:
    """Give the member a seat of the shift, or a place in its queue. A repeated request gets the first answer.

    :raises NotFound: there is no such shift.
    :raises Conflict: the shift takes no sign-ups, or the member holds a seat in one that overlaps.
    """
    connection = tx.connection
    shift = locked_shift(tx, shift_id)
    _lock_member(tx, member_id)
    known = connection.execute(
        select(_signup.c.id).where(_signup.c.member_id == member_id).where(
            (_signup.c.client_id == client_id) | ((_signup.c.shift_id == shift_id) & _signup.c.state.in_(LIVE_STATES)),
        ).order_by((_signup.c.client_id == client_id).desc()),
    ).scalars().first()
    if known is not None:
        return Taken(known, fresh=False)
    if shift.state != ShiftState.OPEN or shift.ends_at <= tx.now:
        raise Conflict(N_('这个班次已停止报名，可以看看其他班次'), rule='shift_closed')
    clash = connection.execute(
        _seated_elsewhere(member_id, shift_id, shift.starts_at, shift.ends_at).limit(1)).one_or_none()
    if clash is not None:
        raise Conflict(N_('您已报的班次“{title}”与它时间重叠，先取消那个再报'), rule='overlap', title=clash.title)

    seat = connection.execute(
        update(_shift).where(_shift.c.id == shift_id, _shift.c.taken < _shift.c.capacity, _shift.c.state == ShiftState.OPEN)
        .values(taken=_shift.c.taken + 1, tickets=_shift.c.tickets + 1, version=_shift.c.version + 1)
        .returning(_shift),
    ).one_or_none()
    state = SignupState.CONFIRMED
    if seat is None:
        state = SignupState.WAITLISTED
        seat = connection.execute(
            update(_shift).where(_shift.c.id == shift_id)
            .values(waiting=_shift.c.waiting + 1, tickets=_shift.c.tickets + 1, version=_shift.c.version + 1)
            .returning(_shift),
        ).one()
    signup_id = connection.execute(
        insert(_signup).values(
            shift_id=shift_id, member_id=member_id, client_id=client_id, state=state.value, position=seat.tickets,
            created_at=tx.now, version=1,
        ).returning(_signup.c.id),
    ).scalar_one()
    _announce_seats(tx, seat)
    tx.emit(SignupChanged(
        member_id=member_id, call_id=shift.call_id, shift_id=shift_id, signup_id=signup_id, state=state.value))
    return Taken(signup_id, fresh=True)


def give_back(tx: Tx, signup_id: int) -> bool:
    """Cancel a sign-up; a seat that comes free goes to the first in line in this same unit. False: already cancelled.

    :raises NotFound: there is no such sign-up.
    :raises Conflict: its member has checked in, or the shift is over.
    """
    connection = tx.connection
    of_signup = select(_signup).where(_signup.c.id == signup_id)
    first_look = connection.execute(of_signup).one_or_none()
    if first_look is None:
        raise NotFound
    shift = locked_shift(tx, first_look.shift_id)
    signup = connection.execute(of_signup).one()  # again: before the lock it may have been promoted or cancelled
    if signup.state == SignupState.CANCELLED:
        return False
    if signup.state not in (SignupState.CONFIRMED, SignupState.WAITLISTED):
        raise Conflict(N_('已经签到或班次已结束，不能再取消'), rule='signup_settled')
    if not _change(tx, signup, SignupState.CANCELLED):
        raise Conflict(N_('状态刚刚变了，请看一眼再试'), rule='signup_version')
    seated = signup.state == SignupState.CONFIRMED
    counter = {'taken': _shift.c.taken - 1} if seated else {'waiting': _shift.c.waiting - 1}
    row = connection.execute(
        update(_shift).where(_shift.c.id == shift.id).values(counter | {'version': _shift.c.version + 1}).returning(_shift),
    ).one()
    tx.emit(SignupChanged(
        member_id=signup.member_id, call_id=row.call_id, shift_id=row.id, signup_id=signup_id,
        state=SignupState.CANCELLED.value))
    _announce_seats(tx, promote(tx, row) if seated else row)
    if seated:
        _wake_other_queues(tx, signup.member_id, shift)
    return True


def resize(tx: Tx, shift_id: int, capacity: int) -> int:
    """Set the number of seats: more promote from the queue, fewer only stop new sign-ups. Return how many were promoted."""
    locked_shift(tx, shift_id)
    row = tx.connection.execute(
        update(_shift).where(_shift.c.id == shift_id)
        .values(capacity=capacity, version=_shift.c.version + 1).returning(_shift),
    ).one()
    after = promote(tx, row)
    _announce_seats(tx, after)
    return int(after.taken - row.taken)


def fill(tx: Tx, shift_id: int) -> int:
    """Promote whoever can be promoted now; return how many were."""
    row = locked_shift(tx, shift_id)
    after = promote(tx, row)
    if after.version != row.version:
        _announce_seats(tx, after)
    return int(after.taken - row.taken)


def promote(tx: Tx, shift: Row[Any]) -> Row[Any]:
    """Move people from the queue of a held shift to its free seats, first come first served; return the shift's new row.

    Who holds an overlapping seat by now is passed over and stays in line.
    """
    connection = tx.connection
    if shift.state not in _GOES_ON or shift.ends_at <= tx.now:
        return shift
    free = ~exists(_seated_elsewhere(_signup.c.member_id, shift.id, shift.starts_at, shift.ends_at))
    first_in_line = (
        select(_signup).where(_signup.c.shift_id == shift.id, _signup.c.state == SignupState.WAITLISTED, free)
        .order_by(_signup.c.position).limit(1)
    )
    while shift.taken < shift.capacity:
        signup = connection.execute(first_in_line).one_or_none()
        if signup is None:
            break
        _lock_member(tx, signup.member_id)
        clash = connection.execute(
            _seated_elsewhere(signup.member_id, shift.id, shift.starts_at, shift.ends_at).limit(1)).one_or_none()
        if clash is not None:
            continue  # took an overlapping seat while we waited for the guard: the next look passes over it
        seat = connection.execute(
            update(_shift).where(_shift.c.id == shift.id, _shift.c.taken < _shift.c.capacity)
            .values(taken=_shift.c.taken + 1, waiting=_shift.c.waiting - 1, version=_shift.c.version + 1)
            .returning(_shift),
        ).one_or_none()
        if seat is None or not _change(tx, signup, SignupState.CONFIRMED, promoted_at=tx.now):
            raise Conflict(N_('状态刚刚变了，请看一眼再试'), rule='signup_version')
        shift = seat
        tx.emit(SignupChanged(
            member_id=signup.member_id, call_id=shift.call_id, shift_id=shift.id, signup_id=signup.id,
            state=SignupState.CONFIRMED.value, promoted=True))
        tx.audit(None, 'emergency.promote', f'signup:{signup.id}', detail={'shift': shift.id})
        tx.schedule(TELL_PROMOTED, tx.now, {'signup_id': signup.id}, key=f'{TELL_PROMOTED}:{signup.id}')
    return shift


def settle(tx: Tx, shift_id: int) -> bool:
    """End a shift: who checked in is checked out at its end, who did not come is marked, the queue is let go.

    Return False if it is not over yet or was settled before.
    """
    connection = tx.connection
    shift = locked_shift(tx, shift_id)
    if shift.state not in _GOES_ON or shift.ends_at > tx.now:
        return False
    here = _signup.c.shift_id == shift_id
    next_version = _signup.c.version + 1
    changed = (
        (SignupState.CHECKED_IN, {'checked_out_at': shift.ends_at}), (SignupState.CONFIRMED, {'state': SignupState.NO_SHOW.value}),
        (SignupState.WAITLISTED, {'state': SignupState.CANCELLED.value}))
    for before, values in changed:
        for signup_id, member_id, state in connection.execute(
                update(_signup).where(here, _signup.c.state == before, _signup.c.checked_out_at.is_(None))
                .values(values | {'version': next_version}).returning(_signup.c.id, _signup.c.member_id, _signup.c.state)):
            tx.emit(SignupChanged(
                member_id=member_id, call_id=shift.call_id, shift_id=shift_id, signup_id=signup_id, state=state))
    _announce_seats(tx, connection.execute(
        update(_shift).where(_shift.c.id == shift_id)
        .values(state=ShiftState.ENDED.value, waiting=0, version=_shift.c.version + 1).returning(_shift)).one())
    return True


def call_off(tx: Tx, shift_id: int) -> list[int]:
    """Cancel a shift and every live sign-up for it; return the members to tell. Empty if it was over already."""
    connection = tx.connection
    shift = locked_shift(tx, shift_id)
    if shift.state not in _GOES_ON:
        return []
    gone = connection.execute(
        update(_signup).where(_signup.c.shift_id == shift_id, _signup.c.state.in_(LIVE_STATES))
        .values(state=SignupState.CANCELLED.value, version=_signup.c.version + 1)
        .returning(_signup.c.id, _signup.c.member_id),
    ).all()
    connection.execute(
        update(_shift).where(_shift.c.id == shift_id)
        .values(state=ShiftState.CANCELLED.value, taken=0, waiting=0, version=_shift.c.version + 1))
    for signup_id, member_id in gone:
        tx.emit(SignupChanged(
            member_id=member_id, call_id=shift.call_id, shift_id=shift_id, signup_id=signup_id,
            state=SignupState.CANCELLED.value))
        _wake_other_queues(tx, member_id, shift)
    return sorted({member_id for _, member_id in gone})


def check_in(tx: Tx, shift_id: int, signup_id: int, by: int | None) -> bool:
    """Mark a seated member as present; False if that was so already.

    :raises Conflict: the sign-up holds no seat (still in line, cancelled, over).
    """
    connection = tx.connection
    shift = locked_shift(tx, shift_id)
    member_id = connection.execute(
        update(_signup)
        .where(_signup.c.id == signup_id, _signup.c.shift_id == shift_id, _signup.c.state == SignupState.CONFIRMED)
        .values(state=SignupState.CHECKED_IN.value, checked_in_at=tx.now, checked_in_by=by, version=_signup.c.version + 1)
        .returning(_signup.c.member_id),
    ).scalar_one_or_none()
    if member_id is None:
        state = connection.execute(select(_signup.c.state).where(_signup.c.id == signup_id)).scalar()
        if state == SignupState.CHECKED_IN:
            return False
        raise Conflict(N_('没有有效的名额，不能签到'), rule='no_seat')
    tx.emit(SignupChanged(
        member_id=member_id, call_id=shift.call_id, shift_id=shift_id, signup_id=signup_id,
        state=SignupState.CHECKED_IN.value))
    return True


def _change(tx: Tx, signup: Row[Any], state: SignupState, **values: Any) -> bool:
    """Compare and set on the version."""
    same: ColumnElement[bool] = (_signup.c.id == signup.id) & (_signup.c.version == signup.version)
    changed = tx.connection.execute(
        update(_signup).where(same).values(state=state.value, version=_signup.c.version + 1, **values))
    return bool(changed.rowcount)


def _wake_other_queues(tx: Tx, member_id: int, shift: Row[Any]) -> None:
    """A seat given up here may let its member into an overlapping shift that had to pass over her: in a job, one lock each."""
    waits = select(_shift.c.id).select_from(_signup.join(_shift, _shift.c.id == _signup.c.shift_id)).where(
        _signup.c.member_id == member_id, _signup.c.state == SignupState.WAITLISTED, _shift.c.id != shift.id,
        _shift.c.taken < _shift.c.capacity, _shift.c.state.in_(_GOES_ON),
        _shift.c.starts_at < shift.ends_at, _shift.c.ends_at > shift.starts_at,
    )
    for shift_id in tx.connection.execute(waits).scalars():
        tx.schedule(FILL_SEATS, tx.now, {'shift_id': shift_id})


def _announce_seats(tx: Tx, shift: Row[Any]) -> None:
    tx.emit(SeatsChanged(
        call_id=shift.call_id, shift_id=shift.id, taken=shift.taken, capacity=shift.capacity, waiting=shift.waiting,
        version=shift.version))
