"""The menu of a message (长按菜单): what every room offers, and what other modules add to it.

A module adds an entry (转工单 is one to come) before the rooms register their pages; ``pages/__init__.py`` makes the menu and hands
it on::

    menu.add(Entry('order.open', 'assignment', N_('转工单'), shown=may_open), handler)

The browser shows it in the order of adding, behind 复制 · 引用 · 转发 · 撤回. When it is picked the page asks the act named like the
entry with ``{seq}``; ``handler(actor, room_id, seq)`` answers ``{'words': …}``, which is shown, or ``{'href': …}``, which is opened.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pages.live import Acts, Args, Call, number
from pages.rooms.acts import RoomOf
from yunshequ.core.i18n import _
from yunshequ.core.policy import Actor
from yunshequ.rooms.schemas import RoomView

Handler = Callable[[Actor, int, int], Awaitable[dict[str, Any]]]
Shown = Callable[[Actor, RoomView], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu."""

    name: str
    """The act that is asked, e.g. ``report.open``."""
    icon: str
    label: str
    """Message id."""
    others: bool = False
    """Whether it is for messages of others only."""
    shown: Shown | None = None
    """Tells whether somebody sees it in a room at all; the handler checks again."""


class MessageMenu:
    """The entries that modules have added."""

    def __init__(self) -> None:
        self._entries: list[tuple[Entry, Handler]] = []

    def add(self, entry: Entry, handler: Handler) -> None:
        """Add an entry behind those there are."""
        self._entries.append((entry, handler))

    async def of(self, actor: Actor, room: RoomView) -> list[dict[str, Any]]:
        """Return what ``actor`` sees of it in a room."""
        return [
            {'name': entry.name, 'icon': entry.icon, 'label': _(entry.label), 'others': entry.others}
            for entry, _handler in self._entries if entry.shown is None or await entry.shown(actor, room)]

    def acts(self, acts: Acts, room_of: RoomOf) -> None:
        """Let the pages of rooms ask them."""
        for entry, handler in self._entries:
            self._answer(acts, room_of, entry.name, handler)

    @staticmethod
    def _answer(acts: Acts, room_of: RoomOf, name: str, handler: Handler) -> None:
        @acts.on(name)
        async def picked(actor: Actor, args: Args, call: Call) -> dict[str, Any]:
            return await handler(actor, room_of(call), number(args, 'seq'))
