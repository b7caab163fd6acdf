"""Import and export of entries (知识导入导出): a file is looked at first, what was looked at is carried out, twice changes nothing.

An import adds and changes; what a file does not name stays as it is. A line is known by its 编号, without one by its question at
its place.
"""

import asyncio
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pydantic import ValidationError
from sqlalchemy import select
from sqlmodel import Session

from yunshequ.assistant import entries, exchange_file
from yunshequ.assistant.answering import normalised
from yunshequ.assistant.drafts import differing, draft_of
from yunshequ.assistant.duplicates import Duplicates
from yunshequ.assistant.entries import entry_table
from yunshequ.assistant.exchange_file import HEADING, KINDS, EntryFile, FileRow
from yunshequ.assistant.knowledge import Knowledge
from yunshequ.assistant.ports import Change, People
from yunshequ.assistant.replay import NeedsSignature, Replays
from yunshequ.assistant.schemas import EntryDraft, EntryState, EntryView
from yunshequ.assistant.tool_schemas import ImportChange, ImportPlan, Replay
from yunshequ.assistant.writing import Step, carry_out
from yunshequ.community.schemas import PlaceKind, PlaceView
from yunshequ.core.database import Database
from yunshequ.core.errors import Conflict, Invalid, NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Actor, Policy
from yunshequ.core.unit import Tx

CHANGES_MAX = 1_000
"""Entries one import may add or change: each has to be understood by the model and compared before it is told."""
SCOPES = (PlaceKind.DISTRICT, PlaceKind.SUBDISTRICT, PlaceKind.COMMUNITY)
_reading = asyncio.Semaphore(1)
"""One file is read at a time: it is the heaviest thing a keeper can ask of this process."""


@dataclass(slots=True)
class _Places:
    """Where lines may hold: at ``home`` unless they name a place at or below it."""

    home: PlaceView
    named: dict[str, list[PlaceView]]


@dataclass(slots=True)
class _Found:
    """What is there already, as far as a file speaks of it."""

    by_key: dict[str, EntryView]
    by_question: dict[tuple[str, str], EntryView]


@dataclass(slots=True)
class _Planned:
    steps: list[Step]
    plan: ImportPlan


