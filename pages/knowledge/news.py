"""What open pages of one entry hear when somebody else works on it."""

from pages.live import Fanout
from yunshequ.assistant.events import KnowledgeBulkWorked, KnowledgeWorked
from yunshequ.bootstrap import Container
from yunshequ.core.bus import Event


def bridge(c: Container, fanout: Fanout) -> None:
    """Send ``changed`` on ``kbentry:{id}``; lists hear of it on the topics of the workbench."""

    async def on_worked(event: Event) -> None:
        if isinstance(event, KnowledgeWorked):
            fanout.publish(f'kbentry:{event.entry_id}', 'changed', {'version': event.version})
        elif isinstance(event, KnowledgeBulkWorked):
            for entry_id, version in event.versions.items():
                fanout.publish(f'kbentry:{entry_id}', 'changed', {'version': version})

    c.bus.subscribe('kb:', on_worked)
