"""知识库 for its keepers: entries, what was asked and not answered, and the hand-off desk."""

from pages import live
from pages.knowledge import asked, desk, entries, entry
from pages.theme import Addresses
from yunshequ.bootstrap import Container


def register(c: Container, assets: Addresses) -> None:
    """Register the staff pages of 小栖; ``/staff/knowledge/{entry_id}`` comes last, it would catch the others."""
    desk.register(c, live.fanout(), assets)
    asked.register(c, assets)
    entries.register(c, assets)
    entry.register(c, assets)
