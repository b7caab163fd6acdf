"""Downloads (导出): what staff take home as CSV, each time asked of the service that owns it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from fastapi.responses import Response

from yunshequ.bootstrap import Container
from yunshequ.core.policy import Actor
from yunshequ.gateway.auth import require_actor

HEADERS = {'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff'}


def router(container: Container) -> APIRouter:
    """Return the routes."""
    routes = APIRouter()
    asking = Annotated[Actor, Depends(require_actor(container))]

    @routes.get('/export/ballots/{ballot_id}.csv')
    async def ballot(actor: asking, ballot_id: Annotated[int, Path(ge=1, le=(1 << 63) - 1)]) -> Response:
        content = await container.ballots.export_csv(actor, ballot_id)
        return Response(content, media_type='text/csv; charset=utf-8', headers=HEADERS | {
            'Content-Disposition': f'attachment; filename="ballot-{ballot_id}.csv"'})

    return routes
