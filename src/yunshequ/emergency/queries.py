"""What is read: rows into views, no rights asked here."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select
from sqlmodel import Session

from yunshequ.core.errors import NotFound
from yunshequ.emergency.models import Call, Incident, IncidentEntry, Shift, Signup
from yunshequ.emergency.schemas import (
    LIVE_STATES,
    SEATED,
    CallState,
    CallView,
    EntryView,
    IncidentState,
    IncidentView,
    ShiftState,
    ShiftView,
    SignupState,
    SignupView,
)

_incident = Incident.__table__  # type: ignore[attr-defined]
_entry = IncidentEntry.__table__  # type: ignore[attr-defined]
_call = Call.__table__  # type: ignore[attr-defined]
_shift = Shift.__table__  # type: ignore[attr-defined]
_signup = Signup.__table__  # type: ignore[attr-defined]


def row_of(session: Session, table: Any, row_id: int) -> Row[Any]:
    """Return one row by id.

    :raises NotFound: there is none.
    """
    row = session.connection().execute(select(table).where(table.c.id == row_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def incident_row(session: Session, incident_id: int) -> Row[Any]:
    """Return an incident's row, or raise NotFound."""
    return row_of(session, _incident, incident_id)


def call_row(session: Session, call_id: int) -> Row[Any]:
    """Return a call's row, or raise NotFound."""
    return row_of(session, _call, call_id)


def shift_with_call(session: Session, shift_id: int) -> Row[Any]:
    """Return a shift's row with ``place_id``, ``room_id``, ``call_title``, ``drill`` of its call, or raise NotFound."""
    columns: list[Any] = [_shift, _call.c.place_id, _call.c.room_id, _call.c.title.label('call_title'), _incident.c.drill]
    row: Row[Any] | None = session.connection().execute(
        select(*columns)
        .select_from(_shift.join(_call, _call.c.id == _shift.c.call_id)
                     .join(_incident, _incident.c.id == _call.c.incident_id))
        .where(_shift.c.id == shift_id),
    ).one_or_none()
    if row is None:
        raise NotFound
    return row


def signup_row(session: Session, signup_id: int) -> Row[Any]:
    """Return a sign-up's row, or raise NotFound."""
    return row_of(session, _signup, signup_id)


def incident_view(row: Row[Any]) -> IncidentView:
    """Return an incident's view, without the name of its place."""
    return IncidentView(
        id=row.id, place_id=row.place_id, title=row.title, level=row.level, drill=row.drill, state=row.state,
        opened_at=row.opened_at, confirmed_at=row.confirmed_at, closed_at=row.closed_at)


def active_incidents(session: Session) -> list[IncidentView]:
    """Return all incidents that go on, newest first: few at any time."""
    rows = session.connection().execute(
        select(_incident).where(_incident.c.state == IncidentState.ACTIVE).order_by(_incident.c.id.desc()))
    return [incident_view(row) for row in rows]


def timeline(session: Session, incident_id: int) -> list[tuple[EntryView, int | None]]:
    """Return the lines of an incident, oldest first, each with its actor's id."""
    rows = session.connection().execute(
        select(_entry).where(_entry.c.incident_id == incident_id).order_by(_entry.c.id))
    return [
        (EntryView(id=row.id, at=row.at, kind=row.kind, text=row.text, level=row.level, corrects_id=row.corrects_id),
         row.actor_id)
        for row in rows
    ]


def calls(session: Session, member_id: int, where: ColumnElement[bool]) -> list[CallView]:
    """Return the calls that match, newest first, as ``member_id`` sees them; names of places are not filled in."""
    connection = session.connection()
    rows = connection.execute(select(_call).where(where).order_by(_call.c.id.desc())).all()
    if not rows:
        return []
    ids = [row.id for row in rows]
    incident_ids = {row.incident_id for row in rows}
    incidents = {
        row.id: incident_view(row)
        for row in connection.execute(select(_incident).where(_incident.c.id.in_(incident_ids)))
    }
    mine = {one.shift_id: one for one in my_signups(session, member_id, _shift.c.call_id.in_(ids))}
    shifts: dict[int, list[ShiftView]] = defaultdict(list)
    for row in connection.execute(
        select(_shift).where(_shift.c.call_id.in_(ids)).order_by(_shift.c.starts_at, _shift.c.id),
    ):
        shifts[row.call_id].append(shift_view(row, mine.get(row.id)))
    return [
        CallView(
            id=row.id, incident=incidents[row.incident_id], place_id=row.place_id, room_id=row.room_id, title=row.title,
            text=row.text, state=row.state, created_at=row.created_at, closes_at=row.closes_at,
            shifts=tuple(shifts[row.id]))
        for row in rows
    ]


