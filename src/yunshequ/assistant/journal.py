"""The log of questions (问答记录): plain statements; it holds what learning needs and nobody's name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, delete, exists, func, or_, select, update
from sqlmodel import Session

from yunshequ.assistant.models import AnswerFeedback, AnswerLog, HandoffCase
from yunshequ.assistant.schemas import Band, CaseState, Reason
from yunshequ.core.schedule import DueJob
from yunshequ.core.unit import Tx, insert_ignore

_log = AnswerLog.__table__  # type: ignore[attr-defined]
_feedback = AnswerFeedback.__table__  # type: ignore[attr-defined]
_case = HandoffCase.__table__  # type: ignore[attr-defined]
_job = DueJob.__table__  # type: ignore[attr-defined]

OPEN_BANDS = (Band.REFUSE.value, Band.SUGGEST.value)
"""Bands that leave a question open until somebody picks, writes or widens an entry."""


NOBODY = ''
"""Who asked, where the person does not want questions kept."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was decided about a question."""

    band: Band
    body: str
    place_path: str
    entry_id: int | None = None
    confidence: float = 0.0
    candidates: tuple[int, ...] = ()
    text: str | None = None
    """What was meant, where the question only makes sense after the answer before it."""


def asked(
    tx: Tx, *, key: str, reason: Reason, room_id: int, question_seq: int, place_id: int, asker: str, text: str,
    outcome: Outcome | None = None,
) -> bool:
    """Note a question; False if it is noted already. With ``outcome`` it is decided in the same breath."""
    row = {
        'key': key, 'reason': reason.value, 'room_id': room_id, 'question_seq': question_seq, 'place_id': place_id, 'asker': asker,
        'text': text, 'asked_at': tx.now, **_decided(outcome),
    }
    return insert_ignore(tx.session, AnswerLog, [row]) > 0


def decide(tx: Tx, log_id: int, outcome: Outcome) -> bool:
    """Set the outcome of a question that has none; False if another process was first."""
    meant = {} if outcome.text is None else {'text': outcome.text}
    done = tx.connection.execute(
        update(_log).where(_log.c.id == log_id, _log.c.band.is_(None)).values(_decided(outcome) | meant))
    return done.rowcount > 0


def fall_silent(tx: Tx, key: str) -> None:
    """Say nothing to a question after all: a person has taken over since it was decided."""
    tx.connection.execute(
        update(_log).where(_log.c.key == key, _log.c.answer_seq.is_(None)).values(band=Band.SILENT.value, body=None))
    tx.connection.execute(delete(_job).where(_job.c.key == key, _job.c.claimed_until.is_(None)))


def forget_asker(tx: Tx, asker: str) -> None:
    """Keep nothing of what somebody has asked so far; the counts stay."""
    tx.connection.execute(update(_log).where(_log.c.asker == asker).values(text='', asker=NOBODY))


def published(tx: Tx, key: str, seq: int) -> Any | None:
    """Note that an answer is in the room, and drop the job that would have seen to it; return its row (id, band)."""
    connection = tx.connection
    row = connection.execute(
        update(_log).where(_log.c.key == key, _log.c.answer_seq.is_(None)).values(answer_seq=seq, answered_at=tx.now)
        .returning(_log.c.id, _log.c.band)
    ).one_or_none()
    connection.execute(update(_log).where(_log.c.key == key, _log.c.asker == NOBODY).values(text=''))
    connection.execute(delete(_job).where(_job.c.key == key, _job.c.claimed_until.is_(None)))
    return row


def forget(tx: Tx, room_id: int, question_seq: int) -> None:
    """Its asker took the question back: nothing of its text is kept, and if it has no answer yet it gets none."""
    connection = tx.connection
    where = and_(_log.c.room_id == room_id, _log.c.question_seq == question_seq)
    connection.execute(update(_log).where(where).values(text=''))
    connection.execute(update(_log).where(where, _log.c.band.is_(None)).values(band=Band.SILENT.value))


def by_key(session: Session, key: str) -> Any | None:
    """Return a question by its key."""
    return session.connection().execute(select(_log).where(_log.c.key == key)).one_or_none()


def by_id(session: Session, log_id: int) -> Any | None:
    """Return a question by its id."""
    return session.connection().execute(select(_log).where(_log.c.id == log_id)).one_or_none()


def by_answer(session: Session, room_id: int, seq: int) -> Any | None:
    """Return the question that the message ``seq`` of a room answers."""
    return session.connection().execute(select(_log).where(_log.c.room_id == room_id, _log.c.answer_seq == seq)).one_or_none()


def last_offer(session: Session, room_id: int, since: datetime) -> Any | None:
    """Return the last answer of a room if it offered candidates."""
    row = session.connection().execute(
        select(_log).where(_log.c.room_id == room_id, _log.c.answer_seq.is_not(None), _log.c.asked_at >= since)
        .order_by(_log.c.id.desc()).limit(1)
    ).one_or_none()
    offers = {Band.SUGGEST.value, Band.CLARIFY.value, Band.LOADING.value}
    return row if row is not None and row.candidates and row.band in offers else None


