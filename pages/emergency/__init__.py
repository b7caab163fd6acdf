"""Emergencies: what is going on and where a hand is needed, for residents; opening, calling and leading, for staff."""

from pages import live
from pages.emergency import resident, staff, staff_calls
from pages.emergency.acts import Bridge, add_board_acts, add_call_acts, add_cards
from yunshequ.bootstrap import Container

__all__ = ['add_cards', 'register']


def register(c: Container) -> None:
    """Add the pages, answer their acts, send their frames."""
    fanout = live.fanout()
    acts = live.Acts(fanout)
    add_call_acts(acts, c)
    add_board_acts(acts, c, fanout)
    Bridge(c, fanout).listen()
    resident.register(c, acts)
    staff.register(c, acts)
    staff_calls.register(c, acts)
