"""The published entries in memory (目录): what may be told where, kept in step with the database and the index."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from yunshequ.assistant import entries
from yunshequ.assistant.answering import Found, normalised
from yunshequ.assistant.events import KnowledgeChanged
from yunshequ.assistant.ports import Document, Finding, Retriever
from yunshequ.assistant.schemas import EntryDraft, EntryState, EntryView
from yunshequ.core.bus import Bus, Unsubscribe
from yunshequ.core.database import Database


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
    similar: tuple[str, ...] = ()

    def holds(self, path: str, now: datetime) -> bool:
        """Tell whether it may be told at the place with ``path`` at ``now``."""
        if self.valid_from is not None and now < self.valid_from:
            return False
        if self.valid_until is not None and now >= self.valid_until:
            return False
        return path.startswith(self.path)

    @property
    def depth(self) -> int:
        """How narrow its scope is: the number of places above it, itself included."""
        return self.path.count('/') - 1


class Shelf:
    """A set of published entries that never changes: what may be told where. Safe to ask from any thread."""

    def __init__(self, published: dict[int, Published]) -> None:
        self._published = published
        same: dict[str, list[Published]] = {}
        for entry in published.values():
            same.setdefault(normalised(entry.question), []).append(entry)
        self._rivals = {question: entries for question, entries in same.items() if len(entries) > 1}
        """Entries that share a question: the narrowest scope speaks (属地覆盖)."""

    def __len__(self) -> int:
        """Number of entries."""
        return len(self._published)

    def all(self) -> dict[int, Published]:
        """Return the entries by id; not to be changed."""
        return self._published

    def get(self, entry_id: int) -> Published | None:
        """Return an entry."""
        return self._published.get(entry_id)

    def document(self, entry_id: int) -> Document | None:
        """Return what is indexed of an entry; None if it is not told."""
        entry = self._published.get(entry_id)
        return Document(entry.id, entry.question, entry.similar) if entry is not None else None

    def changed(self, changes: Mapping[int, Published | None]) -> 'Shelf':
        """Return another shelf with entries added, exchanged or (None) taken away."""
        kept = {key: entry for key, entry in self._published.items() if key not in changes}
        return Shelf(kept | {key: entry for key, entry in changes.items() if entry is not None})

    def keeper(self, path: str, now: datetime) -> Callable[[int], bool]:
        """Return what tells whether an entry may be told at a place at an instant."""

        def keep(key: int) -> bool:
            entry = self._published.get(key)
            if entry is None or not entry.holds(path, now):
                return False
            return not any(
                other.depth > entry.depth and other.holds(path, now) for other in self._rivals.get(normalised(entry.question), ()))

        return keep

    def found(self, finding: Finding) -> list[Found]:
        """Return the entries a search brought, best first."""
        known = ((hit, self._published.get(hit.key)) for hit in finding.hits)
        return [Found(entry.id, hit.score, entry.depth) for hit, entry in known if entry is not None]


class Catalogue:
    """All published entries by id; brings the index up to date when entries change, in every process."""

    def __init__(self, db: Database, bus: Bus, retriever: Retriever) -> None:
        self._db = db
        self._retriever = retriever
        self._bus = bus
        self.shelf = Shelf({})
        """What is told now; replaced as a whole, so that a search sees one state of it."""
        self._order = asyncio.Lock()
        self._deaf: Unsubscribe = lambda: None

    async def start(self) -> None:
        """Read what is published and let the index load behind it."""
        self._deaf = self._bus.subscribe('knowledge:all', self._on_changed)
        async with self._order:
            rows = await self._db.read(entries.views)
            self.shelf = Shelf({row.id: _told(row) for row in rows})
            await self._retriever.start([document for row in rows if (document := self.shelf.document(row.id)) is not None])

    async def stop(self) -> None:
        """Listen no more and let the index go."""
        self._deaf()
        await self._retriever.stop()

    def get(self, entry_id: int) -> Published | None:
        """Return a published entry."""
        return self.shelf.get(entry_id)

    def visible(self, entry_id: int, path: str, now: datetime) -> Published | None:
        """Return an entry if it may be told at the place."""
        entry = self.shelf.get(entry_id)
        return entry if entry is not None and entry.holds(path, now) else None

    def samples(self, path: str, now: datetime, limit: int) -> list[Published]:
        """Return entries that may be told at the place, one of each category: what one could ask."""
        found: dict[str, Published] = {}
        for entry in self.shelf.all().values():
            if len(found) >= limit:
                break
            if entry.category not in found and entry.holds(path, now):
                found[entry.category] = entry
        return list(found.values())

    def __len__(self) -> int:
        """Number of published entries."""
        return len(self.shelf)

    async def find(self, text: str, path: str, now: datetime) -> tuple[list[Found], Finding]:
        """Return the entries that may be told at the place and fit ``text``, best first, and the finding behind them.

        :raises Unavailable: too many questions wait already.
        """
        shelf = self.shelf
        finding = await self._retriever.search(text, keep=shelf.keeper(path, now))
        return self.shelf.found(finding), finding

    async def _on_changed(self, event: KnowledgeChanged) -> None:
        async with self._order:  # the newest state is read each time, so the order of events does not matter
            rows = await self._db.read(lambda session: entries.views(session, list(event.entry_ids) or None))
            live = {row.id: row for row in rows if row.state is EntryState.PUBLISHED}
            held = self.shelf.all()
            kept = {key: entry for key, entry in held.items() if event.entry_ids and key not in event.entry_ids}
            gone = held.keys() - kept.keys() - live.keys()
            self.shelf = Shelf(kept | {key: _told(row) for key, row in live.items()})
            await self._retriever.remove(sorted(gone))
            await self._retriever.upsert([document for key in live if (document := self.shelf.document(key)) is not None])


def published(key: int, words: EntryView | EntryDraft, path: str) -> Published:
    """Return an entry as it is told under ``key`` at the place with ``path``."""
    return Published(
        id=key, question=words.question, answer=words.answer, steps=tuple(words.steps), source=words.source,
        department=words.department, category=words.category, path=path,
        valid_from=words.valid_from, valid_until=words.valid_until, similar=tuple(words.similar))


def _told(entry: EntryView) -> Published:
    return published(entry.id, entry, entry.place_path)
