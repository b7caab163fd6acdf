"""任职: who is in office at a place and below, until when; given and taken by whoever stands strictly above."""

from collections.abc import Mapping

from nicegui import ui
from starlette.requests import Request

from pages.forms import attempt
from pages.people import handover
from pages.people.look import day, heading, what
from pages.people.role_form import role_form
from yunshequ.bootstrap import Container
from yunshequ.community.schemas import HolderView, PlaceView
from yunshequ.community.words import ROLE_WORDS
from yunshequ.core.i18n import _
from yunshequ.core.policy import Actor, Role

OFFERED = 200
"""Members the form offers; others are found in the roll and appointed there."""


async def show(c: Container, actor: Actor, place: PlaceView, _request: Request) -> None:
    """Build the view."""
    holders = await c.community.office_holders(actor, place.id)
    grants = await c.policy.may(actor, 'community.grant_role', place.id)
    people = await c.community.names_at(actor, place.id, OFFERED) if grants else {}
    people = people | {holder.grant.member_id: holder.name for holder in holders if grants}
    if grants:
        await handover.section(c, actor, place)
    with ui.element('section').classes('ys-card'):
        if not holders:
            ui.label(_('这里还没有人任职。'))
        with ui.element('ul').classes('ys-lines'):
            for holder in holders:
                await _line(c, actor, holder, people)
    if grants:
        with ui.element('section').classes('ys-card'):
            heading(_('任命'), 'h3')
            await role_form(c, actor, place, people, _reload)


async def _reload() -> None:
    ui.notify(_('已任命'), type='positive', position='top')
    ui.navigate.reload()


async def _line(c: Container, actor: Actor, holder: HolderView, people: Mapping[int, str]) -> None:
    grant = holder.grant
    with ui.element('li'):
        until = _('任期到 {day}', day=day(grant.valid_until)) if grant.valid_until else _('长期')
        what(f'{_(ROLE_WORDS[grant.role])} · {holder.name}', f'{grant.place_name} · {until}')
        if grant.role not in await c.community.grantable(actor, grant.place_id):
            return

        async def revoke() -> None:
            async def deed() -> bool:
                await c.community.revoke_role(actor, grant.id)
                return True

            if await attempt(actor, deed):
                ui.notify(_('已收回，对方打开的页面会立刻生效'), type='positive', position='top')
                taking.set_visibility(False)  # the line stays: nothing slides under the finger, and what was taken can be given back
                giving.set_visibility(True)

        async def give_back() -> None:
            async def deed() -> bool:
                await c.community.grant_role(
                    actor, grant.member_id, grant.place_id, grant.role, valid_from=grant.valid_from, valid_until=grant.valid_until)
                return True

            if await attempt(actor, deed):
                await _reload()

        if grant.role is not Role.MEMBER:
            handover.offer(c, actor, holder, people)
        taking = ui.button(_('收回'), on_click=revoke).props('outline no-caps')
        giving = ui.button(_('撤销收回'), on_click=give_back).props('flat no-caps')
        giving.set_visibility(False)
