"""/me/order 处理与申诉: what was done to me and why, how I appeal, what became of my reports. /rooms/{id}/log 公示: what was done in a room."""

from nicegui import ui

from pages import frame, guards, live, shell
from pages.components.watch import Watch
from pages.forms import attempt, button
from pages.live import identify
from pages.order_words import why
from pages.people.look import add_look, heading, what
from pages.rooms.deeds import Said, ask
from yunshequ.bootstrap import Container
from yunshequ.core.clock import local
from yunshequ.core.i18n import _, set_locale
from yunshequ.core.policy import Actor
from yunshequ.rooms.order_schemas import (
    ACT_WORDS,
    LONGEST_NOTE,
    OUTCOME_WORDS,
    REASON_WORDS,
    ActView,
    AppealView,
    CaseState,
    LogLine,
    MyReport,
)

PATH = '/me/order'


def register(c: Container) -> None:
    """Add the pages."""

    @ui.page(PATH)
    @guards.signed_in
    async def mine(actor: Actor) -> None:
        identify(actor)
        add_look()
        await frame.hear(c, live.fanout(), ui.context.client, actor)
        around = await frame.around(c, actor)
        with shell.resident(active='me', title=_('处理与申诉'), back='/me', **around), ui.element('div').classes('ys-desk'):
            box = ui.element('div').classes('ys-desk')

            async def draw() -> None:
                set_locale(actor.locale)
                acts, reports = await c.rooms.acts.mine(actor), await c.rooms.reports.mine(actor)
                box.clear()
                with box:
                    _acts(c, actor, acts)
                    _reports(reports)

            await draw()
            Watch([f'member:{actor.member_id}'], draw, frames=('standing', 'message', 'rooms'))

    @ui.page('/rooms/{room_id}/log')
    @guards.signed_in
    async def log(actor: Actor, room_id: int) -> None:
        identify(actor)
        add_look()
        room = await c.rooms.require_inside(actor, room_id)
        await frame.hear(c, live.fanout(), ui.context.client, actor)
        live.fanout().join(ui.context.client, f'acts:{room_id}')
        around = await frame.around(c, actor)
        with shell.resident(active='messages', title=_('群管理公示'), back=f'/rooms/{room_id}', **around), \
                ui.element('div').classes('ys-desk'), ui.element('section').classes('ys-card ys-form').style('max-width: none'):
            heading(room.title)
            ui.label(_('管理人员对本群做过的处理都列在这里，隐去姓名；认为不妥，可以向社区反映。')).classes('ys-hint')
            box = ui.element('div').props('aria-live=polite')

            async def draw() -> None:
                set_locale(actor.locale)
                lines = await attempt(actor, lambda: c.rooms.public_log(actor, room_id))
                if lines is not None:
                    box.clear()
                    with box:
                        _public(lines)

            await draw()
            Watch([f'acts:{room_id}'], draw)


def _public(lines: list[LogLine]) -> None:
    if not lines:
        ui.label(_('还没有任何处理。'))
    with ui.element('ul').classes('ys-lines'):
        for one in lines:
            with ui.element('li'):
                until = _('到 {at}', at=f'{local(one.until):%m-%d %H:%M}') if one.until is not None else ''
                what(f'{_(ACT_WORDS[one.kind])} · {one.who}',
                     ' · '.join(part for part in (f'{local(one.at):%m-%d %H:%M}', _(REASON_WORDS[one.reason]), until) if part))
                if one.undone:
                    ui.label(_('已撤销')).classes('ys-tag ys-tag-green')


def _acts(c: Container, actor: Actor, acts: list[ActView]) -> None:
    with ui.element('section').classes('ys-card ys-form').style('max-width: none'):
        heading(_('对我的处理'), 'h3')
        if not acts:
            ui.label(_('没有。如果发言被撤回或被禁言，理由、期限和申诉入口都在这里。'))
        with ui.element('ul').classes('ys-lines'):
            for one in acts:
                with ui.element('li'):
                    _act(c, actor, one)


def _act(c: Container, actor: Actor, one: ActView) -> None:
    parts = [f'{local(one.at):%m-%d %H:%M}', _('理由：{why}', why=why(one.reason, one.note))]
    if one.until is not None:
        parts.append(_('到 {at} 自动解除', at=f'{local(one.until):%m-%d %H:%M}'))
    if one.body:
        parts.append(_('原文：{text}', text=one.body))
    if one.appeal is not None:
        parts.append(_('您的申诉：{words}', words=one.appeal.words))
    if one.undone_at is not None and one.undone_why:
        parts.append(_('说明：{why}', why=one.undone_why))
    elif one.appeal is not None and one.appeal.answer:
        parts.append(_('答复：{answer}', answer=one.appeal.answer))
    what(f'{_(ACT_WORDS[one.kind])} · {one.room_title}', ' · '.join(parts))
    tag, words = _state(one.appeal, undone=one.undone_at is not None)
    if words:
        ui.label(words).classes(f'ys-tag {tag}')
    else:
        async def appeal(said: Said) -> None:
            await c.rooms.appeals.appeal(actor, one.id, said.note)

        button(_('申诉'), lambda: ask(
            actor, _('申诉'), appeal, _('已提交，由另一位管理人员复核，结果由小栖告诉您'), reason=False, about=one.body,
            note=_('为什么觉得处理不妥（最多 {most} 字）', most=LONGEST_NOTE)))


def _state(appeal: AppealView | None, *, undone: bool) -> tuple[str, str]:
    if undone:
        return 'ys-tag-green', _('已撤销')
    if appeal is None:
        return '', ''
    return ('ys-tag-amber', _('等待复核')) if appeal.upheld is None else ('ys-tag-red', _('复核后维持'))


def _reports(reports: list[MyReport]) -> None:
    with ui.element('section').classes('ys-card ys-form').style('max-width: none'):
        heading(_('我的举报'), 'h3')
        if not reports:
            ui.label(_('没有。长按一条发言就可以举报，对方不会知道是谁。'))
        with ui.element('ul').classes('ys-lines'):
            for one in reports:
                with ui.element('li'):
                    what(f'“{one.body}”' if one.body else _('[图片]'),
                         f'{local(one.at):%m-%d %H:%M} · {one.room_title} · {_(REASON_WORDS[one.reason])}')
                    decided = one.state is CaseState.DECIDED and one.outcome is not None
                    words = _(OUTCOME_WORDS[one.outcome]) if decided and one.outcome is not None else _('等待处理')
                    ui.label(words).classes('ys-tag ' + ('ys-tag-green' if decided else 'ys-tag-amber'))
