"""/staff/knowledge/bulk: what the filters of the list found, chosen by ticks, changed at once, taken back once."""

from datetime import UTC, datetime
from typing import Any

from nicegui import ui

from pages import guards
from pages.forms import attempt, button, text
from pages.knowledge import replay
from pages.knowledge.around import PATH, desk_page, enter, scopes, workplace
from pages.knowledge.look import STATE_TAGS, STATE_WORDS
from pages.model_note import Note
from pages.theme import Addresses
from yunshequ.assistant.replay import REASON_MAX
from yunshequ.assistant.schemas import EntryLine, EntryState
from yunshequ.assistant.tool_schemas import BulkChange, BulkPlan
from yunshequ.bootstrap import Container
from yunshequ.core.clock import SHANGHAI, local
from yunshequ.core.errors import NotPermitted
from yunshequ.core.i18n import N_, _
from yunshequ.core.policy import COMMUNITY_STAFF, Actor

SHOWN = 100


def register(c: Container, assets: Addresses, note: Note) -> None:
    """Register the page."""

    @ui.page(f'{PATH}/bulk')
    @guards.in_office
    async def bulk(actor: Actor, q: str = '', state: str = '', category: str = '', department: str = '') -> None:
        around = await enter(c, actor, assets)
        place_id = await workplace(c, actor)
        if not await scopes(c, actor):
            raise NotPermitted(N_('这条知识由它所属的社区或上级部门维护'), rule='assistant.edit_knowledge')
        wanted = EntryState(state) if state in set(EntryState) else None
        found = await c.assistant.knowledge.page(
            actor, place_id, text=q[:60], state=wanted, category=category[:40], department=department[:60],
            limit=SHOWN)
        officers = await c.community.officers(place_id, COMMUNITY_STAFF)
        cards = await c.community.cards(officers)
        owners = {0: _('不改')} | {one: cards[one].name for one in officers if one in cards}
        with desk_page(note, actor, 'entries', _('批量修改'), around, back=PATH), ui.element('div').classes('ys-kb-bulk'):
            last = ui.element('div').props('role=status')
            await _last(c, actor, last)
            if found.total > SHOWN:
                ui.label(_('符合的有 {n} 条，这里列出最近改动的 {shown} 条。', n=found.total, shown=SHOWN)).classes('ys-hint')
            if not found.entries:
                with ui.element('div').classes('ys-empty'):
                    ui.label(_('没有符合的条目。请回到条目页换一个筛选条件。'))
                return
            _Desk(c, actor, list(found.entries), owners, last)


async def _last(c: Container, actor: Actor, box: ui.element) -> None:
    """Offer to take the last bulk edit back."""
    done = await c.assistant.bulk.last(actor)
    box.clear()
    if done is None:
        return

    async def undo() -> None:
        undone = await attempt(actor, lambda: c.assistant.bulk.undo(actor, done.id))
        if undone is not None:
            box.clear()
            with box:
                ui.label(_('已撤销，{n} 条回到原来的内容', n=undone.changed))
                if undone.skipped:
                    ui.label(_('这些后来又有人改过，没有动：{names}', names='；'.join(undone.skipped[:10]))).classes('ys-hint')

    with box, ui.element('div').classes('ys-card ys-pad ys-ask-acts'):
        ui.label(_('{at} 批量改了 {n} 条', at=f'{local(done.at):%m-%d %H:%M}', n=done.changed))
        button(_('撤销这次修改'), undo)


