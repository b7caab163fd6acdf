"""Changing many entries at once (批量修改): shown before, carried out once, taken back once."""

import hashlib
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from pydantic import ValidationError
from sqlalchemy import insert, select, update
from sqlmodel import Session

from yunshequ.assistant import entries
from yunshequ.assistant.drafts import differing, draft_of
from yunshequ.assistant.exchange_file import HEADING, STATE_IN_FILE, day_text
from yunshequ.assistant.knowledge import Knowledge
from yunshequ.assistant.models import KbBulk, KbRevision
from yunshequ.assistant.ports import People
from yunshequ.assistant.replay import NeedsSignature, Replays
from yunshequ.assistant.schemas import EntryDraft, EntryState, EntryView
from yunshequ.assistant.tool_schemas import BulkChange, BulkDone, BulkLine, BulkPlan, Replay
from yunshequ.assistant.writing import Step, carry_out
from yunshequ.core.database import Database
from yunshequ.core.errors import Conflict, Invalid, NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Actor, Policy
from yunshequ.core.unit import Tx

MOST = 500
"""Entries of one bulk edit."""
UNDO_WITHIN = timedelta(days=7)
OWNER = N_('责任人')

_bulk = KbBulk.__table__  # type: ignore[attr-defined]
_revision = KbRevision.__table__  # type: ignore[attr-defined]


