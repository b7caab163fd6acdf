"""地点和住户: what lies below a place, and the flats of a building; how a new pilot draws its map."""

import re

from nicegui import ui
from starlette.requests import Request

from pages.forms import attempt, text
from pages.people.look import heading, what
from yunshequ.bootstrap import Container
from yunshequ.community.policy import PARENTS
from yunshequ.community.schemas import PlaceKind, PlaceView
from yunshequ.community.words import KIND_WORDS
from yunshequ.core.errors import Invalid
from yunshequ.core.i18n import N_, _
from yunshequ.core.policy import Actor

NAMES_AT_ONCE = 50
_FLAT = re.compile(r'^(\S+?)(?:[\s,，]+(\d{1,5}(?:\.\d{1,2})?))?$')


def read_flats(lines: str) -> list[tuple[str, int]]:
    """Read flats written one on each line, ``502`` or ``502 89.35`` with the area in m²; areas come back in 0.01 m².

    :raises Invalid: a line is neither.
    """
    flats = []
    for line in filter(None, (line.strip() for line in lines.splitlines())):
        match = _FLAT.match(line)
        if match is None:
            raise Invalid(N_('这一行看不懂：{line}'), field='room_no', line=line[:20])
        flats.append((match[1], round(float(match[2] or 0) * 100)))
    if not flats:
        raise Invalid(N_('请至少写一户'), field='room_no')
    return flats


def split_names(names: str) -> list[str]:
    """Return names written in one go, set apart by 、, commas or lines.

    :raises Invalid: there are too many.
    """
    found = [name.strip() for name in re.split(r'[、,，\n]+', names) if name.strip()]
    if len(found) > NAMES_AT_ONCE:
        raise Invalid(N_('一次最多添加 {n} 个'), field='name', n=NAMES_AT_ONCE)
    return found or ['']


async def show(c: Container, actor: Actor, place: PlaceView, _request: Request) -> None:
    """Build the view."""
    may_add = await c.policy.may(actor, 'community.manage_places', place.id)
    below = await c.community.children(place.id)
    kinds = [kind for kind in PlaceKind if place.kind in PARENTS[kind]]
    if below or kinds:
        with ui.element('section').classes('ys-card'):
            heading(_('下面的地点'), 'h3')
            if not below:
                ui.label(_('下面还没有地点。'))
            with ui.element('ul').classes('ys-lines'):
                for child in below:
                    with ui.element('li'):
                        what(child.name, _(KIND_WORDS[child.kind]))
                        ui.link(_('打开'), f'/staff/people?place={child.id}&view=places').classes('ys-btn')
    if may_add:
        with ui.element('section').classes('ys-card'):
            if kinds:
                _place_form(c, actor, place, kinds)
            _name_form(c, actor, place)
    if place.kind in {PlaceKind.BUILDING, PlaceKind.ESTATE}:
        await _households(c, actor, place)


def _place_form(c: Container, actor: Actor, place: PlaceView, kinds: list[PlaceKind]) -> None:
    with ui.element('div').classes('ys-form'):
        heading(_('添加地点'), 'h3')
        kind = ui.select({one.value: _(KIND_WORDS[one]) for one in kinds}, value=kinds[0].value, label=_('类型')).props('outlined')
        names = text(_('名称，多个用顿号隔开，例如：1栋、2栋、3栋'), most=800)

        async def add() -> None:
            async def deed() -> bool:
                for name in split_names(names.value or ''):
                    await c.community.add_place(actor, PlaceKind(kind.value), name, place.id)
                return True

            if await attempt(actor, deed, {'name': names, 'kind': kind}):
                ui.navigate.reload()

        ui.button(_('添加'), on_click=add).props('unelevated no-caps')


def _name_form(c: Container, actor: Actor, place: PlaceView) -> None:
    with ui.element('div').classes('ys-form').style('margin-top: 1.5rem'):
        name = text(_('这个地点的名称'), value=place.name, most=40)

        async def rename() -> None:
            async def deed() -> bool:
                await c.community.rename_place(actor, place.id, name.value or '')
                return True

            if await attempt(actor, deed, {'name': name}):
                ui.navigate.reload()

        ui.button(_('改名'), on_click=rename).props('outline no-caps')


async def _households(c: Container, actor: Actor, place: PlaceView) -> None:
    households = [one for one in await c.community.households(place.id) if one.place_id == place.id]
    with ui.element('section').classes('ys-card'):
        heading(_('住户（{n} 户）', n=len(households)), 'h3')
        with ui.element('ul').classes('ys-lines'):
            for one in households:
                with ui.element('li'):
                    area = _('{area} 平方米', area=f'{one.area_cm2 / 100:g}') if one.area_cm2 else _('面积未登记')
                    known = _('已核实 {n} 人', n=len(one.member_ids))
                    what(one.label, f'{area} · {known}')
        with ui.element('div').classes('ys-form').style('margin-top: 1rem'):
            lines = text(_('登记住户，一行一户：房号 面积（平方米，可不写）'), lines=6, most=12_000)

            async def add() -> None:
                async def deed() -> int:
                    return await c.community.add_households(actor, place.id, read_flats(lines.value or ''))

                if await attempt(actor, deed, {'room_no': lines}):
                    ui.navigate.reload()

            ui.button(_('登记'), on_click=add).props('unelevated no-caps')
