"""/staff/knowledge/{id} and /new: one entry, its words, its life."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from nicegui import ui
from pydantic import ValidationError

from pages import guards
from pages.forms import attempt, text
from pages.knowledge import near, replay
from pages.knowledge.around import desk_page, enter, scopes, workplace
from pages.knowledge.entries import PATH, STATE_TAGS, STATE_WORDS
from pages.model_note import Note
from pages.theme import Addresses
from yunshequ.assistant.drafts import draft_of
from yunshequ.assistant.schemas import MAX_ANSWER, MAX_QUESTION, EntryDraft, EntryState, EntryView
from yunshequ.assistant.tool_schemas import Near
from yunshequ.bootstrap import Container
from yunshequ.core.clock import SHANGHAI, local
from yunshequ.core.errors import AppError, NotPermitted
from yunshequ.core.i18n import N_, _
from yunshequ.core.policy import Actor


def register(c: Container, assets: Addresses, note: Note) -> None:
    """Register the page of one entry and the one for a new entry."""

    @ui.page(f'{PATH}/new')
    @guards.in_office
    async def new(actor: Actor, log: str = '') -> None:
        around = await enter(c, actor, assets)
        places = await scopes(c, actor)
        if not places:
            raise NotPermitted(N_('这条知识由它所属的社区或上级部门维护'), rule='assistant.edit_knowledge')
        home = await workplace(c, actor)
        log_ids = [int(one) for one in log.split(',')[:500] if one.isdecimal()]
        asked = await _asked(c, actor, home, log_ids)
        with desk_page(note, actor, 'entries', _('写一条'), around, back=PATH):
            form = _Form(c, actor, places, home if home in places else next(iter(places)), question=asked)

            async def save(*, publish: bool) -> None:
                if not await form.looked():
                    return

                async def deed() -> EntryView:
                    return await c.assistant.knowledge.create(actor, form.draft(), publish=publish, log_ids=log_ids if asked else ())

                made = await (replay.publish(c, actor, form.draft, deed, fields=form.fields) if publish else attempt(actor, deed, form.fields))
                if made is not None:
                    ui.navigate.to(f'{PATH}/{made.id}')

            with form.acts():
                ui.button(_('发布'), on_click=lambda: save(publish=True)).props('unelevated no-caps')
                ui.button(_('存为草稿'), on_click=lambda: save(publish=False)).props('outline no-caps')

    @ui.page(f'{PATH}/{{entry_id}}')
    @guards.in_office
    async def one(actor: Actor, entry_id: int) -> None:
        around = await enter(c, actor, assets)
        entry = await c.assistant.knowledge.get(actor, entry_id)
        places = await scopes(c, actor)
        with desk_page(note, actor, 'entries', entry.question[:24], around, back=PATH):
            await _head(c, entry)
            if entry.place_id in places:
                _editor(c, actor, entry, places)
            else:
                _reading(entry)


async def _asked(c: Container, actor: Actor, place_id: int, log_ids: Sequence[int]) -> str:
    """Return the words of an open question that a new entry shall answer."""
    if not log_ids:
        return ''
    wanted = set(log_ids)
    groups = await c.assistant.unanswered(actor, place_id, limit=500)
    return next((group.text for group in groups if wanted & set(group.log_ids)), '')


async def _head(c: Container, entry: EntryView) -> None:
    place = await c.community.place(entry.place_id)
    by = (await c.community.card(entry.changed_by)).name if entry.changed_by is not None else _('导入')
    with ui.element('p').classes('ys-case-head'):
        ui.label(_(STATE_WORDS[entry.state])).classes(f'ys-tag {STATE_TAGS[entry.state]}')
        at = f'{local(entry.changed_at):%Y-%m-%d %H:%M}'
        ui.label(_('{key} · {place} · 第 {version} 版 · {by} 改于 {at}',
                   key=entry.key, place=place.name, version=entry.version, by=by, at=at)).classes('ys-hint')


def _reading(entry: EntryView) -> None:
    with ui.element('article').classes('ys-card ys-kb-form'):
        ui.label(_('这条知识由上级部门维护，您可以写一条本社区的，本社区居民会先看到您写的。')).classes('ys-hint')
        for title, words in (
            (_('问题'), entry.question), (_('相似问法'), '\n'.join(entry.similar)), (_('答案'), entry.answer),
            (_('步骤'), '\n'.join(entry.steps)), (_('来源'), entry.source),
        ):
            if words:
                ui.label(title).style('font-weight: 600')
                ui.label(words).style('white-space: pre-wrap; overflow-wrap: anywhere')


def _editor(c: Container, actor: Actor, entry: EntryView, places: dict[int, str]) -> None:
    form = _Form(c, actor, places, entry.place_id, entry=entry)
    held = {'version': entry.version}
    here = f'{PATH}/{entry.id}'

    async def save() -> None:
        if not await form.looked():
            return

        async def deed() -> EntryView:
            return await c.assistant.knowledge.edit(actor, entry.id, held['version'], form.draft())

        told = entry.state is EntryState.PUBLISHED
        changed = await (
            replay.publish(c, actor, form.draft, deed, entry_id=entry.id, fields=form.fields) if told else attempt(actor, deed, form.fields))
        if changed is not None:
            held['version'] = changed.version
            ui.notify(_('已保存') if changed.state is not EntryState.PUBLISHED else _('已保存，小栖马上按新内容回答'),
                      type='positive', position='top')

    async def turn(state: EntryState) -> None:
        knowledge = c.assistant.knowledge
        if state is EntryState.PUBLISHED:
            done = await replay.publish(
                c, actor, lambda: draft_of(entry), lambda: knowledge.publish(actor, entry.id, held['version']), entry_id=entry.id)
        else:
            done = await attempt(actor, lambda: knowledge.retire(actor, entry.id, held['version']))
        if done is not None:
            ui.navigate.to(here)

    with form.acts():
        ui.button(_('保存'), on_click=save).props('unelevated no-caps')
        if entry.state is EntryState.PUBLISHED:
            ui.button(_('停用'), on_click=lambda: turn(EntryState.RETIRED)).props('outline no-caps')
        else:
            ui.button(_('发布'), on_click=lambda: turn(EntryState.PUBLISHED)).props('outline no-caps')


class _Form:
    """The fields of an entry, and what is like it."""

    def __init__(
        self, c: Container, actor: Actor, places: dict[int, str], place_id: int, *, entry: EntryView | None = None,
        question: str = '',
    ) -> None:
        self._c = c
        self._actor = actor
        with ui.element('section').classes('ys-card ys-kb-form') as self._box:
            self._question = text(_('问题'), value=entry.question if entry else question, most=MAX_QUESTION)
            self._alike = ui.element('div').props('role=status')
            self._similar = text(_('相似问法（一行一个，居民怎么说就怎么写）'), lines=5, most=4000,
                                 value='\n'.join(entry.similar) if entry else '')
            self._answer = text(_('答案（先说结论，用“您”）'), lines=6, most=MAX_ANSWER, value=entry.answer if entry else '')
            self._steps = text(_('办理步骤（一行一步，可以不写）'), lines=3, most=2000,
                               value='\n'.join(entry.steps) if entry else '')
            with ui.element('div').classes('ys-kb-pair'):
                self._category = text(_('分类'), value=entry.category if entry else '', most=40)
                self._department = text(_('部门'), value=entry.department if entry else '', most=60)
            self._source = text(_('来源（文件名和文号，居民会看到）'), value=entry.source if entry else '', most=120)
            self._place = ui.select(places, label=_('在哪里有效'), value=place_id).props('outlined')
            with ui.element('div').classes('ys-kb-pair'):
                self._from = _day(_('生效日期（可以不填）'), entry.valid_from if entry else None)
                self._until = _day(_('失效日期（可以不填）'), entry.valid_until if entry else None)
            self._acts = ui.element('div').classes('ys-ask-acts')
        self._question.on('blur', self._look_alike)
        self._near: list[Near] = []
        self._seen: set[int] = set()
        self._began = entry.question if entry else ''
        self._owner_id = entry.owner_id if entry else None
        self._id = entry.id if entry else 0
        self.fields: dict[str, Any] = {
            'question': self._question, 'similar': self._similar, 'answer': self._answer, 'steps': self._steps,
            'category': self._category, 'department': self._department, 'source': self._source, 'place_id': self._place,
            'valid_from': self._from, 'valid_until': self._until,
        }

    def acts(self) -> ui.element:
        """Return the row of buttons."""
        return self._acts

    def draft(self) -> EntryDraft:
        """Return what is written."""
        return EntryDraft(
            question=self._question.value or '', answer=self._answer.value or '', similar=_lines(self._similar.value),
            steps=_lines(self._steps.value), category=self._category.value or '', department=self._department.value or '',
            source=self._source.value or '', place_id=self._place.value, owner_id=self._owner_id,
            valid_from=_instant(self._from.value), valid_until=_instant(self._until.value))

    async def _look_alike(self) -> None:
        """Show entries that say the same, before it is written twice."""
        words = (self._question.value or '').strip()
        if len(words) < 2:
            self._near = []
            self._alike.clear()
            return
        try:
            found = await self._c.assistant.duplicates.look(
                self._actor, self._place.value, words, _lines(self._similar.value), own_id=self._id)
        except (AppError, ValidationError):  # it is a hint: whatever is wrong is said when saving
            return
        if [one.entry_id for one in found] == [one.entry_id for one in self._near]:
            return
        self._near = found
        self._alike.clear()
        with self._alike:
            near.hint(found)

    async def looked(self) -> bool:
        """Tell whether what says the same has been looked at: each entry once, before the first saving."""
        if self._id and self._question.value == self._began:
            return True
        await self._look_alike()
        new = [one for one in self._near if one.entry_id not in self._seen]
        if new and not await near.looked_at(new):
            return False
        self._seen.update(one.entry_id for one in new)
        return True


def _lines(words: str | None) -> list[str]:
    return [line.strip() for line in (words or '').splitlines() if line.strip()]


def _day(label: str, at: datetime | None) -> ui.input:
    value = f'{local(at):%Y-%m-%d}' if at is not None else ''
    return ui.input(label, value=value).props('outlined stack-label type=date')


def _instant(day: str | None) -> datetime | None:
    """Return midnight in Nanjing of a day, in UTC.

    :raises ValueError: no date.
    """
    return datetime.fromisoformat(day).replace(tzinfo=SHANGHAI).astimezone(UTC) if day else None
