"""What is learned from questions (学习): words on answers, what is asked most, what found no answer."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from yunshequ.assistant import figures, journal
from yunshequ.assistant.answering import normalised, question_of
from yunshequ.assistant.catalogue import Catalogue
from yunshequ.assistant.grouping import by_leader
from yunshequ.assistant.ports import People, Retriever, Rooms
from yunshequ.assistant.privacy import pseudonym
from yunshequ.assistant.schemas import Band, CandidateView, FeedbackView, Figures, TopQuestion, UnansweredView
from yunshequ.community.schemas import PlaceKind
from yunshequ.core.clock import Clock
from yunshequ.core.database import Database
from yunshequ.core.errors import NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Actor, Policy

AT_LEAST = 3
"""Distinct askers from which a question is shown to others (k-anonymity)."""
GROUP_JOB = 'assistant.group'
SHOWN = 5
"""Other wordings shown beside a question."""
LOOK_AT = 2000
"""Open questions looked at for one list."""


class Learning:
    """Reads the journal for people and keepers."""

    def __init__(
        self, db: Database, policy: Policy, clock: Clock, secret: bytes, people: People, rooms: Rooms, catalogue: Catalogue,
        retriever: Retriever,
    ) -> None:
        self._db = db
        self._policy = policy
        self._clock = clock
        self._secret = secret
        self._people = people
        self._rooms = rooms
        self._catalogue = catalogue
        self._retriever = retriever

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
        """Return questions that found no answer or a bad one, those of most people first.

        Those that mean the same count as one since the last night's grouping, newer ones by their words.
        """
        await self._policy.require(actor, 'assistant.read_knowledge', place_id)
        path = await self._path(place_id)
        since = self._clock.now() - timedelta(days=days)
        rows = await self._db.read(lambda session: journal.open_questions(session, path, since, LOOK_AT))
        views = [
            UnansweredView(
                text=_most_said(group), others=_other_words(group), askers=len({row.asker for row in group}), times=len(group),
                last_at=group[0].asked_at, why=Band(group[0].band), log_ids=tuple(row.id for row in group))
            for group in _together(rows)
        ]
        return sorted(views, key=lambda view: (-view.askers, -view.times, -view.last_at.timestamp()))[:limit]

    async def figures(self, actor: Actor, place_id: int) -> Figures:
        """Return 小栖 in numbers, for keepers of the place."""
        await self._policy.require(actor, 'assistant.read_knowledge', place_id)
        path, now = await self._path(place_id), self._clock.now()
        own = await self._people.community_of(place_id)
        communities = [own] if own is not None else await self._people.below(place_id, PlaceKind.COMMUNITY)

        def name_of(one: str) -> str:
            return next((community.name for community in communities if one.startswith(community.path)), '')

        def query(session: Session) -> Figures:
            weeks = figures.weeks(session, path, now)
            since = figures.monday(now) - timedelta(weeks=figures.WEEKS - 1)
            total, unused = figures.unused(session, path, now)
            top = journal.top_entries(session, path, since, at_least=AT_LEAST, limit=figures.SHOWN)
            return Figures(
                weeks=weeks, categories=figures.by_entry_field(session, path, since, 'category'),
                departments=figures.by_entry_field(session, path, since, 'department'),
                communities=figures.by_place(session, path, since, name_of),
                department_stars=figures.stars_by_department(session, path, since),
                community_stars=figures.stars_by_place(session, path, since, name_of),
                top=tuple(TopQuestion(entry_id=one, question=self._question(one), askers=askers) for one, askers in top),
                misleading=figures.misleading(session, path, since), unused=unused, unused_total=total)

        return await self._db.read(query)

    def _question(self, entry_id: int) -> str:
        entry = self._catalogue.get(entry_id)
        return entry.question if entry is not None else ''

    async def run_group(self, _payload: dict[str, Any]) -> None:
        """Job: find out which open questions mean the same, then come back tomorrow. Groups stay as they are; new ones join."""
        since = self._clock.now() - timedelta(days=30)
        rows = await self._db.read(lambda session: journal.ungrouped(session, since, LOOK_AT))
        led_by = await self._retriever.alike([question_of(row.text) for row in rows])
        if led_by is not None:
            groups = by_leader([row.id for row in rows], led_by)
            await self._db.write(lambda tx: journal.set_groups(tx, groups))
        await self.schedule_group()

    async def schedule_group(self) -> None:
        """Have the questions of the day grouped in the coming night."""
        tonight = _next_night(self._clock.now())
        await self._db.write(lambda tx: tx.schedule(GROUP_JOB, tonight, {}, key=f'{GROUP_JOB}:{tonight:%Y-%m-%d}'))

    async def _path(self, place_id: int) -> str:
        path = await self._people.path_of(place_id)
        if path is None:
            raise NotFound
        return path


def _together(rows: Sequence[Any]) -> list[list[Any]]:
    """Return rows, newest first, in groups: those of one night's group, and what is said in the same words."""
    groups: dict[int, list[Any]] = {}
    led_by_words: dict[str, int] = {}
    for row in sorted(rows, key=lambda row: row.group_id is None):
        words = normalised(question_of(row.text))
        if words:
            leader = row.group_id if row.group_id is not None else led_by_words.get(words, row.id)
            led_by_words.setdefault(words, leader)
            groups.setdefault(leader, []).append(row)
    return [sorted(group, key=lambda row: -row.id) for group in groups.values()]


def _most_said(group: Sequence[Any]) -> str:
    return Counter(question_of(row.text) for row in group).most_common(1)[0][0]


def _other_words(group: Sequence[Any]) -> tuple[str, ...]:
    said = dict.fromkeys(question_of(row.text) for row in group)
    return tuple(text for text in said if text != _most_said(group))[:SHOWN]


def _next_night(now: datetime) -> datetime:
    """Return the next 19:30 UTC: half past three in Shanghai."""
    night = now.replace(hour=19, minute=30, second=0, microsecond=0)
    return night if night > now else night + timedelta(days=1)
