"""信息交流: the room list and the conversation of each room; for staff, the rooms of their place and its sensitive words."""

from pages.cards import LiveCards
from pages.links import OwnLinks
from pages.live import Fanout
from pages.rooms import gallery, manage, mine, queue, receipts, staff, views, words
from pages.rooms.acts import room_acts
from pages.rooms.live import bridge
from pages.rooms.menu import Entry, MessageMenu
from yunshequ.bootstrap import Container

__all__ = ['Entry', 'MessageMenu', 'bridge', 'register', 'room_acts']


def register(
    c: Container, fanout: Fanout, cards: LiveCards, *, menu: MessageMenu | None = None, links: OwnLinks | None = None,
) -> None:
    """Add the pages of rooms and answer what they ask."""
    views.register(c, fanout, cards, menu or MessageMenu(), links or OwnLinks())
    staff.register(c)
    words.register(c)
    manage.register(c)
    receipts.register(c)
    gallery.register(c)
    queue.register(c)
    mine.register(c)
