"""名册: the members of a place, searched and paged on the server; one member opened for roles and households."""

from typing import Any

from nicegui import events, ui
from starlette.requests import Request

from pages.forms import attempt
from pages.people.member import MemberDialog
from yunshequ.bootstrap import Container
from yunshequ.community.schemas import PlaceView, RollEntry
from yunshequ.community.words import RELATION_WORDS, ROLE_WORDS
from yunshequ.core.clock import local
from yunshequ.core.i18n import _
from yunshequ.core.policy import Actor

PAGE = 50
BODY = """<q-tr :props="props"><q-td v-for="col in props.cols" :key="col.name" :props="props" :class="'is-' + col.name">
  <button v-if="col.name === 'open'" type="button" class="ys-btn" :aria-label="'WORD ' + props.row.name"
    @click="() => $parent.$emit('open', props.row.id)">WORD</button><template v-else><small>{{ col.label }}</small>{{ col.value }}</template></q-td></q-tr>"""
"""A row; on a phone the style sheet makes a card of it, each value with its heading before it."""


def _row(entry: RollEntry) -> dict[str, Any]:
    return {
        'id': entry.member_id, 'name': entry.name, 'phone': entry.phone_mask or '—',
        'homes': '、'.join(f'{home.label} {_(RELATION_WORDS[home.relation])}{"" if home.verified else _("（待核实）")}'
                          for home in entry.homes) or '—',
        'roles': '、'.join(f'{_(ROLE_WORDS[grant.role])}（{grant.place_name}）' for grant in entry.roles) or '—',
        'joined': f'{local(entry.joined_at):%Y-%m-%d}',
    }


async def show(c: Container, actor: Actor, place: PlaceView, _request: Request) -> None:
    """Build the view."""
    columns = [
        {'name': name, 'label': label, 'field': name, 'align': 'left'} for name, label in (
            ('name', _('称呼')), ('open', _('操作')), ('homes', _('住处')), ('roles', _('身份')), ('phone', _('手机')),
            ('joined', _('加入时间')))  # what a phone's width shows comes first
    ]
    entries: dict[int, RollEntry] = {}
    offset = 0

    search = ui.input(_('按称呼或房号查找')).props('outlined clearable debounce=400').classes('ys-people-place')
    with ui.element('div').classes('ys-scroll ys-card ys-roll'):
        table = ui.table(columns=columns, rows=[], row_key='id', pagination=0).props('flat hide-pagination')
        table.add_slot('body', BODY.replace('WORD', _('查看')))
    with ui.element('div').classes('ys-acts'):
        back = ui.button(_('上一页')).props('outline no-caps')
        status = ui.label().props('role=status')
        on = ui.button(_('下一页')).props('outline no-caps')

    async def load() -> None:
        page = await attempt(
            actor, lambda: c.community.roll_page(actor, place.id, search=search.value or '', offset=offset, limit=PAGE))
        if page is None:
            return
        entries.clear()
        entries.update({entry.member_id: entry for entry in page.entries})
        table.rows = [_row(entry) for entry in page.entries]
        table.update()
        back.set_visibility(offset > 0)
        on.set_visibility(offset + PAGE < page.total)
        status.text = _('共 {n} 人', n=page.total) if page.total else _('没有找到，换个称呼或房号试试')

    async def turn(by: int) -> None:
        nonlocal offset
        offset = max(0, offset + by)
        await load()

    async def searched() -> None:
        nonlocal offset
        offset = 0
        await load()

    async def opened(event: events.GenericEventArguments) -> None:
        entry = entries.get(event.args)
        if entry is not None:
            await MemberDialog(c, actor, place, entry, load).open()

    search.on_value_change(searched)
    back.on_click(lambda: turn(-PAGE))
    on.on_click(lambda: turn(PAGE))
    table.on('open', opened)
    await load()
