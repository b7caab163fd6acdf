"""Documents of rooms (群文件): checked by their bytes, kept as they came, handed to members of the room only, as downloads."""

import asyncio
import shutil
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from yunshequ.core.database import Database
from yunshequ.core.errors import NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.ids import token
from yunshequ.core.unit import Tx
from yunshequ.rooms.documents import kind_of, safe_name
from yunshequ.rooms.models import RoomFile

_file = RoomFile.__table__  # type: ignore[attr-defined]
_NONE = N_('没有找到这个文件，可能已经撤回')


class FileStore:
    """Keeps documents named by a random token; their own names stand in the table only."""

    def __init__(self, db: Database, folder: Path) -> None:
        self._db = db
        self._folder = folder
        self._one_at_a_time = asyncio.Semaphore(2)

    async def add(self, room_id: int, owner_id: int, name: str, data: bytes) -> dict[str, Any]:
        """Check and keep a document; returns ``{token, url, name, kind, bytes}``. Rights are checked by the caller.

        :raises Invalid: it is of no kind that may be sent, or unsafe.
        """
        async with self._one_at_a_time:
            kind = await asyncio.to_thread(kind_of, data)
        key = token()
        row: dict[str, Any] = {'token': key, 'room_id': room_id, 'owner_id': owner_id, 'name': safe_name(name, kind), 'kind': kind, 'bytes': len(data)}
        await asyncio.to_thread(self._write, key, data)
        await self._note(row)
        return {'token': key, **_link(key, row['name'], kind, len(data))}

    async def copy(self, key: str, room_id: int, owner_id: int) -> str:
        """Keep a document once more, for another room, and return its token. Rights are checked by the caller."""
        source = await self.find(key)
        new = token()

        def write() -> None:
            self.path(new).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.path(source.token), self.path(new))

        await asyncio.to_thread(write)
        await self._note({
            'token': new, 'room_id': room_id, 'owner_id': owner_id, 'name': source.name, 'kind': source.kind, 'bytes': source.bytes})
        return new

    async def _note(self, row: dict[str, Any]) -> None:
        def work(tx: Tx) -> None:
            tx.connection.execute(insert(_file), [{**row, 'created_at': tx.now}])
            tx.audit(row['owner_id'], 'rooms.file', f'room:{row["room_id"]}', detail={'kind': row['kind'], 'bytes': row['bytes']})

        await self._db.write(work)

    def _write(self, key: str, data: bytes) -> None:
        folder = self._folder / key[:2]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / key).write_bytes(data)

    async def find(self, key: str) -> Any:
        """Return the row of a document.

        :raises NotFound: there is none.
        """
        row = await self._db.read(
            lambda session: session.connection().execute(select(_file).where(_file.c.token == key)).one_or_none())
        if row is None:
            raise NotFound(_NONE)
        return row

    def path(self, key: str) -> Path:
        """Return where a document lies. ``key`` must come from ``find``, never from a person."""
        return self._folder / key[:2] / key

    async def view(self, key: str, room_id: int, owner_id: int) -> dict[str, Any]:
        """Return a document for posting: only where and by whom it was uploaded.

        :raises NotFound: another room's or another person's document.
        """
        row = await self.find(key)
        if row.room_id != room_id or row.owner_id != owner_id:
            raise NotFound(_NONE)
        return self.as_view(row)

    @staticmethod
    def as_view(row: Any) -> dict[str, Any]:
        """Return what a bubble needs of a document."""
        return _link(row.token, row.name, row.kind, row.bytes)


def _link(key: str, name: str, kind: str, size: int) -> dict[str, Any]:
    return {'url': f'/api/files/{key}', 'name': name, 'kind': kind, 'bytes': size}
