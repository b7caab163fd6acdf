"""/staff/knowledge/{id} and /new: one entry, its words, its life; ``?view=history`` shows its versions side by side."""

from collections.abc import Awaitable, Callable, Sequence

from nicegui import ui

from pages import guards, live
from pages.components.watch import Watch
from pages.forms import attempt, button, text
from pages.knowledge import look, replay
from pages.knowledge.around import PATH, desk_page, enter, scopes, workplace
from pages.knowledge.form import Form, local_version, scope_notes
from pages.knowledge.history import versions
from pages.model_note import Note
from pages.people.look import heading
from pages.theme import Addresses
from yunshequ.assistant import freshness, keeping
from yunshequ.assistant.knowledge import MAX_NOTE, own_key
from yunshequ.assistant.schemas import EntryDraft, EntryState, EntryView, Standing
from yunshequ.bootstrap import Container
from yunshequ.core.clock import local
from yunshequ.core.errors import NotFound, NotPermitted
from yunshequ.core.i18n import N_, _, set_locale
from yunshequ.core.policy import COMMUNITY_STAFF, Actor

Deed = Callable[[Actor, int, int], Awaitable[EntryView]]


def register(c: Container, assets: Addresses, note: Note) -> None:
    """Register the page of one entry and the one for a new entry."""

    @ui.page(f'{PATH}/new')
    @guards.in_office
    async def new(actor: Actor, log: str = '', like: int = 0) -> None:
        around = await enter(c, actor, assets)
        places = await scopes(c, actor)
        if not places:
            raise NotPermitted(N_('这条知识由它所属的社区或上级部门维护'), rule='assistant.edit_knowledge')
        home = await workplace(c, actor)
        log_ids = [int(one) for one in log.split(',')[:500] if one.isdecimal()]
        asked = await _asked(c, actor, home, log_ids)
        place_id = home if home in places else next(iter(places))
        draft = EntryDraft.model_construct(question=asked, answer='', place_id=place_id)
        if like:
            draft = local_version(await c.assistant.knowledge.get(actor, like), place_id)
        with desk_page(note, actor, 'entries', _('写一条'), around, back=PATH):
            await _new(c, actor, places, draft, log_ids if asked else ())

    @ui.page(f'{PATH}/{{entry_id}}')
    @guards.in_office
    async def one(actor: Actor, entry_id: int, view: str = '', old: int = 0, new: int = 0) -> None:
        around = await enter(c, actor, assets)
        entry = await c.assistant.knowledge.get(actor, entry_id)
        live.fanout().join(ui.context.client, f'kbentry:{entry_id}')
        if view == 'history':
            with desk_page(note, actor, 'entries', entry.question[:24], around, back=f'{PATH}/{entry_id}'):
                await versions(c, actor, entry, old, new)
            return
        places = await scopes(c, actor)
        with desk_page(note, actor, 'entries', entry.question[:24], around, back=PATH):
            await _Page(c, actor, entry, places).draw()


async def _asked(c: Container, actor: Actor, place_id: int, log_ids: Sequence[int]) -> str:
    """Return the words of an open question that a new entry shall answer."""
    if not log_ids:
        return ''
    wanted = set(log_ids)
    groups = await c.assistant.unanswered(actor, place_id, limit=500)
    return next((group.text for group in groups if wanted & set(group.log_ids)), '')


async def _form(c: Container, actor: Actor, places: dict[int, str], draft: EntryDraft, entry_id: int = 0) -> Form:
    path = await c.community.path_of(draft.place_id) or '/'
    departments = await c.assistant.knowledge.departments.names(path)
    officers = await c.community.officers(draft.place_id, COMMUNITY_STAFF)
    keepers = await c.assistant.knowledge.departments.keepers_of(draft.department, path)
    cards = await c.community.cards([*officers, *keepers, *([draft.owner_id] if draft.owner_id else [])])
    owners = {one: cards[one].name for one in dict.fromkeys([*keepers, *officers]) if one in cards}
    if draft.owner_id in cards:
        owners.setdefault(draft.owner_id, cards[draft.owner_id].name)
    form = Form(c, actor, places, draft, departments=departments, owners=owners, entry_id=entry_id)
    if draft.question:
        await form.look_around()
    return form


