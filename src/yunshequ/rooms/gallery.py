"""What was shown in a room: its pictures (相册) and documents (群文件), newest first, without what was recalled."""

from typing import Any

from sqlalchemy import Table, select
from sqlmodel import Session

from yunshequ.core.database import Database
from yunshequ.core.errors import NotFound
from yunshequ.rooms.directory import RoomDirectory
from yunshequ.rooms.files import FileStore
from yunshequ.rooms.images import ImageStore
from yunshequ.rooms.log import message_id
from yunshequ.rooms.models import Image, Message, RoomFile
from yunshequ.rooms.schemas import GalleryPage, Shown

PAGE = 60
_message = Message.__table__  # type: ignore[attr-defined]
_image = Image.__table__  # type: ignore[attr-defined]
_file = RoomFile.__table__  # type: ignore[attr-defined]


class Gallery:
    """Reads what rooms have shown; whether the reader is inside is asked by the service."""

    def __init__(self, db: Database, directory: RoomDirectory) -> None:
        self._db = db
        self._directory = directory

    async def page(self, room_id: int, *, files: bool, before: int | None) -> GalleryPage:
        """Return pictures or documents of a room older than the message ``before``."""
        table = _file if files else _image
        rows = await self._db.read(lambda session: _shown(session, table, room_id, before))
        more = len(rows) > PAGE
        cards = await self._directory.cards(room_id, {row.sender_id for row in rows[:PAGE]})
        items = tuple(
            Shown(seq=row.seq, at=row.at, sender=cards[row.sender_id], image=None if files else ImageStore.as_view(row),
                  file=FileStore.as_view(row) if files else None)
            for row in rows[:PAGE])
        return GalleryPage(items=items, before=items[-1].seq if more else None)

    async def require_shown(self, row: Any) -> None:
        """Return if a picture or document (its row) may still be fetched.

        :raises NotFound: the message that showed it was recalled.
        """
        if row.seq is None:
            return  # sent up, not posted yet
        where = _message.c.id == message_id(row.room_id, row.seq)
        recalled = await self._db.read(
            lambda session: session.connection().scalar(select(_message.c.recalled_at).where(where)))
        if recalled is not None:
            raise NotFound


def _shown(session: Session, table: Table, room_id: int, before: int | None) -> list[Any]:
    where = [table.c.room_id == room_id, table.c.seq.is_not(None), _message.c.recalled_at.is_(None)]
    if before is not None:
        where.append(table.c.seq < before)
    return list(session.connection().execute(
        select(table, _message.c.at, _message.c.sender_id)
        .join(_message, (_message.c.room_id == table.c.room_id) & (_message.c.seq == table.c.seq))
        .where(*where).order_by(table.c.seq.desc()).limit(PAGE + 1)))