class BulkEdit:
    """Bulk edits of knowledge."""

    def __init__(self, db: Database, policy: Policy, people: People, knowledge: Knowledge, replays: Replays) -> None:
        self._db = db
        self._policy = policy
        self._people = people
        self._knowledge = knowledge
        self._replays = replays

    async def preview(self, actor: Actor, entry_ids: Sequence[int], change: BulkChange) -> BulkPlan:
        """Return what a change would do to each entry; nothing is written. Entries the actor may not change are named.

        :raises Invalid: nothing is to be changed, too many entries, an owner who may not keep them.
        """
        return (await self._plan(actor, entry_ids, change))[0]

    async def apply(
        self, actor: Actor, entry_ids: Sequence[int], change: BulkChange, digest: str, *, reason: str = '',
    ) -> BulkDone:
        """Do what ``preview`` has shown.

        :param digest: of the plan that was shown
        :param reason: why answers may get worse; signs for the regressions that were shown
        :raises Conflict: something else would be done than was shown.
        :raises NeedsSignature: regressions, and no reason.
        """
        plan, steps = await self._plan(actor, entry_ids, change)
        if plan.digest != digest:
            raise Conflict(N_('有条目刚被别人改过，请重新核对后再改，什么都还没有改'))
        if not steps:
            raise Invalid(N_('选中的条目都不用改'))
        if plan.replay is not None and plan.replay.blocked:
            if not reason.strip():
                raise NeedsSignature(plan.replay)
            await self._replays.sign(actor, plan.replay, reason)
        written = await carry_out(self._db, actor.member_id, steps)

        def note(tx: Tx) -> int:
            rows = [[entry.id, before, entry.version] for entry, before in written.done]
            bulk_id = tx.connection.execute(insert(_bulk).values(at=tx.now, by=actor.member_id, entries=rows)).inserted_primary_key
            tx.audit(actor.member_id, 'assistant.bulk_edit', f'kb-bulk:{bulk_id[0]}', place_id=steps[0].draft.place_id, detail={  # type: ignore[index]
                'entries': [entry_id for entry_id, *_ in rows][:50], 'n': len(rows), 'set': sorted(change.fields()), 'retire': change.retire})
            return int(bulk_id[0])  # type: ignore[index]

        bulk_id = await self._db.write(note)
        return BulkDone(
            id=bulk_id, at=self._db.clock.now(), by=actor.member_id, changed=len(written.done),
            skipped=tuple(step.draft.question for step in written.passed_over))

    async def last(self, actor: Actor) -> BulkDone | None:
        """Return the actor's last bulk edit, if it can still be taken back."""
        since = self._db.clock.now() - UNDO_WITHIN
        row = await self._db.read(lambda session: session.connection().execute(
            select(_bulk).where(_bulk.c.by == actor.member_id, _bulk.c.at >= since).order_by(_bulk.c.id.desc()).limit(1)).one_or_none())
        if row is None or row.undone_at is not None:
            return None
        return BulkDone(id=row.id, at=row.at, by=row.by, changed=len(row.entries))

    async def undo(self, actor: Actor, bulk_id: int) -> BulkDone:
        """Take a bulk edit back, once: entries say what they said before; those somebody has changed since stay as they are.

        What was told before is told again without a replay: nothing new is published.

        :raises NotFound: it is not the actor's own, or too old.
        :raises Conflict: it is taken back already.
        """
        since = self._db.clock.now() - UNDO_WITHIN
        row, steps = await self._db.read(lambda session: _backwards(session, bulk_id, actor.member_id, since))
        if row is None:
            raise NotFound(N_('没有可以撤销的批量修改，七天内的最近一次可以撤销'))
        for step in steps:
            if not await self._may(actor, step):
                raise NotFound(N_('没有可以撤销的批量修改，七天内的最近一次可以撤销'))

        if row.undone_at is not None:
            raise Conflict(N_('这次批量修改已经撤销过了'))
        written = await carry_out(self._db, actor.member_id, steps)  # a second undo at the same time finds nothing left to do

        def note(tx: Tx) -> None:
            tx.connection.execute(update(_bulk).where(_bulk.c.id == bulk_id).values(undone_at=tx.now))
            tx.audit(actor.member_id, 'assistant.undo_bulk', f'kb-bulk:{bulk_id}', detail={'n': len(written.done)})

        await self._db.write(note)
        touched = {entry.id for entry, _ in written.done}
        left = [entry_id for entry_id, *_ in row.entries if entry_id not in touched]
        skipped = await self._db.read(lambda session: entries.views(session, left))
        return BulkDone(
            id=bulk_id, at=row.at, by=row.by, changed=len(written.done), undone_at=self._db.clock.now(),
            skipped=tuple(entry.question for entry in skipped))

    async def _plan(self, actor: Actor, entry_ids: Sequence[int], change: BulkChange) -> tuple[BulkPlan, list[Step]]:
        fields = change.fields()
        ids = list(dict.fromkeys(entry_ids))
        if not ids:
            raise Invalid(N_('请先选择条目'))
        if len(ids) > MOST:
            raise Invalid(N_('一次最多改 {n} 条，请分几次'), n=MOST)
        if not fields and not change.retire:
            raise Invalid(N_('请填写要改成什么'))
        found = await self._db.read(lambda session: entries.views(session, ids))
        lines, steps = [], []
        for entry in sorted(found, key=lambda one: ids.index(one.id)):
            line, step = await self._line(actor, entry, fields, retire=change.retire)
            if line is not None:
                lines.append(line)
            if step is not None:
                steps.append(step)
        changes = [one for step in steps if (one := step.change()) is not None]
        replay = await self._replays.look(changes) if changes else None
        return BulkPlan(lines=tuple(lines), digest=_digest(steps, replay), replay=replay), steps

    async def _line(
        self, actor: Actor, entry: EntryView, fields: dict[str, Any], *, retire: bool,
    ) -> tuple[BulkLine | None, Step | None]:
        """Return what becomes of an entry; nothing at all of one the actor may not even see."""
        try:
            await self._knowledge.get(actor, entry.id)
        except NotFound:
            return None, None
        said = BulkLine(entry_id=entry.id, question=entry.question, state=entry.state)
        try:
            draft = EntryDraft.model_validate(draft_of(entry).model_dump() | fields)
        except ValidationError:
            return said.model_copy(update={'refusal': N_('这样改不合要求')}), None
        try:
            await self._knowledge.check(draft, entry.place_path, entry)
        except Invalid as refusal:
            return said.model_copy(update={'refusal': refusal.words()}), None
        step = Step(entry, draft, entry.place_path, EntryState.RETIRED if retire else entry.state)
        if entry.pending is not None or entry.reviewing or not await self._may(actor, step):
            return said.model_copy(update={'refusal': N_('这条有修改在等审核，请先处理') if entry.pending is not None or entry.reviewing else N_(
                '这条知识由它所属的社区或上级部门维护')}), None
        changes = await self._changes(entry, step)
        return said.model_copy(update={'changes': tuple(changes)}), step if changes else None

    async def _may(self, actor: Actor, step: Step) -> bool:
        """Tell whether somebody may write the entry as it is and as it will be: nobody takes another department's into their hands."""
        live = EntryState.PUBLISHED in {step.state, step.held.state if step.held is not None else None}
        both = [words for words in (step.held, step.draft) if words is not None]
        return all([await self._knowledge.may_keep(actor, words, publish=live) for words in both])

    async def _changes(self, entry: EntryView, step: Step) -> list[tuple[str, str, str]]:
        """Return heading, before and after of what changes."""
        found = []
        for name in differing(entry, step.draft):
            before, after = getattr(entry, name), getattr(step.draft, name)
            if name == 'owner_id':
                cards = await self._people.cards([one for one in (before, after) if one is not None])
                names = [cards[one].name if one in cards else '' for one in (before, after)]
                found.append((OWNER, names[0], names[1]))
            elif name in {'valid_from', 'valid_until'}:
                found.append((HEADING[name], day_text(before), day_text(after)))
            else:
                found.append((HEADING.get(name, name), str(before), str(after)))
        if step.state is not entry.state:
            found.append((HEADING['state'], STATE_IN_FILE[entry.state], STATE_IN_FILE[step.state]))
        return found


def _backwards(session: Session, bulk_id: int, member_id: int, since: object) -> tuple[Any, list[Step]]:
    """Return a bulk edit and what takes it back, for the entries nobody has changed since."""
    row = session.connection().execute(
        select(_bulk).where(_bulk.c.id == bulk_id, _bulk.c.by == member_id, _bulk.c.at >= since)).one_or_none()
    if row is None:
        return None, []
    now = {entry.id: entry for entry in entries.views(session, [entry_id for entry_id, *_ in row.entries])}
    steps = []
    for entry_id, before, after in row.entries:
        entry = now.get(entry_id)
        content = session.connection().scalar(
            select(_revision.c.content).where(_revision.c.entry_id == entry_id, _revision.c.version == before))
        if entry is None or entry.version != after or content is None:
            continue
        draft = EntryDraft.model_validate({name: content[name] for name in EntryDraft.model_fields if name in content})
        steps.append(Step(entry, draft, entry.place_path, EntryState(content['state'])))
    return row, steps


def _digest(steps: Sequence[Step], replay: Replay | None) -> str:
    parts = [[[step.held.id, step.held.version, step.draft.model_dump_json(), step.state.value] for step in steps if step.held is not None],
             sorted(one.log_id for one in replay.regressions) if replay is not None else []]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:32]
