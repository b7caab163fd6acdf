"""Reading votes back: rows to schemas, and what one person may see of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import Row, and_, select
from sqlmodel import Session

from yunshequ.ballots import tables as t
from yunshequ.ballots.events import OptionCount
from yunshequ.ballots.quorum import Totals
from yunshequ.ballots.schemas import Choice, Method, Stance
from yunshequ.ballots.tally import Count, Counts

AnyRow: TypeAlias = Row[*tuple[Any, ...]]
"""A row of any columns."""


def as_pairs(stored: Iterable[Sequence[int]]) -> Choice:
    """Return a choice as it stands in a row."""
    return tuple((int(option), int(value)) for option, value in stored)


def counts_of(session: Session, ballot_id: int) -> Counts:
    """Return what each option has. Never call it for a secret vote that is open: its tally is empty until the close."""
    rows = session.connection().execute(select(t.tally).where(t.tally.c.ballot_id == ballot_id)).all()
    return {row.option_id: Count(row.votes, row.area, row.heads, row.score) for row in rows}


def option_counts(counts: Mapping[int, Count] | None) -> tuple[OptionCount, ...] | None:
    """Return counts for an event."""
    if counts is None:
        return None
    return tuple(
        OptionCount(id=option, votes=n.votes, area=n.area, heads=n.heads, score=n.score)
        for option, n in sorted(counts.items())
    )


@dataclass(frozen=True, slots=True)
class Option:
    """An option as it stands in its row."""

    id: int
    text: str
    stance: Stance | None


@dataclass(frozen=True, slots=True)
class Mine:
    """A vote a member may give, and what stands for it (nothing of a secret vote is here)."""

    unit: str
    label: str
    voted: bool
    vote: AnyRow | None


def row_of(session: Session, ballot_id: int) -> AnyRow | None:
    """Return the row of a ballot."""
    return session.connection().execute(select(t.ballot).where(t.ballot.c.id == ballot_id)).one_or_none()


def options_of(session: Session, ballot_id: int) -> tuple[Option, ...]:
    """Return the options of a ballot in their order."""
    return options_by_ballot(session, [ballot_id]).get(ballot_id, ())


def options_by_ballot(session: Session, ballot_ids: Sequence[int]) -> dict[int, tuple[Option, ...]]:
    """Return the options of some ballots in their order."""
    found: dict[int, tuple[Option, ...]] = {}
    o = t.option.c
    for row in session.connection().execute(
        select(t.option).where(o.ballot_id.in_(ballot_ids)).order_by(o.ballot_id, o.position),
    ):
        option = Option(row.id, row.text, Stance(row.stance) if row.stance else None)
        found[row.ballot_id] = (*found.get(row.ballot_id, ()), option)
    return found


def chosen_options(session: Session, ids: Iterable[int]) -> dict[int, tuple[Option, Method]]:
    """Return options of any ballots by id, each with how its ballot is voted."""
    o = t.option.c
    rows = session.connection().execute(
        select(o.id, o.text, o.stance, t.ballot.c.method).join_from(t.option, t.ballot, o.ballot_id == t.ballot.c.id).where(o.id.in_(list(ids))))
    return {row.id: (Option(row.id, row.text, Stance(row.stance) if row.stance else None), Method(row.method)) for row in rows}


def named_votes(session: Session, ballot_id: int) -> Sequence[AnyRow]:
    """Return the named votes that stand: label of the unit, member, choice."""
    n, r = t.named_vote.c, t.roll.c
    return session.connection().execute(
        select(r.label, n.member_id, n.helper_id, n.choice)
        .join_from(t.named_vote, t.roll, and_(n.ballot_id == r.ballot_id, n.unit == r.unit))
        .where(n.ballot_id == ballot_id).order_by(n.unit)).all()


def secret_votes(session: Session, ballot_id: int) -> list[tuple[str, Choice]]:
    """Return secret votes by key, in the order of the keys, which says nothing."""
    s = t.secret_vote.c
    rows = session.connection().execute(select(s.key, s.choice).where(s.ballot_id == ballot_id).order_by(s.key)).all()
    return [(row.key, as_pairs(row.choice)) for row in rows]


def held_under(session: Session, key: str) -> Choice | None:
    """Return the secret vote kept under a key, if there is one."""
    stored = session.connection().execute(select(t.secret_vote.c.choice).where(t.secret_vote.c.key == key)).scalar()
    return None if stored is None else as_pairs(stored)


def units_of(session: Session, member_id: int, ballot_ids: Sequence[int]) -> dict[int, list[Mine]]:
    """Return, for each of some ballots, the votes a member may give and what stands for them."""
    joined = t.voter.join(
        t.roll, (t.roll.c.ballot_id == t.voter.c.ballot_id) & (t.roll.c.unit == t.voter.c.unit),
    ).outerjoin(
        t.named_vote, (t.named_vote.c.ballot_id == t.voter.c.ballot_id) & (t.named_vote.c.unit == t.voter.c.unit),
    )
    found: dict[int, list[Mine]] = {}
    for row in session.connection().execute(
        select(t.roll.c.ballot_id, t.roll.c.unit, t.roll.c.label, t.roll.c.voted, t.named_vote.c.member_id,
               t.named_vote.c.helper_id,
               t.named_vote.c.choice, t.named_vote.c.version, t.named_vote.c.cast_at)
        .select_from(joined).where(t.voter.c.member_id == member_id, t.voter.c.ballot_id.in_(ballot_ids))
        .order_by(t.roll.c.ballot_id, t.roll.c.unit),
    ).all():
        found.setdefault(row.ballot_id, []).append(
            Mine(row.unit, row.label, row.voted, row if row.member_id is not None else None))
    return found


def roll_totals(row: AnyRow) -> Totals:
    """Return the whole of a ballot's roll."""
    return Totals(units=row.roll_units, area=row.roll_area, heads=row.roll_heads)


def cast_totals(row: AnyRow) -> Totals:
    """Return who has taken part in a ballot."""
    return Totals(units=row.cast_units, area=row.cast_area, heads=row.cast_heads)
