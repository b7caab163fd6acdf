"""/staff/order 群秩序: what waits for the moderators of a place: reports, messages held, appeals, removals; live for all of them."""

from collections.abc import Awaitable, Callable, Collection
from typing import TypeVar

from nicegui import ui

from pages import frame, guards, live, shell
from pages.components.watch import Watch
from pages.forms import attempt, button
from pages.live import identify
from pages.order_words import DOING, why
from pages.people.look import add_look, heading, what
from pages.rooms.deeds import Said, ask
from pages.workbench.lines import desks
from pages.workbench.news import topics_of
from yunshequ.bootstrap import Container
from yunshequ.core.clock import local
from yunshequ.core.i18n import N_, _, set_locale
from yunshequ.core.policy import Actor
from yunshequ.rooms.order_schemas import (
    ACT_WORDS,
    REASON_WORDS,
    AppealCase,
    CaseState,
    CaseView,
    HeldView,
    Outcome,
    ProposalView,
)

PATH = '/staff/order'
T = TypeVar('T')
OUTCOMES = {**DOING, Outcome.NONE: N_('不处理，没有违规')}


class _Queue:
    """The four lists of one page, drawn again together."""

    def __init__(self, c: Container, actor: Actor, place_ids: list[int]) -> None:
        self.c = c
        self.actor = actor
        self.place_ids = place_ids
        self._shown: object = None
        self.box = ui.element('div').classes('ys-desk').props('aria-live=polite')

    async def draw(self) -> None:
        """Draw what waits now."""
        set_locale(self.actor.locale)
        rooms, actor = self.c.rooms, self.actor
        cases: dict[int, CaseView] = {}
        held: dict[int, HeldView] = {}
        appeals: dict[int, AppealCase] = {}
        removals: dict[int, ProposalView] = {}
        for place_id in self.place_ids:
            cases |= {one.id: one for one in await rooms.reports.cases(actor, place_id)}
            held |= {one.id: one for one in await rooms.held.waiting(actor, place_id)}
            appeals |= {one.act.id: one for one in await rooms.appeals.waiting(actor, place_id)}
            removals |= {one.id: one for one in await rooms.removals.waiting(actor, place_id)}
        found = (cases, held, appeals, removals)
        if found == self._shown:
            return  # nothing is drawn anew under a finger without need
        self._shown = found
        self.box.clear()
        with self.box:
            self._part(_('举报'), cases.values(), self._case, _('没有等待处理的举报。'))
            self._part(_('待审核的发言'), held.values(), self._held, _('没有等待审核的发言。'))
            self._part(_('申诉'), appeals.values(), self._appeal, _('没有等待复核的申诉。'))
            self._part(_('移出成员，等第二人确认'), removals.values(), self._removal, _('没有等待确认的移出。'))

    @staticmethod
    def _part(title: str, lines: Collection[T], line: Callable[[T], None], empty: str) -> None:
        with ui.element('section').classes('ys-card ys-form').style('max-width: none'):
            heading(f'{title}（{len(lines)}）' if lines else title, 'h3')
            if not lines:
                ui.label(empty).classes('ys-hint')
            with ui.element('ul').classes('ys-lines'):
                for one in lines:
                    with ui.element('li'):
                        line(one)

    async def _do(self, deed: Callable[[], Awaitable[object]], done: str) -> None:
        async def do() -> bool:
            await deed()
            return True

        with self.box:  # news may have drawn the list anew meanwhile: the button that was pressed is no more
            if await attempt(self.actor, do):
                ui.notify(done, type='positive', position='top')
        await self.draw()

    def _case(self, one: CaseView) -> None:
        me, reports = self.actor.member_id, self.c.rooms.reports
        claimed = one.claimed_by
        reasons = '、'.join(_(REASON_WORDS[reason]) for reason in one.reasons)
        parts = [f'{one.member.name} · {one.room_title}', _('{n} 人举报：{reasons}', n=one.reports, reasons=reasons), *one.notes,
                 _('最晚 {at} 前答复', at=f'{local(one.due_at):%m-%d %H:%M}')]
        if one.recalled:
            parts.append(_('发言人已撤回，原文留作证据'))
        if claimed is not None and claimed.id != me:
            parts.append(_('{name} 正在处理', name=claimed.name))
        self._quoted(one.body, parts, one.image)
        with ui.element('div').classes('ys-acts'):
            if one.state is CaseState.CLAIMED and claimed is not None and claimed.id == me:
                button(_('处理'), lambda: self._decide(one), main=True)
                button(_('放回'), lambda: self._do(lambda: reports.unclaim(self.actor, one.id), _('已放回，同事可以认领')))
            elif one.free:
                words = _('认领') if claimed is None else _('接手')
                button(words, lambda: self._do(lambda: reports.claim(self.actor, one.id), _('已认领')), main=True)

    def _decide(self, one: CaseView) -> None:
        async def deed(said: Said) -> None:
            await self.c.rooms.reports.decide(self.actor, one.id, said.outcome, said.reason, said.note, said.minutes)

        ask(self.actor, _('处理举报'), deed, _('已处理，已告诉举报人'), about=one.body or _('[图片]'),
            outcomes={key: _(words) for key, words in OUTCOMES.items()})

    def _held(self, one: HeldView) -> None:
        held = self.c.rooms.held

        async def refuse(said: Said) -> None:
            await held.refuse(self.actor, one.id, said.reason, said.note)

        self._quoted(one.body, [f'{one.sender.name} · {one.room_title}', _('命中“{term}”（{category}）', term=one.term, category=one.category),
                                f'{local(one.at):%m-%d %H:%M}'], one.image)
        with ui.element('div').classes('ys-acts'):
            button(_('通过并发出'), lambda: self._do(lambda: held.release(self.actor, one.id), _('已发出')), main=True)
            button(_('不通过'), lambda: ask(self.actor, _('不通过'), refuse, _('已告诉发言人'), about=one.body))

    def _appeal(self, one: AppealCase) -> None:
        act = one.act
        words = act.appeal.words if act.appeal is not None else ''
        parts = [f'{act.member.name} · {act.room_title}', f'{_(ACT_WORDS[act.kind])} · {why(act.reason, act.note)}']
        if act.body:
            parts.append(_('原文：{text}', text=act.body))
        if act.by is not None:
            parts.append(_('由 {name} 作出', name=act.by.name))
        if one.mine:
            parts.append(_('是您作出的处理，请等另一位管理人员复核'))
        self._quoted(words, parts)
        if not one.mine:
            with ui.element('div').classes('ys-acts'):
                button(_('撤销处理'), lambda: self._review(one, upheld=False), main=True)
                button(_('维持'), lambda: self._review(one, upheld=True))

    def _review(self, one: AppealCase, *, upheld: bool) -> None:
        async def deed(said: Said) -> None:
            await self.c.rooms.appeals.decide(self.actor, one.act.id, upheld=upheld, answer=said.note)

        ask(self.actor, _('维持原处理') if upheld else _('撤销处理'), deed, _('已告诉当事人'), reason=False,
            about=one.act.appeal.words if one.act.appeal else '', note=_('复核理由（当事人会看到）'))

    def _removal(self, one: ProposalView) -> None:
        removals = self.c.rooms.removals
        parts = [why(one.reason, one.note), _('{name} 提议', name=one.proposed_by.name), f'{local(one.at):%m-%d %H:%M}']
        what(f'{one.member.name} · {one.room_title}', ' · '.join(parts))
        with ui.element('div').classes('ys-acts'):
            if one.mine:
                ui.label(_('要由另一位管理人员确认')).classes('ys-hint')
                button(_('收回提议'), lambda: self._do(lambda: removals.decide(self.actor, one.id, confirmed=False), _('已收回')))
            else:
                button(_('确认移出'), lambda: self._do(lambda: removals.decide(self.actor, one.id, confirmed=True), _('已移出')), main=True)
                button(_('不同意'), lambda: self._do(lambda: removals.decide(self.actor, one.id, confirmed=False), _('已驳回')))

    @staticmethod
    def _quoted(body: str, parts: list[str], image: object = None) -> None:
        what(f'“{body}”' if body else _('[图片]'), ' · '.join(parts))
        if isinstance(image, dict):
            ui.image(str(image['thumb'])).style('max-width: 9rem').props['alt'] = _('被举报的图片')


def register(c: Container) -> None:
    """Add the page."""

    @ui.page(PATH)
    @guards.in_office
    async def order(actor: Actor) -> None:
        identify(actor)
        add_look()
        fanout, client = live.fanout(), ui.context.client
        place_ids = await desks(c, actor, 'rooms.moderate')
        await frame.hear(c, fanout, client, actor)
        topics = await topics_of(c, actor)
        fanout.join(client, *topics)
        around = await frame.around(c, actor)
        with shell.staff(active='rooms', title=_('群秩序'), back='/staff/rooms', **around), ui.element('div').classes('ys-desk'):
            heading(_('群秩序'))
            ui.label(_('举报由一人认领后处理；申诉由另一位管理人员复核；移出成员要两个人同意。每一项都留有记录，可以撤销。')).classes('ys-hint')
            if not place_ids:
                ui.label(_('这一页由网格员和社区工作人员使用。'))
                return
            queue = _Queue(c, actor, place_ids)
            await queue.draw()
            Watch(topics, queue.draw)
