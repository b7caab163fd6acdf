"""Join codes (入群码): what the QR on the noticeboard does."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, insert, or_, select, update
from sqlmodel import Session

from yunshequ.community import places
from yunshequ.community import tables as t
from yunshequ.community.events import Joined
from yunshequ.community.models import JoinUse
from yunshequ.community.roll import label
from yunshequ.community.schemas import JoinCodeView, Relation
from yunshequ.core.errors import Conflict, Invalid, NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Role
from yunshequ.core.unit import Tx, insert_ignore

ROOM_NO_MAX = 12

UNKNOWN = N_('这个入群码不存在，请核对后再扫一次')
REVOKED = N_('这个入群码已停用，请向社区要一个新的')
EXPIRED = N_('这个入群码已过期，请向社区要一个新的')
USED_UP = N_('这个入群码的名额已用完，请向社区要一个新的')


@dataclass(frozen=True, slots=True)
class Joining:
    """What a join has done."""

    code: Row[Any]
    first: bool
    """This member had not used the code before."""
    granted: bool
    """It made them a member of the place; they were none."""
    pending: bool
    """A household claim waits."""


def clean_room_no(room_no: str | None) -> str | None:
    """Return a flat number fit for the roll, None if none was given.

    :raises Invalid: too long, or with signs no flat number has.
    """
    text = ''.join((room_no or '').split()).replace('室', '')
    if not text:
        return None
    if len(text) > ROOM_NO_MAX or not all(c.isalnum() or c in '-#' for c in text):
        raise Invalid(N_('房号请写成“502”或“2-502”这样'), field='room_no')
    return text


def create(
    tx: Tx, *, token: str, place_id: int, room_id: int | None, household_id: int | None, created_by: int,
    expires_at: datetime | None, max_uses: int | None, note: str,
) -> int:
    """Insert a join code and return its id."""
    return int(tx.connection.execute(insert(t.join_code).values(
        token=token, place_id=place_id, room_id=room_id, household_id=household_id, created_by=created_by,
        created_at=tx.now, expires_at=expires_at, max_uses=max_uses, uses=0, note=note,
    ).returning(t.join_code.c.id)).scalar_one())


def find(session: Session, token: str) -> Row[Any]:
    """Return a code's row.

    :raises NotFound: there is no such code.
    """
    connection = session.connection()
    for written in dict.fromkeys((token, plain_code(token))):
        row = connection.execute(select(t.join_code).where(t.join_code.c.token == written)).first()
        if row is not None:
            return row
    raise NotFound(UNKNOWN)


def plain_code(typed: str) -> str:
    """Return a code as it is stored, from what somebody typed off a noticeboard: spaces, hyphens and case do not matter."""
    return ''.join(c for c in typed.upper() if c.isalnum())


def printed_code(token: str) -> str:
    """Return a code in groups a person can read out, e.g. ``ABCDE-FGHJK``."""
    return '-'.join(token[start:start + 5] for start in range(0, len(token), 5))


def refuse_unusable(row: Row[Any], now: datetime) -> None:
    """Raise what is wrong with a code, if anything.

    :raises Conflict: revoked, expired or used up.
    """
    if row.revoked_at is not None:
        raise Conflict(REVOKED)
    if row.expires_at is not None and row.expires_at <= now:
        raise Conflict(EXPIRED)
    if row.max_uses is not None and row.uses >= row.max_uses:
        raise Conflict(USED_UP)


def household_label(session: Session, household_id: int | None) -> str | None:
    """Return a household's label."""
    if household_id is None:
        return None
    row = session.connection().execute(
        select(t.household.c.room_no, t.place.c.name).join(t.place, t.place.c.id == t.household.c.place_id)
        .where(t.household.c.id == household_id)).first()
    return None if row is None else label(row.name, row.room_no)


def join(
    tx: Tx, token: str, member_id: int, *, nickname: str | None, room_no: str | None, relation: Relation, takes_flats: bool,
    approved: bool = False,
) -> Joining:
    """Let a member in.

    Places left are taken by one conditional statement; the same member costs a code one use however often it is tried.
    ``approved``: somebody in office has let them in, so that a code which ended meanwhile shuts nobody out.

    :raises Conflict: the code is revoked, expired or used up.
    """
    code = find(tx.session, token)
    first = insert_ignore(tx.session, JoinUse, [{'code_id': code.id, 'member_id': member_id, 'at': tx.now}]) == 1
    if first:
        _take_place(tx, code, approved=approved)
    granted = False
    if first or approved:
        granted = places.grant_role(tx, member_id, code.place_id, Role.MEMBER, granted_by=code.created_by)
    else:
        refuse_removed(tx, code, member_id)
    if nickname is not None:
        places.change_member(tx, member_id, nickname=nickname)
    pending = _claim(tx, code, member_id, room_no=room_no, relation=relation, takes_flats=takes_flats)
    tx.emit(Joined(member_id=member_id, place_id=code.place_id, room_id=code.room_id))
    tx.audit(member_id, 'community.join', f'join_code:{code.id}', place_id=code.place_id)
    return Joining(code, first, granted, pending)


