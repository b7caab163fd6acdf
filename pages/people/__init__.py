"""人员: the people of an office's places: roll, claims to confirm, who is in office, join codes and their sheets."""

from pages.people import desk, sheet
from yunshequ.bootstrap import Container


def register(c: Container) -> None:
    """Add ``/staff/people`` and ``/join-sheet/{token}``."""
    desk.register(c)
    sheet.register(c)
