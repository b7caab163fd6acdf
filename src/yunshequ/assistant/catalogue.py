"""The published entries in memory (目录): what may be told where, kept in step with the database and the index."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from loguru import logger

from yunshequ.assistant import entries
from yunshequ.assistant.answering import Found, normalised
from yunshequ.assistant.events import KnowledgeChanged
from yunshequ.assistant.freshness import Dates, Hedge, Terms, hedge
from yunshequ.assistant.ports import Document, Finding, Retriever
from yunshequ.assistant.schemas import EntryDraft, EntryLink, EntryState, EntryView
from yunshequ.core.bus import Bus, Unsubscribe
from yunshequ.core.database import Database

TURNS = 4
"""Searches of one question at most while entries change under it."""
LOOK_AGAIN = 30.0
"""Seconds between two looks whether a change was announced and not heard: Redis may have been away."""


@dataclass(frozen=True, slots=True)
class Published:
    """What is needed of a published entry to tell it: where it holds, until when, and its words."""

    id: int
    question: str
    answer: str
    steps: tuple[str, ...]
    source: str
    department: str
    category: str
    path: str
    valid_from: datetime | None
    valid_until: datetime | None
    said: str = ''
    """Its question as ``normalised``: compared with all others at every change."""
    similar: tuple[str, ...] = ()
    policy_no: str = ''
    links: tuple[EntryLink, ...] = ()
    overrides_id: int | None = None
    version: int = 0
    confirmed_at: datetime | None = None
    terms: Terms = field(default_factory=Terms)
    told_at: datetime | None = None
    """When it was looked up to be told; the reserve depends on it."""

    def holds(self, path: str, now: datetime) -> bool:
        """Tell whether it may be told at the place with ``path`` at ``now``."""
        if self.valid_from is not None and now < self.valid_from:
            return False
        if self.valid_until is not None and now >= self.valid_until:
            return False
        return path.startswith(self.path)

    def hedge(self, now: datetime) -> Hedge | None:
        """Return the reserve it is told with."""
        if self.confirmed_at is None:
            return None
        return hedge(Dates(self.confirmed_at, self.valid_until), now, self.terms)

    @property
    def depth(self) -> int:
        """How narrow its scope is: the number of places above it, itself included."""
        return self.path.count('/') - 1


class Shelf:
    """A set of published entries that never changes: what may be told where, and what is indexed of it. For any thread."""

    def __init__(self, published: Mapping[int, Published]) -> None:
        self._published = dict(published)
        self._narrower = _narrower(self._published)
        self._joined = _joined(self._published)

    def all(self) -> Mapping[int, Published]:
        """Return the entries by id."""
        return self._published

    def get(self, entry_id: int) -> Published | None:
        """Return an entry."""
        return self._published.get(entry_id)

    def document(self, entry_id: int) -> Document | None:
        """Return what is indexed of an entry; None if it is not told."""
        entry = self._published.get(entry_id)
        return None if entry is None else self._joined.get(entry_id) or Document(entry.id, entry.question, entry.similar)

    def changed(self, changes: Mapping[int, Published | None]) -> 'Shelf':
        """Return another shelf with entries added, exchanged or (None) taken away."""
        kept = {key: entry for key, entry in self._published.items() if key not in changes}
        return Shelf(kept | {key: entry for key, entry in changes.items() if entry is not None})

    def keeper(self, path: str, now: datetime) -> Callable[[int], bool]:
        """Return what tells whether an entry may be told at a place at an instant."""
        return _keeper(self._published, self._narrower, path, now)

    def found(self, finding: Finding) -> list[Found]:
        """Return the entries a search brought, best first."""
        known = ((hit, self._published.get(hit.key)) for hit in finding.hits)
        return [Found(entry.id, hit.score, entry.depth) for hit, entry in known if entry is not None]


class Catalogue:
    """All published entries by id; brings the index up to date when entries change, in every process.

    A change never leaves a question without an answer it had: new wordings go into the index before an entry may be told,
    and leave it after it may be told no longer.
    """

    def __init__(self, db: Database, bus: Bus, retriever: Retriever, terms: Terms | None = None) -> None:
        self._db = db
        self._retriever = retriever
        self._bus = bus
        self._terms = terms or Terms()
        self._published: dict[int, Published] = {}
        self._narrower: dict[int, list[Published]] = {}
        self._joined: dict[int, Document] = {}
        self._order = asyncio.Lock()
        self._pulse: tuple[int, int] | None = None
        self._deaf: Unsubscribe = lambda: None
        self._looking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Read what is published and let the index load behind it."""
        self._deaf = self._bus.subscribe('knowledge:all', self._on_changed)
        async with self._order:
            self._pulse, rows = await self._db.read(lambda session: (entries.pulse(session), entries.views(session)))
            published = {row.id: self._told(row) for row in rows}
            self._hold(published)
            self._joined = _joined(published)
            await self._retriever.start([self._document(one) for one in published.values()])
        self._looking = asyncio.create_task(self._look_again())

    async def stop(self) -> None:
        """Listen no more and let the index go."""
        self._deaf()
        if self._looking is not None:
            self._looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._looking
        await self._retriever.stop()

    def get(self, entry_id: int) -> Published | None:
        """Return a published entry."""
        return self._published.get(entry_id)

    def visible(self, entry_id: int, path: str, now: datetime) -> Published | None:
        """Return an entry if it may be told at the place."""
        entry = self._published.get(entry_id)
        return replace(entry, told_at=now) if entry is not None and entry.holds(path, now) else None

    def spoken(self, entry_id: int, path: str, now: datetime) -> Published | None:
        """Return the entry that speaks at the place where ``entry_id`` would: itself, or its local version (本地口径)."""
        local = [one for one in self._narrower.get(entry_id, ()) if one.holds(path, now)]
        return self.visible(max(local, key=lambda one: one.depth).id if local else entry_id, path, now)

    def of_question(self, question: str) -> list[Published]:
        """Return the published entries that answer the very same question, anywhere."""
        wanted = normalised(question)
        return [entry for entry in self._published.values() if entry.said == wanted]

    def overriding(self, entry_id: int) -> list[Published]:
        """Return the published entries that speak in an entry's place somewhere below it."""
        return list(self._narrower.get(entry_id, ()))

    def samples(self, path: str, now: datetime, limit: int) -> list[Published]:
        """Return entries that may be told at the place, one of each category: what one could ask."""
        found: dict[str, Published] = {}
        for entry in self._published.values():
            if len(found) >= limit:
                break
            if entry.category not in found and entry.holds(path, now):
                found[entry.category] = entry
        return list(found.values())

    def __len__(self) -> int:
        """Number of published entries."""
        return len(self._published)

    async def find(self, text: str, path: str, now: datetime) -> tuple[list[Found], Finding]:
        """Return the entries that may be told at the place and fit ``text``, best first, and the finding behind them.

        :raises Unavailable: too many questions wait already.
        """
        for _turn in range(TURNS):
            searched = self._published
            finding = await self._retriever.search(text, keep=self._keeper(path, now))
            if self._published is searched:
                break  # else an entry may have gone that hid another: what was found is no longer what may be told
        known = ((hit, self._published.get(hit.key)) for hit in finding.hits)
        return [Found(entry.id, hit.score, entry.depth) for hit, entry in known if entry is not None], finding

    async def likely(self, text: str, path: str, now: datetime) -> int | None:
        """Return the entry somebody who asks ``text`` at the place is told or offered first; None if 小栖 would refuse."""
        found, finding = await self.find(text, path, now)
        return found[0].entry_id if found and finding.confidence >= self._retriever.thresholds().suggest else None

    def _keeper(self, path: str, now: datetime) -> Callable[[int], bool]:
        """Tell in the search thread which entries may be told: the tables are replaced as a whole, never changed."""
        return _keeper(self._published, self._narrower, path, now)

    @property
    def shelf(self) -> Shelf:
        """What is told now, to be compared with what would be."""
        return Shelf(self._published)

    def _hold(self, published: dict[int, Published]) -> None:
        """Take a new set of entries; where a narrower one answers the same, it speaks (属地覆盖)."""
        self._narrower = _narrower(published)
        self._published = published

    async def _on_changed(self, event: KnowledgeChanged) -> None:
        async with self._order:  # the newest state is read each time, so the order of events does not matter
            await self._bring_up_to_date(event.entry_ids)

    async def catch_up(self) -> None:
        """Look whether anything changed that was not heard of, and take it in."""
        async with self._order:
            pulse = await self._db.read(entries.pulse)
            if pulse == self._pulse:
                return
            versions = await self._db.read(entries.published_versions)
            wrong = {key for key in versions.keys() | self._published.keys()
                     if key not in self._published or self._published[key].version != versions.get(key)}
            if wrong:
                await self._bring_up_to_date(sorted(wrong))
            self._pulse = pulse

    async def _look_again(self) -> None:
        while True:
            await asyncio.sleep(LOOK_AGAIN)
            try:
                await self.catch_up()
            except Exception:
                logger.exception('the knowledge base could not be looked at again')

    async def _bring_up_to_date(self, ids: Iterable[int]) -> None:
        wanted = list(ids)
        rows = await self._db.read(lambda session: entries.views(session, wanted or None))
        live = {row.id: self._told(row) for row in rows if row.state is EntryState.PUBLISHED}
        kept = {key: entry for key, entry in self._published.items() if wanted and key not in wanted}
        gone = self._published.keys() - kept.keys() - live.keys()
        now = kept | live
        at_once = {key: entry for key, entry in live.items() if _same_scope(self._published.get(key), entry)}
        self._hold(kept | {key: self._published[key] for key in live if key in self._published} | at_once)
        joined, before = _joined(now), self._joined
        changed = live.keys() | {key for key in joined.keys() | before.keys() if key in now and joined.get(key) != before.get(key)}
        self._joined = joined
        await self._retriever.upsert([self._document(now[key]) for key in sorted(changed)])
        self._hold(now)
        await self._retriever.remove(sorted(gone))

    def _told(self, entry: EntryView) -> Published:
        return Published(
            id=entry.id, question=entry.question, answer=entry.answer, steps=entry.steps, source=entry.source,
            department=entry.department, category=entry.category, path=entry.place_path, valid_from=entry.valid_from,
            valid_until=entry.valid_until, said=normalised(entry.question), similar=entry.similar, policy_no=entry.policy_no, links=entry.links,
            overrides_id=entry.overrides_id, version=entry.version, confirmed_at=entry.confirmed_at, terms=self._terms)

    def _document(self, entry: Published) -> Document:
        return self._joined.get(entry.id) or Document(entry.id, entry.question, entry.similar)


