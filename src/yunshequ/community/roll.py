"""The roll (名册): who lives where, as the committee has confirmed it."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select, union
from sqlmodel import Session

from yunshequ.community import tables as t
from yunshequ.community.levels import Fact, Level, fact
from yunshequ.community.schemas import (
    ClaimView,
    GrantView,
    HolderView,
    HomeView,
    HouseholdView,
    Relation,
    RollEntry,
    RollPage,
)
from yunshequ.core.policy import RESIDENT_ROLES, Role


def _lives_now(now: datetime) -> ColumnElement[bool]:
    until = t.household_member.c.valid_until
    return or_(until.is_(None), until > now)


def _confirmed(now: datetime) -> ColumnElement[bool]:
    checked = t.household_member.c.checked_until
    return and_(t.household_member.c.verified_at.is_not(None), _lives_now(now), or_(checked.is_(None), checked > now))


def unverified(now: datetime) -> ColumnElement[bool]:
    """What waits for a verification: never verified, or no longer."""
    return or_(t.household_member.c.verified_at.is_(None), t.household_member.c.checked_until <= now)


def _granted(now: datetime) -> ColumnElement[bool]:
    grant = t.role_grant.c
    return and_(
        grant.revoked_at.is_(None), or_(grant.valid_from.is_(None), grant.valid_from <= now),
        or_(grant.valid_until.is_(None), grant.valid_until > now),
    )


def _below(place_id: ColumnElement[int], path: str) -> ColumnElement[bool]:
    """The place with ``path`` and all below; paths hold only digits and slashes, so nothing needs escaping.

    Not a range comparison, as collations of PostgreSQL may pass over slashes; a subquery, so that the few places are
    found first and their people by index.
    """
    return place_id.in_(select(t.place.c.id).where(t.place.c.path.like(path + '%')))


def label(building: str, room_no: str) -> str:
    """Return a household's label, e.g. ``3栋-502``."""
    return f'{building}-{room_no}'


def households_below(session: Session, path: str, now: datetime) -> list[HouseholdView]:
    """Return all households on the roll at or below a place, in order of building and flat."""
    connection = session.connection()
    members: dict[int, list[int]] = defaultdict(list)
    owners: dict[int, list[int]] = defaultdict(list)
    pairs = connection.execute(
        select(t.household_member.c.household_id, t.household_member.c.member_id, t.household_member.c.relation)
        .join(t.household, t.household.c.id == t.household_member.c.household_id)
        .join(t.member, t.member.c.id == t.household_member.c.member_id)
        .where(_below(t.household.c.place_id, path), _confirmed(now), t.member.c.left_at.is_(None)).order_by(t.household_member.c.id))
    for household_id, member_id, relation in pairs:
        members[household_id].append(member_id)
        if relation == Relation.OWNER:
            owners[household_id].append(member_id)
    rows = connection.execute(
        select(t.household.c.id, t.household.c.place_id, t.household.c.room_no, t.household.c.area_cm2, t.place.c.name)
        .join(t.place, t.place.c.id == t.household.c.place_id)
        .where(_below(t.household.c.place_id, path), t.household.c.on_roll).order_by(t.household.c.place_id, t.household.c.id))
    return [
        HouseholdView(id=row.id, place_id=row.place_id, label=label(row.name, row.room_no), area_cm2=row.area_cm2,
                      member_ids=tuple(members.get(row.id, ())), owner_ids=tuple(owners.get(row.id, ())))
        for row in rows
    ]


def households_of(session: Session, member_id: int, now: datetime) -> list[HouseholdView]:
    """Return the households a member may speak for."""
    connection = session.connection()
    rows = connection.execute(
        select(t.household.c.id, t.household.c.place_id, t.household.c.room_no, t.household.c.area_cm2, t.place.c.name)
        .join(t.place, t.place.c.id == t.household.c.place_id)
        .join(t.household_member, t.household_member.c.household_id == t.household.c.id)
        .where(t.household_member.c.member_id == member_id, _confirmed(now)).order_by(t.household.c.id)).all()
    speakers: dict[int, list[int]] = defaultdict(list)
    owners: dict[int, list[int]] = defaultdict(list)
    pairs = connection.execute(
        select(t.household_member.c.household_id, t.household_member.c.member_id, t.household_member.c.relation)
        .join(t.member, t.member.c.id == t.household_member.c.member_id)
        .where(t.household_member.c.household_id.in_([row.id for row in rows]), _confirmed(now), t.member.c.left_at.is_(None))
        .order_by(t.household_member.c.id))
    for household_id, who, relation in pairs:
        speakers[household_id].append(who)
        if relation == Relation.OWNER:
            owners[household_id].append(who)
    return [
        HouseholdView(id=row.id, place_id=row.place_id, label=label(row.name, row.room_no), area_cm2=row.area_cm2,
                      member_ids=tuple(speakers[row.id]), owner_ids=tuple(owners[row.id]))
        for row in rows
    ]


