"""Pictures over HTTP: upload into a room one is in, and fetch with the membership checked each time."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, UploadFile
from fastapi.responses import FileResponse, Response

from yunshequ.bootstrap import Container
from yunshequ.core.errors import Invalid
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Actor
from yunshequ.gateway.auth import require_actor, same_site

HEADERS = {
    'Cache-Control': 'private, max-age=604800', 'X-Content-Type-Options': 'nosniff',
    'Content-Disposition': 'inline; filename="image.webp"', 'Content-Security-Policy': "default-src 'none'; sandbox",
}
UPLOADS = '30/10 minutes'
"""Pictures one person may upload."""


def router(container: Container) -> APIRouter:
    """Return the routes."""
    routes = APIRouter()
    rooms, images = container.rooms, container.rooms.images
    asking = Annotated[Actor, Depends(require_actor(container))]

    @routes.post('/api/images', dependencies=[Depends(same_site)])
    async def upload(actor: asking, room_id: Annotated[int, Form()], file: UploadFile) -> dict[str, object]:
        await rooms.require_inside(actor, room_id, 'rooms.post')
        await container.throttle.require(N_('上传得太多了，请 {seconds} 秒后再试'), UPLOADS, 'image', str(actor.member_id))
        data = await file.read()
        if not data:
            raise Invalid(N_('图片是空的，请重新选择'), field='image')
        return await images.add(room_id, actor.member_id, data)

    async def picture(actor: Actor, name: str, request: Request, *, thumb: bool) -> Response:
        row = await images.find(name)
        await rooms.require_shown(actor, row)
        if request.headers.get('if-none-match') == f'"{row.token}"':
            return Response(status_code=304)
        return FileResponse(images.path(row.token, thumb=thumb), media_type='image/webp', headers=HEADERS | {'ETag': f'"{row.token}"'})

    @routes.get('/api/images/{name}')
    async def full(actor: asking, name: str, request: Request) -> Response:
        return await picture(actor, name, request, thumb=False)

    @routes.get('/api/images/{name}/thumb')
    async def thumb(actor: asking, name: str, request: Request) -> Response:
        return await picture(actor, name, request, thumb=True)

    return routes
