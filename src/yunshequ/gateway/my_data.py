"""The copy of one's own data (我的数据) over HTTP: to its owner only, while it lasts."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from fastapi.responses import FileResponse

from yunshequ.bootstrap import Container
from yunshequ.core.policy import Actor
from yunshequ.gateway.auth import require_actor
from yunshequ.gateway.exports import HEADERS


def router(container: Container) -> APIRouter:
    """Return the route."""
    routes = APIRouter()
    asking = Annotated[Actor, Depends(require_actor(container))]

    @routes.get('/export/my-data/{copy_id}.zip')
    async def copy(actor: asking, copy_id: Annotated[int, Path(ge=1, le=(1 << 63) - 1)]) -> FileResponse:
        path = await container.privacy.my_data.fetch(actor, copy_id)
        return FileResponse(path, media_type='application/zip', headers=HEADERS, filename='my-data.zip')

    return routes
