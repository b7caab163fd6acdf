"""待核实: what residents said about where they live, confirmed or refused one by one."""

from nicegui import ui
from starlette.requests import Request

from pages.forms import attempt
from pages.people.look import what
from yunshequ.bootstrap import Container
from yunshequ.community.schemas import ClaimView, PlaceView, Relation
from yunshequ.community.words import RELATION_WORDS
from yunshequ.core.i18n import _
from yunshequ.core.policy import Actor


async def show(c: Container, actor: Actor, place: PlaceView, _request: Request) -> None:
    """Build the view."""
    waiting = await c.community.claims(actor, place.id)
    with ui.element('section').classes('ys-card'):
        if not waiting:
            with ui.element('div').classes('ys-empty'):
                ui.label(_('没有等待核实的住户。居民扫码加入并填写房号后，会出现在这里。'))
            return
        ui.label(_('核对身份证、房产证或租房合同后再确认。确认后，这一户可以参加表决。')).classes('ys-hint')
        with ui.element('ul').classes('ys-lines'):
            for claim in waiting:
                _line(c, actor, claim)


def _line(c: Container, actor: Actor, claim: ClaimView) -> None:
    with ui.element('li') as line:
        what(f'{claim.label} · {claim.member_name}', '' if claim.on_roll else _('名册里还没有这一户，确认后会加入名册'))
        relation = ui.select({r.value: _(word) for r, word in RELATION_WORDS.items()}, value=claim.relation.value, label=_('关系'))
        relation.props('outlined dense').style('min-width: 7rem')

        async def confirm() -> None:
            async def deed() -> bool:
                await c.community.confirm_claim(actor, claim.id, Relation(relation.value))
                return True

            if await attempt(actor, deed):
                ui.notify(_('已核实：{label}', label=claim.label), type='positive', position='top')
                line.delete()

        async def refuse() -> None:
            async def deed() -> bool:
                await c.community.end_residence(actor, claim.household_id, claim.member_id)
                return True

            if await attempt(actor, deed):
                ui.notify(_('已标为不属实'), position='top')
                line.delete()

        ui.button(_('确认'), on_click=confirm).props('unelevated no-caps')
        ui.button(_('不属实'), on_click=refuse).props('outline no-caps')
