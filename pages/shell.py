"""Page frames: ``with shell.resident(active='messages', title=…):`` and ``with shell.staff(active='workbench', title=…):``."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from nicegui import ui
from nicegui.element import Element

from pages import theme
from pages.components.base import Data
from pages.components.shell import Shell
from yunshequ.core.i18n import _

COUNTS = {'rooms': 'messages'}
"""Tabs whose red number goes by another tab's name: 群 at the desk and 消息 on the phone are the same messages."""


def resident_tabs(unread: Mapping[str, int] | None = None, *, office: bool = False) -> list[Data]:
    """Return the residents' four tabs with their red numbers, by tab key; whoever holds an office finds the way back to it."""
    numbers = unread or {}
    tabs = [
        ('messages', _('消息'), 'chat', '/messages'),
        ('services', _('服务'), 'apps', '/services'),
        ('deliberate', _('议事'), 'how_to_vote', '/deliberate'),
        ('me', _('我的'), 'person', '/me'),
    ]
    if office:
        tabs.append(('workbench', _('工作台'), 'assignment', '/staff'))
    return _tabs(tabs, numbers)


def staff_tabs(unread: Mapping[str, int] | None = None) -> list[Data]:
    """Return the rail of staff pages with red numbers, by tab key."""
    numbers = unread or {}
    tabs = (
        ('workbench', _('工作台'), 'assignment', '/staff'),
        ('rooms', _('群'), 'forum', '/staff/rooms'),
        ('deliberate', _('议事'), 'how_to_vote', '/staff/deliberate'),
        ('knowledge', _('知识库'), 'menu_book', '/staff/knowledge'),
        ('emergency', _('应急'), 'campaign', '/staff/emergency'),
        ('people', _('人员'), 'group', '/staff/people'),
    )
    return _tabs(tabs, numbers)


def _tabs(tabs: Iterable[tuple[str, str, str, str]], numbers: Mapping[str, int]) -> list[Data]:
    return [
        {'key': k, 'counts': COUNTS.get(k, k), 'label': label, 'icon': icon, 'href': href, 'badge': numbers.get(COUNTS.get(k, k), 0)}
        for k, label, icon, href in tabs
    ]


@contextmanager
def _frame(
    shell_tabs: list[Data], *, variant: str, fill: bool, bind: Callable[[Element], None] | None, **props: object,
) -> Iterator[None]:
    client = ui.context.client
    client.layout.classes(f'ys-{variant}' + (' ys-fill' if fill else ''))
    with client.layout:
        shell = Shell(variant=variant, tabs=shell_tabs, **props)  # type: ignore[arg-type]
    if bind is not None:
        bind(shell)
    # Reading order is header, navigation, main: the frame stands before Quasar's page container.
    shell.move(target_index=0)
    title = props.get('title')
    if title:
        ui.page_title(f'{title} · {_("掌上云社区")}')
    with client.content:
        yield


@contextmanager
def resident(
    *,
    active: str,
    title: str = '',
    unread: Mapping[str, int] | None = None,
    back: str | None = None,
    incident: Data | None = None,
    told: int = 0,
    actions: Sequence[Data] = (),
    topics: Sequence[str] = (),
    rooms: Sequence[Data] = (),
    me: int = 0,
    bind: Callable[[Element], None] | None = None,
    fill: bool = False,
    bare: bool = False,
    office: bool = False,
) -> Iterator[None]:
    """Frame a resident's page.

    :param active: ``messages`` | ``services`` | ``deliberate`` | ``me``
    :param title: heading; empty with ``bare``
    :param unread: red numbers by tab key
    :param back: address one step up
    :param incident: ``{title, level, level_word, href}`` of the active incident
    :param told: the incident that the page itself tells of: no red bar for it
    :param actions: ``{icon, label, href}`` at the right of the header
    :param topics: live topics of this person and their places: what happens there moves the numbers and the red bar
    :param rooms: ``{id, last_n, unread, muted}``: rooms whose messages the red number counts; none where a list of rooms counts them
    :param me: the person, whose own messages are not unread
    :param bind: lets the frame ask for its numbers and the red bar
    :param fill: the content fills the screen and scrolls inside itself (a conversation, the room list beside one)
    :param bare: the content brings its own header; tabs hidden on a phone
    :param office: this person also works at the desk: a fifth tab leads there
    """
    with _frame(
        resident_tabs(unread, office=office), variant='resident', fill=fill, active=active, title=title, back=back, bare=bare, incident=incident, told=told,
        actions=actions, topics=topics, rooms=rooms, me=me, bind=bind,
    ):
        yield


@contextmanager
def staff(
    *,
    active: str,
    title: str = '',
    unread: Mapping[str, int] | None = None,
    back: str | None = None,
    incident: Data | None = None,
    told: int = 0,
    actions: Sequence[Data] = (),
    topics: Sequence[str] = (),
    rooms: Sequence[Data] = (),
    me: int = 0,
    bind: Callable[[Element], None] | None = None,
    fill: bool = False,
    bare: bool = False,
    office: bool = False,
) -> Iterator[None]:
    """Frame a staff page; parameters as in :func:`resident` (``office`` goes without saying here). The header leads to 我的.

    Tabs: workbench | rooms | deliberate | knowledge | emergency | people.
    """
    with _frame(
        staff_tabs(unread), variant='staff', fill=fill, active=active, title=title, back=back, bare=bare, incident=incident, told=told,
        actions=[*actions, {'icon': 'person', 'label': _('我的'), 'href': '/me'}], topics=topics, rooms=rooms, me=me, bind=bind,
    ):
        ui.add_head_html(theme.PLAIN_LISTS)
        yield


@contextmanager
def plain(title: str) -> Iterator[None]:
    """Frame a page for people who are not inside yet (login, join): no tabs, one calm column."""
    client = ui.context.client
    client.layout.classes('ys-plain')
    ui.page_title(f'{title} · {_("掌上云社区")}')
    with client.content:
        yield
