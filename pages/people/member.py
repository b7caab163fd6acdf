"""One member opened: where they live, what they are, and what the actor may change."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from pages.forms import Fields, attempt, button
from pages.people.look import heading, what
from pages.people.role_form import role_form
from yunshequ.bootstrap import Container
from yunshequ.community.schemas import GrantView, HomeView, PlaceView, RollEntry
from yunshequ.community.words import RELATION_WORDS, ROLE_WORDS
from yunshequ.core.i18n import N_, _, set_locale
from yunshequ.core.policy import Actor, Role

REASONS = (N_('核实住户'), N_('联系本人办事'), N_('处理投诉或纠纷'), N_('突发事件'))
"""What is offered; another reason may be written."""


class MemberDialog:
    """A dialog about one member. ``changed`` is awaited after each change."""

    def __init__(
        self, c: Container, actor: Actor, place: PlaceView, entry: RollEntry, changed: Callable[[], Awaitable[None]],
    ) -> None:
        self._c = c
        self._actor = actor
        self._place = place
        self._entry = entry
        self._changed = changed

    async def open(self) -> None:
        """Build and show it."""
        c, actor, place, entry = self._c, self._actor, self._place, self._entry
        set_locale(actor.locale)  # an event is handled outside the page's own context
        may_settle = await c.policy.may(actor, 'community.manage_households', place.id)
        with ui.dialog() as self._dialog, ui.card().classes('ys-form'):
            self._dialog.props['aria-label'] = entry.name
            heading(entry.name)
            ui.label(entry.phone_mask or _('没有登记手机'))
            if entry.masked:
                self._reveal_form()
            with ui.element('ul').classes('ys-lines'):
                for home in entry.homes:
                    self._home(home, may_settle=may_settle)
                for grant in entry.roles:
                    await self._role(grant)
            if await c.policy.may(actor, 'community.manage_members', place.id):
                with ui.element('div').classes('ys-acts'):
                    ui.button(_('登记为党员'), on_click=lambda: self._mark(party=True)).props('outline no-caps')
                    ui.button(_('取消党员登记'), on_click=lambda: self._mark(party=False)).props('outline no-caps')
            await role_form(c, actor, place, {entry.member_id: entry.name}, lambda: self._done(_('已任命')))
            ui.button(_('关闭'), on_click=self._dialog.close).props('outline no-caps')
        self._dialog.on('hide', self._dialog.delete)
        self._dialog.open()

    def _reveal_form(self) -> None:
        with ui.element('div').classes('ys-acts'):
            reason = ui.select([_(one) for one in REASONS], label=_('为什么要看'), with_input=True, new_value_mode='add-unique')
            reason.props('outlined stack-label').style('flex: 1 1 12rem')
            button(_('显示'), lambda: self._reveal(str(reason.value or ''), {'reason': reason}))
        ui.label(_('姓名和手机号已遮住。显示后，本人会看到是谁、什么时候、为什么看的。')).classes('ys-hint')

    async def _reveal(self, reason: str, fields: Fields) -> None:
        full = await attempt(
            self._actor, lambda: self._c.community.reveal(self._actor, self._place.id, self._entry.member_id, reason), fields)
        if full is not None:
            self._dialog.close()
            await MemberDialog(self._c, self._actor, self._place, full, self._changed).open()

    def _home(self, home: HomeView, *, may_settle: bool) -> None:
        with ui.element('li'):
            what(home.label, _(RELATION_WORDS[home.relation]) + ('' if home.verified else _('（待核实）')))
            if may_settle:
                ui.button(_('登记迁出'), on_click=lambda: self._end(home.household_id)).props('outline no-caps')

    async def _role(self, grant: GrantView) -> None:
        with ui.element('li'):
            what(_(ROLE_WORDS[grant.role]), grant.place_name)
            if grant.role in await self._c.community.grantable(self._actor, grant.place_id):
                words = _('移出') if grant.role is Role.MEMBER else _('收回')
                ui.button(words, on_click=lambda: self._revoke(grant.id)).props('outline no-caps')

    async def _do(self, deed: Callable[[], Awaitable[None]], words: str) -> None:
        async def done() -> bool:
            await deed()
            return True

        if await attempt(self._actor, done):
            await self._done(words)

    async def _done(self, words: str) -> None:
        self._dialog.close()
        ui.notify(words, type='positive', position='top')
        await self._changed()

    async def _end(self, household_id: int) -> None:
        await self._do(
            lambda: self._c.community.end_residence(self._actor, household_id, self._entry.member_id), _('已登记迁出'))

    async def _revoke(self, grant_id: int) -> None:
        await self._do(lambda: self._c.community.revoke_role(self._actor, grant_id), _('已收回，对方打开的页面会立刻生效'))

    async def _mark(self, *, party: bool) -> None:
        await self._do(
            lambda: self._c.community.set_party_member(self._actor, self._entry.member_id, self._place.id, party_member=party),
            _('已登记。是否对邻居显示，由本人在“我的”里决定'))
