"""/staff/knowledge/departments 部门: which there are, who keeps their entries, how many these are."""

from collections.abc import Awaitable, Callable
from functools import partial

from nicegui import ui

from pages import guards
from pages.forms import attempt, button, text
from pages.knowledge.around import PATH, desk_page, enter, workplace
from pages.model_note import Note
from pages.people.look import add_look, heading, what
from pages.theme import Addresses
from yunshequ.assistant.departments import MAX_ABOUT, MAX_NAME
from yunshequ.assistant.schemas import DepartmentView
from yunshequ.bootstrap import Container
from yunshequ.core.i18n import _, set_locale
from yunshequ.core.policy import STAFF_ROLES, Actor


def register(c: Container, assets: Addresses, note: Note) -> None:
    """Register the list."""

    @ui.page(f'{PATH}/departments')
    @guards.in_office
    async def departments(actor: Actor) -> None:
        add_look()
        around = await enter(c, actor, assets)
        place_id = await workplace(c, actor)
        with desk_page(note, actor, 'departments', _('部门'), around):
            ui.label(_('每个部门有自己的知识员：只能写和发布本部门的条目，到期和待审核的也会到他们的工作台。')).classes('ys-hint')
            await _List(c, actor, place_id).draw()


class _List:
    """The departments, drawn again after each deed."""

    def __init__(self, c: Container, actor: Actor, place_id: int) -> None:
        self.c = c
        self.actor = actor
        self.place_id = place_id
        self.box = ui.element('div').classes('ys-desk')

    async def draw(self) -> None:
        """Draw what there is now."""
        set_locale(self.actor.locale)
        found = await self.c.assistant.knowledge.departments.all(self.actor, self.place_id)
        mine = await self.c.policy.may(self.actor, 'assistant.manage_departments', self.place_id)
        self.box.clear()
        with self.box:
            if mine:
                self._new()
            if not found:
                with ui.element('div').classes('ys-empty'):
                    ui.label(_('还没有部门。'))
            for one in found:
                with ui.element('section').classes('ys-card ys-form').style('max-width: none'):
                    await self._one(one, may_change=await self.c.policy.may(self.actor, 'assistant.manage_departments', one.place_id))

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
                    await self.draw()

            button(_('设这个部门'), make, main=True)

    async def _one(self, one: DepartmentView, *, may_change: bool) -> None:
        place = (await self.c.community.place(one.place_id)).name
        heading(one.name + (f'（{_("已停用")}）' if one.closed else ''), 'h2')
        ui.label(' · '.join(part for part in (one.about, place, _('{n} 条已发布', n=one.entries)) if part)).classes('ys-hint')
        departments = self.c.assistant.knowledge.departments
        with ui.element('ul').classes('ys-lines'):
            if not one.keepers:
                with ui.element('li'):
                    what(_('还没有知识员，由条目所在的社区、街道或区维护'))
            for card in one.keepers:
                with ui.element('li'):
                    what(card.name, _('知识员'))
                    if may_change:
                        button(_('不再担任'), partial(self._do, partial(departments.drop_keeper, self.actor, one.id, card.id)))
        with ui.element('div').classes('ys-acts'):
            ui.link(_('看这个部门的条目'), f'{PATH}?department={one.name}').classes('ys-btn')
            if may_change:
                await self._add(one)
                words = _('重新启用') if one.closed else _('停用这个部门')
                button(words, partial(self._do, partial(departments.close, self.actor, one.id, closed=not one.closed)))

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
                self.c.assistant.knowledge.departments.name_keeper, self.actor, one.id, int(chosen.value)))

        button(_('加上'), add)

    async def _do(self, deed: Callable[[], Awaitable[object]]) -> None:
        async def do() -> bool:
            await deed()
            return True

        with self.box:
            done = await attempt(self.actor, do)
        if done:
            await self.draw()
