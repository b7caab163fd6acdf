"""Hand-off cases (转人工): plain statements, each state change one compare-and-set."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlmodel import Session

from yunshequ.assistant.models import AnswerLog, HandoffCase, KbEntry
from yunshequ.assistant.schemas import CaseState
from yunshequ.core.errors import NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.unit import Tx, insert_ignore

_case = HandoffCase.__table__  # type: ignore[attr-defined]
_log = AnswerLog.__table__  # type: ignore[attr-defined]
_entry = KbEntry.__table__  # type: ignore[attr-defined]

LONGEST_ANSWER = 200
"""Characters of an answer that go with a case: enough to see what the resident has been told."""

OPEN_STATES = (CaseState.WAITING.value, CaseState.OWNED.value)


def open_for(
    tx: Tx, *, room_id: int, place_id: int, place_path: str, asker_id: int, question: str, log_id: int | None, due_at: datetime,
    department_id: int | None = None, talk: Sequence[dict[str, str]] = (),
) -> tuple[Any, bool]:
    """Open a case for a private chat; if one is open already that one is returned, with False."""
    new = insert_ignore(tx.session, HandoffCase, [{
        'room_id': room_id, 'place_id': place_id, 'place_path': place_path, 'asker_id': asker_id, 'question': question,
        'log_id': log_id, 'state': CaseState.WAITING.value, 'opened_at': tx.now, 'due_at': due_at,
        'department_id': department_id, 'talk': list(talk), 'reopened': 0,
    }])
    row = tx.connection.execute(select(_case).where(_case.c.room_id == room_id, _case.c.closed_at.is_(None))).one()
    return row, new > 0


def take(tx: Tx, case_id: int, worker_id: int) -> Any | None:
    """Let a worker own a waiting case; None if it is not waiting."""
    return tx.connection.execute(
        update(_case).where(_case.c.id == case_id, _case.c.state == CaseState.WAITING.value)
        .values(state=CaseState.OWNED.value, worker_id=worker_id, taken_at=tx.now).returning(_case)
    ).one_or_none()


def release(tx: Tx, case_id: int, worker_id: int, due_at: datetime) -> Any | None:
    """Put a worker's case back to the waiting ones; None if that worker does not own it."""
    return tx.connection.execute(
        update(_case)
        .where(_case.c.id == case_id, _case.c.state == CaseState.OWNED.value, _case.c.worker_id == worker_id)
        .values(state=CaseState.WAITING.value, worker_id=None, taken_at=None, due_at=due_at).returning(_case)
    ).one_or_none()


def move(tx: Tx, case_id: int, actor_id: int, department_id: int | None, due_at: datetime) -> Any | None:
    """Put a case that waits, or that the actor owns, to those waiting for a department (None: for the community).

    None if somebody else owns it or it is closed.
    """
    mine = and_(_case.c.state == CaseState.OWNED.value, _case.c.worker_id == actor_id)
    return tx.connection.execute(
        update(_case).where(_case.c.id == case_id, or_(_case.c.state == CaseState.WAITING.value, mine))
        .values(state=CaseState.WAITING.value, worker_id=None, taken_at=None, department_id=department_id, due_at=due_at)
        .returning(_case)
    ).one_or_none()


def reopen(tx: Tx, case_id: int, asker_id: int, since: datetime, due_at: datetime) -> Any | None:
    """Open a resident's case again that was closed after ``since``; None if it is not such a case, or another of theirs is open."""
    room_id = tx.connection.scalar(select(_case.c.room_id).where(_case.c.id == case_id, _case.c.asker_id == asker_id))
    if room_id is None or open_in(tx.session, room_id) is not None:
        return None
    return tx.connection.execute(
        update(_case).where(_case.c.id == case_id, _case.c.state == CaseState.CLOSED.value, _case.c.closed_at >= since)
        .values(state=CaseState.WAITING.value, worker_id=None, taken_at=None, closed_at=None, stars=None, rated_at=None, due_at=due_at,
                reopened=_case.c.reopened + 1)
        .returning(_case)
    ).one_or_none()


def rate(tx: Tx, case_id: int, asker_id: int, stars: int) -> Any | None:
    """Keep what a resident says of their closed case; the last word counts. None if it is not closed, or not theirs."""
    return tx.connection.execute(
        update(_case).where(_case.c.id == case_id, _case.c.asker_id == asker_id, _case.c.state == CaseState.CLOSED.value)
        .values(stars=stars, rated_at=tx.now).returning(_case)
    ).one_or_none()


def department_of(session: Session, log_id: int) -> str:
    """Return the department of what a question was answered with, or of the first that was offered; empty if it is none's."""
    row = session.connection().execute(select(_log.c.entry_id, _log.c.candidates).where(_log.c.id == log_id)).one_or_none()
    found = None if row is None else row.entry_id if row.entry_id is not None else next(iter(row.candidates), None)
    if found is None:
        return ''
    return str(session.connection().scalar(select(_entry.c.department).where(_entry.c.id == found)) or '')


def talk_before(session: Session, room_id: int, asker: str, since: datetime, limit: int) -> list[dict[str, str]]:
    """Return what somebody was answered in a room since an instant, oldest first; what they let nobody keep is not in it."""
    if not asker:
        return []
    rows = session.connection().execute(
        select(_log.c.text, _log.c.body).where(
            _log.c.room_id == room_id, _log.c.asker == asker, _log.c.asked_at >= since, _log.c.text != '', _log.c.answer_seq.is_not(None))
        .order_by(_log.c.id.desc()).limit(limit)).all()
    return [{'asked': row.text, 'answered': (row.body or '')[:LONGEST_ANSWER]} for row in reversed(rows)]


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
