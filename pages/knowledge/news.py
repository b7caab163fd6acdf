"""What open pages hear when somebody else works on an entry or a department."""

from pages.live import Fanout
from yunshequ.assistant.events import DepartmentChanged, KnowledgeBulkWorked, KnowledgeWorked
from yunshequ.bootstrap import Container
from yunshequ.core.bus import Event

DEPARTMENTS = 'departments:all'
"""Live topic of all departments: they change seldom, and one of the district is everybody's."""


def bridge(c: Container, fanout: Fanout) -> None:
    """Send ``changed`` on ``kbentry:{id}`` and ``departments:all``; lists and the workbench hear of entries on the topics of the workbench."""

    async def on_worked(event: Event) -> None:
        if isinstance(event, KnowledgeWorked):
            fanout.publish(f'kbentry:{event.entry_id}', 'changed', {'version': event.version})
        elif isinstance(event, KnowledgeBulkWorked):
            for entry_id, version in event.versions.items():
                fanout.publish(f'kbentry:{entry_id}', 'changed', {'version': version})

    async def on_department(event: Event) -> None:
        if isinstance(event, DepartmentChanged):
            fanout.publish(DEPARTMENTS, 'changed', {})

    c.bus.subscribe('kb:', on_worked)
    c.bus.subscribe('department:', on_department)
