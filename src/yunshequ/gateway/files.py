"""Documents over HTTP (群文件): sent up into a room one is in, fetched as a download with the membership checked each time."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, UploadFile
from fastapi.responses import FileResponse, Response

from yunshequ.bootstrap import Container
from yunshequ.core.errors import Invalid
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Actor
from yunshequ.gateway.auth import require_actor, same_site

UPLOAD = '/api/files'
UPLOADS = '20/10 minutes'
"""Documents one person may send up."""
HEADERS = {
    'Cache-Control': 'private, no-store', 'X-Content-Type-Options': 'nosniff', 'Content-Security-Policy': "default-src 'none'; sandbox",
}


def router(container: Container) -> APIRouter:
    """Return the routes."""
    routes = APIRouter()
    rooms, files = container.rooms, container.rooms.files
    asking = Annotated[Actor, Depends(require_actor(container))]

    @routes.post(UPLOAD, dependencies=[Depends(same_site)])
    async def upload(actor: asking, room_id: Annotated[int, Form(ge=1, le=(1 << 63) - 1)], file: UploadFile) -> dict[str, object]:
        await rooms.require_inside(actor, room_id, 'rooms.post')
        await container.throttle.require(N_('上传得太多了，请 {seconds} 秒后再试'), UPLOADS, 'file', str(actor.member_id))
        data = await file.read()
        if not data:
            raise Invalid(N_('文件是空的，请重新选择'), field='file')
        return await files.add(room_id, actor.member_id, file.filename or '', data)

    @routes.get('/api/files/{key}')
    async def fetch(actor: asking, key: str) -> Response:
        row = await files.find(key)
        await rooms.require_shown(actor, row)
        # never shown inside our pages, whatever it is: always a download, of no type a browser would open by itself
        name = f"attachment; filename=\"file.{row.kind}\"; filename*=UTF-8''{quote(row.name, safe='')}"
        return FileResponse(files.path(row.token), media_type='application/octet-stream', headers=HEADERS | {'Content-Disposition': name})

    return routes
