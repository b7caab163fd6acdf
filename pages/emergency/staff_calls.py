"""/staff/emergency/{incident}/call, /staff/calls/{id}, /staff/shifts/{id}: calling for hands, seats, roster and venue code."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from html import escape
from typing import Any

from nicegui import ui

from pages import guards, live, shell
from pages.components.shift_board import ShiftBoard
from pages.components.watch import Watch
from pages.emergency.data import call_data, mark
from pages.emergency.resident import enter
from pages.emergency.staff import desk, heading, places_for, section
from pages.forms import attempt, button, instant, moment, text
from yunshequ.bootstrap import Container
from yunshequ.core.clock import local
from yunshequ.core.i18n import _, set_locale
from yunshequ.core.ids import token
from yunshequ.core.policy import Actor
from yunshequ.emergency.reading import STATE_WORDS
from yunshequ.emergency.schemas import (
    CallDraft,
    CallState,
    CallView,
    IncidentView,
    Roster,
    RosterLine,
    ShiftDraft,
    ShiftState,
    ShiftView,
    SignupState,
)
from yunshequ.emergency.words import when

HELD = (ShiftState.OPEN, ShiftState.CLOSED)
EARLIEST = timedelta(hours=2)
LENGTH = timedelta(hours=2)

Deed = Callable[[int], Awaitable[None]]
"""Something done to one sign-up."""


@dataclass
class ShiftForm:
    """The fields of one shift in a form."""

    c: Container
    fields: dict[str, Any] = field(default_factory=dict)

    def build(self) -> None:
        """Draw the fields."""
        start = (self.c.clock.now() + EARLIEST).replace(minute=0, second=0, microsecond=0)
        self.fields['title'] = text(_('班次名称'), hint=_('例如：上午 搬沙袋'), most=40)
        with ui.element('div').classes('ys-pair'):
            self.fields['starts_at'] = moment(_('开始'), start)
            self.fields['ends_at'] = moment(_('结束'), start + LENGTH)
            self.fields['capacity'] = ui.number(_('名额'), value=10, min=1, max=2000, precision=0).props('outlined stack-label')
            self.fields['spot'] = text(_('集合地点'), most=80)
        self.fields['skills'] = text(_('需要的技能'), hint=_('用顿号分开，没有要求就空着'), most=80)

    def draft(self) -> ShiftDraft:
        """Return what the fields hold.

        :raises ValidationError: something is missing or too long.
        """
        value = {name: one.value for name, one in self.fields.items()}
        skills = [word.strip() for word in str(value['skills'] or '').replace('，', '、').replace(',', '、').split('、')]
        return ShiftDraft(
            title=value['title'] or '', spot=value['spot'] or '', skills=[word for word in skills if word],
            capacity=int(value['capacity'] or 0), starts_at=instant(self.fields['starts_at']),
            ends_at=instant(self.fields['ends_at']))


def register(c: Container, acts: live.Acts) -> None:
    """Add the staff pages of calls and shifts."""

    @ui.page('/staff/emergency/{incident_id}/call')
    @guards.in_office
    async def new_call(actor: Actor, incident_id: int) -> None:
        around = await enter(c, actor)
        seen = await c.emergency.incident(actor, incident_id)
        places = await places_for(c, actor, 'emergency.call')
        rooms = {room.id: room.title for room in await c.rooms.rooms_of(actor)}
        back = f'/staff/emergency/{incident_id}'
        with shell.staff(active='emergency', title=_('招募志愿者'), back=back, **around), desk(), section():
            if places:
                _call_form(c, actor, seen.incident, places, rooms)
            else:
                ui.label(_('志愿招募由社区或网格员发布')).props('role=status')

    @ui.page('/staff/calls/{call_id}')
    @guards.in_office
    async def call(actor: Actor, call_id: int) -> None:
        around = await enter(c, actor, f'call:{call_id}')
        seen = await c.emergency.card_state(actor, call_id)
        data = call_data(seen, actor)
        back = f'/staff/emergency/{seen.incident.id}'
        with shell.staff(active='emergency', title=data['title'], back=back, **around), desk():
            acts.bind(ShiftBoard(call=data, me={'id': actor.member_id}), actor)
            if seen.may_lead:
                await _Managed(c, actor, call_id).draw()

    @ui.page('/staff/shifts/{shift_id}')
    @guards.signed_in
    async def shift_page(actor: Actor, shift_id: int) -> None:
        around = await enter(c, actor)
        roster = await c.emergency.roster(actor, shift_id)
        title, back = mark(roster.drill, roster.shift.title), f'/staff/calls/{roster.call_id}'
        with shell.staff(active='emergency', title=title, back=back, **around), desk():
            _venue_code(c, actor, roster)
            _roster_view(c, actor, roster)


def _call_form(c: Container, actor: Actor, incident: IncidentView, places: dict[int, str], rooms: dict[int, str]) -> None:
    client_id = token()
    here = incident.place_id if incident.place_id in places else next(iter(places))
    fields: dict[str, Any] = {
        'title': text(_('招募什么'), hint=_('例如：搬沙袋、看望独居老人')),
        'text': text(_('要做什么、注意什么'), lines=3, most=1000),
        'place_id': ui.select(places, label=_('面向哪里的居民'), value=here, with_input=True).props('outlined'),
        'room_id': ui.select({0: _('不发到群里'), **rooms}, label=_('把招募卡片发到'), value=0).props('outlined'),
    }
    heading(_('第一个班次'))
    ui.label(_('其余班次发布后可以继续加')).classes('ys-hint')
    shift = ShiftForm(c)
    shift.build()

    async def submit() -> None:
        async def deed() -> CallView:
            return await c.emergency.open_call(actor, CallDraft(
                incident_id=incident.id, place_id=fields['place_id'].value, room_id=fields['room_id'].value or None,
                title=fields['title'].value or '', text=fields['text'].value or '', shifts=[shift.draft()],
                client_id=client_id))

        opened = await attempt(actor, deed, {**shift.fields, **fields})
        if opened is not None:
            ui.navigate.to(f'/staff/calls/{opened.id}')

    button(_('发布招募'), submit, main=True)


class _Managed:
    """What a desk can do with a call; drawn again when its shifts are others, or nobody may sign up any more."""

    def __init__(self, c: Container, actor: Actor, call_id: int) -> None:
        self.c = c
        self.actor = actor
        self.call_id = call_id
        self._shown: object = None
        self._deeds, self._more = ui.element('div').classes('ys-desk'), ui.element('div')
        Watch([f'call:{call_id}'], self.draw, frames=('call',))

    async def draw(self) -> None:
        """Draw what can be done now; a shift that is being written stays."""
        set_locale(self.actor.locale)
        seen = await self.c.emergency.card_state(self.actor, self.call_id)
        held = [shift for shift in seen.shifts if shift.state in HELD]
        found = (seen.state, [(shift.id, shift.title, shift.starts_at, shift.ends_at, shift.capacity) for shift in held])
        if found == self._shown:
            return
        self._shown = found
        self._deeds.clear()
        with self._deeds:
            if held:
                with ui.element('section').classes('ys-card'):
                    heading(_('班次管理'))
                    for shift in held:
                        _shift_row(self.c, self.actor, shift)
            _call_actions(self.c, self.actor, seen)
        if seen.state is not CallState.OPEN:
            self._more.clear()
        elif not self._more.default_slot.children:
            with self._more:
                _add_shift(self.c, self.actor, seen.id)


def _shift_row(c: Container, actor: Actor, shift: ShiftView) -> None:
    with ui.row().classes('ys-acts').style('margin-block-end: 1rem'):
        ui.label(f'{shift.title} · {when(shift.starts_at, shift.ends_at)}').style('flex: 1 0 14rem; font-weight: 600')
        seats = ui.number(_('名额'), value=shift.capacity, min=1, max=2000, precision=0).props('outlined stack-label dense')

        async def resize() -> None:
            if await attempt(actor, lambda: c.emergency.set_capacity(actor, shift.id, int(seats.value or 0)), {'capacity': seats}):
                ui.notify(_('名额已更新'), type='positive', position='top')

        async def call_off() -> None:
            dialog.close()
            if await attempt(actor, lambda: c.emergency.call_off_shift(actor, shift.id)):
                ui.navigate.reload()

        with ui.dialog() as dialog, ui.card():
            ui.label(_('取消后，已报名和候补的人都会收到通知。确定取消“{title}”吗？', title=shift.title))
            with ui.row().classes('ys-acts'):
                button(_('先不取消'), dialog.close)
                button(_('确定取消'), call_off, main=True)
        button(_('保存名额'), resize)
        ui.link(_('名单和签到码'), f'/staff/shifts/{shift.id}').classes('ys-btn')
        button(_('取消班次'), dialog.open)


def _call_actions(c: Container, actor: Actor, seen: CallView) -> None:
    async def export() -> None:
        table = await attempt(actor, lambda: c.emergency.export_csv(actor, seen.id))
        if table is not None:
            ui.download.content(table.encode('utf-8-sig'), f'call-{seen.id}.csv', 'text/csv')

    async def close() -> None:
        if await attempt(actor, lambda: c.emergency.close_call(actor, seen.id)):
            ui.navigate.reload()

    with ui.row().classes('ys-acts'):
        button(_('导出名单'), export)
        if seen.state is CallState.OPEN:
            button(_('停止报名'), close)


def _add_shift(c: Container, actor: Actor, call_id: int) -> None:
    with section():
        heading(_('再加一个班次'))
        form = ShiftForm(c)
        form.build()

        async def submit() -> None:
            async def deed() -> CallView:
                return await c.emergency.add_shift(actor, call_id, form.draft())

            if await attempt(actor, deed, form.fields):
                ui.navigate.reload()

        button(_('加上'), submit, main=True)


def _venue_code(c: Container, actor: Actor, roster: Roster) -> None:
    """Draw the code for all to read; it changes by itself and stops when the login or the right ends."""
    with ui.element('section').classes('ys-card'):
        heading(_('现场签到码'))
        digits = ui.label('······').classes('ys-venue').props('role=status aria-live=off')
        hint = ui.label('').classes('ys-hint').style('text-align: center')

        async def tick() -> None:
            async def deed() -> bool:
                code = await c.emergency.venue_code(actor, roster.shift.id)
                digits.text = f'{code.code[:3]} {code.code[3:]}'
                hint.text = _('{n} 秒后换新码；可签到时间 {start}–{end}', n=code.seconds_left,
                              start=f'{local(code.opens_at):%H:%M}', end=f'{local(code.closes_at):%H:%M}')
                return True

            if not await attempt(actor, deed):
                timer.deactivate()
                digits.text = '······'

        timer = ui.timer(1.0, tick)


def _roster_view(c: Container, actor: Actor, first: Roster) -> None:
    """Draw the roster; it is drawn anew when it has changed."""
    shift_id = first.shift.id
    shown = {'roster': first}

    async def refresh() -> None:
        now = await attempt(actor, lambda: c.emergency.roster(actor, shift_id))
        if now is None:
            timer.deactivate()
        elif now != shown['roster']:
            shown['roster'] = now
            table.refresh()

    async def sign_in(signup_id: int) -> None:
        if await attempt(actor, lambda: c.emergency.check_in_by_hand(actor, signup_id)):
            await refresh()

    async def remove(signup_id: int) -> None:
        if await attempt(actor, lambda: c.emergency.cancel(actor, signup_id)):
            await refresh()

    @ui.refreshable
    def table() -> None:
        set_locale(actor.locale)
        _roster_table(shown['roster'], sign_in, remove)

    with ui.element('section').classes('ys-card'):
        heading(_('报名名单'))
        table()
    timer = ui.timer(3.0, refresh)


def _roster_table(roster: Roster, sign_in: Deed, remove: Deed) -> None:
    ui.label(_('已报名 {taken}/{capacity}，候补 {waiting}', taken=roster.shift.taken, capacity=roster.shift.capacity,
               waiting=roster.shift.waiting)).props('role=status')
    if not roster.lines:
        ui.label(_('还没有人报名')).classes('ys-hint')
        return
    with ui.element('table').classes('ys-roster'):
        with ui.element('thead'), ui.element('tr'):
            for word in (_('序号'), _('姓名'), _('状态'), _('操作')):
                ui.html(escape(word), tag='th', sanitize=False).props('scope=col')
        with ui.element('tbody'):
            for line in roster.lines:
                with ui.element('tr'):
                    _roster_row(line, sign_in, remove)


def _roster_row(line: RosterLine, sign_in: Deed, remove: Deed) -> None:
    state = _(STATE_WORDS[line.state])
    ui.html(str(line.position), tag='td', sanitize=False)
    with ui.element('td'), ui.row().classes('ys-acts'):
        ui.label(line.member.name)
        if line.member.party:
            ui.label(_('党员')).classes('ys-tag ys-tag-red')
    ui.html(escape(_('{state}（代签）', state=state) if line.by_hand else state), tag='td', sanitize=False)
    with ui.element('td'), ui.row().classes('ys-acts'):
        if line.state is SignupState.CONFIRMED:
            button(_('代签'), partial(sign_in, line.signup_id))
        if line.state in (SignupState.CONFIRMED, SignupState.WAITLISTED):
            button(_('取消'), partial(remove, line.signup_id))
