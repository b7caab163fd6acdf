"""户的变动: flats merged and split, people moved in and out; what it leads to is shown first, and undone while nothing followed."""

import re
from collections.abc import Awaitable, Callable
from datetime import date

from nicegui import ui
from starlette.requests import Request

from pages.forms import attempt, button, text
from pages.people.look import day, heading, what
from yunshequ.bootstrap import Container
from yunshequ.community.desk import WITH_FLATS
from yunshequ.community.household_schemas import CHANGE_WORDS, ChangeView, Part, Preview
from yunshequ.community.households import NOTE_MAX
from yunshequ.community.roll_file import read_area
from yunshequ.community.schemas import HouseholdView, PlaceView, Relation
from yunshequ.community.words import RELATION_WORDS
from yunshequ.core.clock import local
from yunshequ.core.errors import Invalid
from yunshequ.core.i18n import N_, _
from yunshequ.core.policy import Actor
from yunshequ.core.sheet_read import BadCell

_PART = re.compile(r'^(\S+)(?:[\s,，]+(\S+))?$')


def read_parts(lines: str) -> tuple[Part, ...]:
    """Read parts written one on each line, ``502 44.50`` with the area in m² or left out; never through a float.

    :raises Invalid: a line is neither.
    """
    parts = []
    for line in filter(None, (line.strip() for line in lines.splitlines())):
        match = _PART.match(line)
        try:
            area = read_area(match[2] or '') if match is not None else None
        except BadCell as problem:
            raise Invalid(problem.message, field='parts', rule=None, **problem.params) from None
        if match is None:
            raise Invalid(N_('这一行看不懂：{line}'), field='parts', line=line[:20])
        parts.append(Part(room_no=match[1], area=area or 0))
    return tuple(parts)


async def show(c: Container, actor: Actor, place: PlaceView, _request: Request) -> None:
    """Build the view."""
    if place.kind in WITH_FLATS:
        flats = [one for one in await c.community.households(place.id) if one.place_id == place.id]
        here = {one.id: one for one in flats}
        _merge(c, actor, here)
        await _split(c, actor, here)
        await _moves(c, actor, place, here)
    else:
        with ui.element('section').classes('ys-card'):
            ui.label(_('请先在上面选一栋楼，再登记合户、分户和迁入迁出。'))
    with ui.element('section').classes('ys-card'):
        heading(_('最近的变动'), 'h3')
        changes = await c.households.changes(actor, place.id)
        if not changes:
            ui.label(_('还没有登记过变动。')).classes('ys-hint')
        with ui.element('ul').classes('ys-lines'):
            for change in changes:
                _line(c, actor, change)


def _line(c: Container, actor: Actor, change: ChangeView) -> None:
    with ui.element('li'):
        flats = '、'.join(change.before)
        if change.after != change.before:
            flats += ' → ' + '、'.join(change.after)
        parts = [f'{change.on:%Y-%m-%d}', _('{name} 登记', name=change.by_name), change.note]
        if change.undone_at is not None:
            parts.append(_('已于 {day} 撤销', day=day(change.undone_at)))
        what(f'{_(CHANGE_WORDS[change.kind])}：{flats}', ' · '.join(filter(None, parts)))
        if change.undone_at is None:
            async def undo() -> None:
                async def deed() -> bool:
                    await c.households.undo(actor, change.id)
                    return True

                if await attempt(actor, deed):
                    ui.navigate.reload()

            button(_('撤销'), undo)


def _day_of(field: ui.input) -> date:
    try:
        return date.fromisoformat(str(field.value or ''))
    except ValueError:
        raise Invalid(N_('请检查日期'), field='on') from None


class _Form:
    """What both changes of flats share: a day, a note, a look ahead, then the deed."""

    def __init__(
        self, c: Container, actor: Actor, look: Callable[[], Awaitable[Preview]],
        deed: Callable[[date, str, str], Awaitable[int]], fields: dict[str, ui.input | ui.textarea | ui.select],
    ) -> None:
        self._actor = actor
        self._look = look
        self._deed = deed
        self.on = ui.input(_('生效日期'), value=f'{local(c.clock.now()):%Y-%m-%d}').props('outlined stack-label type=date')
        self.note = text(_('依据，例如房产证编号后四位、申请单日期'), most=NOTE_MAX)
        self._fields = {**fields, 'on': self.on, 'note': self.note}
        button(_('看看会变成什么'), self._preview)
        self._shown = ui.element('div').classes('ys-form').props('role=status')

    async def _preview(self) -> None:
        self._shown.clear()
        found = await attempt(self._actor, self._look, self._fields)
        if found is None:
            return
        with self._shown:
            ui.label(f'{"、".join(found.before)} → {"、".join(found.after)}')
            ui.label(_('涉及 {n} 人。正在进行的表决仍按开始时的名册，以后的表决按变动后的。', n=found.people)).classes('ys-hint')
            button(_('确认'), lambda: self._do(found.digest), main=True)

    async def _do(self, digest: str) -> None:
        async def deed() -> int:
            return await self._deed(_day_of(self.on), digest, self.note.value or '')

        if await attempt(self._actor, deed, self._fields) is not None:
            ui.navigate.reload()