def lately(session: Session, room_id: int, since: datetime, limit: int) -> Sequence[Any]:
    """Return what was answered in a room since an instant, newest first; not what 小栖 told of its own accord at a keeper's word."""
    return session.connection().execute(
        select(_log).where(
            _log.c.room_id == room_id, _log.c.answer_seq.is_not(None), _log.c.asked_at >= since, _log.c.reason != Reason.TOLD.value)
        .order_by(_log.c.id.desc()).limit(limit)
    ).all()


def told_lately(session: Session, room_id: int, entry_id: int, since: datetime) -> bool:
    """Tell whether an entry was told in a room since an instant."""
    return bool(session.connection().scalar(
        select(func.count()).select_from(_log)
        .where(_log.c.room_id == room_id, _log.c.entry_id == entry_id, _log.c.asked_at >= since)))


def owned_by_person(session: Session, *, room_id: int | None = None, asker_id: int | None = None) -> bool:
    """Tell whether a person owns the case of a private chat, or a case of a resident."""
    where = _case.c.room_id == room_id if room_id is not None else _case.c.asker_id == asker_id
    return bool(session.connection().scalar(
        select(func.count()).select_from(_case).where(where, _case.c.state == CaseState.OWNED.value)))


def rate(tx: Tx, log_id: int, rater: str, *, helpful: bool) -> bool:
    """Keep a person's word on an answer; return the word that counts: the first."""
    insert_ignore(tx.session, AnswerFeedback, [{'log_id': log_id, 'rater': rater, 'helpful': helpful, 'at': tx.now}])
    return bool(tx.connection.scalar(
        select(_feedback.c.helpful).where(_feedback.c.log_id == log_id, _feedback.c.rater == rater)))


def top_entries(session: Session, path: str, since: datetime, *, at_least: int, limit: int) -> list[tuple[int, int]]:
    """Return (entry, distinct askers) of the most asked at a place and below, only where ``at_least`` people asked."""
    askers = func.count(func.distinct(_log.c.asker))
    rows = session.connection().execute(
        select(_log.c.entry_id, askers)
        .where(_log.c.place_path.startswith(path, autoescape=True), _log.c.asked_at >= since,
               _log.c.entry_id.is_not(None), _log.c.band == Band.DIRECT.value, _log.c.reason != Reason.TOLD.value)
        .group_by(_log.c.entry_id).having(askers >= at_least).order_by(askers.desc(), _log.c.entry_id).limit(limit))
    return [(int(entry_id), int(count)) for entry_id, count in rows]


def open_questions(session: Session, path: str, since: datetime, limit: int) -> Sequence[Any]:
    """Return questions without an answer or with a bad one, newest first."""
    useless = exists(select(_feedback.c.id).where(_feedback.c.log_id == _log.c.id, _feedback.c.helpful.is_(False)))
    picked = _log.alias('picked')
    chosen = exists(select(picked.c.id).where(
        picked.c.reason == Reason.PICK.value, picked.c.room_id == _log.c.room_id, picked.c.question_seq == _log.c.question_seq))
    return session.connection().execute(
        select(_log).where(
            _log.c.place_path.startswith(path, autoescape=True), _log.c.asked_at >= since,
            _log.c.settled_by.is_(None), _log.c.text != '',
            or_(and_(_log.c.band.in_(OPEN_BANDS), ~chosen), and_(_log.c.band == Band.DIRECT.value, useless)))
        .order_by(_log.c.id.desc()).limit(limit)
    ).all()



def ungrouped(session: Session, since: datetime, limit: int) -> Sequence[Any]:
    """Return the open questions of all places, those that lead or belong to a group first, then by age."""
    return sorted(open_questions(session, '/', since, limit), key=lambda row: (row.group_id is None, row.id))


def set_groups(tx: Tx, groups: Mapping[int, int]) -> None:
    """Keep which question leads the group of which."""
    if groups:
        tx.connection.execute(
            update(_log).where(_log.c.id == bindparam('b_id')).values(group_id=bindparam('b_group')),
            [{'b_id': log_id, 'b_group': group_id} for log_id, group_id in groups.items()])


def untold(session: Session, entry_id: int, since: datetime) -> Sequence[Any]:
    """Return the questions an entry settles whose askers do not know it yet, by room and age; not those taken back."""
    return session.connection().execute(
        select(_log).where(
            _log.c.settled_by == entry_id, _log.c.told_at.is_(None), _log.c.text != '', _log.c.asked_at >= since)
        .order_by(_log.c.room_id, _log.c.id)
    ).all()


def told(tx: Tx, log_ids: Sequence[int]) -> int:
    """Note that the askers of questions are told; return how many were not yet."""
    return int(tx.connection.execute(
        update(_log).where(_log.c.id.in_(log_ids), _log.c.told_at.is_(None)).values(told_at=tx.now)).rowcount)


def _decided(outcome: Outcome | None) -> dict[str, Any]:
    if outcome is None:
        return {'candidates': []}
    return {
        'band': outcome.band.value, 'body': outcome.body, 'place_path': outcome.place_path, 'entry_id': outcome.entry_id,
        'confidence': outcome.confidence, 'candidates': list(outcome.candidates),
    }


