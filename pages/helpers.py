"""/me/helpers 请家人代办: who may act for me and for what, for whom I act, and everything that was done either way."""

from datetime import date, timedelta

from nicegui import Client, ui

from pages import frame, guards, live, shell
from pages.forms import attempt, button, text
from pages.identity import CSS
from pages.people.look import add_look, day, heading, what
from yunshequ.bootstrap import Container
from yunshequ.community.acting import CONSENT, OFFERED, PURPOSE_WORDS, TEXT_VERSION, Consent, MyHelpers, Purpose
from yunshequ.core.clock import local
from yunshequ.core.errors import Invalid
from yunshequ.core.i18n import N_, _
from yunshequ.core.policy import Actor

HELPERS = '/me/helpers'
USUAL = timedelta(days=180)
BY_PHONE = 0


def register(c: Container) -> None:
    """Add the page."""

    @ui.page(HELPERS)
    @guards.signed_in
    async def helpers(actor: Actor, client: Client) -> None:
        await frame.hear(c, live.fanout(), client, actor)
        add_look()
        ui.add_css(CSS)
        mine = await c.acting.mine(actor)
        with (
            shell.resident(active='me', title=_('请家人代办'), back='/me', **await frame.around(c, actor)),
            ui.element('div').classes('ys-identity'),
        ):
            _consents(c, actor, _('替我办事的人'), mine.given, empty=_('您还没有请谁代办。眼睛不方便、不常看手机时，可以请信得过的家人代办。'))
            if mine.held:
                _consents(c, actor, _('请我代办的人'), mine.held, empty='')
            _log(mine)
            await _give(c, actor)


def _consents(c: Container, actor: Actor, title: str, consents: tuple[Consent, ...], *, empty: str) -> None:
    with ui.element('section').classes('ys-card'):
        heading(title)
        if not consents:
            ui.label(empty).classes('ys-hint')
            return
        with ui.element('ul').classes('ys-lines'):
            for one in consents:
                _line(c, actor, one)


def _line(c: Container, actor: Actor, one: Consent) -> None:
    with ui.element('li'):
        parts = [_(PURPOSE_WORDS[purpose]) for purpose in one.purposes]
        parts.append(_('有效期到 {day}', day=day(one.valid_until - timedelta(seconds=1))))
        if one.on_paper:
            parts.append(_('纸质登记，等另一位工作人员确认') if one.waiting else _('纸质登记'))
        what(one.helper_name if one.principal_id == actor.member_id else one.principal_name, ' · '.join(parts))

        async def withdraw() -> None:
            async def deed() -> bool:
                await c.acting.withdraw(actor, one.id)
                return True

            if await attempt(actor, deed):
                ui.navigate.to(HELPERS)

        button(_('收回') if one.principal_id == actor.member_id else _('不再代办'), withdraw)


def _log(mine: MyHelpers) -> None:
    if not mine.deeds:
        return
    with ui.element('section').classes('ys-card'):
        heading(_('代办记录'))
        with ui.element('ul').classes('ys-lines'):
            for deed in mine.deeds:
                with ui.element('li'):
                    what(_('{name}（由 {helper} 代办）', name=deed.principal_name, helper=deed.helper_name),
                         f'{local(deed.at):%Y-%m-%d %H:%M} · {deed.words}')


async def _give(c: Container, actor: Actor) -> None:
    family = await c.acting.family(actor)
    with ui.element('section').classes('ys-card ys-form'):
        heading(_('请一位家人代办'))
        who = ui.select({**family, BY_PHONE: _('不住一起的家人，填手机号')}, value=next(iter(family), BY_PHONE), label=_('请谁代办'))
        who.props('outlined stack-label')
        phone = text(_('家人的手机号'), most=20).props('type=tel autocomplete=off')
        phone.bind_visibility_from(who, 'value', backward=lambda value: value == BY_PHONE)
        with ui.element('fieldset').classes('ys-papers'):
            heading(_('可以代办什么'), 'legend')
            purposes = {purpose: ui.checkbox(_(PURPOSE_WORDS[purpose])) for purpose in OFFERED}
        until = ui.input(_('到哪一天为止（最长一年）'), value=f'{local(c.clock.now()).date() + USUAL:%Y-%m-%d}')
        until.props('outlined stack-label type=date')
        ui.label(_(CONSENT))
        ui.label(_('同意书版本 {version}', version=TEXT_VERSION)).classes('ys-hint')

        async def give() -> None:
            async def deed() -> int:
                chosen: list[Purpose] = [purpose for purpose, box in purposes.items() if box.value]
                return await c.acting.give(
                    actor, chosen, read_day(str(until.value or '')), helper_id=who.value or None, phone=phone.value or '')

            if await attempt(actor, deed, {'phone': phone, 'until': until, 'helper': who}) is not None:
                ui.navigate.to(HELPERS)

        button(_('我同意'), give, main=True)


def read_day(written: str) -> date:
    """Return the day a date field holds.

    :raises Invalid: it holds none.
    """
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise Invalid(N_('请检查日期'), field='until') from None