def _take_place(tx: Tx, code: Row[Any], *, approved: bool) -> None:
    more = update(t.join_code).where(t.join_code.c.id == code.id).values(uses=t.join_code.c.uses + 1)
    if not approved:
        more = more.where(
            t.join_code.c.revoked_at.is_(None), or_(t.join_code.c.expires_at.is_(None), t.join_code.c.expires_at > tx.now),
            or_(t.join_code.c.max_uses.is_(None), t.join_code.c.uses < t.join_code.c.max_uses))
    if tx.connection.execute(more).rowcount == 0:
        refuse_unusable(find(tx.session, code.token), tx.now)
        raise Conflict(USED_UP)


def _claim(tx: Tx, code: Row[Any], member_id: int, *, room_no: str | None, relation: Relation, takes_flats: bool) -> bool:
    """Note the household a newcomer names; tell whether it waits to be confirmed."""
    household_id = code.household_id
    if household_id is None and room_no is not None and takes_flats:
        household_id = places.ensure_household(tx, code.place_id, room_no, on_roll=False)
    if household_id is None:
        return False
    places.settle(tx, household_id, member_id, relation, verified=False)
    return tx.connection.execute(
        select(t.household_member.c.id).where(
            t.household_member.c.household_id == household_id, t.household_member.c.member_id == member_id,
            t.household_member.c.verified_at.is_(None))).first() is not None


def take_back(tx: Tx, token: str, member_id: int) -> None:
    """Undo what ``join`` gave somebody who had been nothing at the place before: the membership and what they claimed there."""
    place_id = find(tx.session, token).place_id
    grants = tx.connection.execute(
        select(t.role_grant.c.id).where(
            t.role_grant.c.member_id == member_id, t.role_grant.c.place_id == place_id,
            t.role_grant.c.role == str(Role.MEMBER), t.role_grant.c.revoked_at.is_(None))).scalars().all()
    for grant_id in grants:
        places.revoke_grant(tx, grant_id)
    tx.connection.execute(
        update(t.household_member)
        .where(t.household_member.c.member_id == member_id, t.household_member.c.verified_at.is_(None),
               t.household_member.c.valid_until.is_(None),
               t.household_member.c.household_id.in_(select(t.household.c.id).where(t.household.c.place_id == place_id)))
        .values(valid_until=tx.now))


def refuse_removed(tx: Tx, code: Row[Any], member_id: int) -> None:
    """Refuse a second use by somebody whose membership was taken away since the first.

    :raises Conflict: so it is.
    """
    live = tx.connection.execute(
        select(t.role_grant.c.id).where(
            t.role_grant.c.member_id == member_id, t.role_grant.c.place_id == code.place_id,
            t.role_grant.c.role == str(Role.MEMBER), t.role_grant.c.revoked_at.is_(None))).first()
    if live is None:
        raise Conflict(N_('您已被移出这里，如需重新加入请联系社区'))


def revoke(tx: Tx, code_id: int) -> None:
    """Stop a code.

    :raises Conflict: it was stopped before.
    """
    done = tx.connection.execute(
        update(t.join_code).where(t.join_code.c.id == code_id, t.join_code.c.revoked_at.is_(None)).values(revoked_at=tx.now))
    if done.rowcount == 0:
        raise Conflict(REVOKED)


def renew(tx: Tx, code_id: int, days: int | None) -> datetime | None:
    """Let a code work ``days`` from now (None: until stopped), expired or not; the paper on the noticeboard stays; return until when.

    :raises Conflict: it was stopped.
    """
    expires_at = None if days is None else tx.now + timedelta(days=days)
    done = tx.connection.execute(
        update(t.join_code).where(t.join_code.c.id == code_id, t.join_code.c.revoked_at.is_(None)).values(expires_at=expires_at))
    if done.rowcount == 0:
        raise Conflict(REVOKED)
    return expires_at


def codes(session: Session, path: str, now: datetime) -> list[JoinCodeView]:
    """Return the codes of a place and all below, newest first."""
    rows = session.connection().execute(
        select(t.join_code, t.place.c.name.label('place_name')).join(t.place, t.place.c.id == t.join_code.c.place_id)
        .where(t.place.c.path.like(path + '%')).order_by(t.join_code.c.id.desc()).limit(500)).all()
    return [
        JoinCodeView(
            id=row.id, token=row.token, place_id=row.place_id, place_name=row.place_name, room_id=row.room_id,
            household_label=household_label(session, row.household_id), note=row.note, created_at=row.created_at,
            expires_at=row.expires_at, max_uses=row.max_uses, uses=row.uses,
            revoked=row.revoked_at is not None,
            usable=row.revoked_at is None and (row.expires_at is None or row.expires_at > now)
            and (row.max_uses is None or row.uses < row.max_uses))
        for row in rows
    ]
