"""What is learned from questions (学习): words on answers, what is asked most, what found no answer."""

from datetime import timedelta
from typing import Any

from yunshequ.assistant import journal
from yunshequ.assistant.answering import normalised
from yunshequ.assistant.catalogue import Catalogue
from yunshequ.assistant.ports import People, Rooms
from yunshequ.assistant.privacy import pseudonym
from yunshequ.assistant.schemas import Band, CandidateView, FeedbackView, TopQuestion, UnansweredView
from yunshequ.core.clock import Clock
from yunshequ.core.database import Database
from yunshequ.core.errors import NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Actor, Policy

AT_LEAST = 3
"""Distinct askers from which a question is shown to others (k-anonymity)."""
LOOK_AT = 2000
"""Open questions looked at for one list."""


class Learning:
    """Reads the journal for people and keepers."""

    def __init__(
        self, db: Database, policy: Policy, clock: Clock, secret: bytes, people: People, rooms: Rooms, catalogue: Catalogue,
    ) -> None:
        self._db = db
        self._policy = policy
        self._clock = clock
        self._secret = secret
        self._people = people
        self._rooms = rooms
        self._catalogue = catalogue

    async def feedback(self, actor: Actor, log_id: int, *, helpful: bool) -> FeedbackView:
        """Keep 有用 or 没用; the first word of a person counts and is what comes back.

        :raises NotFound: no such answer, or not in a room of the actor's.
        """
        row = await self.answered(actor, log_id)
        rater = pseudonym(self._secret, actor.member_id)
        counted = await self._db.write(lambda tx: journal.rate(tx, row.id, rater, helpful=helpful))
        return FeedbackView(log_id=row.id, helpful=counted)

    async def answered(self, actor: Actor, log_id: int) -> Any:
        """Return the journal's row of an answer in a room the actor is in.

        :raises NotFound: there is none.
        """
        row = await self._db.read(lambda session: journal.by_id(session, log_id))
        if row is None:
            raise NotFound(N_('没有找到这条回答'))
        await self._rooms.require_inside(actor, row.room_id)
        return row

    async def log_of(self, actor: Actor, room_id: int, seq: int) -> int:
        """Return the id under which the answer ``seq`` of a room is journalled.

        :raises NotFound: that message is no answer, or the actor is not in the room.
        """
        await self._rooms.require_inside(actor, room_id)
        row = await self._db.read(lambda session: journal.by_answer(session, room_id, seq))
        if row is None:
            raise NotFound(N_('没有找到这条回答'))
        return int(row.id)

    async def top_asked(self, place_id: int, days: int = 7, limit: int = 5) -> list[TopQuestion]:
        """Return what at least three people asked at a place and below, by the entry's own question."""
        path = await self._path(place_id)
        now = self._clock.now()
        rows = await self._db.read(lambda session: journal.top_entries(
            session, path, now - timedelta(days=days), at_least=AT_LEAST, limit=limit * 3))
        found = [(self._catalogue.visible(entry_id, path, now), askers) for entry_id, askers in rows]
        return [TopQuestion(entry_id=entry.id, question=entry.question, askers=askers) for entry, askers in found if entry][:limit]

    async def examples(self, place_id: int, limit: int) -> list[CandidateView]:
        """Return questions one could ask at a place, each of another category."""
        path = await self._path(place_id)
        return [CandidateView(id=entry.id, question=entry.question)
                for entry in self._catalogue.samples(path, self._clock.now(), limit)]

    async def unanswered(self, actor: Actor, place_id: int, days: int = 30, limit: int = 50) -> list[UnansweredView]:
        """Return questions that found no answer or a bad one, those of most people first; equal words count as one."""
        await self._policy.require(actor, 'assistant.read_knowledge', place_id)
        path = await self._path(place_id)
        since = self._clock.now() - timedelta(days=days)
        rows = await self._db.read(lambda session: journal.open_questions(session, path, since, LOOK_AT))
        groups: dict[str, list[Any]] = {}
        for row in rows:
            groups.setdefault(normalised(row.text), []).append(row)
        views = [
            UnansweredView(
                text=group[0].text, askers=len({row.asker for row in group}), times=len(group), last_at=group[0].asked_at,
                why=Band(group[0].band), log_ids=tuple(row.id for row in group))
            for words, group in groups.items() if words
        ]
        return sorted(views, key=lambda view: (-view.askers, -view.times, -view.last_at.timestamp()))[:limit]

    async def _path(self, place_id: int) -> str:
        path = await self._people.path_of(place_id)
        if path is None:
            raise NotFound
        return path
