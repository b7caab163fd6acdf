"""What staff set for the life of a room, on its page: its notices, what newcomers are told, who is let in."""

from nicegui import ui

from pages import live
from pages.components.door import DoorRequests
from pages.forms import attempt, button, text
from pages.live import Acts, Args, number
from pages.people.look import heading, what
from pages.rooms.door import entry, entry_acts
from pages.rooms.receipts import address
from yunshequ.bootstrap import Container
from yunshequ.core.clock import local
from yunshequ.core.i18n import _
from yunshequ.core.policy import Actor
from yunshequ.rooms.door import LONGEST_QUESTION
from yunshequ.rooms.schemas import RoomView
from yunshequ.rooms.welcome import LONGEST_RULES, LONGEST_WELCOME

LINE = 60
"""Characters of a notice in the list."""


def life_acts(c: Container) -> Acts:
    """Return what the sections ask."""
    acts = Acts(live.fanout())
    entry_acts(acts, c)

    @acts.on('entry.list', ordered=False)
    async def entries(actor: Actor, args: Args) -> dict[str, object]:
        return {'entries': [entry(one) for one in await c.rooms.door.requests(actor, number(args, 'room'))]}

    return acts


async def sections(c: Container, acts: Acts, actor: Actor, room: RoomView) -> None:
    """Draw the sections for a room."""
    await _notices(c, actor, room)
    _words(c, actor, room)
    await _door(c, acts, actor, room)


def _section(title: str, hint: str) -> ui.element:
    section = ui.element('section').classes('ys-card ys-form').style('max-width: none')
    with section:
        heading(title, 'h3')
        ui.label(hint)
    return section


async def _notices(c: Container, actor: Actor, room: RoomView) -> None:
    """公告阅读情况."""
    lines = await c.rooms.receipts.notices(actor, room.id)
    with _section(_('公告'), _('谁收到了、谁还没有，按楼栋看；还没收到的可以请小栖提醒。')):
        if not lines:
            ui.label(_('这个群还没有发过公告。打开群，点输入框左边的“+”就能发。')).classes('ys-hint')
        with ui.element('ul').classes('ys-lines'):
            for line in lines:
                with ui.element('li'):
                    body = ' '.join(line.body.split())
                    parts = [f'{local(line.at):%m-%d %H:%M}', line.by, _('已收到 {n} 人', n=line.received) if line.must_ack else _('不要求回复收到')]
                    if line.pinned:
                        parts.insert(0, _('置顶中'))
                    what(body if len(body) <= LINE else f'{body[:LINE]}…', ' · '.join(parts))
                    if line.must_ack:
                        ui.link(_('阅读情况'), address(room.id, line.seq)).classes('ys-btn').props['aria-label'] = _(
                            '阅读情况：{text}', text=body[:20])


def _words(c: Container, actor: Actor, room: RoomView) -> None:
    """欢迎语和群规."""
    name = _('3栋-王阿姨')
    with _section(_('欢迎语和群规'), _('新人第一次进群会看到一次群规，小栖在群里说欢迎语。下面是新人看到的样子。')):
        welcome = text(_('欢迎语'), value=room.welcome, lines=2, most=LONGEST_WELCOME).props('rows=2')
        rules = text(_('群规'), value=room.rules, hint=_('一行写一条；不写就不显示'), lines=4, most=LONGEST_RULES).props('rows=4')
        with ui.element('div').classes('ys-preview') as preview:
            preview.props['aria-label'] = _('预览')
            said = ui.label().classes('ys-middle')
            with ui.element('div').classes('ys-preview-rules') as card:
                heading(_('群规'), 'h4')
                shown = ui.label().classes('ys-rules-text')
        again = ui.switch(_('请群里所有人再看一遍群规'))

        def draw() -> None:
            said.text = _('欢迎 {name} 加入。{welcome}', name=name, welcome=(welcome.value or '').strip())
            shown.text = (rules.value or '').strip()
            card.set_visibility(bool(shown.text))

        async def save() -> None:
            async def deed() -> bool:
                await c.rooms.welcome.set_words(
                    actor, room.id, welcome=welcome.value or '', rules=rules.value or '', again=bool(again.value))
                return True

            if await attempt(actor, deed, {'welcome': welcome, 'rules': rules}):
                again.set_value(False)
                ui.notify(_('欢迎语和群规已保存'), type='positive', position='top')

        welcome.on_value_change(draw)
        rules.on_value_change(draw)
        draw()
        button(_('保存欢迎语和群规'), save, main=True).style('align-self: start')


async def _door(c: Container, acts: Acts, actor: Actor, room: RoomView) -> None:
    """入群审核."""
    with _section(_('入群审核'), _('打开后，扫码的人先提交申请，楼栋长或社区工作人员点“通过”才能进群；关上后，有邀请码就能进。')):
        asks = ui.switch(_('进群要审核'), value=room.asks)
        question = text(_('问申请人的问题（可以不填）'), value=room.question, hint=_('例如：您住几栋几号？'), most=LONGEST_QUESTION)

        async def save() -> None:
            async def deed() -> bool:
                await c.rooms.door.set_entry(actor, room.id, asks=bool(asks.value), question=question.value or '')
                return True

            if await attempt(actor, deed, {'question': question}):
                ui.notify(_('审核设置已保存'), type='positive', position='top')

        button(_('保存审核设置'), save, main=True).style('align-self: start')
        entries = [entry(one) for one in await c.rooms.door.requests(actor, room.id)]
        live.fanout().join(ui.context.client, f'door:{room.id}')
        if entries or room.asks:
            heading(_('入群申请'), 'h4')
        acts.bind(DoorRequests(room_id=room.id, entries=entries), actor)
