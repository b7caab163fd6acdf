"""What the assistant announces."""

from typing import ClassVar

from yunshequ.assistant.schemas import Band, CaseState, ModelState
from yunshequ.core.bus import Event


class AnswerReady(Event):
    """小栖 has answered a question in a room."""

    kind: ClassVar[str] = 'assistant.answer_ready'
    room_id: int
    log_id: int
    seq: int
    band: Band

    @property
    def topic(self) -> str:
        """``assistant:{room}``."""
        return f'assistant:{self.room_id}'


class KnowledgeChanged(Event):
    """Entries were added, changed or retired; every process brings its index up to date. Empty: look at all."""

    kind: ClassVar[str] = 'assistant.knowledge_changed'
    entry_ids: tuple[int, ...]

    @property
    def topic(self) -> str:
        """``knowledge:all``."""
        return 'knowledge:all'


class KnowledgeWorked(Event):
    """Somebody did something to an entry: wrote, handed in for review, sent back, published, confirmed …"""

    kind: ClassVar[str] = 'assistant.knowledge_worked'
    entry_id: int
    place_id: int
    version: int

    @property
    def topic(self) -> str:
        """``kb:{place}``, where the entry holds."""
        return f'kb:{self.place_id}'


class KnowledgeBulkWorked(Event):
    """Many entries of a place were written at once: imported from a file, changed together."""

    kind: ClassVar[str] = 'assistant.knowledge_bulk_worked'
    place_id: int
    versions: dict[int, int]
    """Of each entry, by its id."""

    @property
    def topic(self) -> str:
        """``kb:{place}``, where the entries hold."""
        return f'kb:{self.place_id}'


class DepartmentChanged(Event):
    """A department was set up, renamed or closed, or its keepers or hours changed."""

    kind: ClassVar[str] = 'assistant.department_changed'
    department_id: int
    place_id: int

    @property
    def topic(self) -> str:
        """``department:{place}``, where it is."""
        return f'department:{self.place_id}'


class ModelSettled(Event):
    """The model of this process is loaded, or is known to be missing."""

    kind: ClassVar[str] = 'assistant.model_settled'
    state: ModelState

    @property
    def topic(self) -> str:
        """``model:all``; for the pages of this process (``subscribe_local``)."""
        return 'model:all'


class _Case(Event):
    case_id: int
    room_id: int
    place_id: int
    asker_id: int
    state: CaseState

    @property
    def topic(self) -> str:
        """``desk:{place}``, the place of the community office."""
        return f'desk:{self.place_id}'


class HandoffOpened(_Case):
    """A resident waits for a person."""

    kind: ClassVar[str] = 'assistant.handoff_opened'


class HandoffTaken(_Case):
    """A worker owns the case; 小栖 is silent in its chat."""

    kind: ClassVar[str] = 'assistant.handoff_taken'
    worker_id: int


class HandoffReleased(_Case):
    """A worker gave the case back, or is in office no longer; the resident waits again."""

    kind: ClassVar[str] = 'assistant.handoff_released'
    worker_id: int


class HandoffMoved(_Case):
    """The case waits for another department now, or for the community."""

    kind: ClassVar[str] = 'assistant.handoff_moved'


class HandoffOverdue(_Case):
    """Nobody took the case in time."""

    kind: ClassVar[str] = 'assistant.handoff_overdue'


class HandoffClosed(_Case):
    """The case is settled; 小栖 answers again."""

    kind: ClassVar[str] = 'assistant.handoff_closed'


class HandoffRated(_Case):
    """The resident has said how it went."""

    kind: ClassVar[str] = 'assistant.handoff_rated'
