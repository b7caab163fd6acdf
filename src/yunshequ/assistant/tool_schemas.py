"""What crosses the border of the keepers' tools: import and export, duplicates, bulk edits, the replay before publishing."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from yunshequ.assistant.schemas import Band, EntryState, View
from yunshequ.core.i18n import current_locale, translate


class FileProblem(View):
    """A line that is not taken, and why; ``line`` as a spreadsheet counts, the headings included."""

    line: int
    message: str
    params: dict[str, Any] = Field(default_factory=dict)

    def words(self, locale: str | None = None) -> str:
        """Return why in the reader's language."""
        return translate(self.message, locale or current_locale(), **self.params)


class Near(View):
    """An entry that seems to say the same. ``sure`` in [0, 1]: how likely 小栖 would take one for the other; 1 for equal words."""

    entry_id: int
    question: str
    state: EntryState
    sure: float


class Twin(View):
    """A line that means the same as something: an entry, or an earlier line of the file."""

    line: int
    question: str
    other: str
    entry_id: int | None = None
    other_line: int | None = None


class ImportChange(View):
    """What one line does: ``added`` or the fields it changes."""

    line: int
    question: str
    added: bool
    fields: tuple[str, ...] = ()
    """Headings of the columns that say something else than the entry."""
    live: bool = False
    """小栖 tells it afterwards."""


class Verdict(StrEnum):
    """What a change does to the answer to one question."""

    REGRESSION = 'regression'  # 变差
    WORSE = 'worse'  # 可能变差
    CHANGED = 'changed'  # 有变化
    REWORDED = 'reworded'  # 措辞有变
    BETTER = 'better'  # 变好


class Said(View):
    """What 小栖 says to a question: an entry's words, an offer, or that it does not know. ``entry_id`` is negative for one not saved yet."""

    band: Band
    entry_id: int | None = None
    question: str = ''
    answer: str = ''
    offered: tuple[str, ...] = ()


class Replayed(View):
    """A question of the last weeks whose answer would be another one."""

    log_id: int
    """The first time it was asked, in the journal."""
    text: str
    times: int
    last_at: datetime
    before: Said
    after: Said
    verdict: Verdict
    helpful: int = 0
    useless: int = 0
    """Words on the answers it got so far."""


class Replay(View):
    """The last questions asked again of the changed knowledge base.

    ``asked`` counts the questions; ``by_meaning`` is False where no model was ready: then nothing could be compared.
    """

    asked: int
    changes: tuple[Replayed, ...]
    by_meaning: bool
    digest: str
    """Of what is about to change: a signature holds for exactly this."""
    place_ids: tuple[int, ...]
    entry_ids: tuple[int, ...] = ()
    signed: bool = False
    """Somebody has taken responsibility for every regression."""

    @property
    def regressions(self) -> tuple[Replayed, ...]:
        """The questions that were well answered and no longer would be."""
        return tuple(one for one in self.changes if one.verdict is Verdict.REGRESSION)

    @property
    def blocked(self) -> bool:
        """Whether somebody has to sign first."""
        return bool(self.regressions) and not self.signed


class ImportPlan(View):
    """What importing a file does or has done. ``digest`` names it: only what was looked at is carried out."""

    added: int
    changed: int
    unchanged: int
    changes: tuple[ImportChange, ...]
    problems: tuple[FileProblem, ...]
    twins: tuple[Twin, ...]
    ignored: tuple[str, ...]
    digest: str
    replay: Replay | None = None


class BulkChange(BaseModel):
    """What a bulk edit puts in the place of what chosen entries say; None leaves a field as it is."""

    model_config = ConfigDict(extra='forbid', str_strip_whitespace=True)

    category: str | None = Field(None, max_length=40)
    department: str | None = Field(None, max_length=60)
    valid_until: datetime | None = None
    for_ever: bool = False
    """Take the day away on which they end."""
    owner_id: int | None = None
    retire: bool = False

    def fields(self) -> dict[str, Any]:
        """Return the fields of an entry it sets."""
        given = {name: value for name in ('category', 'department', 'valid_until', 'owner_id') if (value := getattr(self, name)) is not None}
        return given | ({'valid_until': None} if self.for_ever else {})


class BulkLine(View):
    """One entry in a bulk edit: what changes (heading, before, after), or why nothing does."""

    entry_id: int
    question: str
    state: EntryState
    changes: tuple[tuple[str, str, str], ...] = ()
    refusal: str = ''


class BulkPlan(View):
    """What a bulk edit does, shown before."""

    lines: tuple[BulkLine, ...]
    digest: str
    replay: Replay | None = None

    @property
    def touched(self) -> tuple[BulkLine, ...]:
        """The lines that change."""
        return tuple(line for line in self.lines if line.changes)


class BulkDone(View):
    """A bulk edit that was carried out, and can be taken back once."""

    id: int
    at: datetime
    by: int
    changed: int
    undone_at: datetime | None = None
    skipped: tuple[str, ...] = ()
    """Questions of entries that somebody has changed since; an undo leaves those as they are."""
