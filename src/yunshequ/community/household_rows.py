"""Changes of households (户的变动): merged, split, moved in and out; each leaves what was before and after, so that it can be undone.

Nobody and no flat is deleted: a flat that became part of another points to it, and an open vote keeps the roll it began with.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update
from sqlmodel import Session

from yunshequ.community import areas, places
from yunshequ.community import tables as t
from yunshequ.community.events import RolesChanged
from yunshequ.community.household_schemas import ChangeKind, ChangeView, Part
from yunshequ.community.models import Household
from yunshequ.community.schemas import Relation
from yunshequ.core.errors import Conflict, Invalid, NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.unit import Tx, insert_ignore

Snapshot = dict[str, list[dict[str, Any]]]

MOVED_ON = N_('这几户刚刚有变化，请重新核对后再确认')
GONE_ON = N_('这之后这几户又有变化，不能直接撤销；请按现在的情况再登记一次变动')
_FLAT = ('id', 'place_id', 'room_no', 'area_cm2', 'on_roll', 'merged_into')
_LIVES = ('id', 'household_id', 'member_id', 'relation', 'verified_at', 'valid_until', 'checked_until', 'share')
_TIMES = ('verified_at', 'valid_until', 'checked_until')


def lock(tx: Tx, household_ids: Iterable[int]) -> None:
    """Hold these households until the unit ends, always in the same order (PostgreSQL; on SQLite there is one writer)."""
    tx.connection.execute(
        select(t.household.c.id).where(t.household.c.id.in_(sorted(household_ids))).order_by(t.household.c.id).with_for_update()).all()


def snapshot(connection: Connection, household_ids: Iterable[int]) -> Snapshot:
    """Return some households and who is or was in them, fit for JSON."""
    ids = sorted(household_ids)
    flats = connection.execute(
        select(*(t.household.c[name] for name in _FLAT)).where(t.household.c.id.in_(ids)).order_by(t.household.c.id)).mappings()
    lives = connection.execute(
        select(*(t.household_member.c[name] for name in _LIVES)).where(t.household_member.c.household_id.in_(ids))
        .order_by(t.household_member.c.id)).mappings()
    people = connection.execute(
        select(t.roll_person.c.id, t.roll_person.c.household_id).where(t.roll_person.c.household_id.in_(ids))
        .order_by(t.roll_person.c.id)).mappings()
    return {
        'flats': [dict(row) for row in flats], 'people': [dict(row) for row in people],
        'lives': [{name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()} for row in lives],
    }


def digest(found: Snapshot) -> str:
    """Return what stands for a snapshot."""
    return hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()[:32]


def merge(tx: Tx, keep: int, others: Sequence[int]) -> list[int]:
    """Make ``others`` part of ``keep``: areas add up, everybody lives in the one flat. Shares that differ must be recorded anew.

    Return the flats it made: none.
    """
    connection = tx.connection
    flats = _flats(connection, [keep, *others])
    area = areas.merged([flats[one]['area_cm2'] for one in (keep, *others)])
    owners = [_owners(connection, one, tx.now) for one in (keep, *others)]
    h, p = t.household_member.c, t.roll_person.c
    here = {row.member_id: row for row in connection.execute(select(t.household_member).where(h.household_id == keep))}
    for row in connection.execute(select(t.household_member).where(h.household_id.in_(others)).order_by(h.id)).all():
        twin = here.get(row.member_id)
        if twin is None:
            connection.execute(update(t.household_member).where(h.id == row.id).values(household_id=keep))
            here[row.member_id] = row
        elif _lives(row, tx.now):
            if not _lives(twin, tx.now) or (twin.verified_at is None and row.verified_at is not None):
                connection.execute(update(t.household_member).where(h.id == twin.id).values(
                    relation=row.relation, verified_at=row.verified_at, valid_until=row.valid_until, checked_until=row.checked_until,
                    share=row.share))
            connection.execute(update(t.household_member).where(h.id == row.id).values(valid_until=tx.now))
    if any(one != owners[0] for one in owners):
        connection.execute(update(t.household_member).where(h.household_id == keep).values(share=0))
    named = set(connection.execute(select(p.name_key).where(p.household_id == keep)).scalars())
    for entry in connection.execute(select(t.roll_person).where(p.household_id.in_(others)).order_by(p.id)).all():
        if entry.name_key not in named:
            connection.execute(update(t.roll_person).where(p.id == entry.id).values(household_id=keep))
            named.add(entry.name_key)
    connection.execute(update(t.household).where(t.household.c.id.in_(others)).values(on_roll=False, merged_into=keep))
    connection.execute(update(t.household).where(t.household.c.merged_into.in_(others)).values(merged_into=keep))
    connection.execute(update(t.household).where(t.household.c.id == keep).values(area_cm2=area))
    return []


def split(tx: Tx, household_id: int, parts: Sequence[Part]) -> list[int]:
    """Divide a flat; the part with its own number stays, whom the others name moves there. Return the ids of the new ones."""
    connection = tx.connection
    flat = _flats(connection, [household_id])[household_id]
    areas.check_split(flat['area_cm2'], [part.area for part in parts])
    fresh = []
    h = t.household_member.c
    for part in parts:
        if part.room_no == flat['room_no']:
            connection.execute(update(t.household).where(t.household.c.id == household_id).values(area_cm2=part.area))
            continue
        new_id = _new_flat(tx, flat, household_id, part)
        fresh.append(new_id)
        if part.member_ids:
            connection.execute(update(t.household_member).where(
                h.household_id == household_id, h.member_id.in_(part.member_ids)).values(household_id=new_id))
    connection.execute(update(t.household_member).where(h.household_id.in_([household_id, *fresh])).values(share=0))
    return fresh


def _new_flat(tx: Tx, flat: dict[str, Any], household_id: int, part: Part) -> int:
    connection = tx.connection
    insert_ignore(tx.session, Household, [{
        'place_id': flat['place_id'], 'room_no': part.room_no, 'area_cm2': part.area, 'on_roll': False, 'merged_into': household_id}])
    row = connection.execute(select(t.household).where(
        t.household.c.place_id == flat['place_id'], t.household.c.room_no == part.room_no)).one()
    if row.merged_into != household_id:
        raise Invalid(N_('{room} 已经是另一户了，请换一个房号'), field='parts', room=part.room_no)
    connection.execute(update(t.household).where(t.household.c.id == row.id).values(
        area_cm2=part.area, on_roll=True, merged_into=None))
    return int(row.id)


def move_out(tx: Tx, household_id: int, member_id: int, at: datetime) -> None:
    """Note until when somebody lives or lived in a flat.

    :raises NotFound: they do not.
    """
    h = t.household_member.c
    done = tx.connection.execute(update(t.household_member).where(
        h.household_id == household_id, h.member_id == member_id, or_(h.valid_until.is_(None), h.valid_until > tx.now),
    ).values(valid_until=at))
    if done.rowcount == 0:
        raise NotFound


def move_in(tx: Tx, household_id: int, member_id: int, relation: Relation) -> None:
    """Put somebody into a flat, confirmed."""
    places.settle(tx, household_id, member_id, relation, verified=True)


def record(
    tx: Tx, kind: ChangeKind, place_id: int, actor_id: int, on: date, note: str, before: Snapshot, household_ids: Iterable[int],
) -> int:
    """Write a change down, tell whoever is touched, and return its id."""
    after = snapshot(tx.connection, household_ids)
    change_id = int(tx.connection.execute(insert(t.household_change).values(
        kind=str(kind), place_id=place_id, on_day=on.isoformat(), note=note, before=before, after=after, made_by=actor_id,
        made_at=tx.now,
    ).returning(t.household_change.c.id)).scalar_one())
    _tell(tx, before, after)
    tx.audit(actor_id, 'community.change_households', f'household_change:{change_id}', place_id=place_id,
             detail={'kind': str(kind), 'households': sorted(household_ids), 'on': on.isoformat()})
    return change_id


def undo(tx: Tx, change_id: int, actor_id: int) -> None:
    """Put everything back as it was before a change.

    :raises Conflict: it was undone before, or something has changed since.
    """
    c = t.household_change.c
    row = tx.connection.execute(select(t.household_change).where(c.id == change_id)).first()
    if row is None:
        raise NotFound
    ids = [flat['id'] for flat in row.after['flats']]
    lock(tx, ids)
    if snapshot(tx.connection, ids) != row.after:
        raise Conflict(GONE_ON)
    done = tx.connection.execute(update(t.household_change).where(c.id == change_id, c.undone_at.is_(None)).values(
        undone_at=tx.now, undone_by=actor_id))
    if done.rowcount == 0:
        raise Conflict(N_('这一条已经撤销过了'))
    _put_back(tx, row.before, row.after)
    _tell(tx, row.before, row.after)
    tx.audit(actor_id, 'community.undo_households', f'household_change:{change_id}', place_id=row.place_id)


def _put_back(tx: Tx, before: Snapshot, after: Snapshot) -> None:
    connection = tx.connection
    old = {row['id'] for row in before['lives']}
    for row in after['lives']:  # whoever came with the change goes with it
        if row['id'] not in old:
            connection.execute(update(t.household_member).where(t.household_member.c.id == row['id']).values(valid_until=tx.now))
    known = {flat['id'] for flat in before['flats']}
    for flat in after['flats']:
        if flat['id'] not in known:
            connection.execute(update(t.household).where(t.household.c.id == flat['id']).values(
                on_roll=False, merged_into=before['flats'][0]['id']))
    for flat in before['flats']:
        connection.execute(update(t.household).where(t.household.c.id == flat['id']).values(
            {name: flat[name] for name in _FLAT if name != 'id'}))
    for row in before['lives']:
        values = {name: datetime.fromisoformat(row[name]) if name in _TIMES and row[name] else row[name]
                  for name in _LIVES if name != 'id'}
        connection.execute(update(t.household_member).where(t.household_member.c.id == row['id']).values(values))
    for entry in before['people']:
        connection.execute(update(t.roll_person).where(t.roll_person.c.id == entry['id']).values(household_id=entry['household_id']))


def changes(session: Session, path: str, limit: int) -> tuple[ChangeView, ...]:
    """Return the changes at or below a place, the latest first."""
    c = t.household_change.c
    rows = session.connection().execute(
        select(t.household_change, t.member.c.nickname, t.place.c.name)
        .join(t.place, t.place.c.id == c.place_id).join(t.member, t.member.c.id == c.made_by)
        .where(t.place.c.path.like(path + '%')).order_by(c.id.desc()).limit(limit)).all()
    return tuple(
        ChangeView(
            id=row.id, kind=ChangeKind(row.kind), on=date.fromisoformat(row.on_day), note=row.note, by_name=row.nickname,
            made_at=row.made_at, undone_at=row.undone_at,
            before=flat_labels(row.name, row.before), after=flat_labels(row.name, row.after))
        for row in rows)


def flat_labels(building: str, found: Snapshot) -> tuple[str, ...]:
    """Return the flats of a snapshot that are on the roll, in words."""
    return tuple(_flat_label(building, flat) for flat in found['flats'] if flat['on_roll'])


def _flat_label(building: str, flat: dict[str, Any]) -> str:
    area = f' {areas.area_words(flat["area_cm2"])} m²' if flat['area_cm2'] else ''
    return f'{building}-{flat["room_no"]}{area}'


def _flats(connection: Connection, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return flats that are on the roll, all of one place.

    :raises NotFound: one is not. Invalid: they lie in different places.
    """
    found = {row['id']: row for row in snapshot(connection, ids)['flats']}
    if len(found) != len(set(ids)) or not all(flat['on_roll'] for flat in found.values()):
        raise NotFound
    if len({flat['place_id'] for flat in found.values()}) > 1:
        raise Invalid(N_('只能合并同一栋里的户'), field='flats')
    return found


def _lives(row: Any, now: datetime) -> bool:
    return row.valid_until is None or row.valid_until > now


def _owners(connection: Connection, household_id: int, now: datetime) -> dict[int, int]:
    h = t.household_member.c
    rows = connection.execute(select(h.member_id, h.share).where(
        h.household_id == household_id, h.relation == str(Relation.OWNER), or_(h.valid_until.is_(None), h.valid_until > now)))
    return {row.member_id: row.share for row in rows}


def _tell(tx: Tx, *snapshots: Snapshot) -> None:
    for member_id in sorted({row['member_id'] for one in snapshots for row in one['lives']}):
        tx.emit(RolesChanged(member_id=member_id))
