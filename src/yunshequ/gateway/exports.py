"""Downloads (导出): what staff take home as a table, each time asked of the service that owns it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from fastapi.responses import Response

from yunshequ.bootstrap import Container
from yunshequ.core.policy import Actor
from yunshequ.gateway.auth import require_actor

TYPES = {
    'xlsx': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'csv': 'text/csv; charset=utf-8',
    'jsonl': 'application/x-ndjson; charset=utf-8'}
HEADERS = {'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff'}


Number = Annotated[int, Path(ge=1, le=(1 << 63) - 1)]


def download(content: str | bytes, name: str, kind: str) -> Response:
    """Return a table to be saved as ``name.kind``; kinds as in ``TYPES``."""
    return Response(content, media_type=TYPES[kind], headers=HEADERS | {'Content-Disposition': f'attachment; filename="{name}.{kind}"'})


def router(container: Container) -> APIRouter:
    """Return the routes."""
    routes = APIRouter()
    asking = Annotated[Actor, Depends(require_actor(container))]

    @routes.get('/export/ballots/{ballot_id}.csv')
    async def ballot(actor: asking, ballot_id: Number) -> Response:
        return download(await container.ballots.export_csv(actor, ballot_id), f'ballot-{ballot_id}', 'csv')

    @routes.get('/export/chains/{chain_id}.csv')
    async def chain(actor: asking, chain_id: Number) -> Response:
        return download(await container.chains.export_csv(actor, chain_id), f'chain-{chain_id}', 'csv')

    @routes.get('/export/chains/{chain_id}.xlsx')
    async def chain_book(actor: asking, chain_id: Number) -> Response:
        return download(await container.chains.export_xlsx(actor, chain_id), f'chain-{chain_id}', 'xlsx')

    @routes.get('/export/rooms/{room_id}/notices/{seq}.csv')
    async def receipts(actor: asking, room_id: Number, seq: Number) -> Response:
        return download(await container.rooms.receipts.export(actor, room_id, seq), f'notice-{room_id}-{seq}', 'csv')

    return routes
