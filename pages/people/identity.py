"""双人核验: one of the staff has seen the papers and proposes, another confirms; never the same."""

from datetime import UTC, datetime, time
from decimal import Decimal, InvalidOperation

from nicegui import ui
from starlette.requests import Request

from pages.forms import attempt, button, text
from pages.identity import share_words
from pages.people import acting
from pages.people.look import heading, what
from yunshequ.bootstrap import Container
from yunshequ.community.identity import REASON_MAX
from yunshequ.community.identity_schemas import PAPER_WORDS, CheckDraft, CheckView
from yunshequ.community.schemas import PlaceView, Relation, RollEntry
from yunshequ.community.words import RELATION_WORDS
from yunshequ.core.clock import SHANGHAI, local
from yunshequ.core.errors import Invalid
from yunshequ.core.i18n import N_, _
from yunshequ.core.policy import Actor

FOUND_MOST = 20


async def show(c: Container, actor: Actor, place: PlaceView, _request: Request) -> None:
    """Build the view."""
    with ui.element('section').classes('ys-card'):
        heading(_('等另一位同事确认'), 'h3')
        waiting = await c.identity.waiting(actor, place.id)
        if not waiting:
            ui.label(_('现在没有等待确认的核验。')).classes('ys-hint')
        with ui.element('ul').classes('ys-lines'):
            for check in waiting:
                _line(c, actor, check)
    _search(c, actor, place)
    await acting.show(c, actor, place)


def _line(c: Container, actor: Actor, check: CheckView) -> None:
    with ui.element('li') as line:
        parts = ['、'.join(_(PAPER_WORDS[paper]) for paper in check.papers)]
        if check.relation is not None:
            parts.append(f'{check.label} {_(RELATION_WORDS[check.relation])}'
                         + (f' {share_words(check.share)}%' if check.share else ''))
        parts.append(_('{name} 于 {at} 提交', name=check.proposer_name, at=f'{local(check.proposed_at):%m-%d %H:%M}'))
        what(f'{check.member_name} · {check.name_mask}', ' · '.join(parts))

        async def decided(words: str) -> None:
            ui.notify(words, type='positive', position='top')
            line.delete()

        async def confirm() -> None:
            async def deed() -> bool:
                await c.identity.decide(actor, check.id, confirmed=True)
                return True

            if await attempt(actor, deed):
                await decided(_('已确认'))

        async def withdraw() -> None:
            async def deed() -> bool:
                await c.identity.withdraw(actor, check.id)
                return True

            if await attempt(actor, deed):
                await decided(_('已撤回'))

        async def refuse() -> None:
            async def deed() -> bool:
                await c.identity.decide(actor, check.id, confirmed=False, reason=reason.value or '')
                return True

            if await attempt(actor, deed, {'reason': reason}):
                dialog.close()
                await decided(_('已退回'))

        if check.proposed_by == actor.member_id:
            ui.label(_('您提交的，要由另一位同事确认')).classes('ys-hint')
            button(_('撤回'), withdraw)
            return
        with ui.dialog() as dialog, ui.card().classes('ys-form'):
            heading(_('不通过'))
            reason = text(_('原因'), lines=2, most=REASON_MAX)
            button(_('退回'), refuse, main=True)
            button(_('关闭'), dialog.close)
        button(_('确认'), confirm, main=True)
        button(_('不通过'), dialog.open)


def _search(c: Container, actor: Actor, place: PlaceView) -> None:
    with ui.element('section').classes('ys-card ys-form'):
        heading(_('提交一份核验'), 'h3')
        ui.label(_('当面看过本人的证件再填。号码只用来算出加密摘要，不保存、不显示。')).classes('ys-hint')
        search = text(_('按称呼或房号查找'))
        found = ui.element('div').classes('ys-form')

        async def look() -> None:
            page = await attempt(actor, lambda: c.community.roll_page(
                actor, place.id, search=search.value or '', limit=FOUND_MOST))
            if page is None:
                return
            found.clear()
            with found:
                if not page.entries:
                    ui.label(_('没有找到，换个称呼或房号试试')).props('role=status')
                else:
                    _Form(c, actor, place, page.entries)

        button(_('查找'), look)