def _living(path: str, level: Level, now: datetime) -> Select[Any]:
    statement = (
        select(t.household_member.c.member_id)
        .join(t.household, t.household.c.id == t.household_member.c.household_id)
        .join(t.member, t.member.c.id == t.household_member.c.member_id)
        .where(_below(t.household.c.place_id, path), _confirmed(now), t.member.c.left_at.is_(None))
    )
    return statement.where(t.household_member.c.relation == Relation.OWNER) if level == Level.OWNER else statement


def _joined(path: str, now: datetime) -> Select[Any]:
    return (
        select(t.role_grant.c.member_id)
        .join(t.member, t.member.c.id == t.role_grant.c.member_id)
        .where(_below(t.role_grant.c.place_id, path), t.role_grant.c.role == Role.MEMBER, _granted(now), t.member.c.left_at.is_(None))
    )


def residents(session: Session, path: str, level: Level, now: datetime) -> list[int]:
    """Return ids of members living at or below a place, ascending; ``member`` includes the verified."""
    connection = session.connection()
    if level == Level.MEMBER:
        found = connection.execute(union(_living(path, level, now), _joined(path, now))).scalars()
        return sorted(found)
    return sorted(set(connection.execute(_living(path, level, now)).scalars()))


def staff(session: Session, place_ids: Iterable[int], roles: Iterable[Role], now: datetime) -> list[int]:
    """Return members who hold one of ``roles`` exactly at one of the places, longest in office first."""
    rows = session.connection().execute(
        select(t.role_grant.c.member_id)
        .join(t.member, t.member.c.id == t.role_grant.c.member_id)
        .where(t.role_grant.c.place_id.in_(list(place_ids)), t.role_grant.c.role.in_([str(role) for role in roles]),
               _granted(now), t.member.c.left_at.is_(None), t.member.c.is_bot.is_not(True))
        .order_by(t.role_grant.c.id)).scalars()
    return list(dict.fromkeys(rows))


def staff_below(session: Session, path: str, roles: Iterable[Role], now: datetime) -> list[int]:
    """Return members who hold one of ``roles`` at a place or below it, longest in office first."""
    rows = session.connection().execute(
        select(t.role_grant.c.member_id)
        .join(t.member, t.member.c.id == t.role_grant.c.member_id)
        .where(_below(t.role_grant.c.place_id, path), t.role_grant.c.role.in_([str(role) for role in roles]),
               _granted(now), t.member.c.left_at.is_(None), t.member.c.is_bot.is_not(True))
        .order_by(t.role_grant.c.id)).scalars()
    return list(dict.fromkeys(rows))


def homes(session: Session, member_ids: list[int], now: datetime) -> dict[int, tuple[HomeView, ...]]:
    """Return households of members, confirmed or claimed."""
    rows = session.connection().execute(
        select(t.household_member.c.member_id, t.household_member.c.household_id, t.household_member.c.relation,
               t.household_member.c.verified_at, t.household_member.c.checked_until, t.household_member.c.share,
               t.household.c.place_id, t.household.c.room_no, t.place.c.name)
        .join(t.household, t.household.c.id == t.household_member.c.household_id)
        .join(t.place, t.place.c.id == t.household.c.place_id)
        .where(t.household_member.c.member_id.in_(member_ids), _lives_now(now)).order_by(t.household_member.c.id))
    found: dict[int, list[HomeView]] = defaultdict(list)
    for row in rows:
        state = fact(known=True, verified_at=row.verified_at, until=row.checked_until, now=now)
        found[row.member_id].append(HomeView(
            household_id=row.household_id, place_id=row.place_id, label=label(row.name, row.room_no),
            relation=Relation(row.relation), verified=state is Fact.VERIFIED, state=state, until=row.checked_until, share=row.share))
    return {member_id: tuple(views) for member_id, views in found.items()}


