"""/staff/knowledge/duty: who is on duty day by day."""

from collections.abc import Awaitable, Callable
from datetime import date
from functools import partial

from nicegui import ui

from pages import guards
from pages.forms import attempt, button
from pages.knowledge.around import PATH, desk_page, enter, workplace
from pages.model_note import Note
from pages.people.look import add_look, heading, what
from pages.theme import Addresses
from yunshequ.assistant.roster import MANAGE
from yunshequ.assistant.schemas import TurnView
from yunshequ.bootstrap import Container
from yunshequ.core.i18n import N_, _
from yunshequ.core.policy import Actor

Draw = Callable[[], Awaitable[None]]
DAYS = (N_('周一'), N_('周二'), N_('周三'), N_('周四'), N_('周五'), N_('周六'), N_('周日'))


def register(c: Container, assets: Addresses, note: Note) -> None:
    """Register the page."""

    @ui.page(f'{PATH}/duty')
    @guards.in_office
    async def duty(actor: Actor) -> None:
        around = await enter(c, actor, assets)
        add_look()
        place_id = await workplace(c, actor)
        await c.policy.require(actor, 'assistant.handle_handoff', place_id)
        may = await c.policy.may(actor, MANAGE, place_id)
        staff = await c.assistant.roster.staff(actor, place_id) if may else {}
        with desk_page(note, actor, 'duty', _('值班'), around), ui.element('div').classes('ys-desk'):
            await _days(c, actor, place_id, staff)


async def _days(c: Container, actor: Actor, place_id: int, staff: dict[int, str]) -> None:
    """Draw the roster of the coming two weeks."""
    with ui.element('section').classes('ys-card ys-form').style('max-width: none'):
        heading(_('值班表'), 'h3')
        ui.label(_('居民转人工时，先找当天值班的人；没有排班的日子，社区所有工作人员都会看到。'))
        ui.link(_('有的部门自己接转人工，在“部门”里设置'), f'{PATH}/departments').classes('ys-btn')
        lines = ui.element('ul').classes('ys-lines')

    async def draw() -> None:
        turns = await attempt(actor, lambda: c.assistant.roster.turns(actor, place_id))
        lines.clear()
        with lines:
            for turn in turns or ():
                with ui.element('li'):
                    _day(c, actor, place_id, staff, turn, draw)

    await draw()


def _day(c: Container, actor: Actor, place_id: int, staff: dict[int, str], turn: TurnView, draw: Draw) -> None:
    title = _('{month}月{day}日 {weekday}', month=turn.day.month, day=turn.day.day, weekday=_(DAYS[turn.day.weekday()]))
    what(title, '、'.join(one.name for one in turn.people) or _('没有排班'))
    if not staff:
        return

    async def take(day: date, member_id: int) -> None:
        await attempt(actor, lambda: c.assistant.roster.take(actor, place_id, day, member_id))
        await draw()

    async def put() -> None:
        if choose.value is None:
            choose.error = _('请先选人')
            return
        member_id = int(choose.value)
        await attempt(actor, lambda: c.assistant.roster.put(actor, place_id, turn.day, member_id), {'keepers': choose})
        await draw()

    with ui.element('div').classes('ys-acts'):
        for one in turn.people:
            off = button(_('撤下 {name}', name=one.name), partial(take, turn.day, one.id))
            off.props['aria-label'] = _('{day} 撤下 {name}', day=title, name=one.name)
        free = {key: name for key, name in staff.items() if key not in {one.id for one in turn.people}}
        choose = ui.select(free, label=_('选人')).props('outlined dense').style('width: 10rem')
        choose.props['aria-label'] = _('{day} 由谁值班', day=title)
        button(_('排上'), put).props['aria-label'] = _('{day} 排上', day=title)
