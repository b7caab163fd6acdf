"""入群码: the codes of a place and below, how often each was used, a new one, the sheet to print."""

from nicegui import ui
from starlette.requests import Request

from pages.forms import attempt, text
from pages.people.look import day, heading, what
from yunshequ.bootstrap import Container
from yunshequ.community.invitations import JOIN_DAYS
from yunshequ.community.joining import printed_code
from yunshequ.community.schemas import JoinCodeView, PlaceView
from yunshequ.core.i18n import _
from yunshequ.core.policy import Actor
from yunshequ.rooms.schemas import RoomKind


async def show(c: Container, actor: Actor, place: PlaceView, _request: Request) -> None:
    """Build the view."""
    codes = await c.community.join_codes(actor, place.id)
    usable, over = [code for code in codes if code.usable], [code for code in codes if not code.usable]
    with ui.element('section').classes('ys-card'):
        if not usable:
            ui.label(_('还没有可用的入群码。新建一个，打印出来贴在公告栏上，居民扫一扫就能加入。'))
        with ui.element('ul').classes('ys-lines'):
            for code in usable:
                _line(c, actor, code)
    await _form(c, actor, place)
    if over:
        with ui.expansion(_('已停用或过期的 {n} 个', n=len(over))).classes('ys-card'), ui.element('ul').classes('ys-lines'):
            for code in over[:100]:
                if not code.revoked:
                    _line(c, actor, code)
                    continue
                with ui.element('li'):
                    what(f'{code.place_name} · {code.note or printed_code(code.token)}', _('加入 {n} 人', n=code.uses))


def _line(c: Container, actor: Actor, code: JoinCodeView) -> None:
    with ui.element('li') as line:  # what belongs together stays on one line on a phone
        limit = _('加入 {n} 人', n=code.uses) if code.max_uses is None else _('加入 {n}/{most} 人', n=code.uses, most=code.max_uses)
        where = ' · '.join(part for part in (code.place_name, code.household_label, code.note) if part)
        until = _('有效期到 {day}', day=day(code.expires_at)) if code.expires_at else _('长期有效')
        when = ui.element('div').classes('ys-lines-what')
        with when:
            what(where, f'{limit} · {until}')
        ui.label(printed_code(code.token)).classes('ys-code')

        async def stop() -> None:
            async def deed() -> bool:
                await c.community.revoke_join_code(actor, code.id)
                return True

            if await attempt(actor, deed):
                ui.notify(_('已停用，之前加入的人不受影响'), type='positive', position='top')
                line.delete()

        async def renew() -> None:
            until = await attempt(actor, lambda: c.community.renew_join_code(actor, code.id))
            if until is not None:
                when.clear()
                with when:
                    what(where, f'{limit} · {_("有效期到 {day}", day=day(until))}')
                ui.notify(_('已延长到 {day}，贴出去的二维码继续有效', day=day(until)), type='positive', position='top')

        with ui.element('div').classes('ys-acts'):
            ui.link(_('打印张贴页'), f'/join-sheet/{code.token}', new_tab=True).classes('ys-btn')
            if code.expires_at is not None:
                ui.button(_('延长半年'), on_click=renew).props('outline no-caps')
            if code.usable:
                ui.button(_('停用'), on_click=stop).props('outline no-caps')


async def _form(c: Container, actor: Actor, place: PlaceView) -> None:
    places = {}
    for below in [place, *await c.community.below(place.id)]:
        if await c.policy.may(actor, 'community.invite', below.id):
            places[below.id] = below.name
    open_rooms = [room for room in await c.rooms.rooms_of(actor) if room.kind not in {RoomKind.ASSISTANT, RoomKind.STAFF}]
    rooms = {0: _('不指定')} | {room.id: f'{room.title} · {room.place_name}' for room in open_rooms}
    first_room = next((room.id for room in open_rooms if room.place_name == place.name), 0)
    with ui.element('section').classes('ys-card'), ui.element('div').classes('ys-form'):
        heading(_('新建入群码'), 'h3')
        where = ui.select(places, value=place.id, label=_('加入哪里'), with_input=True).props('outlined')
        room = ui.select(rooms, value=first_room, label=_('加入后进哪个群（您所在的群）'), with_input=True).props('outlined')
        with ui.element('div').classes('ys-pair'):
            days = ui.number(_('有效天数（不填一直有效）'), value=JOIN_DAYS, min=1, max=3650, precision=0).props('outlined clearable')
            most = ui.number(_('最多几人（不填不限）'), min=1, precision=0).props('outlined')
        note = text(_('备注，例如：3栋一楼公告栏'), most=60)

        async def create() -> None:
            made = await attempt(actor, lambda: c.community.create_join_code(
                actor, where.value, room_id=room.value or None, days=int(days.value) if days.value else None,
                max_uses=int(most.value) if most.value else None, note=note.value or ''),
                {'days': days, 'max_uses': most, 'room': room})
            if made is not None:
                ui.navigate.to(f'/join-sheet/{made.token}')

        ui.button(_('新建并打印'), on_click=create).props('unelevated no-caps')