class Exchange:
    """Files of knowledge."""

    def __init__(
        self, db: Database, policy: Policy, people: People, knowledge: Knowledge, duplicates: Duplicates, replays: Replays,
    ) -> None:
        self._db = db
        self._policy = policy
        self._people = people
        self._knowledge = knowledge
        self._duplicates = duplicates
        self._replays = replays

    async def export(
        self, actor: Actor, place_id: int, kind: str, *, state: EntryState | None = None, category: str = '',
    ) -> bytes:
        """Return the entries that hold at a place or below it as a file; who took how many is audited.

        :raises Invalid: ``kind`` is neither ``xlsx``, ``csv`` nor ``jsonl``.
        """
        await self._policy.require(actor, 'assistant.export_knowledge', place_id)
        if kind not in KINDS:
            raise Invalid(N_('只能导出 xlsx、csv 或 jsonl'), field='kind')
        places = await self._places(place_id)
        names = {place.id: place.name for found in places.named.values() for place in found}

        def work(tx: Tx) -> list[EntryView]:
            found = entries.views(tx.session, _ids_below(tx.session, places.home.path, state, category))
            tx.audit(actor.member_id, 'assistant.export_knowledge', f'place:{place_id}', place_id=place_id,
                     detail={'n': len(found), 'kind': kind})
            return found

        rows = await self._db.write(work)
        return await asyncio.to_thread(lambda: exchange_file.write(((row, names.get(row.place_id, '')) for row in rows), kind))

    async def check(self, actor: Actor, place_id: int, data: bytes, *, publish: bool = False) -> ImportPlan:
        """Return what importing a file would do; nothing is written.

        :param place_id: where lines hold that name no place; places a file names are looked for there and below
        :param publish: new entries are told at once, unless their line says otherwise; else they are drafts
        :raises Invalid: no knowledge can be read from it at all; bad lines are part of the answer.
        """
        return (await self._plan(actor, place_id, data, publish=publish)).plan

    async def take(
        self, actor: Actor, place_id: int, data: bytes, digest: str, *, publish: bool = False, looked: bool = False, reason: str = '',
    ) -> ImportPlan:
        """Do what ``check`` has shown; return what was done. Bad lines are passed over, the same file again changes nothing.

        :param digest: of the plan that was shown
        :param looked: the lines that mean the same as something else have been looked at
        :param reason: why answers may get worse; signs for the regressions that were shown
        :raises Conflict: something else would be done than was shown; or there are twins nobody has looked at.
        :raises NeedsSignature: regressions, and no reason.
        """
        planned = await self._plan(actor, place_id, data, publish=publish)
        plan, steps = planned.plan, planned.steps
        if not steps:
            return plan
        if plan.digest != digest:
            raise Conflict(N_('知识库刚刚有变化，请重新核对后再导入。文件没有丢，什么都还没有写入'))
        if plan.twins and not looked:
            raise Conflict(N_('有 {n} 行和别的条目意思相近，请先看过，再决定要不要导入'), field='looked', n=len(plan.twins))
        if plan.replay is not None and plan.replay.blocked:
            if not reason.strip():
                raise NeedsSignature(plan.replay)
            await self._replays.sign(actor, plan.replay, reason)
        written = await carry_out(self._db, actor.member_id, steps)
        counts = {
            'added': sum(1 for _, before in written.done if not before), 'changed': sum(1 for _, before in written.done if before),
            'unchanged': plan.unchanged, 'problems': len(plan.problems) + len(written.passed_over)}
        await self._db.write(lambda tx: tx.audit(
            actor.member_id, 'assistant.import_knowledge', f'place:{place_id}', place_id=place_id, detail=counts | {'plan': plan.digest}))
        refused = EntryFile(problems=list(plan.problems))
        for step in written.passed_over:
            refused.refuse(step.line, N_('这条知识刚被别人改过，请再核对一次'))
        return plan.model_copy(update={
            'added': counts['added'], 'changed': counts['changed'], 'problems': tuple(sorted(refused.problems, key=lambda one: one.line))})

    async def _plan(self, actor: Actor, place_id: int, data: bytes, *, publish: bool) -> _Planned:
        await self._policy.require(actor, 'assistant.import_knowledge', place_id)
        async with _reading:
            file = await asyncio.to_thread(exchange_file.read, data)
        places = await self._places(place_id)
        located = self._located(file, places)
        found = await self._db.read(lambda session: _held(session, located, places.home))
        steps = await self._steps(actor, file, located, places.home, found, publish=publish)
        if len(steps) > CHANGES_MAX:
            raise Invalid(N_('一次最多新增或改动 {n} 条，请分成几个文件'), field='file', n=CHANGES_MAX)
        spoken_of = {problem.line for problem in file.problems} | {step.line for step in steps}
        unchanged = sum(row.line not in spoken_of for row, _ in located)
        changes = [change for step in steps if (change := step.change()) is not None]
        looked_for = {
            step.line: Change(step.held.id if step.held else -step.line, step.draft, step.path) for step in steps
            if step.held is None or normalised(step.held.question) != normalised(step.draft.question)}
        twins = await self._duplicates.twins(looked_for)
        replay = await self._replays.look(changes) if changes else None
        shown = [_shown(step) for step in steps]
        plan = ImportPlan(
            added=sum(one.added for one in shown), changed=sum(not one.added for one in shown), unchanged=unchanged, changes=tuple(shown),
            problems=tuple(sorted(file.problems, key=lambda one: one.line)), twins=tuple(twins), ignored=tuple(file.ignored),
            digest=_digest(steps, [(one.line, one.entry_id or 0) for one in twins], replay), replay=replay)
        return _Planned(steps, plan)

    async def _places(self, place_id: int) -> _Places:
        below = [place for kind in SCOPES for place in await self._people.below(place_id, kind)]
        home = await self._people.place(place_id)
        if home.kind not in SCOPES:
            raise NotFound
        named: dict[str, list[PlaceView]] = {}
        for place in {one.id: one for one in (home, *below)}.values():
            named.setdefault(normalised(place.name), []).append(place)
        return _Places(home, named)

    @staticmethod
    def _located(file: EntryFile, places: _Places) -> list[tuple[FileRow, PlaceView | None]]:
        """Return the lines with the places they name; None where a line names none."""
        located: list[tuple[FileRow, PlaceView | None]] = []
        for row in file.rows:
            if not row.place:
                located.append((row, None))
                continue
            found = places.named.get(normalised(row.place), [])
            if len(found) == 1:
                located.append((row, found[0]))
            elif found:
                file.refuse(row.line, N_('有几个地方都叫“{name}”，请在那个社区自己的页面导入'), name=row.place)
            else:
                file.refuse(row.line, N_('“{name}”不是您维护的范围，请写社区、街道或区的名称，或者留空'), name=row.place)
        return located

    async def _steps(
        self, actor: Actor, file: EntryFile, located: Sequence[tuple[FileRow, PlaceView | None]], home: PlaceView, found: _Found, *,
        publish: bool,
    ) -> list[Step]:
        """Return what is to be done; lines that say nothing new are left out, bad ones are noted in ``file``."""
        steps: list[Step] = []
        seen: dict[object, int] = {}
        for row, named in located:
            known_by = _known_by(row, named or home)
            held = found.by_key.get(row.key) if row.key else found.by_question.get(known_by)
            name = held.id if held is not None else row.key or known_by
            if name in seen:
                file.refuse(row.line, N_('与第 {other} 行重复'), other=seen[name])
                continue
            seen[name] = row.line
            if held is not None and (held.pending is not None or held.reviewing):
                file.refuse(row.line, N_('这条有修改在等审核，请先处理'))
                continue
            step = self._step(file, row, named, home, held, publish=publish)
            if step is None or (step.held is not None and not step.rewritten and step.state is step.held.state):
                continue
            if await self._allowed(actor, step):
                try:
                    await self._knowledge.check(step.draft, step.path, step.held)
                except Invalid as refusal:
                    file.refuse(row.line, refusal.message, **refusal.params)
                    continue
                steps.append(await self._second(actor, step))
            elif step.held is not None:
                file.refuse(row.line, N_('编号“{key}”是别处的条目，您不能改'), key=step.held.key)
            else:
                file.refuse(row.line, N_('您不能在这里写条目'))
        return steps

    async def _allowed(self, actor: Actor, step: Step) -> bool:
        """Whether somebody may write the entry where it was and where it will be, and publish it if it is or was told."""
        live = EntryState.PUBLISHED in {step.state, step.held.state if step.held else None}
        both = [words for words in (step.held, step.draft) if words is not None]
        return all([await self._knowledge.may_keep(actor, words, publish=live) for words in both])

    async def _second(self, actor: Actor, step: Step) -> Step:
        """Have words that residents would be told wait where a second person has to look at them (四眼原则)."""
        if step.state is not EntryState.PUBLISHED or not step.rewritten:
            return step
        if (await self._knowledge.standing(actor, step.draft)).alone:
            return step
        if step.held is None or step.held.state is not EntryState.PUBLISHED:
            return replace(step, state=EntryState.DRAFT)
        return replace(step, waits=True)

    @staticmethod
    def _step(file: EntryFile, row: FileRow, named: PlaceView | None, home: PlaceView, held: EntryView | None, *, publish: bool) -> Step | None:
        try:
            if held is not None:
                moved = {'place_id': named.id} if named is not None else {}
                draft = EntryDraft.model_validate(draft_of(held).model_dump() | row.given | moved)
                path, state = named.path if named is not None else held.place_path, row.state or held.state
            else:
                place = named or home
                draft, path = EntryDraft(**row.given, place_id=place.id), place.path
                state = row.state or (EntryState.PUBLISHED if publish else EntryState.DRAFT)
                state = EntryState.DRAFT if state is EntryState.REVIEW else state
        except ValidationError:
            file.refuse(row.line, N_('这一行的内容不合要求'))
            return None
        return Step(held, draft, path, state, row.key, row.line)


