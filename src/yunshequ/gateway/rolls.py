"""The roll over HTTP (住户名册): a file looked at, the same file imported, an empty example, and what two persons let out.

Nothing is kept between looking and importing: the browser sends the file twice.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, UploadFile
from fastapi.responses import Response

from yunshequ.bootstrap import Container
from yunshequ.community.roll_acts import KINDS
from yunshequ.community.roll_file import template
from yunshequ.community.schemas import RollChange, RollChangeKind, RollPlan
from yunshequ.community.words import RELATION_WORDS
from yunshequ.core.errors import NotFound
from yunshequ.core.i18n import N_, _
from yunshequ.core.policy import Actor
from yunshequ.gateway.auth import require_actor, same_site
from yunshequ.gateway.exports import download
from yunshequ.gateway.uploads import PlaceNumber, receiver

CHECK, IMPORT = '/api/rolls/check', '/api/rolls/import'
SHOWN = 300
"""Changes and bad lines a browser is told; their numbers are told in full."""

KIND_WORDS: dict[RollChangeKind, str] = {
    RollChangeKind.CONFIRM: N_('核实为住户'), RollChangeKind.RELATION: N_('更正关系'), RollChangeKind.AREA: N_('更正面积'),
    RollChangeKind.ADD: N_('新登记'),
}
_PEOPLE = {RollChangeKind.CONFIRM, RollChangeKind.RELATION}
_RELATIONS: dict[str, str] = {str(relation): words for relation, words in RELATION_WORDS.items()}

Number = Annotated[int, Path(ge=1, le=(1 << 63) - 1)]


def shape(plan: RollPlan, locale: str) -> dict[str, Any]:
    """Return a plan as the page shows it."""
    return {
        'counts': {'added': plan.added, 'changed': plan.changed, 'unchanged': plan.unchanged, 'waiting': plan.waiting, 'people': plan.people,
                   'problems': len(plan.problems)},
        'changes': [_change(one) for one in plan.changes[:SHOWN]], 'changes_total': len(plan.changes),
        'confirms': sum(one.kind is RollChangeKind.CONFIRM for one in plan.changes),
        'problems': [{'line': one.line, 'words': one.words(locale)} for one in plan.problems[:SHOWN]],
        'ignored': list(plan.ignored), 'digest': plan.digest,
    }


def _change(one: RollChange) -> dict[str, Any]:
    if one.kind in _PEOPLE:
        before, after = _(_RELATIONS[one.before]), _(_RELATIONS[one.after])
        detail = f'{one.name} · {after}' if before == after else f'{one.name} · {before} → {after}'
    else:
        before, after = (f'{area} ㎡' if area else '' for area in (one.before, one.after))
        detail = f'{before or "—"} → {after}' if one.kind is RollChangeKind.AREA else after
    return {'line': one.line, 'what': _(KIND_WORDS[one.kind]), 'label': one.label, 'detail': detail, 'rights': one.kind in _PEOPLE}


def router(container: Container) -> APIRouter:
    """Return the routes."""
    routes = APIRouter()
    community = container.community
    received = receiver(container, 'community.import_roll', 'roll')
    asking = Annotated[Actor, Depends(require_actor(container))]

    @routes.post(CHECK, dependencies=[Depends(same_site)])
    async def check(actor: asking, place_id: PlaceNumber, file: UploadFile) -> dict[str, Any]:
        return shape(await community.check_roll(actor, place_id, await received(actor, place_id, file)), actor.locale)

    @routes.post(IMPORT, dependencies=[Depends(same_site)])
    async def take(
        actor: asking, place_id: PlaceNumber, file: UploadFile, digest: Annotated[str, Form(max_length=64)] = '',
    ) -> dict[str, Any]:
        return shape(await community.import_roll(actor, place_id, await received(actor, place_id, file), digest), actor.locale)

    @routes.get('/export/approved/{request_id}')
    async def export(actor: asking, request_id: Number) -> Response:
        return download(*await container.privacy.exports.take(actor, request_id))

    @routes.get('/export/roll-template.{kind}')
    async def example(_actor: asking, kind: str) -> Response:
        if kind not in KINDS:
            raise NotFound
        return download(template(kind), 'roll-template', kind)

    return routes

