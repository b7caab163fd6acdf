"""Filling the tables in bulk, for the demo, the district of full size and the command line. Asks no policy."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Table, func, insert, select, text

from yunshequ.community import places
from yunshequ.community import tables as t
from yunshequ.community.events import PlacesChanged
from yunshequ.community.schemas import PlaceKind, PlaceView, Relation
from yunshequ.core.policy import Role
from yunshequ.core.unit import Tx

ROWS_AT_ONCE = 5_000


class BulkSeed:
    """Rows with ids given here, so that they can refer to each other before they are written; ``flush`` writes them.

    One seed at a time, inside one unit of work or several; nobody else may be adding people or places meanwhile.
    """

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._rows: dict[str, list[dict[str, Any]]] = {}
        self._tables: dict[str, Table] = {
            table.name: table for table in (t.place, t.household, t.member, t.household_member, t.role_grant, t.join_code)
        }
        self._next: dict[str, int] = {
            name: (tx.connection.execute(select(func.max(table.c.id))).scalar() or 0) + 1
            for name, table in self._tables.items()
        }

    def _add(self, table: Table, row: dict[str, Any]) -> int:
        row_id = self._next[table.name]
        self._next[table.name] = row_id + 1
        self._rows.setdefault(table.name, []).append({'id': row_id, **row})
        return row_id

    def place(self, kind: PlaceKind, name: str, parent: PlaceView | None, profile: dict[str, Any] | None = None) -> PlaceView:
        """Add a place."""
        parent_id = parent.id if parent else None
        place_id = self._next['place']
        path = f'{parent.path if parent else "/"}{place_id}/'
        self._add(t.place, {'parent_id': parent_id, 'kind': str(kind), 'name': name, 'path': path, 'profile': profile or {}})
        return PlaceView(id=place_id, parent_id=parent_id, kind=kind, name=name, path=path)

    def household(self, place_id: int, room_no: str, area_cm2: int = 0) -> int:
        """Add a flat to the roll; ``area_cm2`` in 0.01 m²."""
        return self._add(t.household, {'place_id': place_id, 'room_no': room_no, 'area_cm2': area_cm2, 'on_roll': True})

    def member(
        self, nickname: str, *, created_at: datetime, phone_hash: str | None = None, phone_mask: str | None = None,
        party_member: bool = False, party_visible: bool = False, skills: Sequence[str] = (), locale: str = 'zh-CN',
    ) -> int:
        """Add a member."""
        return self._add(t.member, {
            'nickname': nickname, 'phone_hash': phone_hash, 'phone_mask': phone_mask, 'is_bot': False,
            'party_member': party_member, 'party_visible': party_visible, 'skills': list(skills), 'locale': locale,
            'created_at': created_at, 'left_at': None,
        })

    def settle(self, household_id: int, member_id: int, relation: Relation, *, verified_at: datetime | None) -> None:
        """Put a member into a household, confirmed at ``verified_at`` or waiting."""
        self._add(t.household_member, {
            'household_id': household_id, 'member_id': member_id, 'relation': str(relation), 'verified_at': verified_at,
            'valid_until': None,
        })

    def grant(
        self, member_id: int, place_id: int, role: Role, *, granted_by: int | None = None, valid_until: datetime | None = None,
    ) -> None:
        """Give a role."""
        self._add(t.role_grant, {
            'member_id': member_id, 'place_id': place_id, 'role': str(role), 'valid_from': None, 'valid_until': valid_until,
            'granted_by': granted_by, 'revoked_at': None,
        })

    def join_code(
        self, token: str, place_id: int, *, created_by: int, created_at: datetime, room_id: int | None = None,
        expires_at: datetime | None = None, max_uses: int | None = None, note: str = '',
    ) -> None:
        """Add a join code with a token of one's own."""
        self._add(t.join_code, {
            'token': token, 'place_id': place_id, 'room_id': room_id, 'household_id': None, 'created_by': created_by,
            'created_at': created_at, 'expires_at': expires_at, 'max_uses': max_uses, 'uses': 0, 'note': note, 'revoked_at': None,
        })

    def flush(self) -> int:
        """Write what was added and move PostgreSQL's sequences past it; return the number of rows."""
        connection = self._tx.connection
        written = 0
        for name, table in self._tables.items():
            rows = self._rows.pop(name, [])
            for chunk in chunks(rows, ROWS_AT_ONCE):
                connection.execute(insert(table), chunk)
            if rows:
                written += len(rows)
                if connection.dialect.name == 'postgresql':
                    connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), :top)"),
                                       {'top': self._next[name] - 1})
                if name == 'place':
                    self._tx.emit(PlacesChanged())
        return written


def chunks(rows: Iterable[dict[str, Any]], size: int) -> Iterable[list[dict[str, Any]]]:
    """Cut rows into lists of at most ``size``."""
    iterator = iter(rows)
    while chunk := list(islice(iterator, size)):
        yield chunk


def appoint(tx: Tx, member_id: int, place_id: int, role: Role) -> None:
    """Give any role without asking, for ``yunshequ create-admin``."""
    places.grant_role(tx, member_id, place_id, role, granted_by=None)
    tx.audit(None, 'community.appoint', f'member:{member_id}', place_id=place_id, detail={'role': str(role)})