async def _new(c: Container, actor: Actor, places: dict[int, str], draft: EntryDraft, log_ids: Sequence[int]) -> None:
    form = await _form(c, actor, places, draft)
    standing = await c.assistant.knowledge.standing(actor, draft)
    key = own_key()  # of this form: two taps, or a tap again after a lost answer, write one entry

    async def save(*, publish: bool = False, submit: bool = False) -> None:
        knowledge = c.assistant.knowledge

        async def deed() -> EntryView:
            made = await knowledge.create(actor, form.draft(), publish=publish, log_ids=log_ids, key=key)
            return await knowledge.submit(actor, made.id, made.version) if submit and not made.reviewing else made

        if not await form.looked():
            return
        made = await (replay.publish(c, actor, form.draft, deed, fields=form.fields) if publish else attempt(actor, deed, form.fields))
        if made is not None:
            ui.navigate.to(f'{PATH}/{made.id}')

    with form.acts:
        if standing.alone:
            button(_('发布'), lambda: save(publish=True), main=True)
        else:
            button(_('送审'), lambda: save(submit=True), main=True)
        button(_('存为草稿'), save)
        _who_looks(standing)


def _who_looks(standing: Standing) -> None:
    """Say who has to look, or that nobody has."""
    if not standing.alone:
        ui.label(_('自己写的要由另一位看过才发布：{names}', names='、'.join(standing.others))).classes('ys-hint')
    elif not standing.others:
        ui.label(_('这里只有您一位维护人员，可以自己发布，会记入日志。')).classes('ys-hint')


