"""换手机号: a resident has lost their phone; one of the office asks, another confirms, never alone."""

from nicegui import ui
from starlette.requests import Request

from pages import guards
from pages.forms import attempt, button, text
from pages.people.look import heading, what
from yunshequ.accounts.lost_phone import REASON_MAX
from yunshequ.accounts.schemas import PhoneChangeView
from yunshequ.bootstrap import Container
from yunshequ.community.schemas import PlaceView, RollEntry
from yunshequ.core.clock import local
from yunshequ.core.i18n import _
from yunshequ.core.policy import Actor

FOUND_MOST = 20


async def show(c: Container, actor: Actor, place: PlaceView, request: Request) -> None:
    """Build the view."""
    with ui.element('section').classes('ys-card'):
        heading(_('等另一位同事确认'), 'h3')
        waiting = await c.lost_phones.waiting(actor, place.id)
        if not waiting:
            ui.label(_('现在没有等待确认的换号申请。')).classes('ys-hint')
        with ui.element('ul').classes('ys-lines'):
            for change in waiting:
                _line(c, actor, change)
    with ui.element('section').classes('ys-card ys-form'):
        heading(_('居民手机丢了'), 'h3')
        ui.label(_('当面看过本人的身份证再办。验证码发到新号码，由本人读给您；另一位同事一天之内确认后，旧手机上的登录全部退出，密码作废。'
                   )).classes('ys-hint')
        search = text(_('按称呼或房号查找'))

        async def look() -> None:
            page = await attempt(actor, lambda: c.community.roll_page(actor, place.id, search=search.value or '', limit=FOUND_MOST))
            if page is None:
                return
            found.clear()
            with found:
                if not page.entries:
                    ui.label(_('没有找到，换个称呼或房号试试')).props('role=status')
                else:
                    _form(c, actor, place, page.entries, guards.address(request))

        button(_('查找'), look)
        found = ui.element('div').classes('ys-form')


def _line(c: Container, actor: Actor, change: PhoneChangeView) -> None:
    with ui.element('li') as line:
        what(f'{change.member_name} → {change.phone_mask}', ' · '.join((
            change.reason, _('{name} 于 {at} 提交', name=change.asker_name, at=f'{local(change.asked_at):%m-%d %H:%M}'),
            _('{at} 前有效', at=f'{local(change.expires_at):%m-%d %H:%M}'))))

        async def done(words: str) -> None:
            ui.notify(words, type='positive', position='top')
            line.delete()

        async def confirm() -> None:
            async def deed() -> bool:
                await c.lost_phones.confirm(actor, change.id)
                return True

            if await attempt(actor, deed):
                dialog.close()
                await done(_('已换号，旧手机上的登录已全部退出'))

        async def stop() -> None:
            async def deed() -> bool:
                await c.lost_phones.refuse(actor, change.id)
                return True

            if await attempt(actor, deed):
                await done(_('已停止，账号没有变化'))

        if change.asked_by == actor.member_id:
            ui.label(_('您提交的，要由另一位同事确认')).classes('ys-hint')
            button(_('撤回'), stop)
            return
        with ui.dialog() as dialog, ui.card().classes('ys-form'):
            heading(_('确认换号'))
            ui.label(_('请确认：您也见到了 {name} 本人。确认后，旧手机上的登录全部退出，密码作废，不能撤回。', name=change.member_name))
            button(_('确认换号'), confirm, main=True)
            button(_('关闭'), dialog.close)
        button(_('确认'), dialog.open, main=True)
        button(_('不通过'), stop)


def _form(c: Container, actor: Actor, place: PlaceView, entries: tuple[RollEntry, ...], address: str) -> None:
    who = {entry.member_id: f'{entry.name}（{"、".join(home.label for home in entry.homes) or _("没有住处")}）' for entry in entries}
    member = ui.select(who, value=entries[0].member_id, label=_('居民')).props('outlined stack-label')
    phone = text(_('新手机号'), most=20).props('inputmode=tel autocomplete=off')
    button(_('发验证码到新号码'), lambda: send())  # noqa: PLW0108 - it is defined below, when the fields it reads stand
    said = ui.label('').props('role=status').classes('ys-hint')
    code = text(_('新号码收到的验证码'), most=8).props('inputmode=numeric autocomplete=off')
    reason = text(_('看过什么证件、为什么换'), lines=2, most=REASON_MAX)
    fields = {'phone': phone, 'code': code, 'reason': reason}

    async def send() -> None:
        sent = await attempt(actor, lambda: c.accounts.request_code(phone.value or '', address), fields)
        if sent is not None:
            words = _('验证码已发到新号码，{minutes} 分钟内有效', minutes=sent.seconds // 60)
            said.set_text(words if sent.shown is None else _('{words}（演示：{code}）', words=words, code=sent.shown))

    async def ask() -> None:
        made = await attempt(actor, lambda: c.lost_phones.ask(
            actor, place.id, member.value, phone.value or '', code.value or '', reason.value or ''), fields)
        if made is not None:
            ui.notify(_('已提交，等另一位同事确认'), type='positive', position='top')
            ui.navigate.to(f'/staff/people?place={place.id}&view=phones')

    button(_('提交给同事确认'), ask, main=True)
