"""知识库 for its keepers: entries, what was asked and not answered, and the hand-off desk."""

from pages import live
from pages.knowledge import asked, bulk, departments, desk, due, duty, entries, entry, figures, files, news
from pages.model_note import Note
from pages.theme import Addresses
from yunshequ.bootstrap import Container


def register(c: Container, assets: Addresses, note: Note) -> None:
    """Register the staff pages of 小栖; ``/staff/knowledge/{entry_id}`` comes last, it would catch the others."""
    news.bridge(c, live.fanout())
    desk.register(c, live.fanout(), assets, note)
    asked.register(c, assets, note)
    duty.register(c, assets, note)
    figures.register(c, assets, note)
    files.register(c, assets, note)
    bulk.register(c, assets, note)
    due.register(c, assets, note)
    departments.register(c, assets, note)
    entries.register(c, assets, note)
    entry.register(c, assets, note)
