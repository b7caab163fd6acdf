"""The published entries in memory (目录): what may be told where, kept in step with the database and the index."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from yunshequ.assistant import entries
from yunshequ.assistant.answering import Found, normalised
from yunshequ.assistant.events import KnowledgeChanged
from yunshequ.assistant.ports import Document, Finding, Retriever
from yunshequ.assistant.schemas import EntryState, EntryView
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


class Catalogue:
    """All published entries by id; brings the index up to date when entries change, in every process."""

    def __init__(self, db: Database, bus: Bus, retriever: Retriever) -> None:
        self._db = db
        self._retriever = retriever
        self._bus = bus
        self._published: dict[int, Published] = {}
        self._rivals: dict[str, list[Published]] = {}
        self._order = asyncio.Lock()
        self._deaf: Unsubscribe = lambda: None

    async def start(self) -> None:
        """Read what is published and let the index load behind it."""
        self._deaf = self._bus.subscribe('knowledge:all', self._on_changed)
        async with self._order:
            rows = await self._db.read(entries.views)
            self._hold({row.id: _told(row) for row in rows})
            await self._retriever.start([_document(row) for row in rows])

    async def stop(self) -> None:
        """Listen no more and let the index go."""
        self._deaf()
        await self._retriever.stop()

    def get(self, entry_id: int) -> Published | None:
        """Return a published entry."""
        return self._published.get(entry_id)

    def visible(self, entry_id: int, path: str, now: datetime) -> Published | None:
        """Return an entry if it may be told at the place."""
        entry = self._published.get(entry_id)
        return entry if entry is not None and entry.holds(path, now) else None

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
        finding = await self._retriever.search(text, keep=self._keeper(path, now))
        known = ((hit, self._published.get(hit.key)) for hit in finding.hits)
        return [Found(entry.id, hit.score, entry.depth) for hit, entry in known if entry is not None], finding

    def _keeper(self, path: str, now: datetime) -> Callable[[int], bool]:
        """Tell in the search thread which entries may be told: the tables are replaced as a whole, never changed."""
        published, rivals = self._published, self._rivals

        def keep(key: int) -> bool:
            entry = published.get(key)
            if entry is None or not entry.holds(path, now):
                return False
            return not any(
                other.depth > entry.depth and other.holds(path, now) for other in rivals.get(normalised(entry.question), ()))

        return keep

    def _hold(self, published: dict[int, Published]) -> None:
        """Take a new set of entries; those that share a question are rivals: the narrowest scope speaks (属地覆盖)."""
        same: dict[str, list[Published]] = {}
        for entry in published.values():
            same.setdefault(normalised(entry.question), []).append(entry)
        self._rivals = {question: entries for question, entries in same.items() if len(entries) > 1}
        self._published = published

    async def _on_changed(self, event: KnowledgeChanged) -> None:
        async with self._order:  # the newest state is read each time, so the order of events does not matter
            rows = await self._db.read(lambda session: entries.views(session, list(event.entry_ids) or None))
            live = {row.id: row for row in rows if row.state is EntryState.PUBLISHED}
            kept = {key: entry for key, entry in self._published.items() if event.entry_ids and key not in event.entry_ids}
            gone = self._published.keys() - kept.keys() - live.keys()
            self._hold(kept | {key: _told(row) for key, row in live.items()})
            await self._retriever.remove(sorted(gone))
            await self._retriever.upsert([_document(row) for row in live.values()])


def _told(entry: EntryView) -> Published:
    return Published(
        id=entry.id, question=entry.question, answer=entry.answer, steps=entry.steps, source=entry.source,
        department=entry.department, category=entry.category, path=entry.place_path,
        valid_from=entry.valid_from, valid_until=entry.valid_until)


def _document(entry: EntryView) -> Document:
    return Document(entry.id, entry.question, entry.similar)
