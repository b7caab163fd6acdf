"""/staff/knowledge/due 待核对: answers on one's desk that end soon or were not confirmed for long; one tap says 还有效."""

from functools import partial

from nicegui import ui

from pages import guards, live
from pages.components.watch import Watch
from pages.forms import attempt, button
from pages.knowledge import look
from pages.knowledge.around import PATH, desk_page, enter
from pages.model_note import Note
from pages.theme import Addresses
from pages.workbench.news import topics_of
from yunshequ.assistant.freshness import DueReason
from yunshequ.assistant.schemas import DueEntry
from yunshequ.bootstrap import Container
from yunshequ.core.i18n import _, set_locale
from yunshequ.core.policy import Actor

SHOWN = 100


def register(c: Container, assets: Addresses, note: Note) -> None:
    """Register the list."""

    @ui.page(f'{PATH}/due')
    @guards.in_office
    async def due(actor: Actor) -> None:
        around = await enter(c, actor, assets)
        topics = await topics_of(c, actor)
        live.fanout().join(ui.context.client, *topics)
        with desk_page(note, actor, 'due', _('待核对'), around):
            ui.label(_('快到期、很久没有核对、上级口径改了的条目，按时间先后。还对就点“还有效”；不对请打开修改。到期以后小栖不再回答。')).classes('ys-hint')
            desk = _Desk(c, actor)
            await desk.draw()
            Watch(topics, desk.draw)


class _Desk:
    """The lines, drawn again on news."""

    def __init__(self, c: Container, actor: Actor) -> None:
        self.c = c
        self.actor = actor
        self._shown: object = None
        self._done = ui.element('div').props('role=status')
        self.box = ui.element('div')

    async def draw(self) -> None:
        """Draw what is due now."""
        set_locale(self.actor.locale)
        found = await self.c.assistant.keeping.due(self.actor)
        if found == self._shown:
            return
        self._shown = found
        self.box.clear()
        with self.box:
            if not found:
                with ui.element('div').classes('ys-empty'):
                    ui.label(_('您这里没有要核对的条目。'))
                return
            ui.label(_('共 {n} 条', n=len(found))).props('role=status')
            with ui.element('ul').classes('ys-card ys-kb-due'):
                for one in found[:SHOWN]:
                    with ui.element('li'):
                        await self._line(one)

    async def _line(self, one: DueEntry) -> None:
        place = (await self.c.community.place(one.place_id)).name
        with ui.link(target=f'{PATH}/{one.id}').classes('ys-kb-line'):
            ui.label(one.question).style('font-weight: 600')
            facts = [_(look.DUE_WORDS[one.reason]), look.last_day(one.due_at), place, one.department]
            ui.label(' · '.join(fact for fact in facts if fact)).classes('ys-hint')
        if one.reason is DueReason.LINK:
            ui.link(_('去改'), f'{PATH}/{one.id}').classes('ys-btn')
            return
        words = _('还有效') if one.until is None else _('还有效，延到 {day}', day=look.last_day(one.until))
        button(words, partial(self._confirm, one)).props(f'aria-label="{words}"')

    async def _confirm(self, one: DueEntry) -> None:
        keeping = self.c.assistant.keeping
        with self.box:
            done = await attempt(self.actor, lambda: keeping.confirm(self.actor, one.id, one.version))
        await self.draw()
        if done is None:
            return

        async def undo() -> None:
            with self._done:
                await attempt(self.actor, lambda: keeping.unconfirm(self.actor, one.id, done.version))
            self._done.clear()
            await self.draw()

        self._done.clear()
        with self._done, ui.element('div').classes('ys-card ys-kb-news'):
            ui.label(_('已确认还有效：{question}', question=one.question))
            button(_('撤销'), undo)
