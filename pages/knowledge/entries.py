"""/staff/knowledge: the entries that hold at a keeper's place, live; filters and pages live in the address."""

from urllib.parse import urlencode

from nicegui import ui

from pages import guards, live
from pages.components.watch import Watch
from pages.forms import text
from pages.knowledge import look
from pages.knowledge.around import PATH, desk_page, enter, scopes, workplace
from pages.model_note import Note
from pages.theme import Addresses
from pages.workbench.news import topics_of
from yunshequ.assistant.schemas import EntryLine, EntryState
from yunshequ.bootstrap import Container
from yunshequ.core.clock import local
from yunshequ.core.i18n import _, set_locale
from yunshequ.core.policy import Actor

PAGE = 30


def register(c: Container, assets: Addresses, note: Note) -> None:
    """Register the list."""

    @ui.page(PATH)
    @guards.in_office
    async def entries(actor: Actor, q: str = '', state: str = '', category: str = '', department: str = '', page: int = 1) -> None:
        around = await enter(c, actor, assets)
        topics = await topics_of(c, actor)
        live.fanout().join(ui.context.client, *topics)
        place_id = await workplace(c, actor)
        categories = [one for one in await c.assistant.knowledge.categories(actor, place_id) if one]
        names = await c.assistant.knowledge.departments.names(await c.community.path_of(place_id) or '/')
        may_write = bool(await scopes(c, actor))
        with desk_page(note, actor, 'entries', _('知识库'), around):
            _filters(q, state, category, categories, department, names)
            found = _Found(c, actor, place_id, (q, state, category, department), max(1, min(page, 10_000)), may_write=may_write)
            await found.draw()
            Watch(topics, found.draw)


class _Found:
    """What the filters find, drawn again when somebody has written, published or retired what stands there."""

    def __init__(self, c: Container, actor: Actor, place_id: int, wanted: tuple[str, str, str, str], number: int, *, may_write: bool) -> None:
        self.c = c
        self.actor = actor
        self.place_id = place_id
        self.wanted = wanted
        self.number = number
        self.may_write = may_write
        self._shown: object = None
        self.box = ui.element('div').classes('ys-kb-found')

    async def draw(self) -> None:
        """Draw what is found now."""
        set_locale(self.actor.locale)
        q, state, category, department = self.wanted
        found = await self.c.assistant.knowledge.page(
            self.actor, self.place_id, text=q[:60], state=EntryState(state) if state in set(EntryState) else None, category=category[:40],
            department=department[:60], offset=(self.number - 1) * PAGE, limit=PAGE)
        if found == self._shown:
            return  # nothing is drawn anew under a finger without need
        self._shown = found
        self.box.clear()
        with self.box:
            with ui.element('div').classes('ys-ask-acts ys-kb-count'):
                ui.label(_('共 {n} 条', n=found.total)).props('role=status')
                if self.may_write:
                    with ui.element('div').classes('ys-ask-acts'):
                        ui.link(_('批量修改'), _address(*self.wanted, 1, f'{PATH}/bulk')).classes('ys-btn')
                        ui.link(_('写一条'), f'{PATH}/new').classes('ys-btn ys-btn-main')
            if not found.entries:
                with ui.element('div').classes('ys-empty'):
                    ui.label(_('没有符合的条目。换个词试试，或者写一条新的。'))
            with ui.element('ul').classes('ys-card ys-asked'):
                for line in found.entries:
                    with ui.element('li'):
                        await _line(self.c, line)
            _pager(*self.wanted, self.number, found.total)


def _filters(q: str, state: str, category: str, categories: list[str], department: str, names: list[str]) -> None:
    with ui.element('div').classes('ys-kb-find').props('role=search'):
        words = text(_('查找问题、答案或编号'), value=q)
        states = ui.select({'': _('全部状态')} | {one.value: _(look.STATE_WORDS[one]) for one in EntryState}, label=_('状态'),
                           value=state if state in set(EntryState) else '').props('outlined')
        kinds = ui.select({'': _('全部分类')} | {one: one for one in categories}, label=_('分类'),
                          value=category if category in categories else '').props('outlined')
        parts = ui.select({'': _('全部部门')} | {one: one for one in [*names, department] if one}, label=_('部门'),
                          value=department).props('outlined')

        def search() -> None:
            ui.navigate.to(_address(words.value or '', states.value, kinds.value, parts.value, 1))

        words.on('keydown.enter', search)
        for one in (states, kinds, parts):
            one.on_value_change(search)


async def _line(c: Container, line: EntryLine) -> None:
    with ui.link(target=f'{PATH}/{line.id}').classes('ys-kb-line'), ui.element('span'):
        ui.label(line.question).style('font-weight: 600')
        place = (await c.community.place(line.place_id)).name
        facts = [line.category, line.department, place, _('{n} 个相似问法', n=line.similar), f'{local(line.changed_at):%Y-%m-%d}']
        with ui.element('small'):
            ui.label(_(look.STATE_WORDS[line.state])).classes(f'ys-tag {look.STATE_TAGS[line.state]}')
            if line.pending_state is not None:
                ui.label(_(look.PENDING_WORDS[line.pending_state])).classes('ys-tag ys-tag-amber')
            ui.label(' · '.join(fact for fact in facts if fact)).style('display: inline; margin-inline-start: .5rem')


def _pager(q: str, state: str, category: str, department: str, number: int, total: int) -> None:
    last = max(1, -(-total // PAGE))
    if last == 1:
        return
    with ui.element('nav').classes('ys-ask-acts').props(f'aria-label="{_("翻页")}"'):
        if number > 1:
            ui.link(_('上一页'), _address(q, state, category, department, number - 1)).classes('ys-btn')
        ui.label(_('第 {page} 页，共 {last} 页', page=number, last=last))
        if number < last:
            ui.link(_('下一页'), _address(q, state, category, department, number + 1)).classes('ys-btn')


def _address(q: str, state: str, category: str, department: str, page: int, path: str = PATH) -> str:
    values = {'q': q.strip(), 'state': state, 'category': category, 'department': department, 'page': '' if page == 1 else str(page)}
    query = urlencode({name: value for name, value in values.items() if value})
    return f'{path}?{query}' if query else path
