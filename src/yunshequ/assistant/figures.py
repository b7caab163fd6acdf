"""What the journal says in numbers (问答数据): asked, answered, helpful, handed over, stars; by week, category, department, community."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlmodel import Session

from yunshequ.assistant.department_rows import department_table
from yunshequ.assistant.entries import entry_table
from yunshequ.assistant.models import AnswerFeedback, AnswerLog, HandoffCase
from yunshequ.assistant.schemas import Band, CandidateView, EntryFigures, EntryState, Reason, Share, Stars, WeekFigures
from yunshequ.core.clock import SHANGHAI, local

WEEKS = 8
SHOWN = 10
"""Rows of each list."""
JUDGED = 3
"""Words on an entry from which it may be said to mislead: one person's 没用 is no proof."""
USELESS = 0.4
"""Share of 没用 from which it is said."""
UNUSED = timedelta(days=90)
"""How long an entry has not been told before it is listed; it must be as old itself."""

_log = AnswerLog.__table__  # type: ignore[attr-defined]
_feedback = AnswerFeedback.__table__  # type: ignore[attr-defined]
_case = HandoffCase.__table__  # type: ignore[attr-defined]

_PUT = _log.c.reason.in_([Reason.MENTION.value, Reason.PRIVATE.value])
"""Questions put to 小栖; what it said of its own accord counts as told, not as asked."""
_QUESTION = and_(_PUT, _log.c.band.in_([Band.DIRECT.value, Band.SUGGEST.value, Band.CLARIFY.value, Band.REFUSE.value, Band.LOADING.value]))
_TOLD = and_(_log.c.band == Band.DIRECT.value, _log.c.reason != Reason.TOLD.value)


def monday(at: datetime) -> datetime:
    """Return the beginning of the week of ``at`` in Shanghai."""
    day = local(at).date()
    return datetime.combine(day - timedelta(days=day.weekday()), datetime.min.time(), SHANGHAI)


def weeks(session: Session, path: str, now: datetime) -> tuple[WeekFigures, ...]:
    """Return the last weeks at a place and below, oldest first, the running one last."""
    start = monday(now)
    return tuple(_week(session, path, start - timedelta(weeks=back)) for back in reversed(range(WEEKS)))


def _week(session: Session, path: str, start: datetime) -> WeekFigures:
    end = start + timedelta(weeks=1)
    here = and_(_log.c.place_path.startswith(path, autoescape=True), _log.c.asked_at >= start, _log.c.asked_at < end)
    connection = session.connection()
    picked = _log.c.reason == Reason.PICK.value
    row = connection.execute(select(
        _count(_QUESTION), _count(_TOLD & (_PUT | picked)), _count(_PUT & (_log.c.band == Band.REFUSE.value)),
        func.count(func.distinct(case((_QUESTION, _log.c.asker)))),
    ).where(here)).one()
    words = connection.execute(
        select(_count(_feedback.c.helpful.is_(True)), _count(_feedback.c.helpful.is_(False)))
        .select_from(_feedback.join(_log, _log.c.id == _feedback.c.log_id)).where(here)).one()
    handed = connection.scalar(select(func.count()).select_from(_case).where(
        _case.c.place_path.startswith(path, autoescape=True), _case.c.opened_at >= start, _case.c.opened_at < end))
    rated = connection.execute(select(func.count(_case.c.stars), func.coalesce(func.sum(_case.c.stars), 0)).where(
        _case.c.place_path.startswith(path, autoescape=True), _case.c.rated_at >= start, _case.c.rated_at < end)).one()
    return WeekFigures(
        begins=date.fromisoformat(f'{start:%Y-%m-%d}'), asked=row[0], answered=row[1], refused=row[2], askers=row[3], helpful=words[0],
        useless=words[1], handed_over=int(handed or 0),
        rated=rated[0], stars=rated[1])


def stars_by_department(session: Session, path: str, since: datetime) -> tuple[Stars, ...]:
    """Return the hand-offs settled since an instant by the department they waited for last, most settled first."""
    name = func.coalesce(department_table.c.name, '')
    rows = session.connection().execute(
        select(name, func.count(), func.count(_case.c.stars), func.coalesce(func.sum(_case.c.stars), 0))
        .select_from(_case.outerjoin(department_table, department_table.c.id == _case.c.department_id))
        .where(_case.c.place_path.startswith(path, autoescape=True), _case.c.closed_at >= since)
        .group_by(name).order_by(func.count().desc()).limit(SHOWN)).all()
    return tuple(Stars(name=row[0], settled=row[1], rated=row[2], stars=row[3]) for row in rows)


