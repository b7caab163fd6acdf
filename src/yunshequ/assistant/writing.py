"""Writing many entries at once: planned as steps, each guarded by the version it was planned for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yunshequ.assistant import entries, telling
from yunshequ.assistant.drafts import differing
from yunshequ.assistant.events import KnowledgeBulkWorked, KnowledgeChanged
from yunshequ.assistant.ports import Change
from yunshequ.assistant.schemas import Act, EntryDraft, EntryState, EntryView
from yunshequ.core.database import Database
from yunshequ.core.ids import short_code
from yunshequ.core.unit import Tx

AT_ONCE = 200
"""Entries written in one unit of work: a large import does not keep others waiting."""


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one entry; ``held`` None makes a new one, with ``key`` or one of our own."""

    held: EntryView | None
    draft: EntryDraft
    path: str
    state: EntryState
    key: str = ''
    line: int = 0
    waits: bool = False
    """A second person has to look first: the words are written beside what is told, and told later."""

    @property
    def rewritten(self) -> bool:
        """Whether its words change, not only its state."""
        return self.held is None or bool(differing(self.held, self.draft))

    def change(self) -> Change | None:
        """Return what changes of what is told; None for what is not told before and after."""
        if self.waits:
            return None
        key = self.held.id if self.held is not None else -self.line
        if self.state is EntryState.PUBLISHED:
            return Change(key, self.draft, self.path)
        if self.held is not None and self.held.state is EntryState.PUBLISHED:
            return Change(key, None, self.held.place_path)
        return None


@dataclass(slots=True)
class Written:
    """What came of steps: entries as they are now, with the version they had before, and steps somebody else was before."""

    done: list[tuple[EntryView, int]]
    passed_over: list[Step]


async def carry_out(db: Database, actor_id: int, steps: Sequence[Step]) -> Written:
    """Write steps in units of ``AT_ONCE``, one event for each; what somebody else has changed since is passed over."""
    written = Written([], [])
    for start in range(0, len(steps), AT_ONCE):
        part = steps[start:start + AT_ONCE]
        found = await db.write(lambda tx, part=part: _write(tx, actor_id, part))  # type: ignore[misc]
        written.done += found.done
        written.passed_over += found.passed_over
    return written


def _write(tx: Tx, actor_id: int, steps: Sequence[Step]) -> Written:
    now = _versions(tx, steps)
    written = Written([], [])
    live: list[int] = []
    for step in steps:
        held = step.held
        if held is None:
            key = step.key or f'own-{short_code(10).lower()}'
            if key in now:
                written.passed_over.append(step)
                continue
            entry = entries.create(tx, actor_id, key, step.draft, step.path, step.state, announce=False)
            was_live = False
        else:
            if now.get(held.key) != held.version:
                written.passed_over.append(step)
                continue
            if step.waits:
                entry = entries.propose(tx, actor_id, held.id, held.version, step.draft, step.path, act=Act.IMPORT)
                written.done.append((entry, held.version))
                continue
            entry, was_live = held, held.state is EntryState.PUBLISHED
            if step.rewritten:
                entry = entries.change(tx, actor_id, held.id, held.version, step.draft, step.path, announce=False)
            if entry.state is not step.state:
                entry = entries.set_state(tx, actor_id, held.id, entry.version, step.state, announce=False)
                telling.due(tx, entry)
        if was_live or entry.state is EntryState.PUBLISHED:
            live.append(entry.id)
        written.done.append((entry, held.version if held is not None else 0))
    if live:
        tx.emit(KnowledgeChanged(entry_ids=tuple(live)))
    for place_id in {entry.place_id for entry, _ in written.done}:
        tx.emit(KnowledgeBulkWorked(
            place_id=place_id, versions={entry.id: entry.version for entry, _ in written.done if entry.place_id == place_id}))
    return written


def _versions(tx: Tx, steps: Sequence[Step]) -> Mapping[str, int]:
    keys = [step.held.key if step.held is not None else step.key for step in steps]
    return {key: entry.version for key, entry in entries.by_key(tx.session, [key for key in keys if key]).items()}
