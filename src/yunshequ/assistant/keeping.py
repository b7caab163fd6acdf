"""What keeps entries right over time (养护): their history, and the desk on which old and ending answers land."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from yunshequ.assistant import entries, telling
from yunshequ.assistant.freshness import Dates, DueReason, Terms, due, extended
from yunshequ.assistant.knowledge import Knowledge
from yunshequ.assistant.linking import Linking
from yunshequ.assistant.ports import People
from yunshequ.assistant.schemas import Act, DueEntry, EntryDraft, EntryState, EntryView, FieldChange, RevisionView
from yunshequ.core.clock import Clock, local
from yunshequ.core.database import Database
from yunshequ.core.errors import Conflict, Invalid, NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.policy import COMMUNITY_STAFF, Actor
from yunshequ.core.redline import redline
from yunshequ.core.unit import Tx

UNDO_FOR = timedelta(minutes=10)
"""How long 还有效 can be taken back."""
COMPARED = (
    'question', 'answer', 'steps', 'similar', 'links', 'category', 'department', 'source', 'policy_no', 'valid_from', 'valid_until')
"""Fields shown side by side, in the order of the form."""


class Keeping:
    """History and desk of the entries."""

    def __init__(self, db: Database, clock: Clock, people: People, knowledge: Knowledge, terms: Terms) -> None:
        self._db = db
        self._clock = clock
        self._people = people
        self._knowledge = knowledge
        self.linking = Linking()
        self.terms = terms
        """The periods in force."""

    # -- history ---------------------------------------------------------------------------------------------------

    async def history(self, actor: Actor, entry_id: int) -> list[RevisionView]:
        """Return what was done to an entry, the newest first.

        :raises NotFound: there is none, or it is another community's.
        """
        await self._knowledge.get(actor, entry_id)
        rows = await self._db.read(lambda session: entries.history(session, entry_id))
        cards = await self._people.cards({row.by for row in rows if row.by is not None})
        return [RevisionView(
            version=row.version, at=row.at, by=cards.get(row.by) if row.by is not None else None, act=Act(row.act) if row.act else None,
            note=row.note, state=EntryState(row.content['state']), draft=entries.draft_in(row.content)) for row in rows]

    async def compare(self, actor: Actor, entry_id: int, old: int, new: int) -> tuple[FieldChange, ...]:
        """Return what differs between two versions of an entry, field by field.

        :raises NotFound: there is no such version.
        """
        await self._knowledge.get(actor, entry_id)
        rows = await self._db.read(lambda session: entries.history(session, entry_id))
        drafts = {row.version: entries.draft_in(row.content) for row in rows}
        if old not in drafts or new not in drafts:
            raise NotFound(N_('没有找到这个版本'))
        return changes(drafts[old], drafts[new])

    # -- the desk --------------------------------------------------------------------------------------------------

    async def reviews(self, actor: Actor) -> list[EntryView]:
        """Return the entries that wait for a second person and that the actor may publish, the longest waiting first."""
        found = []
        for entry in await self._db.read(entries.reviewing):
            standing = await self._knowledge.rights.standing(actor, entry)
            if standing.may_publish and (standing.alone or not standing.own):
                found.append(entry)
        return found

    async def sent_back(self, actor: Actor) -> list[EntryView]:
        """Return the entries whose words the actor wrote and that were sent back."""
        return await self._db.read(lambda session: entries.sent_back(session, actor.member_id))

    async def due(self, actor: Actor) -> list[DueEntry]:
        """Return the published entries on the actor's desk that end soon, have ended, are to be confirmed or link nowhere; by deadline.

        An entry lies on its owner's desk; without one (or where the owner has left office) on those of its department's
        keepers; without these on those of the office at its place.
        """
        now = self._clock.now()
        rows = await self._db.read(lambda session: entries.aging(
            session, now - self.terms.confirm_after + self.terms.ahead, now + 2 * self.terms.ahead))
        desks: dict[tuple[int | None, int, str], Sequence[int]] = {}
        found = []
        for row in rows:
            one = due(dates_of(row), now, self.terms)
            if one is None:
                continue
            key = (row.owner_id, row.place_id, row.department)
            if key not in desks:
                desks[key] = await self._desk(row.owner_id, row.place_id, row.department, row.place_path)
            if actor.member_id in desks[key]:
                moved = extended(row.valid_until, now, self.terms)
                found.append(DueEntry(
                    id=row.id, version=row.version, question=row.question, place_id=row.place_id, department=row.department,
                    reason=one.reason, due_at=one.at, owner_id=row.owner_id, until=moved if moved != row.valid_until else None))
        known = {one.id for one in found}
        for entry in await self._db.read(entries.linking):
            key = (entry.owner_id, entry.place_id, entry.department)
            if entry.id not in known and key not in desks:
                desks[key] = await self._desk(entry.owner_id, entry.place_id, entry.department, entry.place_path)
            if entry.id not in known and actor.member_id in desks[key] and await self.linking.gone(actor, entry):
                found.append(DueEntry(
                    id=entry.id, version=entry.version, question=entry.question, place_id=entry.place_id, department=entry.department,
                    reason=DueReason.LINK, due_at=now, owner_id=entry.owner_id, until=None))
        return sorted(found, key=lambda one: (one.due_at, one.id))

    async def _desk(self, owner_id: int | None, place_id: int, department: str, path: str) -> Sequence[int]:
        if owner_id is not None and await self._knowledge.rights.may(Actor(owner_id), place_id, department, publish=True):
            return [owner_id]
        keepers = await self._knowledge.departments.keepers_of(department, path)
        if keepers:
            return keepers
        here = await self._people.officers(place_id, COMMUNITY_STAFF, above=False)
        return here or await self._people.officers(place_id, COMMUNITY_STAFF)

    async def confirm(self, actor: Actor, entry_id: int, version: int) -> EntryView:
        """还有效: say that a published entry is right; one that ends soon or has ended holds one period longer.

        :raises Invalid: it is not published.
        :raises Conflict: it is no longer at ``version``.
        """
        entry = await self._published(actor, entry_id)
        now = self._clock.now()
        until = extended(entry.valid_until, now, self.terms)

        def work(tx: Tx) -> EntryView:
            confirmed = entries.confirm(tx, actor.member_id, entry_id, version, now, actor.member_id, until)
            telling.due(tx, confirmed)  # one that was over before its askers woke up
            return confirmed

        return await self._db.write(work)

    async def unconfirm(self, actor: Actor, entry_id: int, version: int) -> EntryView:
        """Take 还有效 back, as long as nothing else was done and for ten minutes; the entry lies on the desk again.

        :raises Conflict: something else was done, or it is too late.
        """
        await self._published(actor, entry_id)

        def work(tx: Tx) -> EntryView:
            newest, before = [*entries.history(tx.session, entry_id), None, None][:2]
            if newest is None or before is None or newest.act != Act.CONFIRM or newest.by != actor.member_id or tx.now - newest.at > UNDO_FOR:
                raise Conflict(N_('已经不能撤销了，需要的话请打开条目修改'))
            confirmed = entries.confirmed_before(tx.session, entry_id, newest.version)
            until = before.content.get('valid_until')
            return entries.confirm(tx, actor.member_id, entry_id, version, confirmed, None, datetime.fromisoformat(until) if until else None, Act.UNCONFIRM)

        return await self._db.write(work)

    async def _published(self, actor: Actor, entry_id: int) -> EntryView:
        entry = await self._knowledge.get(actor, entry_id)
        await self._knowledge.rights.require(actor, entry.place_id, entry.department, publish=True)
        if entry.state is not EntryState.PUBLISHED:
            raise Invalid(N_('这条没有发布，不用确认'))
        return entry


def changes(old: EntryDraft, new: EntryDraft) -> tuple[FieldChange, ...]:
    """Return the fields in which two texts of an entry differ, with the pieces from the one to the other."""
    pairs = ((name, _text(getattr(old, name)), _text(getattr(new, name))) for name in COMPARED)
    return tuple(FieldChange(field=name, pieces=redline(before, after)) for name, before, after in pairs if before != after)


def dates_of(row: Any) -> Dates:
    """Return what is known of the time of an entry's row."""
    return Dates(row.confirmed_at or row.changed_at, row.valid_until, getattr(row, 'wider_at', None))


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return f'{local(value):%Y-%m-%d %H:%M}'
    if isinstance(value, list):
        return '\n'.join(f'{one.title} {one.href}' if hasattr(one, 'href') else str(one) for one in value)
    return str(value or '')
