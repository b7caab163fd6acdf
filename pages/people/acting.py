"""帮办 on paper: one of the staff enters what somebody has signed, another confirms it; for people without a phone of their own."""

from datetime import timedelta

from nicegui import ui

from pages.forms import attempt, button, text
from pages.helpers import USUAL, read_day
from pages.people.look import day, heading, what
from yunshequ.bootstrap import Container
from yunshequ.community.acting import CONSENT, OFFERED, PURPOSE_WORDS, TEXT_VERSION, Consent, Purpose
from yunshequ.community.schemas import PlaceView
from yunshequ.core.clock import local
from yunshequ.core.errors import Invalid
from yunshequ.core.i18n import N_, _
from yunshequ.core.policy import Actor

FOUND_MOST = 50


async def show(c: Container, actor: Actor, place: PlaceView) -> None:
    """Build the section."""
    with ui.element('section').classes('ys-card ys-form'):
        heading(_('纸质代办同意书'), 'h3')
        with ui.element('ul').classes('ys-lines'):
            for one in await c.acting.waiting(actor, place.id):
                _line(c, actor, place, one)
        ui.label(_('没有手机的老人在纸上签名，由一位工作人员登记、另一位确认。代办人要先实名。')).classes('ys-hint')
        search = text(_('按称呼或房号查找'))
        found = ui.element('div').classes('ys-form')

        async def look() -> None:
            page = await attempt(actor, lambda: c.community.roll_page(actor, place.id, search=search.value or '', limit=FOUND_MOST))
            if page is None:
                return
            found.clear()
            who = {one.member_id: f'{one.name}（{"、".join(home.label for home in one.homes) or _("没有住处")}）' for one in page.entries}
            with found:
                if len(who) < 2:
                    ui.label(_('至少要找到两个人：本人和代办人。可以按房号查找')).props('role=status')
                else:
                    _form(c, actor, place, who)

        button(_('查找'), look)


def _line(c: Container, actor: Actor, place: PlaceView, one: Consent) -> None:
    with ui.element('li'):
        until = _('有效期到 {day}', day=day(one.valid_until - timedelta(seconds=1)))
        what(_('{name}（由 {helper} 代办）', name=one.principal_name, helper=one.helper_name),
             ' · '.join([*(_(PURPOSE_WORDS[purpose]) for purpose in one.purposes), until]))
        if one.proposed_by == actor.member_id:
            ui.label(_('您提交的，要由另一位同事确认')).classes('ys-hint')
            return

        async def confirm() -> None:
            async def deed() -> bool:
                await c.acting.confirm_paper(actor, one.id)
                return True

            if await attempt(actor, deed):
                ui.navigate.to(_address(place))

        button(_('确认'), confirm, main=True)


def _form(c: Container, actor: Actor, place: PlaceView, who: dict[int, str]) -> None:
    principal = ui.select(who, label=_('本人（签名的人）'), with_input=True).props('outlined stack-label')
    helper = ui.select(who, label=_('代办人'), with_input=True).props('outlined stack-label')
    with ui.element('fieldset').classes('ys-papers'):
        heading(_('可以代办什么'), 'legend')
        purposes: dict[Purpose, ui.checkbox] = {purpose: ui.checkbox(_(PURPOSE_WORDS[purpose])) for purpose in OFFERED}
    until = ui.input(_('到哪一天为止（最长一年）'), value=f'{local(c.clock.now()).date() + USUAL:%Y-%m-%d}')
    until.props('outlined stack-label type=date')
    ui.label(_('纸上要写明：{text}', text=_(CONSENT)))
    ui.label(_('同意书版本 {version}', version=TEXT_VERSION)).classes('ys-hint')

    async def send() -> None:
        async def deed() -> int:
            if principal.value is None or helper.value is None:
                raise Invalid(N_('请选本人和代办人'), field='helper')
            return await c.acting.propose_paper(
                actor, place.id, principal.value, helper.value, [one for one, box in purposes.items() if box.value],
                read_day(str(until.value or '')))

        if await attempt(actor, deed, {'helper': helper, 'until': until}) is not None:
            ui.notify(_('已提交，等另一位同事确认'), type='positive', position='top')
            ui.navigate.to(_address(place))

    button(_('提交给同事确认'), send, main=True)


def _address(place: PlaceView) -> str:
    return f'/staff/people?place={place.id}&view=identity'
