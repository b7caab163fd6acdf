"""Pictures: checked by their first bytes, re-encoded by Pillow without metadata, served to members of the room only."""

import asyncio
import io
import shutil
import warnings
from pathlib import Path
from typing import Any

from PIL import Image as Pillow
from PIL import ImageOps, UnidentifiedImageError
from sqlalchemy import insert, select

from yunshequ.core.database import Database
from yunshequ.core.errors import Invalid, NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.ids import token
from yunshequ.core.unit import Tx
from yunshequ.rooms.models import Image

MAX_SIDE = 1920
"""Longest side in pixels of a kept picture; a phone shows no more."""
THUMB_SIDE = 480
MAX_PIXELS = 50_000_000
"""Larger pictures are refused before they are decoded (a bomb of 20 KB can hold gigapixels)."""
_FORMATS = {'JPEG', 'PNG', 'WEBP', 'GIF', 'MPO'}
_image = Image.__table__  # type: ignore[attr-defined]


class ImageStore:
    """Keeps pictures as WebP files named by a random token."""

    def __init__(self, db: Database, folder: Path) -> None:
        self._db = db
        self._folder = folder
        self._one_at_a_time = asyncio.Semaphore(2)

    async def add(self, room_id: int, owner_id: int, data: bytes) -> dict[str, Any]:
        """Re-encode and keep a picture; returns ``{token, url, thumb, w, h}``. Rights are checked by the caller.

        :raises Invalid: not a picture, or too large.
        """
        async with self._one_at_a_time:
            full, thumb, width, height = await asyncio.to_thread(_encode, data)
        name = token()
        await asyncio.to_thread(self._write, name, full, thumb)
        await self._note(token=name, room_id=room_id, owner_id=owner_id, width=width, height=height, bytes=len(full))
        return {'token': name, **_links(name, width, height)}

    async def copy(self, name: str, room_id: int, owner_id: int) -> str:
        """Keep a picture once more, for another room, and return its token. Rights are checked by the caller."""
        source = await self.find(name)
        new = token()

        def files() -> None:
            (self._folder / new[:2]).mkdir(parents=True, exist_ok=True)
            for thumb in (False, True):
                shutil.copyfile(self.path(source.token, thumb=thumb), self.path(new, thumb=thumb))

        await asyncio.to_thread(files)
        await self._note(
            token=new, room_id=room_id, owner_id=owner_id, width=source.width, height=source.height, bytes=source.bytes)
        return new

    async def _note(self, **row: Any) -> None:
        def work(tx: Tx) -> None:
            tx.connection.execute(insert(_image), [{**row, 'created_at': tx.now}])
            tx.audit(row['owner_id'], 'rooms.image', f'room:{row["room_id"]}', detail={'bytes': row['bytes']})

        await self._db.write(work)

    def _write(self, name: str, full: bytes, thumb: bytes) -> None:
        folder = self._folder / name[:2]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f'{name}.webp').write_bytes(full)
        (folder / f'{name}.thumb.webp').write_bytes(thumb)

    async def find(self, name: str) -> Any:
        """Return the row of a picture.

        :raises NotFound: there is none.
        """
        row = await self._db.read(
            lambda session: session.connection().execute(select(_image).where(_image.c.token == name)).one_or_none())
        if row is None:
            raise NotFound(N_('没有找到这张图片'))
        return row

    def path(self, name: str, *, thumb: bool) -> Path:
        """Return where a picture lies. ``name`` must come from ``find``, never from a person."""
        return self._folder / name[:2] / (f'{name}.thumb.webp' if thumb else f'{name}.webp')

    async def view(self, name: str, room_id: int, owner_id: int) -> dict[str, Any]:
        """Return a picture for posting: only where and by whom it was uploaded.

        :raises NotFound: another room's or another person's picture.
        """
        row = await self.find(name)
        if row.room_id != room_id or row.owner_id != owner_id:
            raise NotFound(N_('没有找到这张图片'))
        return self.as_view(row)

    @staticmethod
    def as_view(row: Any) -> dict[str, Any]:
        """Return what a bubble needs of a picture."""
        return _links(row.token, row.width, row.height)


def _links(name: str, width: int, height: int) -> dict[str, Any]:
    return {'url': f'/api/images/{name}', 'thumb': f'/api/images/{name}/thumb', 'w': width, 'h': height}


def _encode(data: bytes) -> tuple[bytes, bytes, int, int]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('error', Pillow.DecompressionBombWarning)
            picture: Pillow.Image = Pillow.open(io.BytesIO(data))
            if picture.format not in _FORMATS:
                raise Invalid(N_('只能发送 JPG、PNG、WebP 或 GIF 图片'), field='image')
            if picture.width * picture.height > MAX_PIXELS:
                raise Invalid(N_('图片尺寸太大，请缩小后再发'), field='image')
            picture = ImageOps.exif_transpose(picture).convert('RGB')
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Pillow.DecompressionBombError,
            Pillow.DecompressionBombWarning) as error:
        raise Invalid(N_('这个文件不是可用的图片，请重新选择一张照片'), field='image') from error
    picture.thumbnail((MAX_SIDE, MAX_SIDE))
    full = _webp(picture, 82)
    width, height = picture.size
    picture.thumbnail((THUMB_SIDE, THUMB_SIDE))
    return full, _webp(picture, 75), width, height


def _webp(picture: Pillow.Image, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, 'WEBP', quality=quality, method=4)
    return out.getvalue()
