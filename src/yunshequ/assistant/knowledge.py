"""The knowledge base (知识库) for its keepers: find, write, publish, retire, import."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from yunshequ.assistant import entries, seeding, telling
from yunshequ.assistant.answering import question_of
from yunshequ.assistant.catalogue import Catalogue
from yunshequ.assistant.drafts import differing, draft_of
from yunshequ.assistant.events import KnowledgeChanged
from yunshequ.assistant.ports import Change, People, PublishGate
from yunshequ.assistant.schemas import (
    MAX_SIMILAR,
    CandidateView,
    EntryDraft,
    EntryPage,
    EntryState,
    EntryView,
    ImportReport,
)
from yunshequ.core.clock import Clock
from yunshequ.core.database import Database
from yunshequ.core.errors import Invalid, NotFound, NotPermitted
from yunshequ.core.i18n import N_
from yunshequ.core.ids import short_code
from yunshequ.core.policy import Actor, Policy
from yunshequ.core.unit import Tx

IMPORT_AT_ONCE = 200
"""Entries written in one unit of work: a large import does not keep others waiting."""


class Knowledge:
    """Entries and what their keepers do with them. Everybody's copy of the index follows by ``KnowledgeChanged``."""

    def __init__(self, db: Database, policy: Policy, clock: Clock, people: People, catalogue: Catalogue) -> None:
        self._db = db
        self._policy = policy
        self._clock = clock
        self._people = people
        self._catalogue = catalogue
        self.gate: PublishGate | None = None
        """Looks at everything that is to be told from now on."""

    async def page(
        self, actor: Actor, place_id: int, *, text: str = '', state: EntryState | None = None, category: str = '',
        offset: int = 0, limit: int = 30,
    ) -> EntryPage:
        """Return the entries that hold at a place or below it, last changed first."""
        await self._policy.require(actor, 'assistant.read_knowledge', place_id)
        path = await self._path(place_id)
        return await self._db.read(lambda session: entries.page(
            session, path, text=text.strip(), state=state, category=category, offset=offset, limit=min(limit, 100)))

    async def categories(self, actor: Actor, place_id: int) -> list[str]:
        """Return the categories in use."""
        await self._policy.require(actor, 'assistant.read_knowledge', place_id)
        return await self._db.read(entries.categories)

    async def get(self, actor: Actor, entry_id: int) -> EntryView:
        """Return an entry with everything a keeper needs.

        :raises NotFound: there is none, or it is another community's.
        """
        entry = await self._db.read(lambda session: entries.view(session, entry_id))
        await self._require_sight(actor, entry)
        return entry

    async def alike(self, actor: Actor, place_id: int, text: str) -> list[CandidateView]:
        """Return published entries that mean something like ``text``: shown before a keeper writes the same again."""
        await self._policy.require(actor, 'assistant.read_knowledge', place_id)
        found, _finding = await self._catalogue.find(question_of(text), await self._path(place_id), self._clock.now())
        entries_found = [self._catalogue.get(one.entry_id) for one in found[:5]]
        return [CandidateView(id=entry.id, question=entry.question) for entry in entries_found if entry is not None]

    async def create(self, actor: Actor, draft: EntryDraft, *, publish: bool = False, log_ids: Sequence[int] = ()) -> EntryView:
        """Write a new entry; ``log_ids`` are the asked questions it answers.

        :raises Invalid: no answer, dates the wrong way round.
        :raises NeedsSignature: with ``publish``, if good answers would get worse; so do all that change what is told.
        """
        await self._require_place(actor, draft.place_id, publish=publish)
        path = await self._path(draft.place_id)
        _check(draft)
        state = EntryState.PUBLISHED if publish else EntryState.DRAFT
        await self._pass(state, Change(-1, draft, path))

        def work(tx: Tx) -> EntryView:
            entry = entries.create(tx, actor.member_id, f'own-{short_code(10).lower()}', draft, path, state)
            _settle(tx, entry, log_ids)
            return entry

        return await self._db.write(work)

    async def edit(self, actor: Actor, entry_id: int, version: int, draft: EntryDraft) -> EntryView:
        """Change an entry; a published one is told in its new words from the commit on.

        :raises Conflict: it is no longer at ``version``.
        """
        entry = await self.get(actor, entry_id)
        publish = entry.state is EntryState.PUBLISHED
        await self._require_place(actor, entry.place_id, publish=publish)
        await self._require_place(actor, draft.place_id, publish=publish)
        path = await self._path(draft.place_id)
        _check(draft)
        await self._pass(entry.state, Change(entry_id, draft, path))
        return await self._db.write(lambda tx: entries.change(tx, actor.member_id, entry_id, version, draft, path))

    async def add_similar(self, actor: Actor, entry_id: int, text: str, *, log_ids: Sequence[int] = ()) -> EntryView:
        """Accept a way people ask as one more similar question of an entry: the step that makes 小栖 better.

        :raises Invalid: the entry has as many as an entry may have.
        """
        entry = await self.get(actor, entry_id)
        await self._require_place(actor, entry.place_id, publish=entry.state is EntryState.PUBLISHED)
        similar = entries.clean_similar(entry.question, [*entry.similar, text])
        if len(similar) > MAX_SIMILAR:
            raise Invalid(N_('这条知识已有 {limit} 个相似问法，请先删去一些'), field='similar', limit=MAX_SIMILAR)
        draft = draft_of(entry).model_copy(update={'similar': list(similar)})
        await self._pass(entry.state, Change(entry_id, draft, entry.place_path))

        def work(tx: Tx) -> EntryView:
            changed = entries.change(tx, actor.member_id, entry_id, entry.version, draft, entry.place_path)
            _settle(tx, changed, log_ids)
            return changed

        return await self._db.write(work)

    async def publish(self, actor: Actor, entry_id: int, version: int) -> EntryView:
        """Let 小栖 tell an entry."""
        return await self._set_state(actor, entry_id, version, EntryState.PUBLISHED)

    async def retire(self, actor: Actor, entry_id: int, version: int) -> EntryView:
        """Have 小栖 tell an entry no longer; it is kept."""
        return await self._set_state(actor, entry_id, version, EntryState.RETIRED)

    async def import_seed(self, folder: Path, places: Mapping[str, int]) -> ImportReport:
        """Bring in a folder of seed files as published entries; a second time changes only what is different.

        An entry that a keeper has edited is left as the keeper wrote it. For seeding and the command line, not for people.

        :param places: place id by the ``scope`` rows name; ``district`` at least
        """
        refused: list[str] = []
        drafts: dict[str, EntryDraft] = {}
        for row in seeding.rows_of(folder, places):
            if row.draft is None:
                refused.append(f'{row.key}: {row.problem}')
            elif row.key in drafts:
                refused.append(f'{row.key}: twice in the files')
            else:
                drafts[row.key] = row.draft
        paths = {place_id: await self._path(place_id) for place_id in set(places.values())}
        added = changed = 0
        rows = list(drafts.items())
        for start in range(0, len(rows), IMPORT_AT_ONCE):
            part = rows[start:start + IMPORT_AT_ONCE]
            new, different = await self._db.write(lambda tx, part=part: _import(tx, part, paths))  # type: ignore[misc]
            added, changed = added + new, changed + different
        return ImportReport(added=added, changed=changed, unchanged=len(rows) - added - changed, refused=tuple(refused))

    async def _set_state(self, actor: Actor, entry_id: int, version: int, state: EntryState) -> EntryView:
        entry = await self.get(actor, entry_id)
        await self._require_place(actor, entry.place_id, publish=True)
        await self._pass(state, Change(entry_id, draft_of(entry), entry.place_path))

        def work(tx: Tx) -> EntryView:
            changed = entries.set_state(tx, actor.member_id, entry_id, version, state)
            telling.due(tx, changed)
            return changed

        return await self._db.write(work)

    async def may_keep(self, actor: Actor, words: EntryView | EntryDraft, *, publish: bool) -> bool:
        """Tell whether somebody may write such an entry where it holds and, with ``publish``, have it told."""
        try:
            await self._require_place(actor, words.place_id, publish=publish)
        except (NotPermitted, NotFound):
            return False
        return True

    async def _pass(self, state: EntryState, change: Change) -> None:
        """The one way to the public: nothing is told before the gate has let it pass. Taking an entry back needs no leave."""
        if self.gate is not None and state is EntryState.PUBLISHED:
            await self.gate.require([change])

    async def _require_place(self, actor: Actor, place_id: int, *, publish: bool) -> None:
        await self._policy.require(actor, 'assistant.edit_knowledge', place_id)
        if publish:
            await self._policy.require(actor, 'assistant.publish_knowledge', place_id)

    async def _require_sight(self, actor: Actor, entry: EntryView) -> None:
        """Staff see what holds at their place, from above too; never another community's own."""
        if await self._policy.may(actor, 'assistant.read_knowledge', entry.place_id):
            return
        for grant in await self._people.grants_of(actor.member_id):
            place_id = int(grant.path.rstrip('/').rpartition('/')[2])
            if grant.path.startswith(entry.place_path) and await self._policy.may(actor, 'assistant.read_knowledge', place_id):
                return
        raise NotFound(N_('没有找到这条知识，可能已被删除'))

    async def _path(self, place_id: int) -> str:
        path = await self._people.path_of(place_id)
        if path is None:
            raise NotFound
        return path


