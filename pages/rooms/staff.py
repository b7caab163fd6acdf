"""/staff/rooms: the rooms of a place and below, those the office is not in too; entering one, opening a new one."""

from functools import partial

from nicegui import ui

from pages import frame, guards, live, shell
from pages.forms import attempt, text
from pages.live import identify
from pages.people.desk import address, places_of
from pages.people.look import add_look, heading, what
from pages.rooms import manage, queue, words
from yunshequ.bootstrap import Container
from yunshequ.core.clock import local
from yunshequ.core.i18n import N_, _
from yunshequ.core.policy import Actor
from yunshequ.rooms.schemas import RoomAtPlace, RoomKind, RoomListItem

PATH = '/staff/rooms'
PAGE = 50

KIND_WORDS = {
    RoomKind.BUILDING: N_('楼栋群'), RoomKind.COMMUNITY: N_('社区群'), RoomKind.TOPIC: N_('专题群'), RoomKind.STAFF: N_('工作群'),
}
"""Message ids of the kinds of rooms an office opens."""


def register(c: Container) -> None:
    """Add the page."""

    @ui.page(PATH)
    @guards.in_office
    async def rooms(actor: Actor, place: int = 0) -> None:
        identify(actor)
        add_look()
        await frame.hear(c, live.fanout(), ui.context.client, actor)
        place_id = place or (await c.community.offices(actor.member_id))[0].place.id  # in_office: there is one
        everywhere = await c.policy.may(actor, 'rooms.enter_any', place_id)
        if place:
            await c.policy.require(actor, 'rooms.enter_any', place_id)
        offered = {key: name for key, name in (await places_of(c, actor)).items() if await c.policy.may(actor, 'rooms.enter_any', key)}
        around = await frame.around(c, actor)
        with shell.staff(active='rooms', title=_('群'), **around), ui.element('div').classes('ys-desk'):
            with ui.element('div').classes('ys-people-head'):
                if offered:
                    choose = ui.select(offered, value=place_id if place_id in offered else None, label=_('地点'), with_input=True)
                    choose.props('outlined').classes('ys-people-place')
                    choose.on_value_change(lambda event: ui.navigate.to(f'{PATH}?place={event.value}') if event.value else None)
                with ui.element('div').classes('ys-acts'):
                    ui.link(_('我的消息'), '/messages').classes('ys-btn')
                    if await c.policy.may(actor, 'community.invite', place_id):
                        ui.link(_('发入群码'), address(place_id, 'codes')).classes('ys-btn')
                    if await c.policy.may(actor, 'rooms.moderate', place_id):
                        ui.link(_('敏感词表'), words.address(place_id)).classes('ys-btn')
                        ui.link(_('群秩序'), queue.PATH).classes('ys-btn')
            heading(_('{place}的群', place=await c.community.label_of(place_id)) if everywhere else _('我在的群'))
            if everywhere:
                await _all(c, actor, place_id)
            else:
                await _own(c, actor)
            if await c.policy.may(actor, 'rooms.create', place_id):
                await _form(c, actor, place_id, offered)


async def _own(c: Container, actor: Actor) -> None:
    """Draw the rooms somebody is in, who may not enter others."""
    mine = [room for room in await c.rooms.rooms_of(actor) if room.kind is not RoomKind.ASSISTANT]
    with ui.element('section').classes('ys-card'):
        if not mine:
            ui.label(_('您还不在任何群里。请社区工作人员把您加进来，或扫入群码加入。'))
        with ui.element('ul').classes('ys-lines'):
            for room in mine:
                with ui.element('li'):
                    what(room.title, f'{room.place_name} · {_(KIND_WORDS[room.kind])}')
                    known = await c.rooms.room(room.id)
                    with ui.element('div').classes('ys-acts'):
                        if known is not None and await c.policy.may(actor, 'rooms.moderate', known.place_id):
                            _managed(room)
                        ui.link(_('打开'), f'/rooms/{room.id}').classes('ys-btn')


