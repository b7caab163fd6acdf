"""What the staff pages of 小栖 share: where a keeper works, the tabs, the style."""

from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

from nicegui import ui

from pages import frame, live, shell, theme
from pages.model_note import Note
from yunshequ.bootstrap import Container
from yunshequ.community.schemas import PlaceKind
from yunshequ.core.errors import NotPermitted
from yunshequ.core.i18n import N_, _
from yunshequ.core.policy import Actor

PATH = '/staff/knowledge'
SCOPES = (PlaceKind.DISTRICT, PlaceKind.SUBDISTRICT, PlaceKind.COMMUNITY)
"""Kinds of places an entry may hold at."""
MOST_SCOPES = 400


async def workplace(c: Container, actor: Actor) -> int:
    """Return the place whose knowledge a keeper sees first: that of the most responsible office.

    :raises NotPermitted: no office with a knowledge base.
    """
    for office in await c.community.offices(actor.member_id):
        community = await c.community.community_of(office.place.id)
        place_id = community.id if community is not None else office.place.id
        if await c.policy.may(actor, 'assistant.read_knowledge', place_id):
            return place_id
    raise NotPermitted(N_('知识库由社区工作人员查看和维护'), rule='assistant.read_knowledge')


async def scopes(c: Container, actor: Actor, action: str = 'assistant.edit_knowledge') -> dict[int, str]:
    """Return the places at which somebody may write entries, by id: those of their offices, the widest first, and of departments they keep."""
    found: dict[int, str] = {}
    for office in await c.community.offices(actor.member_id):
        below = [place for kind in SCOPES for place in await c.community.below(office.place.id, kind)]
        for place in [office.place, *below]:
            wanted = place.kind in SCOPES and place.id not in found and len(found) < MOST_SCOPES
            if wanted and await c.policy.may(actor, action, place.id):
                found[place.id] = place.name
    if action == 'assistant.edit_knowledge':
        for _name, path in await c.assistant.knowledge.departments.kept_by(actor.member_id):
            top = await c.community.place(int(path.rstrip('/').rpartition('/')[2]))
            for place in (top, *[place for kind in SCOPES for place in await c.community.below(top.id, kind)]):
                if place.kind in SCOPES and len(found) < MOST_SCOPES:
                    found.setdefault(place.id, place.name)
    return found


@contextmanager
def desk_page(note: Note, actor: Actor, active: str, title: str, around: dict[str, Any], back: str | None = None) -> Iterator[None]:
    """Frame a staff page of 小栖 with its tabs; ``active``: entries, due, asked, desk, duty, figures, departments or files."""
    with shell.staff(active='knowledge', title=title, back=back, **around), ui.element('div').classes('ys-knowledge'):
        with ui.element('nav').classes('ys-kb-tabs').props(f'aria-label="{_("知识库")}"'):
            for key, words, href in (
                ('entries', _('条目'), '/staff/knowledge'), ('due', _('待核对'), '/staff/knowledge/due'), ('asked', _('没答上的'), '/staff/knowledge/asked'),
                ('desk', _('转人工'), '/staff/knowledge/desk'), ('duty', _('值班'), '/staff/knowledge/duty'),
                ('figures', _('数据'), '/staff/knowledge/figures'),
                ('files', _('导入导出'), '/staff/knowledge/files'),
                ('departments', _('部门'), '/staff/knowledge/departments'),
            ):
                link = ui.link(words, href)
                if key == active:
                    link.props('aria-current=page')
        note(
            ui.context.client, actor, _('小栖正在准备索引，现在只会按字面找。'),
            _('语义检索没有开启，小栖只会按字面找。请管理员运行 yunshequ model build。'))
        yield


async def enter(c: Container, actor: Actor, assets: theme.Addresses) -> dict[str, Any]:
    """Begin a page: join the topics of every page; return what the shell shows around it."""
    live.identify(actor)
    ui.add_head_html(f'<link rel="stylesheet" href="{escape(assets.url("assistant.css"))}">')
    await frame.hear(c, live.fanout(), ui.context.client, actor)
    return await frame.around(c, actor)