class _Page:
    """One entry for somebody who may see it."""

    def __init__(self, c: Container, actor: Actor, entry: EntryView, places: dict[int, str]) -> None:
        self.c = c
        self.actor = actor
        self.entry = entry
        self.places = places
        self.version = entry.version

    async def draw(self) -> None:
        """Draw all of it."""
        c, actor, entry = self.c, self.actor, self.entry
        standing = await c.assistant.knowledge.standing(actor, entry)
        await self._head()
        self._news = ui.element('div').props('role=status')
        Watch([f'kbentry:{entry.id}'], self._tell)
        if entry.review_note:
            with ui.element('section').classes('ys-card ys-kb-form is-back'):
                ui.label(_('被退回，要改的是：')).style('font-weight: 600')
                ui.label(entry.review_note).style('white-space: pre-wrap; overflow-wrap: anywhere')
        await self._links()
        self._freshness(standing)
        self._review(standing)
        if standing.may_edit and entry.wanted().place_id in self.places | {entry.place_id: ''}:
            await self._editor(standing)
        else:
            await self._reading()

    async def _head(self) -> None:
        entry = self.entry
        place = await self.c.community.place(entry.place_id)
        by = (await self.c.community.card(entry.changed_by)).name if entry.changed_by is not None else _('导入')
        with ui.element('p').classes('ys-case-head'):
            look.tags(entry)
            if entry.department:
                ui.label(entry.department).classes('ys-tag')
            at = f'{local(entry.changed_at):%Y-%m-%d %H:%M}'
            ui.label(_('{key} · {place} · 第 {version} 版 · {by} 改于 {at}',
                       key=entry.key, place=place.name, version=entry.version, by=by, at=at)).classes('ys-hint')
            ui.link(_('历史版本'), f'{PATH}/{entry.id}?view=history').classes('ys-kb-more')

    async def _tell(self) -> None:
        """Say that somebody else did something; what is being typed stays."""
        set_locale(self.actor.locale)
        now = await self.c.assistant.knowledge.get(self.actor, self.entry.id)
        self._news.clear()
        if now.version == self.version:
            return
        by = (await self.c.community.card(now.changed_by)).name if now.changed_by is not None else _('导入')
        with self._news, ui.element('div').classes('ys-card ys-kb-news'):
            ui.label(_('{by} 刚处理过这条（{state}），您看到的不是最新的。', by=by, state=_(look.STATE_WORDS[now.state])))
            ui.link(_('看最新的'), f'{PATH}/{now.id}').classes('ys-btn')

    async def _links(self) -> None:
        """Say which links lead nowhere: residents are not shown them."""
        wanted = self.entry.wanted()
        gone = await self.c.assistant.linking.gone(self.actor, wanted)
        if gone:
            titles = {link.href: link.title for link in wanted.links}
            with ui.element('section').classes('ys-card ys-kb-form is-back'):
                ui.label(_('这些链接打不开了，小栖已不给居民看，请改成能打开的：')).style('font-weight: 600')
                for href in sorted(gone):
                    ui.label(f'{titles.get(href, "")} {href}'.strip()).style('overflow-wrap: anywhere')

    def _freshness(self, standing: Standing) -> None:
        entry, terms, now = self.entry, self.c.assistant.keeping.terms, self.c.clock.now()
        if entry.state is not EntryState.PUBLISHED or entry.confirmed_at is None:
            return
        confirmed = f'{local(entry.confirmed_at):%Y-%m-%d}'
        dates = freshness.Dates(entry.confirmed_at, entry.valid_until)
        due = freshness.due(dates, now, terms)
        with ui.element('section').classes('ys-card ys-kb-form' + (' is-back' if due is not None else '')):
            ui.label(_('上次核对：{day}', day=confirmed) + (
                ' · ' + _('有效到 {day}', day=look.last_day(entry.valid_until)) if entry.valid_until is not None else ''))
            if freshness.hedge(dates, now, terms) is not None and (due is None or due.reason is not freshness.DueReason.EXPIRED):
                ui.label(_('小栖回答这条时，会自己提醒居民再确认。')).classes('ys-hint')
            if due is not None:
                ui.label(_(look.DUE_WORDS[due.reason])).style('font-weight: 600')
                if standing.may_publish:
                    until = freshness.extended(entry.valid_until, now, terms)
                    words = _('还有效') if until == entry.valid_until else _('还有效，延到 {day}', day=look.last_day(until))
                    button(words, lambda: self._turn(self.c.assistant.keeping.confirm), main=True)

    def _review(self, standing: Standing) -> None:
        """Show what would be published, and to whoever may decide it the two buttons."""
        entry = self.entry
        if entry.pending is None and not entry.reviewing:
            return
        with ui.element('section').classes('ys-card ys-kb-form'):
            heading(_('要发布的修改') if entry.pending is not None else _('等第二个人看'), 'h2')
            if entry.pending is not None:
                if entry.state is EntryState.PUBLISHED:
                    ui.label(_('发布之前，小栖还按原来的内容回答。')).classes('ys-hint')
                look.changed(keeping.changes(entry.draft(), entry.pending))
            else:
                look.answer(entry)
            if not entry.reviewing:
                return
            if standing.own and not standing.alone:
                ui.label(_('您写的，等另一位看过：{names}', names='、'.join(standing.others))).classes('ys-hint')
            elif standing.may_publish:
                with ui.element('div').classes('ys-ask-acts'):
                    button(_('通过并发布'), lambda: self._turn(self.c.assistant.knowledge.publish), main=True)
                    button(_('退回'), self._send_back)

    def _send_back(self) -> None:
        with ui.context.client.content, ui.dialog() as dialog, ui.card().classes('ys-form'):
            dialog.props['aria-label'] = _('退回')
            heading(_('退回给写的人'))
            said = text(_('要改什么（写的人会看到）'), lines=3, most=MAX_NOTE)

            async def send() -> None:
                done = await attempt(self.actor, lambda: self.c.assistant.knowledge.send_back(
                    self.actor, self.entry.id, self.version, said.value or ''), {'note': said})
                if done is not None:
                    dialog.close()
                    ui.navigate.to(f'{PATH}/{self.entry.id}')

            with ui.element('div').classes('ys-acts'):
                button(_('退回'), send, main=True)
                button(_('取消'), dialog.close)
        dialog.on('hide', dialog.delete)
        dialog.open()

    async def _turn(self, deed: Deed) -> None:
        knowledge = self.c.assistant.knowledge

        async def do() -> EntryView:
            return await deed(self.actor, self.entry.id, self.version)

        if deed == knowledge.publish:
            now = await attempt(self.actor, lambda: knowledge.get(self.actor, self.entry.id))
            done = await replay.publish(self.c, self.actor, now.wanted, do, entry_id=self.entry.id) if now is not None else None
        else:
            done = await attempt(self.actor, do)
        if done is not None:
            ui.navigate.to(f'{PATH}/{self.entry.id}')

    async def _keep(self, form: Form) -> EntryView | None:
        """Save what is written; None where it was refused or thought better of."""
        if not await form.looked():
            return None
        knowledge = self.c.assistant.knowledge
        changed = await replay.signed(
            self.c, self.actor, lambda: knowledge.edit(self.actor, self.entry.id, self.version, form.draft()), form.fields)
        if changed is not None:
            self.version = changed.version
        return changed

    async def _editor(self, standing: Standing) -> None:
        c, actor, entry, knowledge = self.c, self.actor, self.entry, self.c.assistant.knowledge
        form = await _form(c, actor, self.places | {entry.wanted().place_id: self.places.get(entry.wanted().place_id) or (
            await c.community.place(entry.wanted().place_id)).name}, entry.wanted(), entry.id)

        async def save() -> None:
            changed = await self._keep(form)
            if changed is None:
                return
            live_now = changed.state is EntryState.PUBLISHED and changed.pending is None
            ui.notify(_('已保存，小栖马上按新内容回答') if live_now else _('已保存，发布前小栖不会用它回答'), type='positive', position='top')
            if changed.pending is not None or entry.pending is not None:
                ui.navigate.to(f'{PATH}/{entry.id}')

        async def then(deed: Deed) -> None:
            changed = await self._keep(form)
            if changed is not None:
                if changed.state is EntryState.PUBLISHED and changed.pending is None:
                    ui.navigate.to(f'{PATH}/{entry.id}')  # only similar questions, or one person may: it is told already
                else:
                    await self._turn(deed)

        with form.acts:
            if standing.alone and standing.may_publish:
                button(_('保存并发布'), lambda: then(knowledge.publish), main=True)
            else:
                button(_('保存并送审'), lambda: then(knowledge.submit), main=True)
            if entry.state is not EntryState.PUBLISHED or not standing.alone:
                button(_('只保存'), save)
            if entry.pending is not None:
                button(_('放弃修改'), lambda: self._turn(knowledge.discard))
            if entry.state is EntryState.PUBLISHED and standing.may_publish:
                button(_('停用'), lambda: self._turn(knowledge.retire))
            elif entry.state is EntryState.RETIRED and standing.may_publish:
                button(_('撤销停用'), lambda: self._turn(knowledge.unretire))
            elif entry.state is EntryState.DRAFT and standing.may_publish and not standing.own and not standing.alone:
                button(_('发布'), lambda: self._turn(knowledge.publish))
            _who_looks(standing)

    async def _reading(self) -> None:
        entry = self.entry
        with ui.element('article').classes('ys-card ys-kb-form'):
            ui.label(_('这条知识由上级部门维护，您可以写一条本社区的，本社区居民会先看到您写的。')).classes('ys-hint')
            if self.places and entry.state is EntryState.PUBLISHED:
                ui.link(_('写一条本地口径'), f'{PATH}/new?like={entry.id}').classes('ys-btn ys-btn-main')
            for title, words in ((_('问题'), entry.question), (_('相似问法'), '\n'.join(entry.similar))):
                if words:
                    ui.label(title).style('font-weight: 600')
                    ui.label(words).style('white-space: pre-wrap; overflow-wrap: anywhere')
            ui.label(_('答案')).style('font-weight: 600')
            look.answer(entry)
            facts = [entry.source, entry.policy_no, entry.department]
            if any(facts):
                ui.label(_('来源')).style('font-weight: 600')
                ui.label(' · '.join(fact for fact in facts if fact)).style('overflow-wrap: anywhere')
            try:
                found = await self.c.assistant.knowledge.scope(
                    self.actor, entry.place_id, entry.question, entry_id=entry.id, overrides_id=entry.overrides_id)
            except (NotFound, NotPermitted):
                return
            await scope_notes(self.c, found, '')
