"""/staff/knowledge/departments 部门: which there are, who keeps their entries and answers their hand-offs, and when."""

from collections.abc import Awaitable, Callable
from datetime import time
from functools import partial

from nicegui import ui

from pages import guards, live
from pages.components.watch import Watch
from pages.forms import attempt, button, text
from pages.knowledge.around import PATH, desk_page, enter, workplace
from pages.knowledge.duty import DAYS
from pages.knowledge.news import DEPARTMENTS
from pages.model_note import Note
from pages.people.look import add_look, heading, what
from pages.theme import Addresses
from yunshequ.assistant.departments import MAX_ABOUT, MAX_NAME
from yunshequ.assistant.schemas import DepartmentView, DeskHours
from yunshequ.bootstrap import Container
from yunshequ.core.i18n import N_, _, set_locale
from yunshequ.core.policy import STAFF_ROLES, Actor

Deed = Callable[[], Awaitable[object]]
PARTS = (N_('上午'), N_('下午'))


def register(c: Container, assets: Addresses, note: Note) -> None:
    """Register the list."""

    @ui.page(f'{PATH}/departments')
    @guards.in_office
    async def departments(actor: Actor) -> None:
        add_look()
        around = await enter(c, actor, assets)
        place_id = await workplace(c, actor)
        live.fanout().join(ui.context.client, DEPARTMENTS)
        with desk_page(note, actor, 'departments', _('部门'), around):
            ui.label(_(
                '知识员写和发布本部门的条目，到期和待审核的会到他们的工作台。部门接转人工时，居民对本部门的答复不满意，问题也直接到他们那里；'
                '不接的由社区值班的人接手。')).classes('ys-hint')
            found = _List(c, actor, place_id)
            await found.draw()
            Watch([DEPARTMENTS], found.draw)


