"""What is known of one member at one place, read from the roll: the facts a level is worked out from."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlmodel import Session

from yunshequ.community import tables as t
from yunshequ.community.levels import Fact, Known, fact
from yunshequ.community.roll import label
from yunshequ.community.schemas import Relation
from yunshequ.core.policy import RESIDENT_ROLES

_BEST_FIRST = (Fact.VERIFIED, Fact.EXPIRED, Fact.WAITING, Fact.NONE)


def known(session: Session, member_id: int, path: str, now: datetime) -> Known:
    """Return what is known of a member at the place with ``path`` and below."""
    connection = session.connection()
    h = t.household_member.c
    homes = connection.execute(
        select(h.relation, h.verified_at, h.checked_until, t.household.c.room_no, t.place.c.name)
        .join(t.household, t.household.c.id == h.household_id).join(t.place, t.place.c.id == t.household.c.place_id)
        .where(h.member_id == member_id, t.place.c.path.like(path + '%'), or_(h.valid_until.is_(None), h.valid_until > now))
        .order_by(h.id)).all()
    states = [fact(known=True, verified_at=home.verified_at, until=home.checked_until, now=now) for home in homes]
    best = min(range(len(homes)), key=lambda i: _BEST_FIRST.index(states[i]), default=None)
    joined = connection.execute(
        select(t.role_grant.c.id).join(t.place, t.place.c.id == t.role_grant.c.place_id)
        .where(t.role_grant.c.member_id == member_id, t.role_grant.c.revoked_at.is_(None),
               t.role_grant.c.role.in_(sorted(RESIDENT_ROLES)), t.place.c.path.like(path + '%'),
               or_(t.role_grant.c.valid_from.is_(None), t.role_grant.c.valid_from <= now),
               or_(t.role_grant.c.valid_until.is_(None), t.role_grant.c.valid_until > now))).first() is not None
    return Known(
        joined=joined or Fact.EXPIRED in states, residence=states[best] if best is not None else Fact.NONE,
        owner=any(home.relation == Relation.OWNER and state is Fact.VERIFIED for home, state in zip(homes, states, strict=True)),
        identity=identity(session, member_id, now), label=label(homes[best].name, homes[best].room_no) if best is not None else '')


def identity(session: Session, member_id: int, now: datetime) -> Fact:
    """Return how far the 实名 of a member is."""
    connection = session.connection()
    row = connection.execute(
        select(t.real_name.c.verified_at, t.real_name.c.valid_until).where(t.real_name.c.member_id == member_id)).first()
    state = Fact.NONE if row is None else fact(known=True, verified_at=row.verified_at, until=row.valid_until, now=now)
    if state is Fact.VERIFIED:
        return state
    waits = connection.execute(select(t.identity_check.c.id).where(
        t.identity_check.c.member_id == member_id, t.identity_check.c.decided_at.is_(None))).first()
    return state if waits is None else Fact.WAITING
