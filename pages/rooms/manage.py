"""/staff/rooms/{id}: what the staff of a place set for one of its rooms and do in it, inside it or not."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from pages import frame, guards, live, shell
from pages.components.watch import Watch
from pages.forms import Fields, attempt, button
from pages.live import identify
from pages.order_words import MODES, pace, why
from pages.people.look import add_look, heading, what
from pages.rooms import manage_life
from pages.rooms.deeds import Said, ask
from yunshequ.bootstrap import Container
from yunshequ.core.clock import local
from yunshequ.core.i18n import _
from yunshequ.core.policy import Actor
from yunshequ.rooms.hush import clock, minutes
from yunshequ.rooms.limits import limits
from yunshequ.rooms.order_schemas import ACT_WORDS, ActView
from yunshequ.rooms.schemas import RoomMode, RoomView

Draw = Callable[[], Awaitable[None]]


def address(room_id: int) -> str:
    """Return the address of the page of a room."""
    return f'/staff/rooms/{room_id}'


def register(c: Container) -> None:
    """Add the page."""
    acts = manage_life.life_acts(c)

    @ui.page('/staff/rooms/{room_id}')
    @guards.in_office
    async def manage(actor: Actor, room_id: int) -> None:
        identify(actor)
        room = await c.rooms.order.looked_after(actor, room_id)
        add_look()
        await frame.hear(c, live.fanout(), ui.context.client, actor)
        around = await frame.around(c, actor)
        with shell.staff(active='rooms', title=_('群管理'), back='/staff/rooms', **around), ui.element('div').classes('ys-desk'):
            heading(_('管理 {room}', room=room.title))
            ui.link(_('群秩序：举报、审核、申诉'), '/staff/order').classes('ys-btn').style('align-self: start')
            _mode(c, actor, room)
            await manage_life.sections(c, acts, actor, room)
            _quiet(c, actor, room)
            _hush(c, actor, room)
            await _members(c, actor, room)
            await _newcomers(c, actor, room)
            await _history(c, actor, room)


def _section(title: str, hint: str) -> ui.element:
    section = ui.element('section').classes('ys-card ys-form').style('max-width: none')
    with section:
        heading(title, 'h3')
        ui.label(hint)
    return section


async def _done(actor: Actor, deed: Callable[[], Awaitable[object]], words: str, fields: Fields | None = None) -> bool:
    async def do() -> bool:
        await deed()
        return True

    done = bool(await attempt(actor, do, fields))
    if done:
        ui.notify(words, type='positive', position='top')
    return done


def _mode(c: Container, actor: Actor, room: RoomView) -> None:
    """群模式 and 慢速模式."""
    with _section(_('谁可以发言'), _('改了马上生效，群里每个人都看得到。')):
        mode = ui.radio({one.value: _(words) for one, words in MODES.items()}, value=room.mode.value)
        steps = [0, *limits().slow.choices_seconds]
        slow = ui.select({one: pace(one) if one else _('不限') for one in steps}, label=_('慢速模式：每人多久发一条'))
        slow.value = room.slow_seconds if room.slow_seconds in steps else 0
        slow.props('outlined')

        async def turn() -> None:
            await _done(actor, lambda: c.rooms.order.set_mode(actor, room.id, RoomMode(mode.value)), _('发言模式已改'))

        async def slowed() -> None:
            await _done(actor, lambda: c.rooms.order.set_slow(actor, room.id, int(slow.value)), _('慢速模式已改'))

        mode.on_value_change(turn)
        slow.on_value_change(slowed)


def _quiet(c: Container, actor: Actor, room: RoomView) -> None:
    """安静模式."""
    with _section(_('安静模式'), _('打开后，小栖在这个群里只在被 @ 到时才说话；关上后，它会主动回答提问。')):
        switch = ui.switch(_('小栖不主动说话'), value=room.quiet)

        async def turn() -> None:
            wanted = bool(switch.value)
            await _done(actor, lambda: c.rooms.order.set_quiet(actor, room.id, quiet=wanted),
                        _('安静模式已打开') if wanted else _('安静模式已关上'))

        switch.on_value_change(turn)


def _hush(c: Container, actor: Actor, room: RoomView) -> None:
    """免打扰时段."""
    with _section(_('小栖的免打扰时段'), _('这段时间里，小栖不会主动说话；@ 它的人仍会得到回答。可以跨过半夜，例如 22:00 到 7:00。')):
        known = room.hush_from is not None and room.hush_until is not None
        with ui.element('div').classes('ys-pair'):
            begins = ui.input(_('从'), value=clock(room.hush_from) if room.hush_from is not None else '22:00').props('outlined stack-label type=time')
            ends = ui.input(_('到'), value=clock(room.hush_until) if room.hush_until is not None else '07:00').props('outlined stack-label type=time')
        state = ui.label(_('现在没有设免打扰时段。')).props('role=status')
        state.set_visibility(not known)

        async def keep() -> None:
            async def deed() -> None:
                await c.rooms.order.set_hush(actor, room.id, minutes(begins.value or '', 'begins'), minutes(ends.value or '', 'ends'))

            if await _done(actor, deed, _('免打扰时段已设好'), {'begins': begins, 'ends': ends, 'hush': ends}):
                state.set_visibility(False)
                none.set_visibility(True)

        async def drop() -> None:
            if await _done(actor, lambda: c.rooms.order.set_hush(actor, room.id, None, None), _('已取消免打扰时段')):
                state.set_visibility(True)
                none.set_visibility(False)

        with ui.element('div').classes('ys-acts'):
            button(_('保存'), keep)
            none = button(_('取消免打扰时段'), drop)
        none.set_visibility(known)


async def _members(c: Container, actor: Actor, room: RoomView) -> None:
    """禁言 and the proposal of a removal."""
    cards = await c.rooms.cards(room.id, await c.rooms.member_ids(room.id))
    names = {one.id: one.name for one in cards.values() if not one.bot and one.id != actor.member_id}
    with _section(_('成员'), _('禁言只管这个群，到时自动解除。移出成员要另一位管理人员确认，能禁言就不要移出。')):
        who = ui.select(names, label=_('选一位成员'), with_input=True).props('outlined')

        def chosen(then: Callable[[int], None]) -> None:
            if who.value is None:
                who.error = _('请先选一位成员')
            else:
                who.error = None
                then(int(who.value))

        def mute(member_id: int) -> None:
            async def deed(said: Said) -> None:
                await c.rooms.acts.mute(actor, room.id, member_id, said.minutes, said.reason, said.note)

            ask(actor, _('禁言 {name}', name=names[member_id]), deed, _('已禁言，已告诉本人'), minutes=True)

        def remove(member_id: int) -> None:
            async def deed(said: Said) -> None:
                await c.rooms.removals.propose(actor, room.id, member_id, said.reason, said.note)

            ask(actor, _('提议移出 {name}', name=names[member_id]), deed, _('已提议，等另一位管理人员确认'))

        with ui.element('div').classes('ys-acts'):
            button(_('禁言'), lambda: chosen(mute))
            button(_('提议移出'), lambda: chosen(remove))


async def _newcomers(c: Container, actor: Actor, room: RoomView) -> None:
    """新成员: whom the office knows speaks like everybody at once."""
    figures = limits().probation
    ids = [one for one in await c.rooms.order.newcomers(actor, room.id) if await c.rooms.gate.is_newcomer(Actor(one), room)]
    cards = await c.rooms.cards(room.id, ids)
    hint = _('进群满 {days} 天并发过 {messages} 条消息之前，不能发链接，发言也慢一些；核实过住户的不受限制。认识的可以先解除。',
             days=figures.days, messages=figures.messages)
    with _section(_('新成员'), hint):
        if not ids:
            ui.label(_('现在没有受限制的新成员。'))
        with ui.element('ul').classes('ys-lines'):
            for one in ids:
                with ui.element('li'):
                    what(cards[one].name)
                    _vouching(c, actor, room, one)


def _vouching(c: Container, actor: Actor, room: RoomView, member_id: int) -> None:
    async def turn() -> None:
        wanted = bool(switch.value)
        await _done(actor, lambda: c.rooms.order.vouch(actor, room.id, member_id, on=wanted), _('已解除') if wanted else _('已恢复限制'))

    switch = ui.switch(_('解除限制'))
    switch.on_value_change(turn)


async def _history(c: Container, actor: Actor, room: RoomView) -> None:
    """What was done here, with 撤销."""
    with _section(_('处理记录'), _('群成员看到的公示里没有姓名。处理错了可以撤销：解除禁言、恢复发言、重新入群，并告诉本人。')):
        lines = ui.element('ul').classes('ys-lines')

    async def draw() -> None:
        found = await attempt(actor, lambda: c.rooms.acts.in_room(actor, room.id))
        lines.clear()
        with lines:
            if not found:
                with ui.element('li'):
                    ui.label(_('还没有任何处理。'))
            for one in found or ():
                with ui.element('li'):
                    _line(c, actor, one, draw)

    await draw()
    live.fanout().join(ui.context.client, f'acts:{room.id}')
    Watch([f'acts:{room.id}'], draw)


def _line(c: Container, actor: Actor, one: ActView, draw: Draw) -> None:
    parts = [f'{local(one.at):%m-%d %H:%M}', why(one.reason, one.note)]
    if one.until is not None:
        parts.append(_('到 {at}', at=f'{local(one.until):%m-%d %H:%M}'))
    if one.body:
        parts.append(f'“{one.body}”')
    if one.by is not None:
        parts.append(_('由 {name} 作出', name=one.by.name))
    what(f'{_(ACT_WORDS[one.kind])} · {one.member.name}', ' · '.join(parts))
    if one.undone_at is not None:
        ui.label(_('已撤销')).classes('ys-tag ys-tag-green')
        return

    async def deed(said: Said) -> None:
        await c.rooms.acts.undo(actor, one.id, said.note)
        await draw()

    button(_('撤销'), lambda: ask(actor, _('撤销处理'), deed, _('已撤销，已告诉本人'), reason=False, note=_('说明（本人会看到）')))