async def _all(c: Container, actor: Actor, place_id: int) -> None:
    """Draw the rooms of a place, searched and paged on the server."""
    offset = 0
    search = ui.input(_('按群名查找')).props('outlined clearable debounce=400').classes('ys-people-place')
    lines = ui.element('section').classes('ys-card')
    with ui.element('div').classes('ys-acts'):
        back = ui.button(_('上一页')).props('outline no-caps')
        status = ui.label().props('role=status')
        on = ui.button(_('下一页')).props('outline no-caps')

    async def load() -> None:
        page = await attempt(
            actor, lambda: c.rooms.rooms_at(actor, place_id, search=search.value or '', offset=offset, limit=PAGE))
        if page is None:
            return
        lines.clear()
        with lines:
            if not page.rooms:
                ui.label(_('没有找到这样的群') if search.value else _('这里还没有群。新建一个，再发入群码请居民加入。'))
            with ui.element('ul').classes('ys-lines'):
                for room in page.rooms:
                    _line(c, actor, room)
        back.set_visibility(offset > 0)
        on.set_visibility(offset + PAGE < page.total)
        status.text = _('共 {n} 个群', n=page.total)

    async def turn(by: int) -> None:
        nonlocal offset
        offset = max(0, offset + by)
        await load()

    async def searched() -> None:
        nonlocal offset
        offset = 0
        await load()

    search.on_value_change(searched)
    back.on_click(lambda: turn(-PAGE))
    on.on_click(lambda: turn(PAGE))
    await load()


def _line(c: Container, actor: Actor, room: RoomAtPlace) -> None:
    parts = [room.place_name, _(KIND_WORDS[room.kind]), _('{n} 人', n=room.members)]
    if room.last_at is not None:
        parts.append(_('最近一次 {at}', at=f'{local(room.last_at):%m-%d %H:%M}'))

    async def enter(room_id: int) -> None:
        if await attempt(actor, lambda: c.rooms.join(actor, room_id)) is not None:
            ui.navigate.to(f'/rooms/{room_id}')

    with ui.element('li'):
        what(room.title, ' · '.join(parts))
        with ui.element('div').classes('ys-acts'):
            _managed(room)
            if room.inside:
                ui.link(_('打开'), f'/rooms/{room.id}').classes('ys-btn')
            else:
                button = ui.button(_('进入'), on_click=partial(enter, room.id)).props('outline no-caps')
                button.props['aria-label'] = _('进入 {room}', room=room.title)


def _managed(room: RoomAtPlace | RoomListItem) -> None:
    ui.link(_('管理'), manage.address(room.id)).classes('ys-btn').props['aria-label'] = _('管理 {room}', room=room.title)


async def _form(c: Container, actor: Actor, place_id: int, places: dict[int, str]) -> None:
    with ui.expansion(_('新建一个群')).classes('ys-card'), ui.element('div').classes('ys-form'):
        where = ui.select(places, value=place_id if place_id in places else None, label=_('属于哪里'), with_input=True).props('outlined')
        kind = ui.select({one.value: _(word) for one, word in KIND_WORDS.items()}, value=RoomKind.BUILDING.value, label=_('做什么用'))
        kind.props('outlined')
        title = text(_('群名'), hint=_('例如：景和园3栋楼栋群'), most=40)
        welcome = text(_('欢迎语（新人进群时小栖会说）'), lines=2, most=200)
        rules = text(_('群规（在群资料里显示）'), lines=3, most=500)

        async def create() -> None:
            made = await attempt(actor, lambda: c.rooms.create_room(
                actor, where.value or place_id, RoomKind(kind.value), title.value or '', welcome=welcome.value or '',
                rules=rules.value or ''), {'title': title})
            if made is not None:
                ui.navigate.to(f'/rooms/{made.id}')

        ui.button(_('新建'), on_click=create).props('unelevated no-caps')
