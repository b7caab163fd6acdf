"""交接: an office passes to a successor on a day; what is open is shown first, and the whole can be taken back for a week."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from nicegui import ui

from pages.forms import attempt, button, instant, moment, text
from pages.people.look import day, heading, what
from yunshequ.bootstrap import Container
from yunshequ.community.handover import AHEAD_MOST, BACK_WITHIN, NOTE_MAX, HandoverState, HandoverView
from yunshequ.community.schemas import HolderView, PlaceView
from yunshequ.community.words import ROLE_WORDS
from yunshequ.core.clock import local
from yunshequ.core.errors import Invalid
from yunshequ.core.handing import Item
from yunshequ.core.i18n import N_, _
from yunshequ.core.policy import Actor

SHOWN = 30
"""Things named one by one before a hand-over; the rest are counted."""


async def section(c: Container, actor: Actor, place: PlaceView) -> None:
    """Show what is planned and what can be taken back; nothing where there is none."""
    found = await c.handovers.at(actor, place.id)
    if not found:
        return
    with ui.element('section').classes('ys-card'):
        heading(_('交接'), 'h3')
        with ui.element('ul').classes('ys-lines'):
            for one in found:
                _line(c, actor, one)


def _line(c: Container, actor: Actor, one: HandoverView) -> None:
    with ui.element('li') as line:
        at = f'{local(one.due_at):%m-%d %H:%M}'
        if one.state is HandoverState.PLANNED:
            state = _('{at} 交接', at=at)
        else:
            state = _('{at} 已交接，转过去 {n} 件；{day} 前可退回', at=at, n=one.passed, day=day(one.back_until) if one.back_until else '')
        what(f'{_(ROLE_WORDS[one.role])} · {one.giver_name} → {one.taker_name}', ' · '.join(
            part for part in (one.place_name, state, one.note) if part))

        async def back() -> None:
            async def deed() -> bool:
                if one.state is HandoverState.PLANNED:
                    await c.handovers.cancel(actor, one.id)
                else:
                    await c.handovers.undo(actor, one.id)
                return True

            if await attempt(actor, deed):
                dialog.close()
                ui.notify(_('已办好，双方会收到通知'), type='positive', position='top')
                line.delete()

        with ui.dialog() as dialog, ui.card().classes('ys-form'):
            heading(_('取消交接') if one.state is HandoverState.PLANNED else _('退回交接'))
            ui.label(_('仍由 {name} 担任，还没办完的事回到他手上。双方会收到通知。', name=one.giver_name))
            button(_('确定'), back, main=True)
            button(_('关闭'), dialog.close)
        button(_('取消') if one.state is HandoverState.PLANNED else _('退回'), dialog.open)


def offer(c: Container, actor: Actor, holder: HolderView, people: Mapping[int, str]) -> None:
    """Add the button that opens the form for one office."""
    with ui.dialog() as dialog, ui.card().classes('ys-form') as card:
        pass

    async def opened() -> None:
        items = await attempt(actor, lambda: c.handovers.open_work(actor, holder.grant.id))
        if items is None:
            return
        card.clear()
        with card:
            _form(c, actor, holder, people, items, dialog)
        dialog.open()

    button(_('交接'), opened)


def _form(
    c: Container, actor: Actor, holder: HolderView, people: Mapping[int, str], items: list[Item], dialog: ui.dialog,
) -> None:
    heading(_('{role}交接', role=_(ROLE_WORDS[holder.grant.role])))
    if items:
        counts = '、'.join(_('{what} {n} 件', what=_(words), n=n) for words, n in Counter(item.words for item in items).items())
        ui.label(_('{name} 手上没办完的：{counts}', name=holder.name, counts=counts))
        with ui.expansion(_('一件一件看')), ui.element('ul').classes('ys-lines'):
            for item in items[:SHOWN]:
                with ui.element('li'):
                    what(item.title or _('（没有文字）'), _(item.words))
    else:
        ui.label(_('{name} 手上没有没办完的事，只交接职务。', name=holder.name))
    successors = {member: name for member, name in people.items() if member not in {holder.grant.member_id, actor.member_id}}
    taker = ui.select(successors, label=_('交给谁'), with_input=True).props('outlined stack-label')
    at_once = ui.checkbox(_('马上交接'), value=True)
    when = moment(_('什么时候交接'), c.clock.now() + timedelta(days=1)).bind_visibility_from(at_once, 'value', backward=lambda on: not on)
    when.props['hint'] = _('最多提前 {days} 天安排', days=AHEAD_MOST.days)
    note = text(_('说明（可不填）'), most=NOTE_MAX)
    ui.label(_('到时原来的权限结束，没办完的事一并转过去，双方都会收到通知；{days} 天之内可以退回。', days=BACK_WITHIN.days)).classes('ys-hint')

    async def send() -> None:
        async def deed() -> int:
            if taker.value is None:
                raise Invalid(N_('请选择一个人'), field='taker')
            try:
                due = None if at_once.value else instant(when)
            except ValueError:
                raise Invalid(N_('请检查日期'), field='due_at') from None
            return await c.handovers.plan(actor, holder.grant.id, taker.value, due_at=due, note=note.value or '')

        if await attempt(actor, deed, {'taker': taker, 'due_at': when, 'note': note}) is not None:
            dialog.close()
            ui.notify(_('已办好，双方会收到通知'), type='positive', position='top')
            ui.navigate.reload()

    button(_('确定交接'), send, main=True)
    button(_('关闭'), dialog.close)
