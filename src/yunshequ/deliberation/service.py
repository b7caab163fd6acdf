"""Deliberation: what can be done with topics, drafts and opinions. Every act asks the policy."""

from typing import Any

from sqlalchemy import ColumnElement, insert, select, update

from yunshequ.core.clock import Clock
from yunshequ.core.database import Database
from yunshequ.core.errors import Conflict, Invalid, NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Actor, Policy
from yunshequ.core.reach import reach
from yunshequ.core.redline import Segment, redline
from yunshequ.core.unit import Tx, insert_ignore
from yunshequ.deliberation import speaking
from yunshequ.deliberation import tables as t
from yunshequ.deliberation.events import OpinionPosted, TopicChanged, TopicOpened
from yunshequ.deliberation.models import Progress, Topic
from yunshequ.deliberation.ports import People, Screen, Votes
from yunshequ.deliberation.reading import (
    OPINIONS_SHOWN,
    AnyRow,
    facts_of,
    opinion_view,
    opinions_of,
    row_of,
    stances_of,
    text_of,
    topic_view,
    topics_in,
)
from yunshequ.deliberation.schemas import (
    NewTopic,
    OpinionView,
    Outcome,
    Stance,
    TopicListItem,
    TopicState,
    TopicView,
)

TITLE_MAX = 80
SUMMARY_MAX = 500
DRAFT_MAX = 30_000
NOTE_MAX = 200
OPINION_MAX = 1000


