"""/ballots/{id}: one vote on a page of its own; for whoever called it, with what can be done to it."""

from html import escape

from nicegui import ui

from pages import guards, live, shell
from pages.ballots.acts import add_ballot_acts
from pages.ballots.data import ballot_data
from pages.ballots.form import register_form
from pages.components.ballot import BallotCard
from pages.deliberation.look import add_look
from pages.emergency.resident import enter
from pages.forms import attempt, text
from yunshequ.ballots.service import REASON_MAX
from yunshequ.bootstrap import Container
from yunshequ.core.i18n import N_, _
from yunshequ.core.policy import Actor

TITLE = N_('表决')


def register(c: Container) -> None:
    """Add the pages and answer their acts."""
    acts = live.Acts(live.fanout())
    add_ballot_acts(acts, c)
    register_form(c)

    @ui.page('/ballots/{ballot_id}')
    @guards.signed_in
    async def ballot(actor: Actor, ballot_id: int) -> None:
        around = await enter(c, actor, f'ballot:{ballot_id}')
        add_look()
        seen = await c.ballots.state(actor, ballot_id)
        data = ballot_data(seen)
        back = f'/deliberate/{seen.topic_id}' if seen.topic_id else '/deliberate'
        with shell.resident(active='deliberate', title=_(TITLE), back=back, **around):
            acts.bind(BallotCard(ballot=data, me={'id': actor.member_id}), actor)
            if data['can_open']:
                _opening(c, actor, ballot_id)
            if data['can_cancel']:
                _cancelling(c, actor, ballot_id)


def _opening(c: Container, actor: Actor, ballot_id: int) -> None:
    with ui.element('section').classes('ys-card ys-form ys-manage'):
        ui.html(escape(_('还没有开始')), tag='h2', sanitize=False)
        ui.label(_('开始时确定名册：之后加入的人不能投这一次，问题和选项也不能再改。')).classes('ys-hint')

        async def start() -> None:
            async def deed() -> bool:
                await c.ballots.open(actor, ballot_id)
                return True

            if await attempt(actor, deed):
                ui.navigate.reload()

        ui.button(_('现在开始表决'), on_click=start).props('unelevated no-caps')


def _cancelling(c: Container, actor: Actor, ballot_id: int) -> None:
    with ui.element('details').classes('ys-card ys-manage'):
        ui.html(escape(_('取消这项表决')), tag='summary', sanitize=False)
        with ui.element('div').classes('ys-form'):
            ui.label(_('取消后没有结果，所有人都会看到原因。这一步不能撤回。')).classes('ys-hint')
            reason = text(_('原因'), lines=2, most=REASON_MAX)

            async def cancel() -> None:
                async def deed() -> bool:
                    await c.ballots.cancel(actor, ballot_id, reason.value or '')
                    return True

                if await attempt(actor, deed, {'reason': reason}):
                    ui.navigate.reload()

            ui.button(_('取消表决'), on_click=cancel).props('outline no-caps')