def one_call(session: Session, member_id: int, call_id: int) -> CallView:
    """Return one call as ``member_id`` sees it, or raise NotFound."""
    found = calls(session, member_id, _call.c.id == call_id)
    if not found:
        raise NotFound
    return found[0]


def calls_of_incident(session: Session, member_id: int, incident_id: int) -> list[CallView]:
    """Return the calls of an incident, newest first."""
    return calls(session, member_id, _call.c.incident_id == incident_id)


def open_calls(session: Session, member_id: int) -> list[CallView]:
    """Return every open call, newest first."""
    return calls(session, member_id, _call.c.state == CallState.OPEN)


def open_calls_in_room(session: Session, member_id: int, room_id: int) -> list[CallView]:
    """Return the open calls of a room that have an open shift, newest first."""
    found = calls(session, member_id, (_call.c.room_id == room_id) & (_call.c.state == CallState.OPEN))
    return [call for call in found if any(shift.state is ShiftState.OPEN for shift in call.shifts)]


def shift_view(row: Row[Any], mine: SignupView | None = None) -> ShiftView:
    """Return a shift's view."""
    return ShiftView(
        id=row.id, call_id=row.call_id, title=row.title, skills=tuple(row.skills), spot=row.spot, starts_at=row.starts_at,
        ends_at=row.ends_at, capacity=row.capacity, taken=row.taken, waiting=row.waiting, state=row.state,
        version=row.version, lead_id=row.lead_id, mine=mine)


def my_signups(session: Session, member_id: int, where: ColumnElement[bool] | None = None) -> list[SignupView]:
    """Return a member's sign-ups that are not cancelled, the latest of each shift, with their place in line."""
    ahead = _signup.alias('ahead')
    line = (
        select(func.count()).select_from(ahead)
        .where(ahead.c.shift_id == _signup.c.shift_id, ahead.c.state == SignupState.WAITLISTED,
               ahead.c.position <= _signup.c.position)
        .correlate(_signup).scalar_subquery()
    )
    query = (
        select(_signup, _shift.c.call_id, line.label('line'))
        .select_from(_signup.join(_shift, _shift.c.id == _signup.c.shift_id))
        .where(_signup.c.member_id == member_id, _signup.c.state != SignupState.CANCELLED)
        .order_by(_signup.c.id)
    )
    rows = session.connection().execute(query if where is None else query.where(where))
    return [_signup_view(row) for row in rows]


def one_signup(session: Session, signup_id: int) -> SignupView:
    """Return a sign-up in whatever state, or raise NotFound."""
    row = session.connection().execute(
        select(_signup, _shift.c.call_id).select_from(_signup.join(_shift, _shift.c.id == _signup.c.shift_id))
        .where(_signup.c.id == signup_id),
    ).one_or_none()
    if row is None:
        raise NotFound
    line = 0
    if row.state == SignupState.WAITLISTED:
        line = session.connection().execute(
            select(func.count()).select_from(_signup)
            .where(_signup.c.shift_id == row.shift_id, _signup.c.state == SignupState.WAITLISTED,
                   _signup.c.position <= row.position),
        ).scalar_one()
    return _signup_view(row, line)


def live_signup_id(session: Session, shift_id: int, member_id: int) -> int | None:
    """Return the id of a member's live sign-up for a shift."""
    found: int | None = session.connection().execute(
        select(_signup.c.id).where(
            _signup.c.shift_id == shift_id, _signup.c.member_id == member_id, _signup.c.state.in_(LIVE_STATES)),
    ).scalar()
    return found


def roster_rows(session: Session, shift_ids: Sequence[int]) -> list[Row[Any]]:
    """Return all sign-ups of shifts: by shift, then seated, no-shows, the queue, who left; each by order of arrival."""
    rows = session.connection().execute(
        select(_signup).where(_signup.c.shift_id.in_(shift_ids)).order_by(_signup.c.shift_id, _signup.c.position)).all()
    return sorted(rows, key=lambda row: (shift_ids.index(row.shift_id), _rank(row.state)))


def _rank(state: str) -> int:
    if state in SEATED:
        return 0
    return {SignupState.NO_SHOW.value: 1, SignupState.WAITLISTED.value: 2}.get(state, 3)


def _signup_view(row: Row[Any], line: int | None = None) -> SignupView:
    in_line = row.state == SignupState.WAITLISTED
    return SignupView(
        id=row.id, shift_id=row.shift_id, call_id=row.call_id, state=row.state, position=row.position,
        line=(row.line if line is None else line) if in_line else 0,
        checked_in_at=row.checked_in_at, checked_out_at=row.checked_out_at)
