"""What open pages of one entry hear when somebody else works on it."""

from pages.live import Fanout
from yunshequ.assistant.events import KnowledgeWorked
from yunshequ.bootstrap import Container
from yunshequ.core.bus import Event


def bridge(c: Container, fanout: Fanout) -> None:
    """Send ``changed`` on ``kbentry:{id}``; the workbench hears of it on its own topics."""

    async def on_worked(event: Event) -> None:
        if isinstance(event, KnowledgeWorked):
            fanout.publish(f'kbentry:{event.entry_id}', 'changed', {'version': event.version})

    c.bus.subscribe('kb:', on_worked)