def _merge(c: Container, actor: Actor, flats: dict[int, HouseholdView]) -> None:
    with ui.element('section').classes('ys-card ys-form'):
        heading(_('合户'), 'h3')
        labels = {one.id: one.label for one in flats.values()}
        chosen = ui.select(labels, label=_('要合并的户'), multiple=True, value=[]).props('outlined stack-label use-chips')
        keep = ui.select(labels, label=_('保留哪一户的房号')).props('outlined stack-label')
        chosen.on_value_change(lambda: keep.set_options(
            {key: labels[key] for key in chosen.value}, value=keep.value if keep.value in chosen.value else next(iter(chosen.value), None)))

        def ids() -> tuple[int, list[int]]:
            if keep.value is None:
                raise Invalid(N_('请选 2 到 10 户，并选好保留哪一户的房号'), field='flats')
            return keep.value, [key for key in chosen.value if key != keep.value]

        async def look() -> Preview:
            return await c.households.preview_merge(actor, *ids())

        async def deed(on: date, digest: str, note: str) -> int:
            return await c.households.merge(actor, *ids(), on=on, digest=digest, note=note)

        _Form(c, actor, look, deed, {'flats': chosen})


async def _split(c: Container, actor: Actor, flats: dict[int, HouseholdView]) -> None:
    with ui.element('section').classes('ys-card ys-form'):
        heading(_('分户'), 'h3')
        flat = ui.select({one.id: one.label for one in flats.values()}, label=_('要拆开的户'), with_input=True).props('outlined stack-label')
        parts = text(_('拆成哪几户，一行一户：房号 面积'), lines=3, most=400, hint=_('其中一户用原来的房号；面积加起来要和原来一分不差'))
        who = ui.element('div').classes('ys-form')
        moved: dict[int, ui.select] = {}

        async def offer() -> None:
            rooms = {part.room_no: part.room_no for part in _parts_or_none(parts.value or '')}
            chosen = flat.value if flat.value and len(rooms) >= 2 else None
            names = await attempt(actor, lambda: c.households.living_in(actor, chosen)) if chosen is not None else None
            who.clear()
            moved.clear()
            with who:
                for member_id, name in (names or {}).items():
                    moved[member_id] = ui.select({'': _('留在原来的户'), **rooms}, value='', label=_('{name} 到', name=name))
                    moved[member_id].props('outlined stack-label')

        flat.on_value_change(offer)
        parts.on('blur', offer)

        def asked() -> tuple[Part, ...]:
            if flat.value is None:
                raise Invalid(N_('请选要拆开的户'), field='flat')
            return tuple(
                part.model_copy(update={'member_ids': tuple(key for key, to in moved.items() if to.value == part.room_no)})
                for part in read_parts(parts.value or ''))

        async def look() -> Preview:
            return await c.households.preview_split(actor, flat.value or 0, asked())

        async def deed(on: date, digest: str, note: str) -> int:
            return await c.households.split(actor, flat.value, asked(), on=on, digest=digest, note=note)

        _Form(c, actor, look, deed, {'flat': flat, 'parts': parts})


def _parts_or_none(lines: str) -> tuple[Part, ...]:
    try:
        return read_parts(lines)
    except Invalid:
        return ()


async def _moves(c: Container, actor: Actor, place: PlaceView, flats: dict[int, HouseholdView]) -> None:
    people = (await c.community.roll_page(actor, place.id, limit=200)).entries
    with ui.element('section').classes('ys-card ys-form'):
        heading(_('迁入迁出'), 'h3')
        names = {one.member_id: f'{one.name}（{"、".join(home.label for home in one.homes) or _("没有住处")}）' for one in people}
        who = ui.select(names, label=_('居民'), with_input=True).props('outlined stack-label')
        flat = ui.select({one.id: one.label for one in flats.values()}, label=_('哪一户'), with_input=True).props('outlined stack-label')
        relation = ui.select({r.value: _(word) for r, word in RELATION_WORDS.items()}, value=Relation.TENANT.value, label=_('迁入时的关系'))
        relation.props('outlined stack-label')
        on = ui.input(_('生效日期'), value=f'{local(c.clock.now()):%Y-%m-%d}').props('outlined stack-label type=date')
        note = text(_('依据，例如租房合同'), most=NOTE_MAX)
        fields = {'on': on, 'note': note, 'who': who, 'flat': flat}

        async def move(*, comes: bool) -> None:
            async def deed() -> int:
                if who.value is None or flat.value is None:
                    raise Invalid(N_('请选居民和户'), field='who')
                since, words = _day_of(on), note.value or ''
                if comes:
                    return await c.households.move_in(actor, flat.value, who.value, Relation(relation.value), on=since, note=words)
                return await c.households.move_out(actor, flat.value, who.value, on=since, note=words)

            if await attempt(actor, deed, fields) is not None:
                ui.navigate.reload()

        with ui.element('div').classes('ys-acts'):
            button(_('登记迁入'), lambda: move(comes=True), main=True)
            button(_('登记迁出'), lambda: move(comes=False))
