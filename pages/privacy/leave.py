"""/me/privacy/leave 注销账号: what goes, what stays and why; asked for, and taken back within a week."""

from nicegui import ui

from pages import frame, guards, live, shell
from pages.forms import attempt, button
from pages.people.look import heading, moment, what
from pages.privacy.look import add_look
from yunshequ.bootstrap import Container
from yunshequ.core.i18n import N_, _
from yunshequ.core.personal import Fate
from yunshequ.core.policy import Actor
from yunshequ.privacy.schemas import DeletionView, HeldGroup

PATH = '/me/privacy/leave'

FATES = {
    Fate.DELETE: N_('会删除'), Fate.BLANK: N_('会清空内容，去掉称呼和号码'), Fate.KEEP: N_('会保留，只显示“已注销用户”'),
}


def register(c: Container) -> None:
    """Add the page."""

    @ui.page(PATH)
    @guards.signed_in
    async def leave(actor: Actor) -> None:
        add_look()
        await frame.hear(c, live.fanout(), ui.context.client, actor)
        waiting, groups = await c.privacy.leaving.waiting(actor), await c.privacy.my_data.held(actor)
        with shell.resident(active='me', title=_('注销账号'), back='/me/privacy', **await frame.around(c, actor)), \
                ui.element('div').classes('ys-rights'):
            if waiting is not None:
                _waiting(c, actor, waiting)
            with ui.element('section').classes('ys-card'):
                heading(_('注销以后'))
                ui.label(_('从所有群退出，所有设备退出登录，不能恢复。以后可以用同一个手机号重新加入，是一个新账号。'))
                for fate, words in FATES.items():
                    _list(groups, fate, _(words))
            if waiting is None:
                _ask(c, actor)


def _list(groups: list[HeldGroup], fate: Fate, words: str) -> None:
    tables = [table for group in groups for table in group.tables if table.fate is fate]
    if not tables:
        return
    heading(words, 'h3')
    with ui.element('ul').classes('ys-lines'):
        for table in tables:
            with ui.element('li'):
                reason = _('{period}。依据：{source}', period=_(table.period), source=_(table.source)) if fate is Fate.KEEP else ''
                what(f'{_(table.title)} · {_("{n} 条", n=table.count)}', reason)


def _waiting(c: Container, actor: Actor, waiting: DeletionView) -> None:
    async def keep() -> None:
        async def deed() -> bool:
            await c.privacy.leaving.take_back(actor)
            return True

        if await attempt(actor, deed):
            ui.navigate.reload()

    with ui.element('section').classes('ys-card'):
        heading(_('您已申请注销账号'))
        ui.label(_('{at} 会自动注销。在这之前一切照常，可以随时撤回。', at=moment(waiting.due_at))).props('role=status')
        with ui.element('div').classes('ys-acts'):
            button(_('撤回注销，保留账号'), keep, main=True)


def _ask(c: Container, actor: Actor) -> None:
    async def ask() -> None:
        dialog.close()
        if await attempt(actor, lambda: c.privacy.leaving.ask(actor)) is not None:
            ui.navigate.reload()

    days = c.privacy.rules.cooling_days
    with ui.dialog() as dialog, ui.card().classes('ys-form'):
        dialog.props['aria-label'] = _('注销账号')
        heading(_('真的要注销吗？'))
        ui.label(_('{days} 天后自动注销，这期间随时可以撤回。', days=days))
        with ui.element('div').classes('ys-acts'):
            button(_('申请注销'), ask, main=True)
            button(_('不注销了'), dialog.close)
    with ui.element('section').classes('ys-card'):
        ui.label(_('申请后有 {days} 天冷静期，期间账号照常使用，随时可以撤回。', days=days))
        with ui.element('div').classes('ys-acts'):
            button(_('我要注销账号'), dialog.open)
            ui.link(_('先导出我的数据'), '/me/privacy').classes('ys-btn')
