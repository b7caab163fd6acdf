"""Entries that say the same (相近条目): found by meaning among what is told, by wording among drafts. Shown, never in the way."""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import or_, select
from sqlmodel import Session

from yunshequ.assistant.answering import normalised, question_of
from yunshequ.assistant.catalogue import Catalogue, Shelf, published
from yunshequ.assistant.entries import entry_table
from yunshequ.assistant.grouping import shared
from yunshequ.assistant.ports import Change, Finding, People, Retriever, Trial
from yunshequ.assistant.schemas import EntryState
from yunshequ.assistant.tool_schemas import Near, Twin
from yunshequ.core.database import Database
from yunshequ.core.errors import NotFound
from yunshequ.core.policy import Actor, Policy

ALIKE = 0.5
"""Calibrated chance, from which an entry is shown as saying the same: that 小栖 would answer the new question with it."""
SAME_WORDS = 0.6
"""Share of common characters and pairs from which two questions count as one where only words can be compared."""
LOOKED_UP = 8
"""Wordings of one entry that are looked up: the question and its first similar ones."""
SHOWN = 3
DRAFTS = 500
"""Unpublished entries that are compared, the last changed first."""


class Duplicates:
    """Looks for what is there already."""

    def __init__(self, db: Database, policy: Policy, people: People, catalogue: Catalogue, retriever: Retriever) -> None:
        self._db = db
        self._policy = policy
        self._people = people
        self._catalogue = catalogue
        self._retriever = retriever

    async def look(self, actor: Actor, place_id: int, question: str, similar: Sequence[str] = (), *, own_id: int = 0) -> list[Near]:
        """Return for a keeper what seems to say the same at a place, before it is written again.

        :raises NotPermitted: the actor keeps no knowledge there.
        """
        await self._policy.require(actor, 'assistant.read_knowledge', place_id)
        path = await self._people.path_of(place_id)
        if path is None:
            raise NotFound
        return await self.near(question, similar, path, own_id=own_id)

    async def near(self, question: str, similar: Sequence[str], path: str, *, own_id: int = 0) -> list[Near]:
        """Return entries at, above or below a place that seem to say the same as a new one, the surest first.

        :param own_id: the entry that is being written, if it is saved already
        """
        shelf = self._catalogue.shelf

        def keep(key: int) -> bool:
            return key != own_id and _overlaps(shelf, key, path)

        found: dict[int, Near] = {}
        for text in [question, *similar][:LOOKED_UP]:
            if not normalised(text):
                continue
            finding = await self._retriever.search(question_of(text), keep=keep)
            near = _nearest(text, finding, shelf)
            if near is not None and (near.entry_id not in found or found[near.entry_id].sure < near.sure):
                found[near.entry_id] = near
        for near in await self._db.read(lambda session: _unpublished(session, question, path)):
            if near.entry_id != own_id:
                found.setdefault(near.entry_id, near)
        return sorted(found.values(), key=lambda one: -one.sure)[:SHOWN]

    async def twins(self, lines: Mapping[int, Change]) -> list[Twin]:
        """Return the lines of a file, by line, that mean the same as an entry or as a line before them."""
        shelf = self._catalogue.shelf
        temporary = {-line: one for line, one in lines.items() if one.draft is not None}
        wider = shelf.changed({key: published(key, one.draft, one.path) for key, one in temporary.items() if one.draft is not None})
        documents = [document for key in temporary if (document := wider.document(key)) is not None]
        trials, asked = [], []
        for key, one in temporary.items():
            if one.draft is not None:
                trials.append(Trial(one.draft.question, None, _others(wider, key, one)))
                asked.append((key, one.draft.question))
        found = await self._retriever.rehearse(trials, documents, []) if trials else []
        if found is None:
            return _same_words(asked)
        twins = []
        for (key, question), (_, finding) in zip(asked, found, strict=True):
            near = _nearest(question, finding, wider)
            if near is not None:
                other = -near.entry_id if near.entry_id < 0 else None
                twins.append(Twin(
                    line=-key, question=question, other=near.question, entry_id=near.entry_id if other is None else None, other_line=other))
        return sorted(twins, key=lambda twin: twin.line)


def _others(shelf: Shelf, key: int, own: Change) -> Callable[[int], bool]:
    """Accept the entries that are there and the lines before: of two lines the later one is named."""

    def keep(other: int) -> bool:
        return other != own.key and (other > 0 or other > key) and _overlaps(shelf, other, own.path)

    return keep


def _overlaps(shelf: Shelf, key: int, path: str) -> bool:
    entry = shelf.get(key)
    return entry is not None and (entry.path.startswith(path) or path.startswith(entry.path))


def _nearest(text: str, finding: Finding, shelf: Shelf) -> Near | None:
    """Return the first hit if it says the same as ``text``."""
    entry = shelf.get(finding.hits[0].key) if finding.hits else None
    if entry is None:
        return None
    sure = finding.confidence if finding.by_meaning else shared(normalised(text), normalised(entry.question))
    if normalised(text) == normalised(entry.question):
        sure = 1.0
    least = ALIKE if finding.by_meaning else SAME_WORDS
    return Near(entry_id=entry.id, question=entry.question, state=EntryState.PUBLISHED, sure=sure) if sure >= least else None


def _unpublished(session: Session, question: str, path: str) -> list[Near]:
    above = [path[:end + 1] for end in range(1, len(path)) if path[end] == '/']
    rows = session.connection().execute(
        select(entry_table.c.id, entry_table.c.question, entry_table.c.state)
        .where(or_(entry_table.c.place_path.in_(above), entry_table.c.place_path.startswith(path, autoescape=True)),
               entry_table.c.state != EntryState.PUBLISHED.value)
        .order_by(entry_table.c.changed_at.desc()).limit(DRAFTS)).all()
    asked = normalised(question)
    near = (Near(entry_id=row.id, question=row.question, state=EntryState(row.state), sure=shared(asked, normalised(row.question)))
            for row in rows)
    return [one for one in near if one.sure >= SAME_WORDS]


def _same_words(asked: Sequence[tuple[int, str]]) -> list[Twin]:
    """Return the lines whose words stand in a line before: all that can be said without a model."""
    first: dict[str, int] = {}
    twins = []
    for key, question in asked:
        line = first.setdefault(normalised(question), -key)
        if line != -key:
            twins.append(Twin(line=-key, question=question, other=question, other_line=line))
    return twins
