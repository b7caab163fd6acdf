"""People a roll file names (名册人员): entered as masks and keyed hashes, so that they can claim their line themselves.

A later file adds and corrects; it takes nobody away.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select, update

from yunshequ.community import tables as t
from yunshequ.community.identity_keys import Keys, mask_name, phone_of, tail_of
from yunshequ.community.models import RollPerson
from yunshequ.community.roll_file import RollRow
from yunshequ.core.unit import Tx, insert_ignore

ROWS_AT_ONCE = 1_000
_CHANGING = ('relation', 'phone_key', 'tail_key')

FlatKey = tuple[int, str]
"""Place and flat number."""


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody a file names in a flat."""

    flat: FlatKey
    name_key: str
    name_mask: str
    relation: str
    phone_key: str | None
    tail_key: str | None


def named(row: RollRow, place_id: int, keys: Keys) -> Named | None:
    """Return whom a line names, if it holds something to know them by."""
    if row.relation is None:
        return None
    phone, tail = phone_of(row.phone), tail_of(row.number)
    if not phone and not tail:
        return None
    return Named(
        (place_id, row.room_no), keys.name(row.name), mask_name(row.name), str(row.relation),
        keys.phone(phone) if phone else None, keys.tail(row.name, tail) if tail else None)


def existing(connection: Connection, path: str) -> dict[tuple[FlatKey, str], Named]:
    """Return who is entered at or below the place with ``path``, by flat and name."""
    rows = connection.execute(
        select(t.roll_person, t.household.c.place_id, t.household.c.room_no)
        .join(t.household, t.household.c.id == t.roll_person.c.household_id)
        .where(t.household.c.place_id.in_(select(t.place.c.id).where(t.place.c.path.like(path + '%')))))
    found = (Named((row.place_id, row.room_no), row.name_key, row.name_mask, row.relation, row.phone_key, row.tail_key)
             for row in rows)
    return {(one.flat, one.name_key): one for one in found}


def to_write(wanted: list[Named], there: Mapping[tuple[FlatKey, str], Named]) -> list[Named]:
    """Return those of ``wanted`` that are new or differ. What a file leaves open stays as it is."""
    found: dict[tuple[FlatKey, str], Named] = {}
    for one in wanted:
        key = (one.flat, one.name_key)
        old = found.get(key) or there.get(key)
        merged = one if old is None else Named(
            one.flat, one.name_key, one.name_mask, one.relation, one.phone_key or old.phone_key, one.tail_key or old.tail_key)
        if merged != old:
            found[key] = merged
    return list(found.values())


def digest(people: list[Named]) -> str:
    """Return what stands for all of them; nothing for nobody."""
    parts = sorted(repr(one) for one in people)
    return hashlib.sha256('\n'.join(parts).encode()).hexdigest()[:16] if parts else ''


def write(tx: Tx, people: list[Named]) -> None:
    """Enter them; their flats are on the roll by now."""
    if not people:
        return
    places = sorted({one.flat[0] for one in people})
    flats = {(row.place_id, row.room_no): row.id for row in tx.connection.execute(
        select(t.household.c.id, t.household.c.place_id, t.household.c.room_no).where(t.household.c.place_id.in_(places)))}
    rows = [{
        'household_id': flats[one.flat], 'name_key': one.name_key, 'name_mask': one.name_mask, 'relation': one.relation,
        'phone_key': one.phone_key, 'tail_key': one.tail_key} for one in people]
    for start in range(0, len(rows), ROWS_AT_ONCE):
        insert_ignore(tx.session, RollPerson, rows[start:start + ROWS_AT_ONCE])
    p = t.roll_person.c
    tx.connection.execute(  # those that were there already
        update(t.roll_person).where(p.household_id == bindparam('of'), p.name_key == bindparam('named'))
        .values({column: bindparam(f'new_{column}') for column in _CHANGING}),
        [{'of': row['household_id'], 'named': row['name_key']} | {f'new_{column}': row[column] for column in _CHANGING}
         for row in rows])