def _settle(tx: Tx, entry: EntryView, log_ids: Sequence[int]) -> None:
    if log_ids:
        entries.settle_logs(tx, entry.id, log_ids)
        telling.due(tx, entry)


def _check(draft: EntryDraft) -> None:
    if draft.valid_from is not None and draft.valid_until is not None and draft.valid_until <= draft.valid_from:
        raise Invalid(N_('失效时间要晚于生效时间'), field='valid_until')


def _import(tx: Tx, rows: Sequence[tuple[str, EntryDraft]], paths: Mapping[int, str]) -> tuple[int, int]:
    """Write one part of an import with one event for all; return how many were new and how many changed."""
    held = entries.by_key(tx.session, [key for key, _ in rows])
    added = changed = 0
    touched: list[int] = []
    for key, draft in rows:
        entry = held.get(key)
        path = paths[draft.place_id]
        if entry is None:
            touched.append(entries.create(tx, None, key, draft, path, EntryState.PUBLISHED, announce=False).id)
            added += 1
        elif entry.changed_by is None and differing(entry, draft):
            entries.change(tx, None, entry.id, entry.version, draft, path, announce=False)
            touched.append(entry.id)
            changed += 1
    if touched:
        tx.emit(KnowledgeChanged(entry_ids=tuple(touched)))
    return added, changed