class _List:
    """The departments, drawn again after each deed, of whoever did it; what is being filled in is left alone."""

    def __init__(self, c: Container, actor: Actor, place_id: int) -> None:
        self.c = c
        self.actor = actor
        self.place_id = place_id
        self.new = ui.element('div').classes('ys-desk')
        self.box = ui.element('div').classes('ys-desk')
        self.drawn: list[tuple[DepartmentView, bool]] | None = None
        self.opened: set[int] = set()
        """Departments whose settings stand open."""

    async def draw(self) -> None:
        """Draw what there is now, if it is something else than before."""
        set_locale(self.actor.locale)
        views = await self.c.assistant.knowledge.departments.all(self.actor, self.place_id)
        found = [(one, await self.c.policy.may(self.actor, 'assistant.manage_departments', one.place_id)) for one in views]
        if self.drawn is None and await self.c.policy.may(self.actor, 'assistant.manage_departments', self.place_id):
            with self.new:
                self._new()
        if found == self.drawn:
            return
        self.drawn = found
        self.box.clear()
        with self.box:
            if not found:
                with ui.element('div').classes('ys-empty'):
                    ui.label(_('还没有部门。'))
            for one, may_change in found:
                with ui.element('section').classes('ys-card ys-form').style('max-width: none'):
                    await self._one(one, may_change=may_change)

    def _new(self) -> None:
        with ui.element('details').classes('ys-card ys-manage'):
            heading(_('设一个部门'), 'summary')
            name = text(_('部门名称'), most=MAX_NAME)
            about = text(_('管什么（可以不写）'), most=MAX_ABOUT)

            async def make() -> None:
                async def deed() -> int:
                    return await self.c.assistant.knowledge.departments.create(
                        self.actor, self.place_id, name.value or '', about.value or '')

                if await attempt(self.actor, deed, {'name': name, 'about': about}) is not None:
                    name.value = about.value = ''
                    await self.draw()

            button(_('设这个部门'), make, main=True)

    async def _one(self, one: DepartmentView, *, may_change: bool) -> None:
        place = (await self.c.community.place(one.place_id)).name
        heading(one.name + (f'（{_("已停用")}）' if one.closed else ''), 'h2')
        ui.label(' · '.join(part for part in (one.about, place, _('{n} 条已发布', n=one.entries)) if part)).classes('ys-hint')
        if not one.closed:
            ui.label(takes(one))
        departments = self.c.assistant.knowledge.departments
        with ui.element('ul').classes('ys-lines'):
            if not one.keepers:
                with ui.element('li'):
                    what(_('还没有知识员，由条目所在的社区、街道或区维护'))
            for card in one.keepers:
                with ui.element('li'):
                    what(card.name, _('知识员'))
                    if may_change:
                        button(_('不再担任'), partial(self._do, partial(departments.drop_keeper, self.actor, one.id, card.id))).props[
                            'aria-label'] = _('{name} 不再担任{department}知识员', name=card.name, department=one.name)
        with ui.element('div').classes('ys-acts'):
            ui.link(_('看这个部门的条目'), f'{PATH}?department={one.name}').classes('ys-btn')
            if may_change:
                await self._add(one)
                if one.closed:
                    button(_('重新启用'), partial(self._do, partial(departments.reopen, self.actor, one.id)))
        if may_change and not one.closed:
            with ui.element('details').classes('ys-manage').props('open' if one.id in self.opened else '') as more:
                more.on('toggle', partial(self._keep_open, one.id), js_handler='(e) => emit(e.target.open)')
                heading(_('改名、转人工、停用'), 'summary')
                with ui.element('div').classes('ys-form').style('padding-block-start: .75rem'):
                    self._name(one)
                    self._answers(one)
                    self._close(one)

    def _keep_open(self, department_id: int, event: object) -> None:
        (self.opened.add if getattr(event, 'args', False) else self.opened.discard)(department_id)

    def _name(self, one: DepartmentView) -> None:
        name = text(_('部门名称'), value=one.name, most=MAX_NAME, hint=_('改名后，它的条目和转人工也都用新名字'))
        about = text(_('管什么（可以不写）'), value=one.about, most=MAX_ABOUT)

        async def save() -> None:
            await self._do(lambda: self.c.assistant.knowledge.departments.rename(
                self.actor, one.id, name.value or '', about.value or ''), {'name': name, 'about': about}, done=_('部门已改好'))

        button(_('保存名称'), save)

    def _answers(self, one: DepartmentView) -> None:
        office = self.c.assistant.office_hours
        answers = ui.checkbox(_('接转人工：知识员接手居民的问题'), value=one.answers)
        with ui.element('div').classes('ys-form').bind_visibility_from(answers, 'value'):
            own = ui.checkbox(_('用本部门自己的时间（不勾就按社区办公时间）'), value=one.hours is not None)
            with ui.element('div').classes('ys-form').bind_visibility_from(own, 'value'):
                hours = one.hours or office
                days = ui.select({n: _(word) for n, word in enumerate(DAYS, 1)}, label=_('哪几天'), multiple=True, value=sorted(hours.days))
                days.props('outlined stack-label use-chips')
                spans = []
                for part, word in enumerate(PARTS):
                    begins, ends = hours.spans[part] if part < len(hours.spans) else (None, None)
                    with ui.element('div').classes('ys-pair'):
                        spans.append((_clock(_('{part}从', part=_(word)), begins), _clock(_('{part}到', part=_(word)), ends)))

        async def save() -> None:
            def deed() -> Awaitable[object]:
                wanted = DeskHours(days=tuple(sorted(days.value or ())), spans=_spans(spans)) if own.value else None
                return self.c.assistant.knowledge.departments.set_answers(self.actor, one.id, answers=bool(answers.value), hours=wanted)

            await self._do(deed, {'days': days, 'spans': spans[0][0]}, done=_('转人工的设置已保存'))

        button(_('保存转人工设置'), save)

    def _close(self, one: DepartmentView) -> None:
        others = {0: _('不交给别的部门')} | {
            other.id: other.name for other, _may in self.drawn or () if other.id != one.id and not other.closed}
        into = ui.select(others, label=_('停用时，条目交给'), value=0).props('outlined stack-label')

        async def close() -> None:
            await self._do(lambda: self.c.assistant.knowledge.departments.close(
                self.actor, one.id, into=int(into.value) or None), {'into': into}, done=_('部门已停用，可以随时重新启用'))

        button(_('停用这个部门'), close)

    async def _add(self, one: DepartmentView) -> None:
        officers = await self.c.community.staff_within(one.place_id, STAFF_ROLES)
        cards = await self.c.community.cards(officers)
        held = {card.id for card in one.keepers}
        names = {member_id: cards[member_id].name for member_id in officers if member_id in cards and member_id not in held}
        chosen = ui.select(names, label=_('加一位知识员'), with_input=True).props('outlined stack-label').classes('ys-people-place')

        async def add() -> None:
            if chosen.value is None:
                chosen.error = _('请先选一位工作人员')
                return
            await self._do(partial(
                self.c.assistant.knowledge.departments.name_keeper, self.actor, one.id, int(chosen.value)), {'member_id': chosen})

        button(_('加上'), add)

    async def _do(self, deed: Deed, fields: dict[str, ui.input | ui.textarea | ui.select] | None = None, done: str = '') -> None:
        async def do() -> bool:
            await deed()
            return True

        with self.box:
            if await attempt(self.actor, do, fields):
                if done:
                    ui.notify(done, type='positive', position='top')
                await self.draw()


def takes(one: DepartmentView) -> str:
    """Say who answers hand-offs about a department's entries, and when."""
    if not one.answers:
        return _('不接转人工，由社区值班的人接手')
    if not one.keepers:
        return _('要接转人工，但还没有知识员，先由社区值班的人接手')
    if one.hours is None:
        return _('接转人工：社区办公时间')
    days = '、'.join(_(DAYS[day - 1]) for day in one.hours.days)
    spans = '、'.join(f'{begins:%H:%M}–{ends:%H:%M}' for begins, ends in one.hours.spans)
    return _('接转人工：{days} {spans}', days=days, spans=spans)


def _clock(label: str, at: time | None) -> ui.input:
    return ui.input(label, value=f'{at:%H:%M}' if at is not None else '').props('outlined stack-label type=time')


def _spans(fields: list[tuple[ui.input, ui.input]]) -> tuple[tuple[time, time], ...]:
    """Return the spans that are filled in; one that is half filled begins when it ends, so that it is refused."""
    pairs = [(begins.value or ends.value, ends.value or begins.value) for begins, ends in fields]
    return tuple((time.fromisoformat(begins), time.fromisoformat(ends)) for begins, ends in pairs if begins and ends)
