"""/me/privacy 隐私和我的数据: what is held, a copy of it, consents, who looked, the way out."""

from html import escape

from nicegui import Client, ui

from pages import frame, guards, live, shell
from pages.forms import attempt, button
from pages.people.look import heading, moment, what
from pages.privacy.leave import PATH as LEAVE
from pages.privacy.look import add_look
from pages.privacy.notice import PATH as NOTICE
from yunshequ.bootstrap import Container
from yunshequ.core.i18n import _, set_locale
from yunshequ.core.policy import Actor
from yunshequ.privacy.schemas import ACCESS_WORDS, ConsentView, DataExportView, ExportState, HeldGroup

PATH = '/me/privacy'


def register(c: Container) -> None:
    """Add the page."""

    @ui.page(PATH)
    @guards.signed_in
    async def own(actor: Actor) -> None:
        add_look()
        client = ui.context.client
        await frame.hear(c, live.fanout(), client, actor)
        live.fanout().join(client, f'privacy:{actor.member_id}')
        groups, copy = await c.privacy.my_data.held(actor), await c.privacy.my_data.latest(actor)
        with shell.resident(active='me', title=_('隐私和我的数据'), back='/me', **await frame.around(c, actor)), \
                ui.element('div').classes('ys-rights'):
            if await c.privacy.leaving.waiting(actor) is not None:
                with ui.element('section').classes('ys-card'):
                    ui.label(_('您已申请注销账号')).props('role=status')
                    ui.link(_('查看或撤回'), LEAVE).classes('ys-btn ys-btn-main')
            if await c.privacy.consents.notice_is_new(actor):
                _new_notice(c, actor)
            _data(c, actor, groups, copy)
            _catch_up(c, actor, client, copy)
            await _consents(c, actor)
            await _looks(c, actor)
            with ui.element('section').classes('ys-card'):
                heading(_('其他'))
                with ui.element('div').classes('ys-acts'):
                    ui.link(_('隐私说明'), NOTICE).classes('ys-btn')
                    ui.link(_('注销账号'), LEAVE).classes('ys-btn')


def _new_notice(c: Container, actor: Actor) -> None:
    async def seen() -> None:
        async def deed() -> bool:
            await c.privacy.consents.note_notice(actor)
            return True

        if await attempt(actor, deed):
            card.delete()

    with ui.element('section').classes('ys-card') as card:
        heading(_('隐私说明有更新'))
        ui.label(_('新版本 {version}。请看一看改了什么。', version=c.privacy.rules.notice.version))
        with ui.element('div').classes('ys-acts'):
            ui.link(_('看隐私说明'), NOTICE).classes('ys-btn ys-btn-main')
            button(_('知道了'), seen)


def _catch_up(c: Container, actor: Actor, client: Client, copy: DataExportView | None) -> None:
    """A copy may become ready between the building of the page and its first line to the server."""
    if copy is None or copy.state is not ExportState.WAITING:
        return

    async def look() -> None:
        now = await c.privacy.my_data.latest(actor)
        if now is not None and now.state is not ExportState.WAITING:
            with client:
                ui.navigate.reload()

    client.on_connect(look)


def _data(c: Container, actor: Actor, groups: list[HeldGroup], copy: DataExportView | None) -> None:
    with ui.element('section').classes('ys-card'):
        heading(_('我的数据'))
        for group in groups:
            with ui.element('details'):
                count = _('{n} 条', n=sum(table.count for table in group.tables))
                ui.html(f'{escape(_(group.title))}<small>{escape(count)}</small>', tag='summary', sanitize=False)
                with ui.element('ul').classes('ys-lines'):
                    for table in group.tables:
                        with ui.element('li'):
                            what(f'{_(table.title)} · {_("{n} 条", n=table.count)}', _(
                                '用途：{purpose}。谁看得到：{seen}。存多久：{period}。', purpose=_(table.purpose), seen=_(table.seen_by),
                                period=_(table.period)))
        with ui.element('div').classes('ys-acts'):
            _copy(c, actor, copy)


def _copy(c: Container, actor: Actor, copy: DataExportView | None) -> None:
    if copy is not None and copy.state is ExportState.WAITING:
        ui.label(_('正在准备，好了会自动显示，您可以先去别处')).props('role=status')
        return
    if copy is not None and copy.state is ExportState.READY and copy.expires_at is not None:
        link = ui.link(_('下载我的数据（{kb} KB）', kb=max(1, copy.bytes >> 10)), f'/export/my-data/{copy.id}.zip')
        link.classes('ys-btn ys-btn-main').props('download')
        ui.label(_('只有您能下载，{at} 之前有效', at=moment(copy.expires_at))).classes('ys-hint')
        return

    async def ask() -> None:
        if await attempt(actor, lambda: c.privacy.my_data.ask(actor)) is not None:
            ui.navigate.reload()

    button(_('导出一份'), ask, main=True)
    ui.label(_('一个压缩包：能直接打开看的网页、给程序读的文件、您发过的图片')).classes('ys-hint')


async def _consents(c: Container, actor: Actor) -> None:
    with ui.element('section').classes('ys-card'):
        heading(_('我同意的事'))
        box = ui.element('div')

        async def show() -> None:
            set_locale(actor.locale)
            said = await c.privacy.consents.of(actor)
            box.clear()
            with box:
                for one in said:
                    _switch(one)

        def _switch(one: ConsentView) -> None:
            async def turn() -> None:
                async def deed() -> bool:
                    await c.privacy.consents.set(actor, one.purpose, on=not one.on)
                    return True

                if await attempt(actor, deed):
                    ui.notify(_('已撤回，立刻生效') if one.on else _('已同意'), position='top')
                    await show()

            with ui.element('button').classes('ys-switch') as switch:
                switch.props(f'type=button role=switch aria-checked={"true" if one.on else "false"}')
                state = _('内容有更新，请重新决定') if one.asked_again else moment(one.at) if one.at else ''
                ui.html(f'{escape(_(one.title))}<small>{escape(state)}</small>', tag='span', sanitize=False)
                ui.html('', tag='i', sanitize=False).props('aria-hidden=true')
            switch.on('click', turn)
            ui.html(escape(_(one.text)), tag='p', sanitize=False)

        await show()


async def _looks(c: Container, actor: Actor) -> None:
    looks = await c.privacy.access.of(actor)
    with ui.element('section').classes('ys-card'):
        heading(_('谁看过我的信息'))
        if not looks:
            ui.label(_('还没有工作人员查看过您的信息。')).classes('ys-hint')
        with ui.element('ul').classes('ys-lines'):
            for look in looks:
                with ui.element('li'):
                    said = {'at': moment(look.at), 'what': _(ACCESS_WORDS[look.what])}
                    what(f'{look.office} · {look.name}',
                         _('{at} {what}，原因：{reason}', **said, reason=_(look.reason)) if look.reason else _('{at} {what}', **said))
