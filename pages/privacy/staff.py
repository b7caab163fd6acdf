"""/staff/privacy 个人信息: downloads that wait for a second person, and what the next night deletes or empties."""

from nicegui import ui

from pages import frame, guards, live, shell
from pages.forms import attempt, button, text
from pages.people.desk import first_place
from pages.people.look import heading, moment, what
from pages.privacy.look import add_look
from yunshequ.bootstrap import Container
from yunshequ.core.i18n import N_, _
from yunshequ.core.policy import Actor
from yunshequ.privacy.schemas import Exportable, RequestView

PATH = '/staff/privacy'
WHAT_WORDS = {Exportable.ROLL: N_('名册')}


def register(c: Container) -> None:
    """Add the page."""

    @ui.page(PATH)
    @guards.in_office
    async def desk(actor: Actor) -> None:
        place_id = await first_place(c, actor)
        await c.policy.require(actor, 'privacy.see_retention', place_id)
        add_look()
        await frame.hear(c, live.fanout(), ui.context.client, actor)
        with shell.staff(active='people', title=_('个人信息'), back='/staff/people', **await frame.around(c, actor)), \
                ui.element('div').classes('ys-desk'):
            await _waiting(c, actor)
            await _retention(c, actor, place_id)


async def _waiting(c: Container, actor: Actor) -> None:
    found = await c.privacy.exports.waiting(actor)
    with ui.element('section').classes('ys-card'):
        heading(_('等您批准的导出'))
        if not found:
            ui.label(_('没有等待批准的导出。同事申请导出名册时，会出现在这里。')).classes('ys-hint')
        with ui.element('ul').classes('ys-lines'):
            for one in found:
                _line(c, actor, one)


def _line(c: Container, actor: Actor, one: RequestView) -> None:
    async def decide(*, approve: bool) -> None:
        async def deed() -> bool:
            await c.privacy.exports.decide(actor, one.id, approve=approve, refusal=str(reason.value or ''))
            return True

        if await attempt(actor, deed):
            ui.notify(_('已批准，{name} 可以下载一次', name=one.asker) if approve else _('已告诉 {name}', name=one.asker), position='top')
            ui.navigate.reload()

    with ui.element('li'):
        what(f'{one.asker} · {one.place_name} · {_(WHAT_WORDS[one.what])}',
             _('{at}，用途：{purpose}', at=moment(one.asked_at), purpose=one.purpose))
        reason = text(_('不同意的理由（可不填）'), most=100).classes('ys-people-place')
        button(_('批准'), lambda: decide(approve=True), main=True)
        button(_('不同意'), lambda: decide(approve=False))


async def _retention(c: Container, actor: Actor, place_id: int) -> None:
    with ui.element('section').classes('ys-card'):
        heading(_('到期清理'))
        ui.label(_('每天凌晨三点自动清理整个系统里到期的数据。下面是现在清理会动到的条数，还没有删除。')).classes('ys-hint')
        with ui.element('ul').classes('ys-lines'):
            for sweep in await c.privacy.retention.due(actor, place_id):
                with ui.element('li'):
                    what(_(sweep.title), _('保存期：{period}。依据：{source}', period=_(sweep.period), source=_(sweep.source)))
                    ui.label(_('{n} 条到期', n=sweep.due))
        rules = c.privacy.rules
        ui.label(_('规则版本 {version}：{source}', version=rules.version, source=_(rules.source))).classes('ys-hint')
