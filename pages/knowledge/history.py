"""The versions of an entry: who did what when, two of them side by side, and any of them back."""

from functools import partial

from nicegui import ui

from pages.forms import attempt, button
from pages.knowledge import look
from pages.knowledge.around import PATH
from pages.people.look import heading, moment, what
from yunshequ.assistant.schemas import EntryView, RevisionView
from yunshequ.bootstrap import Container
from yunshequ.core.errors import NotFound
from yunshequ.core.i18n import _
from yunshequ.core.policy import Actor


async def versions(c: Container, actor: Actor, entry: EntryView, old: int, new: int) -> None:
    """Draw the versions; ``old`` and ``new`` are the two compared, by default the last two."""
    history = await c.assistant.keeping.history(actor, entry.id)
    standing = await c.assistant.knowledge.standing(actor, entry)
    numbers = [one.version for one in history]
    new = new if new in numbers else numbers[0]
    drafts = {one.version: one.draft for one in history}
    before = [n for n in numbers if n < new]
    other = next((n for n in before if drafts[n] != drafts[new]), before[0] if before else new)
    old = old if old in numbers else other
    with ui.element('section').classes('ys-card ys-kb-form'):
        if old == new:
            ui.label(_('这条还没有改过。')).classes('ys-hint')
        else:
            heading(_('第 {old} 版 → 第 {new} 版', old=old, new=new))
            ui.label(_('划掉的是删去的，下划线的是新写的。')).classes('ys-hint')
            look.changed(await c.assistant.keeping.compare(actor, entry.id, old, new))
    with ui.element('section').classes('ys-card ys-kb-form'):
        heading(_('历史版本'))
        with ui.element('ul').classes('ys-lines'):
            for number, one in enumerate(history):
                with ui.element('li'):
                    _line(c, actor, entry, one, before=numbers[number + 1] if number + 1 < len(numbers) else 0, may_edit=standing.may_edit)


def _line(c: Container, actor: Actor, entry: EntryView, one: RevisionView, *, before: int, may_edit: bool) -> None:
    by = one.by.name if one.by is not None else _('系统')
    done = _(look.ACT_WORDS[one.act]) if one.act is not None else _(look.STATE_WORDS[one.state])
    note = f'：{one.note}' if one.note else ''
    what(_('第 {n} 版 · {act}', n=one.version, act=done), f'{by} · {moment(one.at)}{note}')
    if before:
        ui.link(_('比较'), f'{PATH}/{entry.id}?view=history&old={before}&new={one.version}').classes('ys-btn')
    if may_edit and one.version != entry.version and one.draft != entry.wanted():
        button(_('恢复'), partial(_restore, c, actor, entry, one.version))


async def _restore(c: Container, actor: Actor, entry: EntryView, number: int) -> None:
    """Write the words of an old version again; who has to look at them is asked as for any change."""
    async def deed() -> EntryView:
        return await c.assistant.knowledge.restore(actor, entry.id, entry.version, number)

    try:
        done = await attempt(actor, deed)
    except NotFound:
        done = None
    if done is not None:
        ui.navigate.to(f'{PATH}/{entry.id}')