def stars_by_place(session: Session, path: str, since: datetime, name_of: Callable[[str], str]) -> tuple[Stars, ...]:
    """Return the hand-offs settled since an instant by community; ``name_of`` names the community of a path."""
    found: dict[str, list[int]] = {}
    for row in session.connection().execute(
        select(_case.c.place_path, func.count(), func.count(_case.c.stars), func.coalesce(func.sum(_case.c.stars), 0))
        .where(_case.c.place_path.startswith(path, autoescape=True), _case.c.closed_at >= since).group_by(_case.c.place_path)):
        sums = found.setdefault(name_of(row[0]), [0, 0, 0])
        for index, value in enumerate(row[1:]):
            sums[index] += value
    stars = [Stars(name=name, settled=settled, rated=rated, stars=total) for name, (settled, rated, total) in found.items()]
    return tuple(sorted(stars, key=lambda one: -one.settled)[:SHOWN])


def by_entry_field(session: Session, path: str, since: datetime, name: str) -> tuple[Share, ...]:
    """Return answers told since an instant by a field of their entries (``category`` or ``department``), most told first."""
    column = entry_table.c[name]
    return _shares(session, path, since, column, lambda value: str(value or ''))


def by_place(session: Session, path: str, since: datetime, name_of: Callable[[str], str]) -> tuple[Share, ...]:
    """Return answers told since an instant by community; ``name_of`` names the community of a path."""
    found: dict[str, list[int]] = {}
    for share in _shares(session, path, since, _log.c.place_path, str, limit=None):
        sums = found.setdefault(name_of(share.name), [0, 0, 0])
        for index, value in enumerate((share.told, share.helpful, share.useless)):
            sums[index] += value
    shares = [Share(name=name, told=told, helpful=helpful, useless=useless) for name, (told, helpful, useless) in found.items()]
    return tuple(sorted(shares, key=lambda one: -one.told)[:SHOWN])


def _shares(
    session: Session, path: str, since: datetime, column: ColumnElement[Any], name: Callable[[Any], str], limit: int | None = SHOWN,
) -> tuple[Share, ...]:
    told = func.count(func.distinct(_log.c.id))
    rows = session.connection().execute(
        select(column, told, _count(_feedback.c.helpful.is_(True)), _count(_feedback.c.helpful.is_(False)))
        .select_from(_log.join(entry_table, entry_table.c.id == _log.c.entry_id).outerjoin(_feedback, _feedback.c.log_id == _log.c.id))
        .where(_log.c.place_path.startswith(path, autoescape=True), _log.c.asked_at >= since, _TOLD)
        .group_by(column).order_by(told.desc()).limit(limit)).all()
    return tuple(Share(name=name(row[0]), told=row[1], helpful=row[2], useless=row[3]) for row in rows)


def misleading(session: Session, path: str, since: datetime) -> tuple[EntryFigures, ...]:
    """Return the entries people call useless, the worst first: at least ``JUDGED`` words, at least ``USELESS`` of them 没用."""
    useless, judged = _count(_feedback.c.helpful.is_(False)), func.count(_feedback.c.id)
    rows = session.connection().execute(
        select(entry_table.c.id, entry_table.c.question, judged, useless)
        .select_from(_feedback.join(_log, _log.c.id == _feedback.c.log_id).join(entry_table, entry_table.c.id == _log.c.entry_id))
        .where(_log.c.place_path.startswith(path, autoescape=True), _log.c.asked_at >= since)
        .group_by(entry_table.c.id, entry_table.c.question)
        .having(judged >= JUDGED, useless >= USELESS * judged).order_by(useless.desc(), entry_table.c.id).limit(SHOWN)).all()
    return tuple(EntryFigures(id=row[0], question=row[1], judged=row[2], useless=row[3]) for row in rows)


def unused(session: Session, path: str, now: datetime) -> tuple[int, tuple[CandidateView, ...]]:
    """Return how many published entries of a place and below nobody was told for ``UNUSED``, and the oldest of them."""
    since = now - UNUSED
    lately = select(_log.c.entry_id).where(_log.c.entry_id.is_not(None), _log.c.asked_at >= since)
    where: Sequence[ColumnElement[bool]] = (
        entry_table.c.place_path.startswith(path, autoescape=True), entry_table.c.state == EntryState.PUBLISHED.value,
        entry_table.c.created_at < since, entry_table.c.id.not_in(lately))
    connection = session.connection()
    total = int(connection.scalar(select(func.count()).select_from(entry_table).where(*where)) or 0)
    rows = connection.execute(
        select(entry_table.c.id, entry_table.c.question).where(*where).order_by(entry_table.c.changed_at).limit(SHOWN)).all()
    return total, tuple(CandidateView(id=row.id, question=row.question) for row in rows)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
