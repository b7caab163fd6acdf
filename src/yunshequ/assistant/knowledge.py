"""The knowledge base (知识库) for its keepers: find, write, hand in, publish, retire, import.

Whatever way words take to residents, they pass ``_let_out``: there is one door.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from yunshequ.assistant import department_rows, entries, rich, scope, seeding, telling, wording
from yunshequ.assistant.answering import question_of
from yunshequ.assistant.catalogue import Catalogue
from yunshequ.assistant.departments import Departments
from yunshequ.assistant.drafts import differing
from yunshequ.assistant.events import KnowledgeChanged
from yunshequ.assistant.ports import Change, People, PublishGate
from yunshequ.assistant.rights import Rights
from yunshequ.assistant.schemas import (
    MAX_SIMILAR,
    MAX_TOLD,
    Act,
    CandidateView,
    EntryDraft,
    EntryPage,
    EntryState,
    EntryView,
    ImportReport,
    ScopeCheck,
    Standing,
)
from yunshequ.core.clock import Clock
from yunshequ.core.database import Database
from yunshequ.core.errors import Invalid, NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.ids import short_code
from yunshequ.core.policy import Actor, Policy
from yunshequ.core.unit import Tx

IMPORT_AT_ONCE = 200
"""Entries written in one unit of work: a large import does not keep others waiting."""
UNDO_FOR = timedelta(days=1)
"""How long 停用 can be taken back by one person: afterwards it is published anew, with a second one."""
MAX_NOTE = 200
"""Longest note to a writer, in characters."""


def own_key() -> str:
    """Return a key for an entry that is written here and not imported."""
    return f'own-{short_code(10).lower()}'


class Knowledge:
    """Entries and what their keepers do with them. Everybody's copy of the index follows by ``KnowledgeChanged``."""

    def __init__(
        self, db: Database, policy: Policy, clock: Clock, people: People, catalogue: Catalogue, *, four_eyes: bool = False,
    ) -> None:
        self._db = db
        self._policy = policy
        self._clock = clock
        self._people = people
        self._catalogue = catalogue
        self.gate: PublishGate | None = None
        """Looks at everything that is to be told from now on."""
        self.departments = Departments(db, policy, people)
        """Departments and their keepers."""
        self.rights = Rights(policy, people, self.departments, four_eyes=four_eyes)

    # -- finding ---------------------------------------------------------------------------------------------------

    async def page(
        self, actor: Actor, place_id: int, *, text: str = '', state: EntryState | None = None, category: str = '', department: str = '',
        offset: int = 0, limit: int = 30,
    ) -> EntryPage:
        """Return the entries that hold at a place or below it, last changed first; of a department the actor keeps, all it has."""
        await self._policy.require(actor, 'assistant.read_knowledge', place_id)
        path = await self._path(place_id)
        if department:
            kept = await self.departments.kept_by(actor.member_id)
            path = min([path, *(where for name, where in kept if name == department and path.startswith(where))], key=len)
        return await self._db.read(lambda session: entries.page(
            session, path, text=text.strip(), state=state, category=category, department=department, offset=offset, limit=min(limit, 100)))

    async def categories(self, actor: Actor, place_id: int) -> list[str]:
        """Return the categories in use."""
        await self._policy.require(actor, 'assistant.read_knowledge', place_id)
        return await self._db.read(entries.categories)

    async def get(self, actor: Actor, entry_id: int) -> EntryView:
        """Return an entry with everything a keeper needs.

        :raises NotFound: there is none, or it is another community's.
        """
        entry = await self._db.read(lambda session: entries.view(session, entry_id))
        await self.rights.require_sight(actor, entry)
        return entry

    async def standing(self, actor: Actor, entry: EntryView | EntryDraft) -> Standing:
        """Return what the actor may do with an entry, and who else could look at it."""
        return await self.rights.standing(actor, entry)

    async def alike(self, actor: Actor, place_id: int, text: str) -> list[CandidateView]:
        """Return published entries that mean something like ``text``: shown before a keeper writes the same again."""
        await self._policy.require(actor, 'assistant.read_knowledge', place_id)
        found, _finding = await self._catalogue.find(question_of(text), await self._path(place_id), self._clock.now())
        entries_found = [self._catalogue.get(one.entry_id) for one in found[:5]]
        return [CandidateView(id=entry.id, question=entry.question) for entry in entries_found if entry is not None]

    async def scope(
        self, actor: Actor, place_id: int, question: str, *, entry_id: int = 0, overrides_id: int | None = None,
    ) -> ScopeCheck:
        """Return which entries one with ``question`` at a place speaks in the place of, and which speak in its."""
        await self._policy.require(actor, 'assistant.read_knowledge', place_id)
        path = await self._path(place_id)
        near = await self._catalogue.likely(question_of(question), path, self._clock.now()) if len(question.strip()) > 1 else None
        return scope.check(self._catalogue, path, question, near=near, entry_id=entry_id, overrides_id=overrides_id)

    # -- writing ---------------------------------------------------------------------------------------------------

    async def create(
        self, actor: Actor, draft: EntryDraft, *, publish: bool = False, log_ids: Sequence[int] = (), key: str = '',
    ) -> EntryView:
        """Write a new entry; ``log_ids`` are the asked questions it answers. The same ``key`` again gives the first entry.

        :raises Invalid: no answer, dates the wrong way round, a department that is not on the list, an unsafe link.
        :raises NotPermitted: not the actor's place or department; or to publish it a second person has to look.
        """
        await self.rights.require(actor, draft.place_id, draft.department, publish=publish)
        path = await self._path(draft.place_id)
        await self.check(draft, path)
        if publish:
            await self._let_out(actor, None, draft)
        state = EntryState.PUBLISHED if publish else EntryState.DRAFT

        def work(tx: Tx) -> EntryView:
            written = entries.written_before(tx, actor.member_id, key) if key else None
            if written is not None:
                return written
            entry = entries.create(tx, actor.member_id, key or own_key(), draft, path, state)
            _settle(tx, entry, log_ids)
            return entry

        return await self._db.write(work)

    async def edit(
        self, actor: Actor, entry_id: int, version: int, draft: EntryDraft, *, act: Act = Act.EDIT, note: str = '',
    ) -> EntryView:
        """Change an entry. Of a published one 小栖 tells the new words at once where one person may let them out, and where
        only similar questions change; otherwise they wait beside it for a second person (``pending``).

        :raises Conflict: it is no longer at ``version``.
        """
        entry = await self.get(actor, entry_id)
        live = entry.state is EntryState.PUBLISHED
        for one in (entry, draft):
            await self.rights.require(actor, one.place_id, one.department, publish=live)
        path = await self._path(draft.place_id)
        await self.check(draft, path, entry)
        if live:
            alone = entry.pending is None and (_same_words(entry.draft(), draft) or (await self.rights.standing(actor, draft)).alone)
            if not alone:
                return await self._db.write(
                    lambda tx: entries.propose(tx, actor.member_id, entry_id, version, draft, path, act=act, note=note))
            await self._let_out(actor, entry, draft)
        return await self._db.write(
            lambda tx: entries.change(tx, actor.member_id, entry_id, version, draft, path, act=act, note=note))

    async def add_similar(self, actor: Actor, entry_id: int, text: str, *, log_ids: Sequence[int] = ()) -> EntryView:
        """Accept a way people ask as one more similar question of an entry: the step that makes 小栖 better.

        No second person is asked: what residents are told stays the same.

        :raises Invalid: the entry has as many as an entry may have.
        """
        entry = await self.get(actor, entry_id)
        await self.rights.require(actor, entry.place_id, entry.department, publish=entry.state is EntryState.PUBLISHED)
        similar = entries.clean_similar(entry.question, [*entry.similar, text])
        if len(similar) > MAX_SIMILAR:
            raise Invalid(N_('这条知识已有 {limit} 个相似问法，请先删去一些'), field='similar', limit=MAX_SIMILAR)
        draft = entry.draft().model_copy(update={'similar': list(similar)})
        if entry.state is EntryState.PUBLISHED:
            await self._let_out(actor, entry, draft)
        pending = entry.pending
        if pending is not None:
            more = entries.clean_similar(pending.question, [*pending.similar, text])
            pending = pending.model_copy(update={'similar': list(more)[:MAX_SIMILAR]})

        def work(tx: Tx) -> EntryView:
            changed = entries.learn(tx, actor.member_id, entry_id, entry.version, similar, pending)
            _settle(tx, changed, log_ids)
            return changed

        return await self._db.write(work)

    async def restore(self, actor: Actor, entry_id: int, version: int, number: int) -> EntryView:
        """Write the words of version ``number`` again; they go the way of every change.

        :raises NotFound: there is no such version.
        :raises Conflict: it is no longer at ``version``.
        """
        entry = await self.get(actor, entry_id)
        rows = await self._db.read(lambda session: entries.history(session, entry_id))
        content = next((row.content for row in rows if row.version == number), None)
        if content is None:
            raise NotFound(N_('没有找到这个版本'))
        old = entries.draft_in(content)
        if old.department not in await self.departments.names(await self._path(old.place_id)):
            old = old.model_copy(update={'department': entry.department})
        return await self.edit(actor, entry_id, version, old, act=Act.RESTORE, note=str(number))

    async def discard(self, actor: Actor, entry_id: int, version: int) -> EntryView:
        """Let go of the words that should take the place of the published ones; ``restore`` brings them back.

        :raises Conflict: it is no longer at ``version``.
        """
        entry = await self._mine(actor, entry_id)
        if entry.pending is None:
            raise Invalid(N_('这条没有待发布的修改'))
        return await self._db.write(lambda tx: entries.discard(tx, actor.member_id, entry_id, version))

    # -- review and publication ------------------------------------------------------------------------------------

    async def submit(self, actor: Actor, entry_id: int, version: int) -> EntryView:
        """送审: have a second person look at the words; they find it on their workbench.

        :raises Invalid: there is nothing to look at.
        :raises Conflict: it is no longer at ``version``.
        """
        entry = await self._mine(actor, entry_id)
        if entry.state is EntryState.PUBLISHED and entry.pending is None:
            raise Invalid(N_('这条已经发布，没有新的修改可以送审'))
        await self.check(entry.wanted(), await self._path(entry.wanted().place_id), entry)
        return await self._db.write(lambda tx: entries.review(tx, actor.member_id, entry_id, version))

    async def send_back(self, actor: Actor, entry_id: int, version: int, note: str) -> EntryView:
        """退回: tell the writer what is missing; the words are a draft again.

        :raises Invalid: no note, or nothing waits for review.
        :raises Conflict: it is no longer at ``version``.
        """
        entry = await self._mine(actor, entry_id, publish=True)
        if not entry.reviewing:
            raise Invalid(N_('这条没有在等审核，可能刚被处理过，请刷新'))
        if not 2 <= len(note.strip()) <= MAX_NOTE:
            raise Invalid(N_('请写明要改什么，{limit} 个字以内，写的人会看到'), field='note', limit=MAX_NOTE)
        return await self._db.write(lambda tx: entries.review(tx, actor.member_id, entry_id, version, note=note.strip()))

    async def publish(self, actor: Actor, entry_id: int, version: int) -> EntryView:
        """Let 小栖 tell an entry: the words that wait beside it, else its own.

        :raises NotPermitted: they are the actor's own words and somebody else could look (``assistant.four_eyes``).
        :raises Conflict: it is no longer at ``version``.
        """
        entry = await self._mine(actor, entry_id, publish=True)
        wanted = entry.wanted()
        await self.rights.require(actor, wanted.place_id, wanted.department, publish=True)
        await self.check(wanted, await self._path(wanted.place_id), entry)
        await self._let_out(actor, entry, wanted)

        def work(tx: Tx) -> EntryView:
            changed = entries.set_state(tx, actor.member_id, entry_id, version, EntryState.PUBLISHED)
            telling.due(tx, changed)
            return changed

        return await self._db.write(work)

    async def retire(self, actor: Actor, entry_id: int, version: int) -> EntryView:
        """Have 小栖 tell an entry no longer; it is kept, and ``unretire`` takes it back.

        :raises Conflict: it is no longer at ``version``.
        """
        await self._mine(actor, entry_id, publish=True)
        return await self._db.write(lambda tx: entries.set_state(tx, actor.member_id, entry_id, version, EntryState.RETIRED))

    async def unretire(self, actor: Actor, entry_id: int, version: int) -> EntryView:
        """Take 停用 back: the same words are told again. One person may, for a day: they had been looked at.

        :raises Invalid: it is not retired, or was longer ago.
        :raises Conflict: it is no longer at ``version``.
        """
        entry = await self._mine(actor, entry_id, publish=True)
        if entry.state is not EntryState.RETIRED:
            raise Invalid(N_('这条没有停用，不用撤销'))
        if self._clock.now() - entry.changed_at > UNDO_FOR:
            raise Invalid(N_('停用已超过一天，请重新发布，会请另一位维护人员再看一遍'))
        return await self._db.write(lambda tx: entries.unretire(tx, actor.member_id, entry_id, version))

    async def _let_out(self, actor: Actor, entry: EntryView | None, wanted: EntryDraft) -> None:
        """The one door to residents: return if ``wanted`` may take the place of what ``entry`` tells (None: a new one).

        :raises NotPermitted: a second person has to look first.
        :raises NeedsSignature: good answers would get worse, and nobody has signed for that.
        """
        if entry is None or entry.state is not EntryState.PUBLISHED or not _same_words(entry.draft(), wanted):
            saved = entry is not None and (wanted is entry.pending or wanted == entry.draft())
            author_id = entry.author_id if entry is not None and saved else actor.member_id
            await self.rights.require_second(actor, author_id, wanted.place_id, wanted.department)
        if self.gate is not None:
            await self.gate.require([Change(entry.id if entry is not None else -1, wanted, await self._path(wanted.place_id))])

    async def may_keep(self, actor: Actor, words: EntryView | EntryDraft, *, publish: bool) -> bool:
        """Tell whether somebody may write such an entry where it holds and, with ``publish``, have it told."""
        return await self.rights.may(actor, words.place_id, words.department, publish=publish)

    # -- seeding ---------------------------------------------------------------------------------------------------

    async def import_seed(self, folder: Path, places: Mapping[str, int]) -> ImportReport:
        """Bring in a folder of seed files as published entries; a second time changes only what is different.

        An entry that a keeper has edited is left as the keeper wrote it. For seeding and the command line, not for people.

        :param places: place id by the ``scope`` rows name; ``district`` at least
        """
        refused: list[str] = []
        known = seeding.departments_of(folder)
        drafts: dict[str, EntryDraft] = {}
        for row in seeding.rows_of(folder, places):
            if row.draft is None:
                refused.append(f'{row.key}: {row.problem}')
            elif row.key in drafts:
                refused.append(f'{row.key}: twice in the files')
            else:
                taker = next((one.name for one in known if one.takes_in(row.draft)), row.draft.department)
                drafts[row.key] = row.draft.model_copy(update={'department': taker})
        paths = {place_id: await self._path(place_id) for place_id in set(places.values())}
        about = {draft.department: '' for draft in drafts.values() if draft.department} | {one.name: one.about for one in known}
        district = places['district']
        await self._db.write(lambda tx: department_rows.ensure(tx, district, paths[district], about.items()))
        added = changed = 0
        rows = list(drafts.items())
        for start in range(0, len(rows), IMPORT_AT_ONCE):
            part = rows[start:start + IMPORT_AT_ONCE]
            new, different = await self._db.write(lambda tx, part=part: _import(tx, part, paths))  # type: ignore[misc]
            added, changed = added + new, changed + different
        return ImportReport(added=added, changed=changed, unchanged=len(rows) - added - changed, refused=tuple(refused))

    async def _mine(self, actor: Actor, entry_id: int, *, publish: bool = False) -> EntryView:
        entry = await self.get(actor, entry_id)
        await self.rights.require(actor, entry.place_id, entry.department, publish=publish)
        return entry

    async def check(self, draft: EntryDraft, path: str, entry: EntryView | None = None) -> None:
        """Return if an entry may say this.

        :raises Invalid: it may not; the words say what to change.
        """
        if draft.valid_from is not None and draft.valid_until is not None and draft.valid_until <= draft.valid_from:
            raise Invalid(N_('失效时间要晚于生效时间'), field='valid_until')
        for link in draft.links:
            rich.require_safe(link.href, 'links')
        for href in rich.links_of(draft.answer):
            rich.require_safe(href, 'answer')
        told = len(wording.told_of(draft))
        if told > MAX_TOLD:
            raise Invalid(N_('答案和步骤一共 {length} 个字，一条消息最多 {limit} 个，请精简或分成两条'), field='answer', length=told, limit=MAX_TOLD)
        if entry is None or draft.department not in {entry.department, entry.wanted().department}:
            await self._check_department(draft, path)
        if draft.owner_id is not None and (entry is None or draft.owner_id not in {entry.owner_id, entry.wanted().owner_id}) and not (
            await self.rights.may(Actor(draft.owner_id), draft.place_id, draft.department, publish=True)):
            raise Invalid(N_('维护人要能发布这里的条目，请选本处或上级的工作人员，或本部门的知识员'), field='owner_id')
        if draft.overrides_id is not None:
            wider = self._catalogue.get(draft.overrides_id)
            if wider is not None and not (path.startswith(wider.path) and path != wider.path):
                raise Invalid(N_('本地口径只能在上级条目的范围之内，请改“在哪里有效”'), field='place_id')

    async def _check_department(self, draft: EntryDraft, path: str) -> None:
        if draft.department and draft.department not in await self.departments.names(path):
            raise Invalid(N_('没有“{name}”这个部门，请从列表里选，或请社区、街道、区里先设这个部门'), field='department', name=draft.department)

    async def _path(self, place_id: int) -> str:
        path = await self._people.path_of(place_id)
        if path is None:
            raise NotFound
        return path


