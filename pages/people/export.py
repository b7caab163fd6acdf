"""The panel by which staff ask for a file with personal data, and fetch it once somebody else has approved."""

from nicegui import ui

from pages.forms import Fields, attempt, button, text
from pages.people.look import heading, moment, what
from yunshequ.bootstrap import Container
from yunshequ.core.i18n import N_, _
from yunshequ.core.policy import Actor
from yunshequ.privacy.exports import PURPOSE_MAX
from yunshequ.privacy.schemas import Exportable, RequestState, RequestView

STATE_WORDS = {
    RequestState.WAITING: N_('等第二个人批准'), RequestState.APPROVED: N_('已批准'), RequestState.REFUSED: N_('没有批准'),
    RequestState.TAKEN: N_('已下载'),
}


async def panel(c: Container, actor: Actor, what_: Exportable, place_id: int) -> None:
    """Draw it for a place where the actor may ask."""
    approvers = await c.privacy.exports.approvers(actor, place_id)
    with ui.element('section').classes('ys-card'):
        heading(_('导出名册（要两个人）'), 'h3')
        ui.label(_('名册里有居民的住处和称呼。您写明用途，由另一个人批准，然后您下载一次；名册上的每个人都会看到这次导出。')).classes('ys-hint')
        if approvers:
            ui.label(_('可以批准的人：{names}', names='、'.join(approvers[:8])))
        else:
            ui.label(_('还没有第二个人可以批准：请街道给本社区再任命一位工作人员，或由街道工作人员来批准。')).props('role=alert')
        with ui.element('div').classes('ys-form'):
            fields: Fields = {
                'purpose': text(_('做什么用'), most=PURPOSE_MAX),
                'kind': ui.select({'xlsx': 'xlsx', 'csv': 'csv'}, value='xlsx', label=_('格式')).props('outlined stack-label'),
            }

            async def ask() -> None:
                made = await attempt(actor, lambda: c.privacy.exports.ask(
                    actor, what_, place_id, str(fields['kind'].value), str(fields['purpose'].value or '')), fields)
                if made is not None:
                    ui.navigate.reload()

            button(_('申请导出'), ask, main=True)
        with ui.element('ul').classes('ys-lines'):
            for one in await c.privacy.exports.mine(actor, place_id):
                _line(c, one)


def _line(c: Container, one: RequestView) -> None:
    usable = one.state is RequestState.APPROVED and one.expires_at is not None and one.expires_at > c.clock.now()
    state = _(STATE_WORDS[one.state]) if usable or one.state is not RequestState.APPROVED else _('已批准，但过了期限')
    by = f' · {one.decider}' if one.decider else ''
    with ui.element('li'):
        what(one.purpose, f'{moment(one.asked_at)} · {one.kind} · {state}{by}' + (f' · {one.refusal}' if one.refusal else ''))
        if usable:
            ui.link(_('下载（只能一次）'), f'/export/approved/{one.id}').classes('ys-btn ys-btn-main').props('download')