def published(key: int, words: EntryView | EntryDraft, path: str) -> Published:
    """Return an entry as it would be told under ``key`` at the place with ``path``."""
    return Published(
        id=key, question=words.question, answer=words.answer, steps=tuple(words.steps), source=words.source, department=words.department,
        category=words.category, path=path, valid_from=words.valid_from, valid_until=words.valid_until, said=normalised(words.question),
        similar=tuple(words.similar), policy_no=words.policy_no, links=tuple(words.links), overrides_id=words.overrides_id)


def _keeper(
    published: Mapping[int, Published], narrower: Mapping[int, list[Published]], path: str, now: datetime,
) -> Callable[[int], bool]:
    def keep(key: int) -> bool:
        entry = published.get(key)
        if entry is None or not entry.holds(path, now):
            return False
        return not any(other.holds(path, now) for other in narrower.get(key, ()))

    return keep


def _same_scope(before: Published | None, after: Published) -> bool:
    """Tell whether new words may be told before the index knows them: they speak in nobody else's place than before."""
    return before is not None and (before.path, before.overrides_id, before.said) == (
        after.path, after.overrides_id, after.said)


def _narrower(published: Mapping[int, Published]) -> dict[int, list[Published]]:
    """Return for each entry those that speak in its place below it: the same question, or named as its local version."""
    found: dict[int, list[Published]] = {}
    same: dict[str, list[Published]] = {}
    for entry in published.values():
        same.setdefault(entry.said, []).append(entry)
        wider = published.get(entry.overrides_id) if entry.overrides_id is not None else None
        if wider is not None and _is_below(entry, wider):
            found.setdefault(wider.id, []).append(entry)
    for rivals in same.values():
        for entry in rivals if len(rivals) > 1 else ():
            below = [other for other in rivals if _is_below(other, entry) and other.overrides_id != entry.id]
            if below:
                found.setdefault(entry.id, []).extend(below)
    return found


def _is_below(entry: Published, wider: Published) -> bool:
    return entry.path != wider.path and entry.path.startswith(wider.path)


def _joined(published: Mapping[int, Published]) -> dict[int, Document]:
    """Return what is indexed of local versions: also every wording of the entries in whose place they speak.

    Those are hidden where the local version holds, so whoever asks in their words must find the local version.
    """
    above: dict[int, list[int]] = {}
    for wider, below in _narrower(published).items():
        for entry in below:
            above.setdefault(entry.id, []).append(wider)
    found = {}
    for key, widers in above.items():
        wordings: dict[str, None] = dict.fromkeys(published[key].similar)
        waiting, seen = list(widers), {key}
        while waiting:
            one = waiting.pop()
            if one not in seen:
                seen.add(one)
                wordings |= dict.fromkeys((published[one].question, *published[one].similar))
                waiting += above.get(one, ())
        wordings.pop(published[key].question, None)
        found[key] = Document(key, published[key].question, tuple(wordings))
    return found
