"""/staff/people: one place of the office at a time, nine views of its people."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from nicegui import ui
from starlette.requests import Request

from pages import frame, guards, live, shell
from pages.people import claims, codes, file, holders, households, identity, phones, places, roll
from pages.people.look import add_look, heading
from yunshequ.bootstrap import Container
from yunshequ.community.schemas import PlaceKind, PlaceView
from yunshequ.community.words import KIND_WORDS
from yunshequ.core.errors import NotFound
from yunshequ.core.i18n import N_, _
from yunshequ.core.policy import Actor

View = Callable[[Container, Actor, PlaceView, Request], Awaitable[None]]

VIEWS: dict[str, tuple[str, str, View]] = {
    'roll': (N_('名册'), 'community.view_roll', roll.show),
    'claims': (N_('待核实'), 'community.manage_households', claims.show),
    'identity': (N_('双人核验'), 'community.check_identity', identity.show),
    'phones': (N_('换手机号'), 'accounts.reset_phone', phones.show),
    'changes': (N_('户的变动'), 'community.change_households', households.show),
    'holders': (N_('任职'), 'community.view_roll', holders.show),
    'codes': (N_('入群码'), 'community.invite', codes.show),
    'file': (N_('导入导出'), 'community.import_roll', file.show),
    'places': (N_('地点和住户'), 'community.manage_households', places.show),
}
"""key -> (word, the action somebody must be allowed, what builds it)."""

PATH = '/staff/people'
MOST_PLACES = 400
"""Places the list offers; parents come before children, so a wide office finds its communities, then opens one."""


def address(place_id: int, view: str) -> str:
    """Return the address of a view of a place."""
    return f'{PATH}?{urlencode({"place": place_id, "view": view})}'


async def places_of(c: Container, actor: Actor) -> dict[int, str]:
    """Return the places somebody looks after, by id, with words that tell them apart: offices first, then what is below."""
    found: dict[int, str] = {}
    for office in await c.community.offices(actor.member_id):
        for place in [office.place, *await c.community.below(office.place.id)]:
            if place.id not in found and len(found) < MOST_PLACES:
                found[place.id] = f'{await c.community.label_of(place.id)} · {_(KIND_WORDS[place.kind])}'
    return found


async def first_place(c: Container, actor: Actor) -> int:
    """Return the place to begin with: the first community below the highest office, else the office's own place.

    :raises NotFound: somebody without any office.
    """
    offices = await c.community.offices(actor.member_id)
    if not offices:
        raise NotFound
    top = offices[0].place
    communities = await c.community.below(top.id, PlaceKind.COMMUNITY)
    return communities[0].id if communities else top.id


def register(c: Container) -> None:
    """Add the page."""

    @ui.page(PATH)
    @guards.in_office
    async def people(actor: Actor, request: Request, place: int = 0, view: str = '') -> None:
        add_look()
        place_id = place or await first_place(c, actor)
        here = await c.community.place(place_id)
        allowed = {key: entry for key, entry in VIEWS.items() if await c.policy.may(actor, entry[1], place_id)}
        shown = view if view in allowed else next(iter(allowed), 'roll')
        await c.policy.require(actor, VIEWS[shown][1], place_id)
        offered = await places_of(c, actor)
        await frame.hear(c, live.fanout(), ui.context.client, actor)
        around = await frame.around(c, actor)
        with shell.staff(active='people', title=_('人员'), **around), ui.element('div').classes('ys-desk'):
            with ui.element('div').classes('ys-people-head'):
                choose = ui.select(offered, value=place_id if place_id in offered else None, label=_('地点'), with_input=True)
                choose.props('outlined').classes('ys-people-place')
                choose.on_value_change(lambda event: ui.navigate.to(address(event.value, shown)) if event.value else None)
                with ui.element('nav').classes('ys-acts') as views:
                    views.props['aria-label'] = _('人员')
                    for key, (word, _action, _show) in allowed.items():
                        link = ui.link(_(word), address(place_id, key)).classes('ys-btn')
                        if key == shown:
                            link.classes('ys-btn-main').props('aria-current=page')
            heading(f'{await c.community.label_of(place_id)} · {_(VIEWS[shown][0])}')
            await VIEWS[shown][2](c, actor, here, request)
