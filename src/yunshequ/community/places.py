"""Writing people and places: one function of a unit of work for each change. Rights are the service's affair."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from yunshequ.community import tables as t
from yunshequ.community.events import MemberChanged, PlacesChanged, RolesChanged
from yunshequ.community.models import Household, HouseholdMember, Member, RoleGrant
from yunshequ.community.roll import unverified
from yunshequ.community.schemas import PlaceKind, PlaceView, Relation
from yunshequ.core.errors import Conflict, Invalid, NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Role
from yunshequ.core.unit import Tx, insert_ignore

NICKNAME_MAX = 20
NEW_NEIGHBOUR = N_('新邻居')
"""What somebody goes by until they have said how they want to be called."""
_NAMES_OF_THE_BOT = ('小栖', '机器人')
_WORDS_OF_OFFICE = ('书记', '网格员', '楼栋长', '居委会', '社区工作', '街道办', '管理员')
"""Neighbours trust whoever bears one of these."""


def clean_nickname(nickname: str) -> str:
    """Return a nickname fit to be shown.

    :raises Invalid: empty, too long, or one that could be taken for the bot.
    """
    name = ' '.join(''.join(c if c.isprintable() else ' ' for c in nickname).split())
    if not name:
        raise Invalid(N_('请填写称呼，例如“3栋-张阿姨”'), field='nickname')
    if len(name) > NICKNAME_MAX:
        raise Invalid(N_('称呼最多 {n} 个字'), field='nickname', n=NICKNAME_MAX)
    if name.endswith('-'):
        raise Invalid(N_('请在“{start}”后面写上怎么称呼您，例如“{start}张阿姨”'), field='nickname', start=name)
    if any(taken in name for taken in _NAMES_OF_THE_BOT):
        raise Invalid(N_('这个称呼容易被当成机器人，请换一个'), field='nickname')
    return name


def require_no_office(name: str) -> None:
    """Return unless a name could be taken for an office (职务).

    :raises Invalid: it could; offices stand as a mark beside the name of those who hold one.
    """
    for word in _WORDS_OF_OFFICE:
        if word in name:
            raise Invalid(N_('“{word}”是职务，由社区授予后会显示在名字旁边，请换一个称呼'), field='nickname', word=word)


def among_neighbours(building: str, name: str) -> str:
    """Return what somebody of a building may go by among neighbours (楼栋-姓名), e.g. ``3栋-张阿姨``: a proposal.

    A name that says where already is left alone; without a name yet it is the beginning of one, ``3栋-``.
    """
    if not building or '-' in name or name.startswith(building):
        return name
    proposed = f'{building}-{name}'
    return proposed if len(proposed) <= NICKNAME_MAX else name


def add_place(tx: Tx, kind: PlaceKind, name: str, parent: PlaceView | None, profile: dict[str, Any] | None = None) -> PlaceView:
    """Insert a place under ``parent``."""
    connection = tx.connection
    place_id = connection.execute(insert(t.place).values(
        parent_id=parent.id if parent else None, kind=str(kind), name=name, path='', profile=profile or {},
    ).returning(t.place.c.id)).scalar_one()
    path = f'{parent.path if parent else "/"}{place_id}/'
    connection.execute(update(t.place).where(t.place.c.id == place_id).values(path=path))
    tx.emit(PlacesChanged())
    return PlaceView(id=place_id, parent_id=parent.id if parent else None, kind=kind, name=name, path=path)


def rename_place(tx: Tx, place_id: int, name: str) -> None:
    """Give a place another name."""
    tx.connection.execute(update(t.place).where(t.place.c.id == place_id).values(name=name))
    tx.emit(PlacesChanged())


def ensure_household(tx: Tx, place_id: int, room_no: str, *, area_cm2: int = 0, on_roll: bool = True) -> int:
    """Return the household of a flat, made if missing. ``on_roll`` puts an existing one on the roll, never takes it off."""
    insert_ignore(tx.session, Household, [{'place_id': place_id, 'room_no': room_no, 'area_cm2': area_cm2, 'on_roll': on_roll}])
    connection = tx.connection
    row = connection.execute(
        select(t.household.c.id, t.household.c.on_roll, t.household.c.area_cm2, t.household.c.merged_into)
        .where(t.household.c.place_id == place_id, t.household.c.room_no == room_no)).one()
    if row.merged_into is not None:
        return int(row.merged_into)
    change: dict[str, Any] = {}
    if on_roll and not row.on_roll:
        change['on_roll'] = True
    if on_roll and area_cm2 and area_cm2 != row.area_cm2:
        change['area_cm2'] = area_cm2
    if change:
        connection.execute(update(t.household).where(t.household.c.id == row.id).values(**change))
    return int(row.id)


def settle(
    tx: Tx, household_id: int, member_id: int, relation: Relation, *, verified: bool, until: datetime | None = None, share: int = 0,
) -> None:
    """Put a member into a household. Confirming also puts the household on the roll; a claim never undoes it.

    ``until``: how long the verification holds; ``share``: of an owner, in ten-thousandths.
    """
    connection = tx.connection
    where = (t.household_member.c.household_id == household_id, t.household_member.c.member_id == member_id)
    insert_ignore(tx.session, HouseholdMember, [{
        'household_id': household_id, 'member_id': member_id, 'relation': str(relation),
        'verified_at': tx.now if verified else None, 'valid_until': None, 'share': 0,
    }])
    if verified:
        connection.execute(update(t.household_member).where(*where).values(
            relation=str(relation), verified_at=tx.now, valid_until=None, checked_until=until, share=share))
        connection.execute(update(t.household).where(t.household.c.id == household_id).values(on_roll=True))
    else:  # somebody who moved out may claim again
        connection.execute(update(t.household_member).where(*where, t.household_member.c.valid_until <= tx.now).values(
            relation=str(relation), verified_at=None, valid_until=None, checked_until=None, share=0))
    tx.emit(RolesChanged(member_id=member_id))


def confirm_claim(tx: Tx, claim_id: int, relation: Relation | None) -> tuple[int, int]:
    """Confirm what a resident said; return (member, household).

    :raises Conflict: somebody else has already decided it.
    """
    connection = tx.connection
    row = connection.execute(
        select(t.household_member).where(t.household_member.c.id == claim_id)).first()
    if row is None:
        raise NotFound
    done = connection.execute(
        update(t.household_member)
        .where(t.household_member.c.id == claim_id, unverified(tx.now), t.household_member.c.valid_until.is_(None))
        .values(verified_at=tx.now, checked_until=None, relation=str(relation) if relation else row.relation))
    if done.rowcount == 0:
        raise Conflict(N_('这一条已经有人处理过了'))
    connection.execute(update(t.household).where(t.household.c.id == row.household_id).values(on_roll=True))
    tx.emit(RolesChanged(member_id=row.member_id))
    return row.member_id, row.household_id


def end_residence(tx: Tx, household_id: int, member_id: int) -> None:
    """Note that a member has moved out, or that a claim was refused.

    :raises NotFound: the member does not live there.
    """
    done = tx.connection.execute(
        update(t.household_member)
        .where(t.household_member.c.household_id == household_id, t.household_member.c.member_id == member_id,
               t.household_member.c.valid_until.is_(None))
        .values(valid_until=tx.now))
    if done.rowcount == 0:
        raise NotFound
    tx.emit(RolesChanged(member_id=member_id))


def create_member(
    tx: Tx, nickname: str, *, phone_hash: str | None, phone_mask: str | None, locale: str, party_member: bool = False,
) -> int:
    """Insert a member; one with the same phone hash is returned instead."""
    connection = tx.connection
    values: dict[str, Any] = {
        'nickname': nickname, 'phone_hash': phone_hash, 'phone_mask': phone_mask, 'locale': locale, 'is_bot': False,
        'party_member': party_member, 'party_visible': False, 'skills': [], 'created_at': tx.now,
    }
    if phone_hash is None:
        return int(connection.execute(insert(t.member).values(values).returning(t.member.c.id)).scalar_one())
    insert_ignore(tx.session, Member, [values])
    return int(connection.execute(select(t.member.c.id).where(t.member.c.phone_hash == phone_hash)).scalar_one())


def grant_role(
    tx: Tx, member_id: int, place_id: int, role: Role, *, granted_by: int | None,
    valid_from: datetime | None = None, valid_until: datetime | None = None,
) -> bool:
    """Give a role; return False where the member has held it already (its period is then set anew)."""
    fresh = insert_ignore(tx.session, RoleGrant, [{
        'member_id': member_id, 'place_id': place_id, 'role': str(role), 'granted_by': granted_by,
        'valid_from': valid_from, 'valid_until': valid_until,
    }]) == 1
    if not fresh:
        tx.connection.execute(
            update(t.role_grant)
            .where(t.role_grant.c.member_id == member_id, t.role_grant.c.place_id == place_id,
                   t.role_grant.c.role == str(role), t.role_grant.c.revoked_at.is_(None))
            .values(valid_from=valid_from, valid_until=valid_until, granted_by=granted_by))
    tx.emit(RolesChanged(member_id=member_id))
    return fresh


def revoke_grant(tx: Tx, grant_id: int) -> int:
    """End a grant at once; return whose it was.

    :raises Conflict: it had been ended before.
    """
    connection = tx.connection
    done = connection.execute(
        update(t.role_grant).where(t.role_grant.c.id == grant_id, t.role_grant.c.revoked_at.is_(None))
        .values(revoked_at=tx.now).returning(t.role_grant.c.member_id)).scalar()
    if done is None:
        raise Conflict(N_('这个角色已经被收回了'))
    tx.emit(RolesChanged(member_id=done))
    return int(done)


def change_member(tx: Tx, member_id: int, **values: Any) -> None:
    """Set columns of a member and announce the new card.

    :raises NotFound: there is no such member.
    """
    done = tx.connection.execute(update(t.member).where(t.member.c.id == member_id).values(**values))
    if done.rowcount == 0:
        raise NotFound
    tx.emit(MemberChanged(member_id=member_id))
