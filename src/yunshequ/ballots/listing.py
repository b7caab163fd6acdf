"""Lists of votes that concern somebody."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlmodel import Session

from yunshequ.ballots import tables as t
from yunshequ.ballots.reading import options_by_ballot, units_of
from yunshequ.ballots.schemas import BallotListItem, MyVote, State
from yunshequ.ballots.viewing import list_item, my_vote
from yunshequ.core.policy import Actor
from yunshequ.core.reach import Reach


def items(
    session: Session, actor: Actor, where: Reach, which: ColumnElement[bool], now: datetime, *, limit: int,
) -> list[BallotListItem]:
    """Return the ballots in reach that ``which`` picks, the last ended first, then the newest."""
    b = t.ballot.c
    rows = session.connection().execute(
        select(t.ballot).where(and_(which, where.covers(b.place_path)))
        .order_by(b.closed_at.desc().nulls_last(), b.id.desc()).limit(limit),
    ).all()
    ids = [row.id for row in rows]
    mine, options = units_of(session, actor.member_id, ids), options_by_ballot(session, ids)
    return [list_item(row, options.get(row.id, ()), mine.get(row.id, []), actor.locale, now) for row in rows]


def votes_of(session: Session, actor: Actor, now: datetime, *, limit: int) -> list[MyVote]:
    """Return the votes somebody has given, the newest ballots first."""
    b = t.ballot.c
    on_roll = select(t.voter.c.ballot_id).where(t.voter.c.member_id == actor.member_id)
    rows = session.connection().execute(select(t.ballot).where(b.id.in_(on_roll)).order_by(b.id.desc()).limit(limit)).all()
    ids = [row.id for row in rows]
    mine, options = units_of(session, actor.member_id, ids), options_by_ballot(session, ids)
    found: list[MyVote] = []
    for row in rows:
        units, texts = mine.get(row.id, []), options.get(row.id, ())
        item = list_item(row, texts, units, actor.locale, now)
        found += [my_vote(item, unit, texts, actor.locale) for unit in units if unit.voted]
    return found


def waiting_for(session: Session, member_id: int, now: datetime) -> int:
    """Return how many open ballots wait for a member's vote."""
    b, r, v = t.ballot.c, t.roll.c, t.voter.c
    return int(session.connection().execute(
        select(func.count(b.id.distinct()))
        .select_from(t.voter.join(t.roll, and_(r.ballot_id == v.ballot_id, r.unit == v.unit)).join(t.ballot, b.id == v.ballot_id))
        .where(v.member_id == member_id, r.voted.is_(False), b.state == State.OPEN, b.closes_at > now)).scalar_one())


def places_of(session: Session, ballot_ids: Sequence[int]) -> dict[int, int]:
    """Return where ballots are held."""
    b = t.ballot.c
    rows: Any = session.connection().execute(select(b.id, b.place_id).where(b.id.in_(ballot_ids)))
    return {row.id: row.place_id for row in rows}