def _same_words(told: EntryDraft, wanted: EntryDraft) -> bool:
    """Tell whether residents would be told the same: only similar questions and who keeps it may differ."""
    left = {'similar', 'owner_id'}
    return told.model_dump(exclude=left) == wanted.model_dump(exclude=left)


def _settle(tx: Tx, entry: EntryView, log_ids: Sequence[int]) -> None:
    if log_ids:
        entries.settle_logs(tx, entry.id, log_ids)
        telling.due(tx, entry)


def _import(tx: Tx, rows: Sequence[tuple[str, EntryDraft]], paths: Mapping[int, str]) -> tuple[int, int]:
    """Write one part of an import with one event for all; return how many were new and how many changed."""
    held = entries.by_key(tx.session, [key for key, _ in rows])
    added = changed = 0
    touched: list[int] = []
    for key, draft in rows:
        entry = held.get(key)
        path = paths[draft.place_id]
        if entry is None:
            touched.append(entries.create(tx, None, key, draft, path, EntryState.PUBLISHED, announce=False, act=Act.IMPORT).id)
            added += 1
        elif entry.changed_by is None and differing(entry, draft):
            entries.change(tx, None, entry.id, entry.version, draft, path, announce=False, act=Act.IMPORT)
            touched.append(entry.id)
            changed += 1
    if touched:
        tx.emit(KnowledgeChanged(entry_ids=tuple(touched)))
    return added, changed
