"""Reading topics back: rows to schemas."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Row, and_, func, select
from sqlmodel import Session

from yunshequ.community.schemas import MemberCard
from yunshequ.core.i18n import N_, translate
from yunshequ.core.reach import Reach
from yunshequ.deliberation import tables as t
from yunshequ.deliberation.schemas import (
    DraftView,
    OpinionView,
    ProgressView,
    Stance,
    TopicListItem,
    TopicState,
    TopicView,
)

AnyRow: TypeAlias = Row[*tuple[Any, ...]]
"""A row of any columns."""

OPINIONS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Facts:
    """What was read of a topic in one go."""

    row: AnyRow
    drafts: Sequence[AnyRow]
    body: str
    opinions: Sequence[AnyRow]
    mine: Mapping[int, Stance]
    progress: Sequence[AnyRow]

    def people(self) -> set[int]:
        """Return whoever is named in it."""
        found = {row.created_by for row in self.drafts} | {row.member_id for row in self.progress}
        return found | {row.member_id for row in self.opinions} | {row.answered_by for row in self.opinions if row.answered_by}


def row_of(session: Session, topic_id: int) -> AnyRow | None:
    """Return the row of a topic."""
    return session.connection().execute(select(t.topic).where(t.topic.c.id == topic_id)).one_or_none()


def text_of(session: Session, topic_id: int, number: int) -> str | None:
    """Return the text of one edition."""
    d = t.draft.c
    found: str | None = session.connection().execute(
        select(d.body).where(d.topic_id == topic_id, d.number == number)).scalar()
    return found


def opinions_of(session: Session, topic_id: int, before: int | None, limit: int) -> Sequence[AnyRow]:
    """Return opinions, the newest first, older than the id ``before``."""
    o = t.opinion.c
    older = and_(o.topic_id == topic_id, o.id < before) if before is not None else o.topic_id == topic_id
    return session.connection().execute(select(t.opinion).where(older).order_by(o.id.desc()).limit(limit)).all()


def stances_of(session: Session, member_id: int, opinions: Sequence[AnyRow]) -> dict[int, Stance]:
    """Return what a member thinks of some opinions."""
    s = t.stance.c
    rows = session.connection().execute(
        select(s.opinion_id, s.stance).where(s.member_id == member_id, s.opinion_id.in_([row.id for row in opinions])))
    return {row.opinion_id: Stance(row.stance) for row in rows}


def facts_of(session: Session, topic_id: int, member_id: int) -> Facts | None:
    """Return all that a topic's page shows."""
    row = row_of(session, topic_id)
    if row is None:
        return None
    connection, d, p = session.connection(), t.draft.c, t.progress.c
    drafts = connection.execute(
        select(d.number, d.note, d.created_by, d.at).where(d.topic_id == topic_id).order_by(d.number.desc())).all()
    opinions = opinions_of(session, topic_id, None, OPINIONS_SHOWN)
    return Facts(
        row=row, drafts=drafts, body=text_of(session, topic_id, row.drafts) or '', opinions=opinions,
        mine=stances_of(session, member_id, opinions),
        progress=connection.execute(select(t.progress).where(p.topic_id == topic_id).order_by(p.id)).all(),
    )


def name_of(cards: Mapping[int, MemberCard], member_id: int | None, locale: str) -> str:
    """Return a member's name, or words for one who is gone."""
    card = None if member_id is None else cards.get(member_id)
    return card.name if card is not None else translate(N_('已离开的成员'), locale)


def opinion_view(row: AnyRow, cards: Mapping[int, MemberCard], mine: Stance | None, locale: str) -> OpinionView:
    """Return an opinion for a page."""
    card = cards.get(row.member_id)
    return OpinionView(
        id=row.id, draft_number=row.draft_number, author=name_of(cards, row.member_id, locale), author_id=row.member_id,
        badge=None if card is None else card.badge, body=row.body, at=row.at, agree=row.agree, disagree=row.disagree,
        skip=row.skip, outcome=row.outcome, answer=row.answer,
        answered_by=name_of(cards, row.answered_by, locale) if row.outcome else None, mine=mine,
    )


def topic_view(
    facts: Facts, cards: Mapping[int, MemberCard], locale: str, *, may_speak: bool, may_manage: bool,
) -> TopicView:
    """Return a topic for a page."""
    row = facts.row
    return TopicView(
        id=row.id, place_id=row.place_id, place_name=row.place_name, room_id=row.room_id, title=row.title,
        summary=row.summary, state=row.state, decision=row.decision, decided_at=row.decided_at, body=facts.body,
        drafts=tuple(
            DraftView(number=d.number, note=d.note, author=name_of(cards, d.created_by, locale), at=d.at) for d in facts.drafts),
        opinions=tuple(opinion_view(o, cards, facts.mine.get(o.id), locale) for o in facts.opinions),
        opinion_count=row.opinions,
        progress=tuple(
            ProgressView(id=p.id, body=p.body, author=name_of(cards, p.member_id, locale), at=p.at) for p in facts.progress),
        may_speak=may_speak and row.state == TopicState.OPEN, may_manage=may_manage,
    )


def topics_in(session: Session, where: Reach, which: ColumnElement[bool], limit: int) -> list[TopicListItem]:
    """Return topics in reach, the newest first, each with its latest step."""
    c, p = t.topic.c, t.progress.c
    latest = select(p.topic_id, func.max(p.id).label('id')).group_by(p.topic_id).subquery()
    rows = session.connection().execute(
        select(t.topic, p.body.label('step')).outerjoin(latest, latest.c.topic_id == c.id)
        .outerjoin(t.progress, p.id == latest.c.id)
        .where(which, where.covers(c.place_path)).order_by(c.decided_at.desc().nulls_first(), c.id.desc()).limit(limit),
    ).all()
    return [
        TopicListItem(
            id=row.id, place_name=row.place_name, title=row.title, summary=row.summary, state=row.state, drafts=row.drafts,
            opinions=row.opinions, decision=row.decision, progress=row.step or '', at=row.decided_at or row.created_at)
        for row in rows
    ]
