"""Downloads (导出): what staff take home as a table, each time asked of the service that owns it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from fastapi.responses import Response

from yunshequ.bootstrap import Container
from yunshequ.core.policy import Actor
from yunshequ.gateway.auth import require_actor

XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
HEADERS = {'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff'}


Number = Annotated[int, Path(ge=1, le=(1 << 63) - 1)]


def _csv(content: str, name: str) -> Response:
    return Response(content, media_type='text/csv; charset=utf-8', headers=HEADERS | {
        'Content-Disposition': f'attachment; filename="{name}.csv"'})


def _xlsx(content: bytes, name: str) -> Response:
    return Response(content, media_type=XLSX, headers=HEADERS | {'Content-Disposition': f'attachment; filename="{name}.xlsx"'})


def router(container: Container) -> APIRouter:
    """Return the routes."""
    routes = APIRouter()
    asking = Annotated[Actor, Depends(require_actor(container))]

    @routes.get('/export/ballots/{ballot_id}.csv')
    async def ballot(actor: asking, ballot_id: Number) -> Response:
        return _csv(await container.ballots.export_csv(actor, ballot_id), f'ballot-{ballot_id}')

    @routes.get('/export/chains/{chain_id}.csv')
    async def chain(actor: asking, chain_id: Number) -> Response:
        return _csv(await container.chains.export_csv(actor, chain_id), f'chain-{chain_id}')

    @routes.get('/export/chains/{chain_id}.xlsx')
    async def chain_book(actor: asking, chain_id: Number) -> Response:
        return _xlsx(await container.chains.export_xlsx(actor, chain_id), f'chain-{chain_id}')

    @routes.get('/export/rooms/{room_id}/notices/{seq}.csv')
    async def receipts(actor: asking, room_id: Number, seq: Number) -> Response:
        return _csv(await container.rooms.receipts.export(actor, room_id, seq), f'notice-{room_id}-{seq}')

    return routes
