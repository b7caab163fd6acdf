"""The last questions as a yardstick (回放题目): each once, with what came of its answers. Nobody's name is in it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import or_, select
from sqlmodel import Session

from yunshequ.assistant.answering import normalised, question_of
from yunshequ.assistant.models import AnswerFeedback, AnswerLog, HandoffCase
from yunshequ.assistant.schemas import Band, Reason

LAST = 300
"""Different questions that are replayed."""
LOOK_AT = 2_000
"""Rows of the journal in which they are looked for."""

_log = AnswerLog.__table__  # type: ignore[attr-defined]
_feedback = AnswerFeedback.__table__  # type: ignore[attr-defined]
_case = HandoffCase.__table__  # type: ignore[attr-defined]

_ASKED = (Reason.MENTION.value, Reason.PRIVATE.value, Reason.UNASKED.value)
_SEARCHED = (Band.DIRECT.value, Band.SUGGEST.value, Band.REFUSE.value)
_AT_ONCE = 500


@dataclass(slots=True)
class Asked:
    """A question at a place. Counters are by entry: how often people called its answer helpful or useless."""

    log_id: int
    """The oldest row in sight: it stays the same while the question is asked again."""
    text: str
    path: str
    unasked: bool
    last_at: datetime
    times: int = 0
    helpful: Counter[int] = field(default_factory=Counter)
    useless: Counter[int] = field(default_factory=Counter)
    told: set[int] = field(default_factory=set)
    """Entries that were told at once."""
    handed_over: set[int] = field(default_factory=set)
    """Entries whose answer was not enough: the person went on to 转人工."""

    def praised(self, entry_id: int) -> bool:
        """Whether people said that this entry was the right answer, or chose it themselves."""
        return self.helpful[entry_id] > self.useless[entry_id]

    def blamed(self, entry_id: int) -> bool:
        """Whether people said that this entry was no answer."""
        return self.useless[entry_id] > self.helpful[entry_id]

    def answered_well(self, entry_id: int) -> bool:
        """Whether it was praised, or told at once without a word against it."""
        if self.praised(entry_id):
            return True
        return entry_id in self.told and not self.useless[entry_id] and entry_id not in self.handed_over

    @property
    def best(self) -> int | None:
        """The entry people praised most for this question."""
        praised = [(self.helpful[one] - self.useless[one], -one) for one in self.helpful if self.praised(one)]
        return -max(praised)[1] if praised else None


def last_questions(session: Session, paths: Iterable[str], since: datetime) -> list[Asked]:
    """Return what was asked at or below the places with ``paths``, each question of a place once, the last asked first."""
    here = or_(*(_log.c.place_path.startswith(path, autoescape=True) for path in set(paths)))
    connection = session.connection()
    rows = connection.execute(
        select(_log.c.id, _log.c.text, _log.c.place_path, _log.c.reason, _log.c.band, _log.c.entry_id, _log.c.room_id,
               _log.c.question_seq, _log.c.asked_at)
        .where(here, _log.c.asked_at >= since, _log.c.reason.in_(_ASKED), _log.c.band.in_(_SEARCHED), _log.c.text != '')
        .order_by(_log.c.id.desc()).limit(LOOK_AT)).all()
    found: dict[tuple[str, str, bool], Asked] = {}
    of_row: dict[int, Asked] = {}
    of_message: dict[tuple[int, int], Asked] = {}
    for row in rows:
        unasked = row.reason == Reason.UNASKED
        words = question_of(row.text)
        key = (normalised(words), row.place_path, unasked)
        if not key[0] or (key not in found and len(found) == LAST):
            continue
        asked = found.setdefault(key, Asked(row.id, words, row.place_path, unasked, row.asked_at))
        asked.log_id = row.id
        asked.times += 1
        if row.band == Band.DIRECT:
            asked.told.add(row.entry_id)
        of_row[row.id] = asked
        of_message[row.room_id, row.question_seq] = asked
    told = {row.id: row.entry_id for row in rows if row.entry_id is not None}
    oldest = min(of_row, default=0)
    for row in connection.execute(
        select(_log.c.id, _log.c.entry_id, _log.c.room_id, _log.c.question_seq)
        .where(here, _log.c.reason == Reason.PICK.value, _log.c.id >= oldest)
    ):
        asked_before = of_message.get((row.room_id, row.question_seq))
        if asked_before is not None and row.entry_id is not None:
            asked_before.helpful[row.entry_id] += 1  # choosing it is a word for it
            of_row[row.id], told[row.id] = asked_before, row.entry_id
    _judged(session, of_row, told)
    return list(found.values())


def _judged(session: Session, of_row: dict[int, Asked], told: dict[int, int]) -> None:
    ids: Sequence[int] = sorted(told.keys() & of_row.keys())
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start:start + _AT_ONCE]
        for log_id, helpful in session.connection().execute(
            select(_feedback.c.log_id, _feedback.c.helpful).where(_feedback.c.log_id.in_(part))
        ):
            (of_row[log_id].helpful if helpful else of_row[log_id].useless)[told[log_id]] += 1
        for log_id in session.connection().scalars(select(_case.c.log_id).where(_case.c.log_id.in_(part))):
            of_row[log_id].handed_over.add(told[log_id])