class _Desk:
    """Ticks, what is to change, the preview, the deed."""

    def __init__(self, c: Container, actor: Actor, lines: list[EntryLine], owners: dict[int, str], last: ui.element) -> None:
        self._c = c
        self._actor = actor
        self._last = last
        self._chosen: set[int] = set()
        with ui.element('section').classes('ys-card ys-kb-form'):
            with ui.element('div').classes('ys-kb-pair'):
                self._category = text(_('分类改成（不改就空着）'), most=40)
                self._department = text(_('部门改成（不改就空着）'), most=60)
            with ui.element('div').classes('ys-kb-pair'):
                self._until = ui.input(_('失效日期改成')).props('outlined stack-label type=date')
                self._owner = ui.select(owners, label=_('责任人改成'), value=0).props('outlined')
            self._for_ever = ui.checkbox(_('去掉失效日期，长期有效'))
            self._retire = ui.checkbox(_('停用，小栖不再回答'))
        self._ticks: dict[int, ui.checkbox] = {}
        with ui.element('ul').classes('ys-card ys-pad ys-kb-rows'):
            for line in lines:
                with ui.element('li'):
                    tick = ui.checkbox(line.question, on_change=lambda event, entry_id=line.id: self._tick(entry_id, on=bool(event.value)))
                    self._ticks[line.id] = tick
                    with ui.element('small'):
                        ui.label(_(STATE_WORDS[line.state])).classes(f'ys-tag {STATE_TAGS[line.state]}')
        with ui.element('div').classes('ys-kb-bar-below'):
            self._done = ui.element('div').props('role=status')
            """What was just done, beside the finger: the undo is not to be looked for."""
            with ui.element('div').classes('ys-ask-acts'):
                self._count = ui.label('').props('role=status')
                button(_('全选'), self._all)
                button(_('看看会改什么'), self._preview, main=True)
        self._say_count()

    def _tick(self, entry_id: int, *, on: bool) -> None:
        (self._chosen.add if on else self._chosen.discard)(entry_id)
        self._done.clear()
        self._say_count()

    def _say_count(self) -> None:
        self._count.set_text(_('选了 {n} 条', n=len(self._chosen)))

    def _all(self) -> None:
        every = len(self._chosen) < len(self._ticks)
        for tick in self._ticks.values():
            tick.set_value(every)

    def _change(self) -> BulkChange:
        values: dict[str, Any] = {'for_ever': bool(self._for_ever.value), 'retire': bool(self._retire.value)}
        if self._category.value:
            values['category'] = self._category.value
        if self._department.value:
            values['department'] = self._department.value
        if self._until.value and not self._for_ever.value:
            values['valid_until'] = datetime.fromisoformat(self._until.value).replace(tzinfo=SHANGHAI).astimezone(UTC)
        if self._owner.value:
            values['owner_id'] = self._owner.value
        return BulkChange(**values)

    async def _preview(self) -> None:
        fields = {'category': self._category, 'department': self._department, 'valid_until': self._until}
        plan = await attempt(
            self._actor, lambda: self._c.assistant.bulk.preview(self._actor, sorted(self._chosen), self._change()), fields)
        if plan is not None:
            self._show(plan, self._change())

    def _show(self, plan: BulkPlan, change: BulkChange) -> None:
        """Show the plan as a screen of its own: what is scrolled, and below it, always in sight, the deed."""
        with ui.context.client.content, ui.dialog() as dialog, ui.card().classes('ys-kb-plan').props('role=dialog aria-modal=true') as card:
            card.props['aria-label'] = _('会改什么')
            with ui.element('header'):
                ui.label(_('会改什么')).props('role=heading aria-level=2').style('font-weight: 600')
                ui.label(_('选了 {n} 条，要改 {m} 条', n=len(plan.lines), m=len(plan.touched))).props('role=status')
            with ui.element('div').classes('ys-kb-plan-lines').props('tabindex=0 role=region').props(f'aria-label="{_("每一条会改什么")}"'):
                reason = self._lines(plan)
            with ui.element('footer').classes('ys-ask-acts'):
                button(_('回去再改') if plan.touched else _('知道了'), dialog.close)
                if plan.touched:
                    button(_('确认修改 {n} 条', n=len(plan.touched)), lambda: self._apply(plan, change, reason, dialog), main=True)
        dialog.on('hide', dialog.delete)
        dialog.open()

    def _lines(self, plan: BulkPlan) -> ui.input | ui.textarea | None:
        """Draw what becomes of each entry and of answers; return the field for the reason, if one has to be given."""
        if not plan.touched:
            ui.label(_('选中的条目都不用改'))
        with ui.element('ul').classes('ys-kb-rows'):
            for line in plan.lines:
                with ui.element('li'), ui.element('div'):
                    ui.label(line.question).style('font-weight: 600')
                    words = [f'{_(name)}：{before or "—"} → {after or "—"}' for name, before, after in line.changes]
                    for one in words or [_(line.refusal) if line.refusal else _('不用改')]:
                        with ui.element('small'):
                            ui.label(one)
        if not plan.touched or plan.replay is None:
            return None
        replay.show(plan.replay)
        if not plan.replay.blocked:
            return None
        ui.label(_('有 {n} 个答得好的问题会变差。确认要这样改，请写明理由并签字。', n=len(plan.replay.regressions))).classes('ys-error')
        return text(_('理由（会记入审计，由您负责）'), most=REASON_MAX)

    async def _apply(
        self, plan: BulkPlan, change: BulkChange, reason: ui.input | ui.textarea | None, dialog: ui.dialog,
    ) -> None:
        done = await attempt(
            self._actor, lambda: self._c.assistant.bulk.apply(
                self._actor, [line.entry_id for line in plan.lines], change, plan.digest,
                reason=(reason.value or '') if reason is not None else ''),
            {'reason': reason} if reason is not None else None)
        if done is None:
            return
        dialog.close()
        self._last.clear()
        with self._done:
            await _last(self._c, self._actor, self._done)
        if done.skipped:
            with self._done:
                ui.label(_('这些刚被别人改过，没有动：{names}', names='；'.join(done.skipped[:10]))).classes('ys-hint')
