"""The form of an entry: its fields, what is like it, and what its scope does to others."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from nicegui import ui

from pages import guards
from pages.forms import text
from pages.knowledge import look, near
from pages.knowledge.around import PATH
from yunshequ.assistant.schemas import (
    MAX_ANSWER,
    MAX_LINKS,
    MAX_QUESTION,
    EntryDraft,
    EntryLink,
    EntryView,
    ScopeCheck,
    ScopeNote,
)
from yunshequ.assistant.tool_schemas import Near
from yunshequ.bootstrap import Container
from yunshequ.core.clock import SHANGHAI, local
from yunshequ.core.errors import AppError
from yunshequ.core.i18n import _, set_locale
from yunshequ.core.policy import Actor


class Form:
    """The fields of an entry. What is typed stays whatever is refused."""

    def __init__(
        self, c: Container, actor: Actor, places: dict[int, str], draft: EntryDraft, *, departments: list[str], owners: dict[int, str],
        entry_id: int = 0,
    ) -> None:
        self._c = c
        self._actor = actor
        self._places = places
        self._id = entry_id
        self._overrides_id = draft.overrides_id
        self._near: list[Near] = []
        self._seen: set[int] = set()
        self._began = draft.question
        named = {'': _('不属于部门')} | {one: one for one in [*departments, draft.department] if one}
        keepers = {0: _('不指定，由本处维护')} | owners
        with ui.element('section').classes('ys-card ys-kb-form'):
            self._question = text(_('问题'), value=draft.question, most=MAX_QUESTION)
            self._notes = ui.element('div').props('role=status').classes('ys-kb-notes')
            self._similar = text(_('相似问法（一行一个，居民怎么说就怎么写）'), lines=5, most=4000, value='\n'.join(draft.similar)).props('rows=4')
            self._answer = text(_('答案（先说结论，用“您”）'), lines=6, most=MAX_ANSWER, value=draft.answer)
            ui.label(_('可以用 **加粗**，行首 1. 或 - 写列表，[文字](网址) 写链接。')).classes('ys-hint')
            self._steps = text(_('办理步骤（一行一步，可以不写）'), lines=3, most=2000, value='\n'.join(draft.steps)).props('rows=3')
            self._links = text(
                _('办事链接（一行一个：名称 空格 地址，可以不写）'), lines=2, most=2000,
                value='\n'.join(f'{link.title} {link.href}' for link in draft.links),
                hint=_('例如：小区表决 /ballots/3，或 https:// 开头的网址')).props('rows=2')
            with ui.element('div').classes('ys-kb-pair'):
                self._category = text(_('分类'), value=draft.category, most=40)
                self._department = ui.select(named, label=_('部门'), value=draft.department).props('outlined stack-label')
            with ui.element('div').classes('ys-kb-pair'):
                self._source = text(_('来源（文件名，居民会看到）'), value=draft.source, most=120)
                self._policy_no = text(_('文号（可以不填）'), value=draft.policy_no, most=60)
            with ui.element('div').classes('ys-kb-pair'):
                self._place = ui.select(places, label=_('在哪里有效'), value=draft.place_id).props('outlined stack-label')
                self._owner = ui.select(
                    keepers, label=_('谁来维护'), value=draft.owner_id if draft.owner_id in keepers else 0).props('outlined stack-label')
            with ui.element('div').classes('ys-kb-pair'):
                self._from = _day(_('从哪天起有效（可以不填）'), draft.valid_from)
                self._until = ui.input(_('最后有效的一天（可以不填）'), value=look.last_day(draft.valid_until)).props(
                    'outlined stack-label type=date')
            self.acts = ui.element('div').classes('ys-ask-acts')
            """The row of buttons."""
        self._question.on('blur', self.look_around)
        self._place.on_value_change(lambda _event: self.look_around())
        self.fields: dict[str, Any] = {
            'question': self._question, 'similar': self._similar, 'answer': self._answer, 'steps': self._steps, 'links': self._links,
            'title': self._links, 'href': self._links, 'category': self._category, 'department': self._department, 'source': self._source,
            'policy_no': self._policy_no, 'place_id': self._place, 'owner_id': self._owner, 'valid_from': self._from, 'valid_until': self._until,
        }

    def draft(self) -> EntryDraft:
        """Return what is written.

        :raises ValidationError: a field is empty or too long.
        """
        return EntryDraft(
            question=self._question.value or '', answer=self._answer.value or '', similar=_lines(self._similar.value),
            steps=_lines(self._steps.value), links=[_link(line) for line in _lines(self._links.value)][:MAX_LINKS + 1],
            category=self._category.value or '', department=self._department.value or '', source=self._source.value or '',
            policy_no=self._policy_no.value or '', place_id=self._place.value, overrides_id=self._overrides_id,
            owner_id=self._owner.value or None, valid_from=_instant(self._from.value), valid_until=_instant(self._until.value, after=True))

    async def look_around(self) -> None:
        """Say which entries this one speaks in the place of, and which mean the same, before the same is written twice."""
        set_locale(self._actor.locale)
        words = (self._question.value or '').strip()
        self._notes.clear()
        if len(words) < 2:
            return
        knowledge = self._c.assistant.knowledge
        try:
            await guards.still_in(self._actor)
            found = await knowledge.scope(
                self._actor, self._place.value, words, entry_id=self._id, overrides_id=self._overrides_id)
            alike = await self._c.assistant.duplicates.look(
                self._actor, self._place.value, words, _lines(self._similar.value), own_id=self._id)
        except AppError:
            return
        notes = [one for group in (found.wider, found.twice, found.narrower) for one in group]
        shown, same = {one.id for one in notes}, {one.id for one in notes if one.same}
        self._near = [one for one in alike if one.entry_id not in same and one.entry_id != self._overrides_id]
        others = [one for one in self._near if one.entry_id not in shown]
        with self._notes:
            await scope_notes(self._c, found, self._places.get(self._place.value, ''))
            near.hint(others)

    async def looked(self) -> bool:
        """Tell whether what says the same has been looked at: each entry once, before the first saving."""
        if self._id and self._question.value == self._began:
            return True
        await self.look_around()
        new = [one for one in self._near if one.entry_id not in self._seen]
        if new and not await near.looked_at(new):
            return False
        self._seen.update(one.entry_id for one in new)
        return True


async def scope_notes(c: Container, found: ScopeCheck, here: str) -> None:
    """Show what an entry's scope does to others, in words of the keeper."""
    kinds: tuple[tuple[tuple[ScopeNote, ...], Callable[[str], str]], ...] = (
        (tuple(one for one in found.wider if one.same),
         lambda place: _('发布后，在{here}会代替{place}的这一条，其他地方不变：', here=here or _('这里'), place=place)),
        (tuple(one for one in found.wider if not one.same), lambda place: _('{place}有相近的一条，居民可能两条都会看到，请核对口径：', place=place)),
        (found.twice, lambda place: _('{place}已经有一条答同一个问题，请改那一条，不要写两条：', place=place)),
        (found.narrower, lambda place: _('{place}有自己的口径，那里的居民看到的是：', place=place)),
    )
    for notes, words in kinds:
        for one in notes:
            place = (await c.community.place(one.place_id)).name
            with ui.element('div').classes('ys-kb-note'):
                ui.label(words(place)).style('font-weight: 600')
                ui.link(one.question, f'{PATH}/{one.id}').classes('ys-kb-alike')
                ui.label(one.answer[:120]).classes('ys-hint')


def local_version(entry: EntryView, place_id: int) -> EntryDraft:
    """Return what a keeper starts from who writes the local version of a wider entry."""
    return entry.draft().model_copy(update={'place_id': place_id, 'overrides_id': entry.id, 'owner_id': None})


def _lines(words: str | None) -> list[str]:
    return [line.strip() for line in (words or '').splitlines() if line.strip()]


def _link(line: str) -> EntryLink:
    """Read ``title address``; a line without a title is its own."""
    title, _space, href = line.rpartition(' ')
    return EntryLink(title=(title.strip() or href)[:40], href=href)


def _day(label: str, at: datetime | None) -> ui.input:
    value = f'{local(at):%Y-%m-%d}' if at is not None else ''
    return ui.input(label, value=value).props('outlined stack-label type=date')


def _instant(day: str | None, *, after: bool = False) -> datetime | None:
    """Return the midnight in Nanjing that begins a day, or ends it, in UTC.

    :raises ValueError: no date.
    """
    if not day:
        return None
    begins = datetime.fromisoformat(day).replace(tzinfo=SHANGHAI)
    return (begins + timedelta(days=1) if after else begins).astimezone(UTC)