def _known_by(row: FileRow, place: PlaceView) -> tuple[str, str]:
    """Return by what a line without 编号 is known."""
    return place.path, normalised(row.question)


def _held(session: Session, located: Iterable[tuple[FileRow, PlaceView | None]], home: PlaceView) -> _Found:
    """Return the entries the lines speak of."""
    keys = [row.key for row, _ in located if row.key]
    by_key: dict[str, EntryView] = {}
    for start in range(0, len(keys), entries.AT_ONCE):
        by_key |= entries.by_key(session, keys[start:start + entries.AT_ONCE])
    wanted = {_known_by(row, named or home) for row, named in located if not row.key}
    ids: dict[int, tuple[str, str]] = {}
    for path in {path for path, _ in wanted}:
        for entry_id, question in session.connection().execute(
            select(entry_table.c.id, entry_table.c.question).where(entry_table.c.place_path == path).order_by(entry_table.c.id.desc())
        ):
            name = (path, normalised(question))
            if name in wanted:
                ids[entry_id] = name
    return _Found(by_key, {ids[entry.id]: entry for entry in sorted(entries.views(session, list(ids)), key=lambda one: -one.id)})


def _ids_below(session: Session, path: str, state: EntryState | None, category: str) -> list[int]:
    where = [entry_table.c.place_path.startswith(path, autoescape=True)]
    if state is not None:
        where.append(entry_table.c.state == state.value)
    if category:
        where.append(entry_table.c.category == category)
    return list(session.connection().scalars(select(entry_table.c.id).where(*where).order_by(entry_table.c.id)))


def _shown(step: Step) -> ImportChange:
    live = step.state is EntryState.PUBLISHED and not step.waits
    if step.held is None:
        return ImportChange(line=step.line, question=step.draft.question, added=True, live=live)
    fields = [HEADING.get('place' if name == 'place_id' else name, name) for name in differing(step.held, step.draft)]
    if step.state is not step.held.state:
        fields.append(HEADING['state'])
    return ImportChange(line=step.line, question=step.draft.question, added=False, fields=tuple(fields), live=live)


def _digest(steps: Sequence[Step], twins: Sequence[tuple[int, int]], replay: Replay | None) -> str:
    parts = [
        [[step.line, step.key, step.held.id if step.held else 0, step.held.version if step.held else 0, step.draft.model_dump_json(),
          step.state.value] for step in steps],
        list(twins), sorted(one.log_id for one in replay.regressions) if replay is not None else []]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:32]