def roles(session: Session, member_ids: list[int], now: datetime) -> dict[int, tuple[GrantView, ...]]:
    """Return given roles of members that are in force or will be."""
    rows = session.connection().execute(
        select(t.role_grant, t.place.c.name.label('place_name'))
        .join(t.place, t.place.c.id == t.role_grant.c.place_id)
        .where(t.role_grant.c.member_id.in_(member_ids), t.role_grant.c.revoked_at.is_(None),
               or_(t.role_grant.c.valid_until.is_(None), t.role_grant.c.valid_until > now)).order_by(t.role_grant.c.id))
    found: dict[int, list[GrantView]] = defaultdict(list)
    for row in rows:
        found[row.member_id].append(_grant_view(row))
    return {member_id: tuple(views) for member_id, views in found.items()}


def holders(session: Session, path: str, now: datetime) -> list[HolderView]:
    """Return who is or will be in office at or below a place, place by place."""
    rows = session.connection().execute(
        select(t.role_grant, t.place.c.name.label('place_name'), t.member.c.nickname)
        .join(t.place, t.place.c.id == t.role_grant.c.place_id)
        .join(t.member, t.member.c.id == t.role_grant.c.member_id)
        .where(_below(t.role_grant.c.place_id, path), t.role_grant.c.revoked_at.is_(None),
               t.role_grant.c.role.not_in(sorted(RESIDENT_ROLES)),
               or_(t.role_grant.c.valid_until.is_(None), t.role_grant.c.valid_until > now), t.member.c.left_at.is_(None))
        .order_by(t.place.c.path, t.role_grant.c.id))
    return [HolderView(name=row.nickname, grant=_grant_view(row)) for row in rows]


def _grant_view(row: Row[Any]) -> GrantView:
    return GrantView(
        id=row.id, member_id=row.member_id, place_id=row.place_id, place_name=row.place_name, role=Role(row.role),
        valid_from=row.valid_from, valid_until=row.valid_until)


def claims(session: Session, path: str, now: datetime) -> list[ClaimView]:
    """Return what waits for staff at or below a place, what has expired and must be verified anew included, oldest first."""
    rows = session.connection().execute(
        select(t.household_member.c.id, t.household_member.c.member_id, t.household_member.c.household_id,
               t.household_member.c.relation, t.member.c.nickname, t.household.c.room_no, t.household.c.on_roll, t.place.c.name)
        .join(t.household, t.household.c.id == t.household_member.c.household_id)
        .join(t.place, t.place.c.id == t.household.c.place_id)
        .join(t.member, t.member.c.id == t.household_member.c.member_id)
        .where(_below(t.household.c.place_id, path), unverified(now),
               t.household_member.c.valid_until.is_(None), t.member.c.left_at.is_(None)).order_by(t.household_member.c.id))
    return [
        ClaimView(id=row.id, member_id=row.member_id, member_name=row.nickname, household_id=row.household_id,
                  label=label(row.name, row.room_no), relation=Relation(row.relation), on_roll=row.on_roll)
        for row in rows
    ]


def page(
    session: Session, path: str, now: datetime, *, search: str, offset: int, limit: int, member_id: int | None = None,
) -> RollPage:
    """Return members who live or serve at or below a place, newest first; ``search`` matches name or flat, ``member_id`` leaves one."""
    connection = session.connection()
    serving = (
        select(t.role_grant.c.member_id).where(_below(t.role_grant.c.place_id, path), _granted(now)))
    living = (
        select(t.household_member.c.member_id)
        .join(t.household, t.household.c.id == t.household_member.c.household_id)
        .where(_below(t.household.c.place_id, path), _lives_now(now)))
    here = union(serving, living).subquery()
    condition = and_(t.member.c.id.in_(select(here.c.member_id)), t.member.c.left_at.is_(None), t.member.c.is_bot.is_not(True))
    if member_id is not None:
        condition = and_(condition, t.member.c.id == member_id)
    if search:
        by_flat = (
            select(t.household_member.c.member_id)
            .join(t.household, t.household.c.id == t.household_member.c.household_id)
            .where(t.household.c.room_no == search))
        condition = and_(condition, or_(t.member.c.nickname.contains(search, autoescape=True), t.member.c.id.in_(by_flat)))
    total = connection.execute(select(func.count()).select_from(t.member).where(condition)).scalar_one()
    people = connection.execute(
        select(t.member.c.id, t.member.c.nickname, t.member.c.phone_mask, t.member.c.created_at)
        .where(condition).order_by(t.member.c.id.desc()).offset(offset).limit(limit)).all()
    ids = [row.id for row in people]
    home, role = homes(session, ids, now), roles(session, ids, now)
    return RollPage(total=total, entries=tuple(
        RollEntry(member_id=row.id, name=row.nickname, phone_mask=row.phone_mask, homes=home.get(row.id, ()),
                  roles=role.get(row.id, ()), joined_at=row.created_at)
        for row in people))
