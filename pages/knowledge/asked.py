"""/staff/knowledge/asked: what people asked and 小栖 could not answer, or answered badly; one step from question to answer."""

from functools import partial

from nicegui import ui

from pages import guards
from pages.forms import attempt
from pages.knowledge import replay
from pages.knowledge.around import PATH, desk_page, enter, scopes, workplace
from pages.model_note import Note
from pages.theme import Addresses
from yunshequ.assistant.schemas import Band, CandidateView, UnansweredView
from yunshequ.bootstrap import Container
from yunshequ.core.clock import local
from yunshequ.core.i18n import N_, _
from yunshequ.core.policy import Actor

WHY = {Band.REFUSE: N_('没有答上'), Band.SUGGEST: N_('给了选项，没有人选'), Band.DIRECT: N_('答了，有人说没用')}


def register(c: Container, assets: Addresses, note: Note) -> None:
    """Register the list."""

    @ui.page(f'{PATH}/asked')
    @guards.in_office
    async def asked(actor: Actor) -> None:
        around = await enter(c, actor, assets)
        place_id = await workplace(c, actor)
        found = await c.assistant.unanswered(actor, place_id)
        places = await scopes(c, actor)
        with desk_page(note, actor, 'asked', _('没答上的'), around):
            ui.label(_('按问的人数排列。写一条答案，或者归到已有条目，下次小栖就会了，也会告诉问过的人。意思相近的问题每晚归到一起。电话、证件号和住址已自动隐去。')).classes('ys-hint')
            if not found:
                with ui.element('div').classes('ys-empty'):
                    ui.label(_('最近 30 天的问题都答上了。'))
            for one in found:
                _card(c, actor, place_id, one, may_write=bool(places))


def _card(c: Container, actor: Actor, place_id: int, one: UnansweredView, *, may_write: bool) -> None:
    with ui.element('article').classes('ys-card ys-case') as card:
        with ui.element('p').classes('ys-case-head'):
            ui.label(_('{n} 人问过', n=one.askers)).classes('ys-tag ys-tag-amber')
            ui.label(_(WHY.get(one.why, WHY[Band.REFUSE]))).classes('ys-hint').style('margin: 0')
            ui.label(_('最近一次 {at}', at=f'{local(one.last_at):%m-%d %H:%M}')).classes('ys-hint')
        ui.label(one.text).classes('ys-case-words')
        if one.others:
            ui.label(_('也这样问：{words}', words='；'.join(one.others))).classes('ys-hint')
        if not may_write:
            return
        log = ','.join(str(log_id) for log_id in one.log_ids[:200])
        offered = ui.element('div').props('role=status')

        async def look() -> None:
            found = await attempt(actor, lambda: c.assistant.knowledge.alike(actor, place_id, one.text))
            offered.clear()
            with offered:
                if not found:
                    ui.label(_('没有相近的条目，请写一条新的。')).classes('ys-hint')
                for candidate in found or []:
                    ui.button(candidate.question, on_click=partial(learn, candidate)).props('flat no-caps align=left')

        async def learn(candidate: CandidateView) -> None:
            done = await replay.signed(c, actor, lambda: c.assistant.knowledge.add_similar(
                actor, candidate.id, one.text, log_ids=one.log_ids))
            if done is not None:
                card.delete()
                ui.notify(_('记下了，以后这样问小栖就会答'), type='positive', position='top')

        with ui.element('div').classes('ys-ask-acts'):
            ui.link(_('写一条答案'), f'{PATH}/new?log={log}').classes('ys-btn ys-btn-main')
            ui.button(_('归到已有条目'), on_click=look).props('outline no-caps')
