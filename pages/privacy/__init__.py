"""隐私: one's own data and rights under 我的; the notice; what staff approve and what is due to go."""

from pages import live
from pages.privacy import leave, notice, own, staff
from yunshequ.bootstrap import Container
from yunshequ.privacy.events import PrivacyChanged

RELOADS = {'copy', 'access'}
"""What an open page does not bring about itself."""


def register(c: Container) -> None:
    """Add the pages, and what they hear."""
    fanout = live.fanout()

    def changed(event: object) -> None:
        if isinstance(event, PrivacyChanged) and event.what in RELOADS:
            fanout.publish(event.topic, 'reload', {})

    c.bus.subscribe('privacy:', changed)
    notice.register(c)
    own.register(c)
    leave.register(c)
    staff.register(c)