class _Form:
    """The papers of one member."""

    def __init__(self, c: Container, actor: Actor, place: PlaceView, entries: tuple[RollEntry, ...]) -> None:
        self._c = c
        self._actor = actor
        self._place = place
        self._entries = {entry.member_id: entry for entry in entries}
        who = {entry.member_id: f'{entry.name}（{"、".join(home.label for home in entry.homes) or _("没有住处")}）' for entry in entries}
        self.member = ui.select(who, value=entries[0].member_id, label=_('居民')).props('outlined stack-label')
        self.name = text(_('身份证上的姓名'), most=30).props('autocomplete=off')
        self.number = text(_('身份证号码'), most=20).props('autocomplete=off')
        with ui.element('fieldset').classes('ys-papers'):
            heading(_('看过的证件'), 'legend')
            self.papers = {paper: ui.checkbox(_(words)) for paper, words in PAPER_WORDS.items()}
        self.flat = ui.select({}, label=_('同时核实住处')).props('outlined stack-label')
        self.relation = ui.select({r.value: _(w) for r, w in RELATION_WORDS.items()}, value=Relation.OWNER.value, label=_('关系'))
        self.relation.props('outlined stack-label').bind_visibility_from(self.flat, 'value', backward=bool)
        self.share = text(_('业主份额（%）'), hint=_('独有写 100，各一半写 50；不清楚就留空'), most=6).props('inputmode=decimal')
        self.share.bind_visibility_from(self, 'owns')
        self.until = ui.input(_('居住有效期（租客写合同到期日，可留空）')).props('outlined stack-label type=date')
        self.until.bind_visibility_from(self.flat, 'value', backward=bool)
        self.member.on_value_change(self._homes)
        self._homes()
        button(_('提交给同事确认'), self._send, main=True)

    @property
    def owns(self) -> bool:
        """Whether the form is about an owner of a flat."""
        return bool(self.flat.value) and self.relation.value == Relation.OWNER

    def _homes(self) -> None:
        homes = self._entries[self.member.value].homes
        self.flat.set_options({0: _('只核验实名'), **{home.household_id: home.label for home in homes}},
                              value=homes[0].household_id if homes else 0)

    async def _send(self) -> None:
        async def deed() -> int:
            return await self._c.identity.propose(self._actor, self._place.id, CheckDraft(
                member_id=self.member.value, name=self.name.value or '', number=self.number.value or '',
                papers=tuple(paper for paper, box in self.papers.items() if box.value),
                household_id=self.flat.value or None,
                relation=Relation(self.relation.value) if self.flat.value else None,
                share=read_share(self.share.value or '') if self.owns else 0, residence_until=self._end()))

        fields = {'name': self.name, 'number': self.number, 'share': self.share, 'residence_until': self.until}
        if await attempt(self._actor, deed, fields) is not None:
            ui.notify(_('已提交，等另一位同事确认'), type='positive', position='top')
            ui.navigate.to(f'/staff/people?place={self._place.id}&view=identity')

    def _end(self) -> datetime | None:
        if not self.flat.value or not self.until.value:
            return None
        try:
            last = datetime.fromisoformat(self.until.value).date()
        except ValueError:
            raise Invalid(N_('请检查日期'), field='residence_until') from None
        return datetime.combine(last, time(23, 59), SHANGHAI).astimezone(UTC)


def read_share(words: str) -> int:
    """Return a percentage as ten-thousandths, 0 where nothing is written.

    :raises Invalid: not a percentage with at most two decimals.
    """
    plain = words.strip().rstrip('%％')
    if not plain:
        return 0
    try:
        share = Decimal(plain) * 100
    except InvalidOperation:
        raise Invalid(N_('份额请写 0 到 100 之间的数，最多两位小数'), field='share') from None
    if not share.is_finite() or share != share.to_integral_value() or not 0 < share <= 10_000:
        raise Invalid(N_('份额请写 0 到 100 之间的数，最多两位小数'), field='share')
    return int(share)


