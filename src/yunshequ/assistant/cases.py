"""Hand-off cases (转人工): plain statements, each state change one compare-and-set."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session

from yunshequ.assistant.models import HandoffCase
from yunshequ.assistant.schemas import CaseState
from yunshequ.core.errors import NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.unit import Tx, insert_ignore

_case = HandoffCase.__table__  # type: ignore[attr-defined]

OPEN_STATES = (CaseState.WAITING.value, CaseState.OWNED.value)


def open_for(
    tx: Tx, *, room_id: int, place_id: int, place_path: str, asker_id: int, question: str, log_id: int | None, due_at: datetime,
) -> tuple[Any, bool]:
    """Open a case for a private chat; if one is open already that one is returned, with False."""
    new = insert_ignore(tx.session, HandoffCase, [{
        'room_id': room_id, 'place_id': place_id, 'place_path': place_path, 'asker_id': asker_id, 'question': question,
        'log_id': log_id, 'state': CaseState.WAITING.value, 'opened_at': tx.now, 'due_at': due_at,
    }])
    row = tx.connection.execute(select(_case).where(_case.c.room_id == room_id, _case.c.closed_at.is_(None))).one()
    return row, new > 0


def take(tx: Tx, case_id: int, worker_id: int) -> Any | None:
    """Let a worker own a waiting case; None if it is not waiting."""
    return tx.connection.execute(
        update(_case).where(_case.c.id == case_id, _case.c.state == CaseState.WAITING.value)
        .values(state=CaseState.OWNED.value, worker_id=worker_id, taken_at=tx.now).returning(_case)
    ).one_or_none()


def release(tx: Tx, case_id: int, worker_id: int) -> Any | None:
    """Put a worker's case back to the waiting ones; None if that worker does not own it."""
    return tx.connection.execute(
        update(_case)
        .where(_case.c.id == case_id, _case.c.state == CaseState.OWNED.value, _case.c.worker_id == worker_id)
        .values(state=CaseState.WAITING.value, worker_id=None, taken_at=None).returning(_case)
    ).one_or_none()


def owned_by(session: Session, worker_id: int) -> Sequence[Any]:
    """Return the cases a worker owns."""
    return session.connection().execute(
        select(_case).where(_case.c.worker_id == worker_id, _case.c.state == CaseState.OWNED.value)).all()


def close(tx: Tx, case_id: int) -> Any | None:
    """Close an owned case; None if nobody owns it."""
    return tx.connection.execute(
        update(_case).where(_case.c.id == case_id, _case.c.state == CaseState.OWNED.value)
        .values(state=CaseState.CLOSED.value, closed_at=tx.now).returning(_case)
    ).one_or_none()


def by_id(session: Session, case_id: int) -> Any:
    """Return a case.

    :raises NotFound: there is none.
    """
    row = session.connection().execute(select(_case).where(_case.c.id == case_id)).one_or_none()
    if row is None:
        raise NotFound(N_('没有找到这个转人工的问题'))
    return row


def open_in(session: Session, room_id: int) -> Any | None:
    """Return the open case of a private chat."""
    return session.connection().execute(select(_case).where(_case.c.room_id == room_id, _case.c.closed_at.is_(None))).one_or_none()


def below(session: Session, path: str, states: Sequence[str], limit: int) -> Sequence[Any]:
    """Return the cases at a place and below: open ones by deadline, then the last closed."""
    return session.connection().execute(
        select(_case).where(_case.c.place_path.startswith(path, autoescape=True), _case.c.state.in_(states))
        .order_by(_case.c.closed_at.is_not(None), _case.c.due_at, _case.c.id.desc()).limit(limit)
    ).all()