class DeliberationService:
    """The module's face. ``votes`` and ``screen`` are wired by bootstrap; without them nothing is held back."""

    def __init__(self, db: Database, policy: Policy, clock: Clock, people: People) -> None:
        self._db = db
        self._policy = policy
        self._clock = clock
        self._people = people
        self.votes: Votes | None = None
        self.screen: Screen | None = None

    # topics and drafts

    async def create_topic(self, actor: Actor, new: NewTopic) -> int:
        """Open a topic, with its first draft if there is one; return its id. The same ``client_id`` gives the same topic."""
        await self._policy.require(actor, 'deliberation.manage', new.place_id)
        title, summary = _text(new.title, 'title', TITLE_MAX), _text(new.summary, 'summary', SUMMARY_MAX, empty=True)
        body = _text(new.body, 'body', DRAFT_MAX, empty=True)
        client_id = _text(new.client_id, 'client_id', 64)
        place = await self._people.place(new.place_id)

        def work(tx: Tx) -> int:
            fresh = insert_ignore(tx.session, Topic, [{
                'place_id': place.id, 'place_path': place.path, 'place_name': place.name, 'room_id': new.room_id,
                'title': title, 'summary': summary, 'state': TopicState.OPEN, 'drafts': 1 if body else 0, 'opinions': 0,
                'decision': '', 'created_by': actor.member_id, 'client_id': client_id, 'created_at': tx.now,
            }])
            c = t.topic.c
            topic_id = int(tx.connection.execute(
                select(c.id).where(c.created_by == actor.member_id, c.client_id == client_id)).scalar_one())
            if fresh:
                if body:
                    tx.connection.execute(insert(t.draft).values(
                        topic_id=topic_id, number=1, body=body, note='', created_by=actor.member_id, at=tx.now))
                tx.audit(actor.member_id, 'deliberation.create_topic', f'topic:{topic_id}', place_id=place.id)
                tx.emit(TopicOpened(topic_id=topic_id, place_id=place.id))
            return topic_id

        return await self._db.write(work)

    async def publish_draft(self, actor: Actor, topic_id: int, body: str, *, note: str = '', after: int) -> int:
        """Publish the next edition and return its number; ``after`` is the newest one its author had seen.

        :raises Conflict: a vote on the topic is open, the topic is closed, or somebody published meanwhile.
        """
        row = await self._managed(actor, topic_id)
        text, words = _text(body, 'body', DRAFT_MAX), _text(note, 'note', NOTE_MAX, empty=True)
        if self.votes is not None and await self.votes.is_voting_on(topic_id):
            raise Conflict(N_('正在表决，文本不能更改；表决结束后可以再发布新稿'))

        def work(tx: Tx) -> int:
            c = t.topic.c
            number = tx.connection.execute(
                update(t.topic).where(c.id == topic_id, c.state == TopicState.OPEN, c.drafts == after)
                .values(drafts=c.drafts + 1).returning(c.drafts)).scalar()
            if number is None:
                raise Conflict(N_('别人刚刚发布了新稿或议题已结束，请刷新后再试，您写的内容会保留'))
            tx.connection.execute(insert(t.draft).values(
                topic_id=topic_id, number=number, body=text, note=words, created_by=actor.member_id, at=tx.now))
            tx.audit(actor.member_id, 'deliberation.publish_draft', f'topic:{topic_id}', place_id=row.place_id,
                     detail={'number': number})
            tx.emit(TopicChanged(topic_id=topic_id, place_id=row.place_id))
            return int(number)

        return await self._db.write(work)

    async def decide(self, actor: Actor, topic_id: int, decision: str) -> None:
        """Close a topic with what was decided."""
        await self._end(actor, topic_id, TopicState.DECIDED, _text(decision, 'decision', OPINION_MAX))

    async def drop(self, actor: Actor, topic_id: int, reason: str) -> None:
        """Lay a topic aside, with the reason."""
        await self._end(actor, topic_id, TopicState.DROPPED, _text(reason, 'decision', OPINION_MAX))

    async def report(self, actor: Actor, topic_id: int, body: str, *, client_id: str) -> None:
        """Add a step to what became of a topic (落实进展)."""
        row = await self._managed(actor, topic_id)
        text, key = _text(body, 'body', OPINION_MAX), _text(client_id, 'client_id', 64)

        def work(tx: Tx) -> None:
            if insert_ignore(tx.session, Progress, [{
                'topic_id': topic_id, 'member_id': actor.member_id, 'client_id': key, 'body': text, 'at': tx.now,
            }]):
                tx.audit(actor.member_id, 'deliberation.report', f'topic:{topic_id}', place_id=row.place_id)
                tx.emit(TopicChanged(topic_id=topic_id, place_id=row.place_id))

        await self._db.write(work)

    # opinions

    async def post_opinion(self, actor: Actor, topic_id: int, body: str, *, client_id: str) -> OpinionView:
        """Give an opinion on the newest draft; a retry with the same ``client_id`` is answered with the first.

        :raises Blocked: a word in it is not allowed. TooMany: too many in a row. Conflict: the topic is closed.
        """
        row = await self._row(topic_id)
        await self._policy.require(actor, 'deliberation.speak', row.place_id)
        text, key = _text(body, 'body', OPINION_MAX), _text(client_id, 'client_id', 64)
        if self.screen is not None:
            await self.screen.check_words(row.place_id, text)
        cards = await self._people.cards({actor.member_id})

        def work(tx: Tx) -> OpinionView:
            given, fresh = speaking.give(tx, topic_id, actor.member_id, key, text)
            shown = opinion_view(given, cards, None, actor.locale)
            if fresh:
                tx.emit(OpinionPosted(topic_id=topic_id, place_id=row.place_id, opinion=shown))
            return shown

        return await self._db.write(work)

    async def weigh(self, actor: Actor, opinion_id: int, stance: Stance | None) -> tuple[int, int, int]:
        """Say what one thinks of an opinion (None: nothing); return agree, disagree and skip as they stand."""
        opinion = await self._opinion(opinion_id)
        await self._policy.require(actor, 'deliberation.speak', opinion.place_id)
        row = await self._db.write(lambda tx: speaking.weigh(tx, opinion_id, actor.member_id, stance))
        return row.agree, row.disagree, row.skip

    async def answer(self, actor: Actor, opinion_id: int, outcome: Outcome, words: str) -> OpinionView:
        """Say in public what was made of an opinion and why."""
        opinion = await self._opinion(opinion_id)
        await self._policy.require(actor, 'deliberation.manage', opinion.place_id)
        text = _text(words, 'answer', OPINION_MAX)
        cards = await self._people.cards({actor.member_id, opinion.member_id})

        def work(tx: Tx) -> OpinionView:
            row = speaking.answer(tx, opinion_id, actor.member_id, outcome, text)
            shown = opinion_view(row, cards, None, actor.locale)
            tx.audit(actor.member_id, 'deliberation.answer', f'opinion:{opinion_id}', place_id=opinion.place_id,
                     detail={'outcome': outcome})
            tx.emit(OpinionPosted(topic_id=row.topic_id, place_id=opinion.place_id, opinion=shown))
            return shown

        return await self._db.write(work)

    # looking

    async def topic(self, actor: Actor, topic_id: int) -> TopicView:
        """Return a topic with its newest text, its editions, the latest opinions and what became of it."""
        facts = await self._db.read(lambda s: facts_of(s, topic_id, actor.member_id))
        if facts is None:
            raise NotFound
        place_id = facts.row.place_id
        await self._policy.require(actor, 'deliberation.view', place_id)
        return topic_view(
            facts, await self._people.cards(facts.people()), actor.locale,
            may_speak=await self._policy.may(actor, 'deliberation.speak', place_id),
            may_manage=await self._policy.may(actor, 'deliberation.manage', place_id),
        )

    async def opinions(self, actor: Actor, topic_id: int, *, before: int | None = None) -> tuple[OpinionView, ...]:
        """Return opinions older than ``before``, the newest first."""
        row = await self._row(topic_id)
        await self._policy.require(actor, 'deliberation.view', row.place_id)
        rows = await self._db.read(lambda s: opinions_of(s, topic_id, before, OPINIONS_SHOWN))
        mine = await self._db.read(lambda s: stances_of(s, actor.member_id, rows))
        cards = await self._people.cards({o.member_id for o in rows} | {o.answered_by for o in rows if o.answered_by})
        return tuple(opinion_view(o, cards, mine.get(o.id), actor.locale) for o in rows)

    async def draft_text(self, actor: Actor, topic_id: int, number: int) -> str:
        """Return the text of one edition."""
        row = await self._row(topic_id)
        await self._policy.require(actor, 'deliberation.view', row.place_id)
        text = await self._db.read(lambda s: text_of(s, topic_id, number))
        if text is None:
            raise NotFound
        return text

    async def compare(self, actor: Actor, topic_id: int, old: int, new: int) -> tuple[Segment, ...]:
        """Return what changed between two editions."""
        return redline(await self.draft_text(actor, topic_id, old), await self.draft_text(actor, topic_id, new))

    async def topics(self, actor: Actor, *, limit: int = 50) -> list[TopicListItem]:
        """Return the topics talked over where the actor lives or serves, the newest first."""
        return await self._list(actor, t.topic.c.state == TopicState.OPEN, limit)

    async def decided(self, actor: Actor, *, limit: int = 30) -> list[TopicListItem]:
        """Return the topics that were decided, the latest first, each with what became of it."""
        return await self._list(actor, t.topic.c.state == TopicState.DECIDED, limit)

    def jobs(self) -> dict[str, Any]:
        """Return the handlers of this module's due jobs: it has none."""
        return {}

    # inside

    async def _list(self, actor: Actor, which: ColumnElement[bool], limit: int) -> list[TopicListItem]:
        where = reach(await self._people.grants_of(actor.member_id), self._clock.now())
        return await self._db.read(lambda s: topics_in(s, where, which, limit))

    async def _row(self, topic_id: int) -> AnyRow:
        row = await self._db.read(lambda s: row_of(s, topic_id))
        if row is None:
            raise NotFound
        return row

    async def _managed(self, actor: Actor, topic_id: int) -> AnyRow:
        row = await self._row(topic_id)
        await self._policy.require(actor, 'deliberation.manage', row.place_id)
        return row

    async def _opinion(self, opinion_id: int) -> AnyRow:
        o, c = t.opinion.c, t.topic.c
        row = await self._db.read(lambda s: s.connection().execute(
            select(o.id, o.member_id, c.place_id).join_from(t.opinion, t.topic, o.topic_id == c.id).where(o.id == opinion_id),
        ).one_or_none())
        if row is None:
            raise NotFound
        return row

    async def _end(self, actor: Actor, topic_id: int, state: TopicState, words: str) -> None:
        row = await self._managed(actor, topic_id)

        def work(tx: Tx) -> None:
            c = t.topic.c
            done = tx.connection.execute(
                update(t.topic).where(c.id == topic_id, c.state == TopicState.OPEN)
                .values(state=state, decision=words, decided_at=tx.now))
            if not done.rowcount:
                raise Conflict(N_('这个议题已经结束'))
            tx.audit(actor.member_id, f'deliberation.{state}', f'topic:{topic_id}', place_id=row.place_id)
            tx.emit(TopicChanged(topic_id=topic_id, place_id=row.place_id))

        await self._db.write(work)


def _text(given: str, field: str, longest: int, *, empty: bool = False) -> str:
    text = given.strip()
    if len(text) > longest:
        raise Invalid(N_('内容太长，最多 {max} 字'), field=field, max=longest)
    if not text and not empty:
        raise Invalid(N_('请填写这一项'), field=field)
    return text
