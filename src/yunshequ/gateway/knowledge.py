"""Knowledge over HTTP (知识导入导出): a file looked at, the same file imported, an example to fill in, what is there as a file.

Nothing is kept between looking and importing: the browser sends the file twice.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, UploadFile
from fastapi.responses import Response

from yunshequ.assistant.exchange_file import KINDS, template
from yunshequ.assistant.schemas import EntryState
from yunshequ.assistant.tool_schemas import ImportPlan, Replay
from yunshequ.assistant.tool_words import replay_line
from yunshequ.bootstrap import Container
from yunshequ.core.errors import NotFound
from yunshequ.core.i18n import _
from yunshequ.core.policy import Actor
from yunshequ.gateway.auth import require_actor, same_site
from yunshequ.gateway.exports import download
from yunshequ.gateway.uploads import PlaceNumber, receiver

CHECK, IMPORT = '/api/knowledge/check', '/api/knowledge/import'
SHOWN = 200
"""Lines of each list a browser is told; their numbers are told in full."""


def replay_shape(replay: Replay | None) -> dict[str, Any] | None:
    """Return a replay as pages show it; None where nothing told changes."""
    if replay is None:
        return None
    return {
        'asked': replay.asked, 'by_meaning': replay.by_meaning, 'blocked': replay.blocked, 'regressions': len(replay.regressions),
        'changes': [replay_line(one) for one in replay.changes[:SHOWN]], 'changes_total': len(replay.changes)}


def shape(plan: ImportPlan, locale: str) -> dict[str, Any]:
    """Return a plan as the page shows it."""
    return {
        'counts': {'added': plan.added, 'changed': plan.changed, 'unchanged': plan.unchanged},
        'changes': [one.model_dump(mode='json') | {'fields': [_(name) for name in one.fields]} for one in plan.changes[:SHOWN]],
        'changes_total': len(plan.changes),
        'problems': [{'line': one.line, 'words': one.words(locale)} for one in plan.problems[:SHOWN]], 'problems_total': len(plan.problems),
        'twins': [one.model_dump(mode='json') for one in plan.twins[:SHOWN]], 'twins_total': len(plan.twins),
        'ignored': list(plan.ignored), 'digest': plan.digest, 'replay': replay_shape(plan.replay)}


def router(container: Container) -> APIRouter:
    """Return the routes."""
    routes = APIRouter()
    exchange = container.assistant.exchange
    received = receiver(container, 'assistant.import_knowledge', 'knowledge')
    asking = Annotated[Actor, Depends(require_actor(container))]

    @routes.post(CHECK, dependencies=[Depends(same_site)])
    async def check(actor: asking, place_id: PlaceNumber, file: UploadFile, publish: Annotated[bool, Form()] = False) -> dict[str, Any]:
        data = await received(actor, place_id, file)
        return shape(await exchange.check(actor, place_id, data, publish=publish), actor.locale)

    @routes.post(IMPORT, dependencies=[Depends(same_site)])
    async def take(
        actor: asking, place_id: PlaceNumber, file: UploadFile, digest: Annotated[str, Form(max_length=64)] = '',
        publish: Annotated[bool, Form()] = False, looked: Annotated[bool, Form()] = False,
        reason: Annotated[str, Form(max_length=1000)] = '',
    ) -> dict[str, Any]:
        data = await received(actor, place_id, file)
        done = await exchange.take(actor, place_id, data, digest, publish=publish, looked=looked, reason=reason)
        return shape(done, actor.locale)

    @routes.get('/export/knowledge.{kind}')
    async def export(
        actor: asking, kind: str, place: Annotated[int, Query(ge=1, le=(1 << 63) - 1)], state: str = '', category: str = '',
    ) -> Response:
        if kind not in KINDS:
            raise NotFound
        wanted = EntryState(state) if state in set(EntryState) else None
        return download(await exchange.export(actor, place, kind, state=wanted, category=category[:40]), 'knowledge', kind)

    @routes.get('/export/knowledge-template.{kind}')
    async def example(_actor: asking, kind: str) -> Response:
        if kind not in KINDS:
            raise NotFound
        return download(template(kind), 'knowledge-template', kind)

    return routes

