"""/rooms/{room_id}/chains/new: starting a chain. One short form; what is wrong stands beside its field."""

from datetime import datetime, timedelta
from typing import Any

from nicegui import Client, ui
from nicegui.elements.mixins.validation_element import ValidationElement

from pages import frame, guards, live, shell
from pages.forms import attempt, button, instant, moment, text
from pages.people.look import add_look
from yunshequ.bootstrap import Container
from yunshequ.chains.schemas import MAX_LINE, MAX_TITLE, MOST_LINES, ChainDraft
from yunshequ.core.i18n import _
from yunshequ.core.ids import token
from yunshequ.core.policy import Actor

OPEN_DAYS = 2
"""How long a chain is open unless said otherwise."""


def register(c: Container) -> None:
    """Add the page."""

    @ui.page('/rooms/{room_id}/chains/new')
    @guards.signed_in
    async def new(actor: Actor, client: Client, room_id: int) -> None:
        live.identify(actor)
        add_look()
        room = await c.rooms.require_inside(actor, room_id, 'rooms.post')
        await frame.hear(c, live.fanout(), client, actor)
        with shell.resident(active='messages', title=_('发起接龙'), back=f'/rooms/{room_id}', **await frame.around(c, actor)), \
                ui.element('section').classes('ys-card ys-form').style('padding: 1.1rem'):
            ui.label(_('接龙会出现在“{room}”，大家点一下就能接。', room=room.title)).classes('ys-hint')
            _form(c, actor, room_id, c.clock.now() + timedelta(days=OPEN_DAYS))


def _form(c: Container, actor: Actor, room_id: int, until: datetime) -> None:
    client_id = token()
    title = text(_('接什么'), hint=_('例如：周六一起去菜场，要带菜的接龙'), most=MAX_TITLE)
    example = text(_('一行怎么写（可以不填）'), hint=_('例如：3栋-张阿姨 两斤青菜'), most=MAX_LINE)
    ends = ui.checkbox(_('到时间自动结束'), value=True)
    closes = moment(_('截止时间'), until).bind_visibility_from(ends, 'value')
    most = ui.number(_('最多几个人（可以不填）'), min=1, max=MOST_LINES, precision=0).props('outlined stack-label inputmode=numeric')
    fields: dict[str, ValidationElement[Any]] = {'title': title, 'example': example, 'closes_at': closes, 'most': most}

    async def start() -> None:
        async def deed() -> int:
            return await c.chains.start(actor, ChainDraft(
                room_id=room_id, client_id=client_id, title=title.value or '', example=example.value or '',
                most=int(most.value) if most.value else None, closes_at=instant(closes) if ends.value else None))

        if await attempt(actor, deed, fields) is not None:
            ui.navigate.to(f'/rooms/{room_id}')

    with ui.element('div').classes('ys-ask-acts'):
        button(_('发到群里'), start, main=True)
