"""What passes on with an office at 小栖's desk: cases somebody owns, entries of the knowledge base they keep right."""

from yunshequ.assistant.models import HandoffCase, KbEntry
from yunshequ.assistant.schemas import CaseState, EntryState
from yunshequ.core.handing import Work
from yunshequ.core.i18n import N_

PASSED_JOB = 'assistant.handoff_passed'
_case = HandoffCase.__table__  # type: ignore[attr-defined]
_entry = KbEntry.__table__  # type: ignore[attr-defined]

WORKS = (
    Work('case', N_('接手的转人工'), _case, 'worker_id', _case.c.question, _case.c.place_id,
         lambda: _case.c.state == CaseState.OWNED.value, job=PASSED_JOB),
    Work('entry', N_('负责的知识'), _entry, 'owner_id', _entry.c.question, _entry.c.place_id,
         lambda: _entry.c.state != EntryState.RETIRED.value),
)
