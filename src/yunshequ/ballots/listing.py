"""Lists of votes: which ones concern somebody, told from where she lives or serves."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlmodel import Session

from yunshequ.ballots import tables as t
from yunshequ.ballots.reading import options_by_ballot, units_of
from yunshequ.ballots.schemas import BallotListItem, MyVote
from yunshequ.ballots.viewing import list_item, my_vote
from yunshequ.core.policy import RESIDENT_ROLES, Actor, Grant


@dataclass(frozen=True, slots=True)
class Reach:
    """The places whose votes concern somebody: ``exact`` paths (home and all above it), and all below ``offices``."""

    exact: frozenset[str]
    offices: tuple[str, ...]

    def clause(self) -> ColumnElement[bool]:
        """Return the condition on a ballot's place."""
        path = t.ballot.c.place_path
        return or_(path.in_(self.exact), *(path.like(office + '%') for office in self.offices))


def reach(grants: Iterable[Grant], now: datetime) -> Reach:
    """Return what concerns the holder of ``grants``."""
    exact: set[str] = set()
    offices: set[str] = set()
    for grant in grants:
        if not grant.holds_at(grant.path, now):
            continue
        if grant.role in RESIDENT_ROLES:
            parts = grant.path.strip('/').split('/')
            exact.update('/' + '/'.join(parts[:n]) + '/' for n in range(1, len(parts) + 1))
        else:
            offices.add(grant.path)
    return Reach(frozenset(exact), tuple(sorted(offices)))


def items(
    session: Session, actor: Actor, where: Reach, which: ColumnElement[bool], now: datetime, *, limit: int,
) -> list[BallotListItem]:
    """Return the ballots in reach that ``which`` picks, the last ended first, then the newest."""
    b = t.ballot.c
    rows = session.connection().execute(
        select(t.ballot).where(and_(which, where.clause())).order_by(b.closed_at.desc().nulls_last(), b.id.desc()).limit(limit),
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


def places_of(session: Session, ballot_ids: Sequence[int]) -> dict[int, int]:
    """Return where ballots are held."""
    b = t.ballot.c
    rows: Any = session.connection().execute(select(b.id, b.place_id).where(b.id.in_(ballot_ids)))
    return {row.id: row.place_id for row in rows}
