"""议事: what is open and waits for me, what is talked over, what was decided and what became of it."""

from pages.deliberation import resident, staff
from pages.deliberation.acts import add_list_acts, add_topic_acts
from pages.deliberation.live import listen
from pages.live import Acts, fanout
from yunshequ.bootstrap import Container

__all__ = ['register']


def register(c: Container) -> None:
    """Add the pages, answer their acts, send their frames."""
    hub = fanout()
    acts = Acts(hub)
    add_list_acts(acts, c, hub)
    add_topic_acts(acts, c, hub)
    listen(c, hub)
    resident.register(c, acts)
    staff.register(c, acts)
