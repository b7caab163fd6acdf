"""Incidents and calls: the changes themselves, each inside one unit of work. Who may is asked in ``service``."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, insert, select, update

from yunshequ.core.errors import Conflict, Invalid, NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.ids import token
from yunshequ.core.unit import Tx, insert_ignore
from yunshequ.emergency.checkin import OVERTIME
from yunshequ.emergency.events import (
    CallChanged,
    CallOpened,
    IncidentClosed,
    IncidentOpened,
    IncidentStale,
    TimelineAppended,
)
from yunshequ.emergency.models import Call, Incident, IncidentEntry, Shift
from yunshequ.emergency.schemas import (
    CallDraft,
    CallState,
    EntryKind,
    IncidentDraft,
    IncidentState,
    Level,
    ShiftDraft,
    ShiftState,
)

END_SHIFT = 'emergency.end_shift'
CLOSE_CALL = 'emergency.close_call'
REMIND_INCIDENT = 'emergency.remind_incident'
POST_CARD = 'emergency.post_card'

STALE_AFTER = timedelta(hours=24)
"""An incident nobody confirms for so long is asked about: an alarm that never ends is soon not seen."""
LONGEST_SHIFT = timedelta(hours=16)
CARD_RETRY = timedelta(seconds=5)
"""The card is posted at once; the job catches up if the process died in between."""

_incident = Incident.__table__  # type: ignore[attr-defined]
_entry = IncidentEntry.__table__  # type: ignore[attr-defined]
_call = Call.__table__  # type: ignore[attr-defined]
_shift = Shift.__table__  # type: ignore[attr-defined]


def open_incident(tx: Tx, opened_by: int, draft: IncidentDraft, communities: Sequence[int]) -> int:
    """Open an incident and tell ``communities``; the same ``client_id`` again gives the first one. Return its id."""
    fresh = insert_ignore(tx.session, Incident, [{
        'place_id': draft.place_id, 'title': draft.title, 'level': draft.level.value, 'drill': draft.drill,
        'state': IncidentState.ACTIVE.value, 'opened_by': opened_by, 'client_id': draft.client_id, 'opened_at': tx.now,
        'confirmed_at': tx.now, 'version': 1,
    }])
    incident_id: int = tx.connection.execute(
        select(_incident.c.id).where(_incident.c.opened_by == opened_by, _incident.c.client_id == draft.client_id),
    ).scalar_one()
    if fresh:
        append(tx, incident_id, opened_by, EntryKind.OPENED, draft.text, level=draft.level)
        tx.audit(opened_by, 'emergency.open_incident', f'incident:{incident_id}', place_id=draft.place_id,
                 detail={'level': draft.level.value, 'drill': draft.drill})
        _announce_incident(tx, incident_id, communities)
        _remind_later(tx, incident_id)
    return incident_id


def append(
    tx: Tx, incident_id: int, actor_id: int | None, kind: EntryKind, text: str = '', *,
    corrects_id: int | None = None, level: Level | None = None,
) -> int:
    """Add a line to the timeline and return its id.

    :raises Invalid: ``corrects_id`` is not a line of this incident.
    """
    connection = tx.connection
    if corrects_id is not None and connection.execute(
        select(_entry.c.id).where(_entry.c.id == corrects_id, _entry.c.incident_id == incident_id),
    ).one_or_none() is None:
        raise Invalid(N_('要更正的那条记录不在这件事里'), field='corrects_id')
    entry_id: int = connection.execute(
        insert(_entry).values(
            incident_id=incident_id, at=tx.now, actor_id=actor_id, kind=kind.value, text=text, corrects_id=corrects_id,
            level=None if level is None else level.value,
        ).returning(_entry.c.id),
    ).scalar_one()
    tx.emit(TimelineAppended(incident_id=incident_id, entry_id=entry_id))
    return entry_id


def set_level(tx: Tx, incident_id: int, actor_id: int, level: Level, why: str, communities: Sequence[int]) -> bool:
    """Raise or lower the level (升级、降级); False if it is that already.

    :raises Conflict: the incident is over.
    """
    _require_active(tx, incident_id)
    changed = _change(tx, incident_id, _incident.c.level != level.value, level=level.value, confirmed_at=tx.now)
    if changed:
        append(tx, incident_id, actor_id, EntryKind.LEVEL, why, level=level)
        tx.audit(actor_id, 'emergency.set_level', f'incident:{incident_id}', detail={'level': level.value})
        _announce_incident(tx, incident_id, communities)
    return changed


def confirm(tx: Tx, incident_id: int, actor_id: int) -> None:
    """Say that it still goes on.

    :raises Conflict: the incident is over.
    """
    if not _change(tx, incident_id, _incident.c.state == IncidentState.ACTIVE, confirmed_at=tx.now):
        raise Conflict(N_('这件事已经结束'), rule='incident_closed')
    append(tx, incident_id, actor_id, EntryKind.CONFIRMED)
    _remind_later(tx, incident_id)


def close_incident(tx: Tx, incident_id: int, actor_id: int, text: str, communities: Sequence[int]) -> bool:
    """End an incident and stop its sign-ups; shifts already agreed are held unless called off. False if over already."""
    if not _change(tx, incident_id, _incident.c.state == IncidentState.ACTIVE,
                   state=IncidentState.CLOSED.value, closed_at=tx.now):
        return False
    for call_id in tx.connection.execute(
        select(_call.c.id).where(_call.c.incident_id == incident_id, _call.c.state == CallState.OPEN).order_by(_call.c.id),
    ).scalars().all():
        close_call(tx, call_id)
    append(tx, incident_id, actor_id, EntryKind.CLOSED, text)
    tx.audit(actor_id, 'emergency.close_incident', f'incident:{incident_id}')
    for community_id in communities:
        tx.emit(IncidentClosed(community_id=community_id, incident_id=incident_id))
    return True


def remind(tx: Tx, incident_id: int) -> bool:
    """Ask the opener whether a silent incident still goes on, and again a day later; False if there is no need."""
    row = tx.connection.execute(select(_incident).where(_incident.c.id == incident_id)).one_or_none()
    if row is None or row.state != IncidentState.ACTIVE:
        return False
    if row.confirmed_at + STALE_AFTER > tx.now:
        return False  # confirmed meanwhile: that scheduled its own reminder
    tx.emit(IncidentStale(member_id=row.opened_by, incident_id=incident_id, title=row.title, since=row.confirmed_at))
    _remind_later(tx, incident_id)
    return True


def open_call(tx: Tx, created_by: int, draft: CallDraft) -> int:
    """Open a call with its shifts; the same ``client_id`` again gives the first one. Return its id.

    :raises Conflict: the incident is over.
    :raises Invalid: a shift's times make no sense.
    """
    _require_active(tx, draft.incident_id)
    fresh = insert_ignore(tx.session, Call, [{
        'incident_id': draft.incident_id, 'place_id': draft.place_id, 'room_id': draft.room_id, 'title': draft.title,
        'text': draft.text, 'state': CallState.OPEN.value, 'created_by': created_by, 'client_id': draft.client_id,
        'created_at': tx.now, 'closes_at': draft.closes_at,
    }])
    call_id: int = tx.connection.execute(
        select(_call.c.id).where(_call.c.created_by == created_by, _call.c.client_id == draft.client_id),
    ).scalar_one()
    if not fresh:
        return call_id
    for shift in draft.shifts:
        add_shift(tx, call_id, shift)
    append(tx, draft.incident_id, created_by, EntryKind.CALL, draft.title)
    tx.audit(created_by, 'emergency.call', f'call:{call_id}', place_id=draft.place_id)
    tx.emit(CallOpened(call_id=call_id, incident_id=draft.incident_id, place_id=draft.place_id, room_id=draft.room_id))
    if draft.closes_at is not None:
        tx.schedule(CLOSE_CALL, draft.closes_at, {'call_id': call_id}, key=f'{CLOSE_CALL}:{call_id}')
    if draft.room_id is not None:
        tx.schedule(POST_CARD, tx.now + CARD_RETRY, {'call_id': call_id}, key=f'{POST_CARD}:{call_id}')
    return call_id


def add_shift(tx: Tx, call_id: int, draft: ShiftDraft) -> int:
    """Add a shift to an open call and return its id.

    :raises Conflict: the call is closed.
    :raises Invalid: the end does not lie after the start, is past, or more than 16 hours away from it.
    """
    connection = tx.connection
    if not draft.starts_at < draft.ends_at <= draft.starts_at + LONGEST_SHIFT:
        raise Invalid(N_('班次的结束时间要晚于开始时间，最长 16 小时'), field='ends_at')
    if draft.ends_at <= tx.now:
        raise Invalid(N_('班次的结束时间已经过去'), field='ends_at')
    call = connection.execute(select(_call).where(_call.c.id == call_id).with_for_update()).one_or_none()
    if call is None:
        raise NotFound
    if call.state != CallState.OPEN:
        raise Conflict(N_('这次招募已经结束，不能再加班次'), rule='call_closed')
    shift_id: int = connection.execute(
        insert(_shift).values(
            **draft.model_dump(), call_id=call_id, taken=0, waiting=0, tickets=0, state=ShiftState.OPEN.value,
            secret=token(32), version=1,
        ).returning(_shift.c.id),
    ).scalar_one()
    tx.schedule(END_SHIFT, draft.ends_at + OVERTIME, {'shift_id': shift_id}, key=f'{END_SHIFT}:{shift_id}')
    tx.emit(CallChanged(call_id=call_id, state=call.state))
    return shift_id


def close_call(tx: Tx, call_id: int) -> bool:
    """Stop sign-ups to a call; seats already given stay. False if closed already."""
    connection = tx.connection
    closed = connection.execute(
        update(_call).where(_call.c.id == call_id, _call.c.state == CallState.OPEN)
        .values(state=CallState.CLOSED.value, closed_at=tx.now))
    if not closed.rowcount:
        return False
    connection.execute(
        update(_shift).where(_shift.c.call_id == call_id, _shift.c.state == ShiftState.OPEN)
        .values(state=ShiftState.CLOSED.value, version=_shift.c.version + 1))
    tx.emit(CallChanged(call_id=call_id, state=CallState.CLOSED.value))
    return True


def close_call_if_over(tx: Tx, call_id: int) -> bool:
    """Close a call without a closing time of its own once all of its shifts are over."""
    connection = tx.connection
    call = connection.execute(select(_call).where(_call.c.id == call_id).with_for_update()).one()
    if call.closes_at is not None:
        return False
    going_on = connection.execute(
        select(func.count()).select_from(_shift).where(
            _shift.c.call_id == call_id, _shift.c.state.in_((ShiftState.OPEN.value, ShiftState.CLOSED.value))),
    ).scalar_one()
    return going_on == 0 and close_call(tx, call_id)


def _require_active(tx: Tx, incident_id: int) -> None:
    state = tx.connection.execute(
        select(_incident.c.state).where(_incident.c.id == incident_id).with_for_update()).scalar_one_or_none()
    if state is None:
        raise NotFound
    if state != IncidentState.ACTIVE:
        raise Conflict(N_('这件事已经结束'), rule='incident_closed')


def _change(tx: Tx, incident_id: int, condition: Any, **values: Any) -> bool:
    changed = tx.connection.execute(
        update(_incident).where(_incident.c.id == incident_id, condition)
        .values(**values, version=_incident.c.version + 1))
    return bool(changed.rowcount)


def _announce_incident(tx: Tx, incident_id: int, communities: Sequence[int]) -> None:
    row = tx.connection.execute(select(_incident).where(_incident.c.id == incident_id)).one()
    for community_id in communities:
        tx.emit(IncidentOpened(
            community_id=community_id, incident_id=incident_id, title=row.title, level=row.level, drill=row.drill))


def _remind_later(tx: Tx, incident_id: int) -> None:
    at = tx.now + STALE_AFTER
    tx.schedule(REMIND_INCIDENT, at, {'incident_id': incident_id}, key=f'{REMIND_INCIDENT}:{incident_id}:{at.isoformat()}')
