"""小栖 listens and answers (对话): what it hears in the rooms, and how a question gets exactly one answer.

A question addressed to 小栖 is noted, with a due job beside it, in the same unit of work as its message. It is then
answered at once; the job is the safety net for a process that dies in between. The answer is decided once (the row),
posted under the row's key as client id (a second post gives the first), so nothing is answered twice.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from datetime import timedelta
from typing import Any

from loguru import logger

from yunshequ.assistant import answering, journal, wording
from yunshequ.assistant.answering import Decision
from yunshequ.assistant.catalogue import Catalogue
from yunshequ.assistant.desk import HandoffDesk
from yunshequ.assistant.events import AnswerReady
from yunshequ.assistant.journal import Outcome
from yunshequ.assistant.ports import MayLearn, People, Retriever, Rooms
from yunshequ.assistant.privacy import pseudonym, redact
from yunshequ.assistant.schemas import Band, CandidateView, ModelState, Reason
from yunshequ.assistant.talk import SmallTalk
from yunshequ.core.clock import Clock
from yunshequ.core.database import Database
from yunshequ.core.errors import AppError, Unavailable
from yunshequ.core.i18n import SOURCE_LOCALE, in_locale
from yunshequ.core.policy import STAFF_ROLES, Actor
from yunshequ.core.throttle import Throttle
from yunshequ.core.unit import Tx
from yunshequ.rooms.events import MessagePosted
from yunshequ.rooms.schemas import MessageKind, MessageView, RoomKind

JOB = 'assistant.answer'
SAFETY_NET = timedelta(seconds=10)
"""When the due job looks whether the answer has been given; normally it has, and the job is gone."""
PATIENCE = timedelta(minutes=3)
"""How long after a start questions left from before wait for the model; then they are answered by words only."""
LOOK_AGAIN = timedelta(seconds=5)
SAME_AGAIN = timedelta(hours=12)
"""How long 小栖 does not tell the same entry unasked in the same room."""
CHOICE_WINDOW = timedelta(minutes=10)
"""How long a bare ``2`` means the second candidate."""
AT_ONCE = '10/minute'
"""Questions of one person that are answered at once."""
UNASKED_AT_ONCE = 20
"""Unasked candidates looked at side by side; beyond that they are let go: nobody waits for them."""

_TALKED_IN = frozenset({RoomKind.BUILDING, RoomKind.COMMUNITY, RoomKind.TOPIC})


class Conversation:
    """Hears posts, decides, answers."""

    def __init__(
        self, db: Database, clock: Clock, secret: bytes, people: People, rooms: Rooms, catalogue: Catalogue, retriever: Retriever,
        desk: HandoffDesk, talk: SmallTalk, throttle: Throttle,
    ) -> None:
        self._db = db
        self._clock = clock
        self._secret = secret
        self._people = people
        self._rooms = rooms
        self._catalogue = catalogue
        self._retriever = retriever
        self._desk = desk
        self._talk = talk
        self._throttle = throttle
        self._running: dict[str, asyncio.Task[None]] = {}
        self._unasked = 0
        self._bot: Actor | None = None
        self._patient_until = clock.now()
        self.may_learn: MayLearn = lambda _session, _member_id: True

    async def start(self) -> None:
        """Learn who 小栖 is."""
        self._bot = await self._people.bot()
        self._patient_until = self._clock.now() + PATIENCE

    async def stop(self) -> None:
        """Finish the answers under way."""
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    # -- hearing ---------------------------------------------------------------------------------------------------

    def note(self, tx: Tx, event: MessagePosted) -> None:
        """Note a question to 小栖, or its answer, in the unit of the message; runs in the writer's thread (hook of the rooms)."""
        message = event.message
        if message.kind is MessageKind.ANSWER:
            row = journal.published(tx, message.client_id, message.seq)
            if row is not None:
                tx.emit(AnswerReady(room_id=event.room_id, log_id=row.id, seq=message.seq, band=Band(row.band)))
            return
        if message.kind is MessageKind.RECALL:
            if message.target is not None:
                journal.forget(tx, event.room_id, message.target)
            return
        reason = self._addressed(event)
        if reason is None:
            return
        if reason is Reason.PRIVATE and journal.owned_by_person(tx.session, room_id=event.room_id):
            return
        key = key_of(message)
        journal.asked(
            tx, key=key, reason=reason, room_id=event.room_id, question_seq=message.seq, place_id=event.place_id,
            asker=self._asker(tx, message.sender.id), text=redact(message.body))
        tx.schedule(JOB, tx.now + SAFETY_NET, {'key': key, 'asker_id': message.sender.id}, key=key)

    def _asker(self, tx: Tx, member_id: int) -> str:
        """Nobody's question is kept against their will: without a name its text goes with the answer."""
        return pseudonym(self._secret, member_id) if self.may_learn(tx.session, member_id) else journal.NOBODY

    def heard(self, event: MessagePosted) -> Awaitable[None] | None:
        """Take a post that this process has announced; None if it is nothing for 小栖."""
        if not isinstance(event, MessagePosted):
            return None
        if self._addressed(event) is not None:
            return self._answer_now(event.message)
        if self._may_speak_unasked(event):
            return self._answer_unasked(event)
        return None

    def _addressed(self, event: MessagePosted) -> Reason | None:
        message = event.message
        if message.kind is not MessageKind.TEXT or message.sender.bot:
            return None
        if event.room_kind is RoomKind.ASSISTANT:
            return Reason.PRIVATE
        if (self._bot is not None and self._bot.member_id in message.mentions) or answering.spoken_to(message.body):
            return Reason.MENTION
        return None

    def _may_speak_unasked(self, event: MessagePosted) -> bool:
        """A resident's question to nobody in particular, in a room of residents."""
        message = event.message
        return (
            event.room_kind in _TALKED_IN and message.kind is MessageKind.TEXT and not message.sender.bot
            and message.sender.badge not in STAFF_ROLES and message.reply is None and not message.mentions
            and answering.is_question(message.body)
        )

    async def _answer_now(self, message: MessageView) -> None:
        """Answer at once; who asks in bursts is answered by the due job, a little later."""
        if await self._throttle.hit(AT_ONCE, 'ask', str(message.sender.id)):
            await self.answer(key_of(message), message.sender.id)

    # -- answering -------------------------------------------------------------------------------------------------

    async def run_job(self, payload: dict[str, Any]) -> None:
        """Run the due job of a question: the answer is given now if it has not been.

        Right after a start the model is still loading: nobody waits on the spot for an old question, so it waits for the model.
        """
        if self._retriever.status().state is ModelState.LOADING and self._clock.now() < self._patient_until:
            await self._db.write(lambda tx: tx.schedule(JOB, tx.now + LOOK_AGAIN, payload))
            return
        await self.answer(str(payload['key']), int(payload['asker_id']))

    async def answer(self, key: str, asker_id: int) -> None:
        """Give the answer to the noted question ``key`` if it has none; a second caller waits for the first.

        :raises Unavailable: too many questions wait; the due job tries again.
        """
        running = self._running.get(key)
        if running is None:
            running = asyncio.create_task(self._answer(key, asker_id))
            self._running[key] = running
            running.add_done_callback(lambda _done: self._running.pop(key, None))
        await asyncio.shield(running)

    async def _answer(self, key: str, asker_id: int) -> None:
        row = await self._db.read(lambda session: journal.by_key(session, key))
        if row is None or row.answer_seq is not None or row.band == Band.SILENT:
            return
        if row.band is None:
            with in_locale(SOURCE_LOCALE):
                outcome = await self._outcome(row, asker_id)
            log_id = row.id
            await self._db.write(lambda tx: journal.decide(tx, log_id, outcome))
            row = await self._db.read(lambda session: journal.by_key(session, key))
        if row is not None and row.band != Band.SILENT:
            await self.publish(row)

    async def _outcome(self, row: Any, asker_id: int) -> Outcome:
        """Decide what to say to a question that was put to 小栖."""
        path = await self._people.path_of(row.place_id) or '/'
        private = row.reason == Reason.PRIVATE
        if private and await self._db.read(lambda session: journal.owned_by_person(session, room_id=row.room_id)):
            return Outcome(Band.SILENT, '', path)
        text = answering.question_of(row.text)
        if private and (choice := answering.chosen(row.text)) is not None:
            since = self._clock.now() - CHOICE_WINDOW
            offered = await self._db.read(lambda session: journal.last_offer(session, row.room_id, since))
            if offered is not None and choice < len(offered.candidates):
                return self._told(offered.candidates[choice], path, 1.0)
        if answering.wants_person(text):
            return Outcome(Band.PERSON, await self._hand_over(row, asker_id), path)
        if not answering.normalised(text) or answering.normalised(text) == answering.NAME:
            return Outcome(Band.TALK, wording.greeting(), path)
        reply = self._talk.reply(text)
        if reply is not None:
            return Outcome(Band.TALK, reply, path)
        found, finding = await self._catalogue.find(text, path, self._clock.now())
        decision = answering.decide(found, finding.confidence, self._retriever.thresholds(), by_meaning=finding.by_meaning)
        return self._spoken(decision, path)

    def _spoken(self, decision: Decision, path: str) -> Outcome:
        if decision.band is Band.DIRECT and decision.entry_id is not None:
            return self._told(decision.entry_id, path, decision.confidence)
        if decision.band is Band.SUGGEST:
            body = wording.offer()
        elif decision.band is Band.LOADING:
            body = wording.not_ready(self._retriever.status().state, offering=bool(decision.candidates))
        else:
            body = wording.refusal()
        return Outcome(decision.band, body, path, confidence=decision.confidence, candidates=decision.candidates)

    def _told(self, entry_id: int, path: str, confidence: float) -> Outcome:
        entry = self._catalogue.visible(entry_id, path, self._clock.now())
        if entry is None:  # retired between the offer and the choice
            return Outcome(Band.REFUSE, wording.refusal(), path)
        return Outcome(Band.DIRECT, wording.told(entry), path, entry.id, confidence)

    async def _hand_over(self, row: Any, asker_id: int) -> str:
        try:
            handoff = await self._desk.open(Actor(asker_id), row.room_id, row.text, log_id=row.id)
        except AppError as refusal:
            return refusal.words(SOURCE_LOCALE)
        if handoff.case.room_id != row.room_id:
            await self._desk.tell_opened(handoff)
            return wording.handoff_elsewhere()
        return wording.handoff_opened(handoff.on_duty, handoff.office_opens_at)

    async def publish(self, row: Any, *, mentions: Sequence[int] = ()) -> int:
        """Post a decided answer under its key; returns its number in the room."""
        bot = self._bot or await self._people.bot()
        entry = self._catalogue.get(row.entry_id) if row.entry_id is not None else None
        offered = [found for one in row.candidates if (found := self._catalogue.get(one)) is not None]
        candidates = [CandidateView(id=one.id, question=one.question) for one in offered]
        payload = wording.payload(row.id, Band(row.band), row.question_seq, entry, candidates, self._clock.now())
        quoted = None if row.reason == Reason.PRIVATE else row.question_seq
        message = await self._rooms.say(
            bot, row.room_id, row.body, client_id=row.key, kind=MessageKind.ANSWER, answer=payload, reply_seq=quoted, mentions=mentions)
        return message.seq

    # -- unasked ---------------------------------------------------------------------------------------------------

    async def _answer_unasked(self, event: MessagePosted) -> None:
        """Speak up only where it is very sure and nobody else is on it; otherwise leave no trace of the message."""
        if self._unasked >= UNASKED_AT_ONCE or self._retriever.status().state is not ModelState.READY:
            return
        self._unasked += 1
        try:
            with in_locale(SOURCE_LOCALE):
                await self._consider(event)
        except Unavailable:
            logger.debug('too busy to look at an unasked question')
        finally:
            self._unasked -= 1

    async def _consider(self, event: MessagePosted) -> None:
        if await self._rooms.is_quiet(event.room_id):
            return
        message = event.message
        path = await self._people.path_of(event.place_id) or '/'
        text = redact(message.body)
        found, finding = await self._catalogue.find(answering.question_of(text), path, self._clock.now())
        decision = answering.decide(
            found, finding.confidence, self._retriever.thresholds(), by_meaning=finding.by_meaning, unasked=True)
        entry_id = decision.entry_id
        if decision.band is not Band.DIRECT or entry_id is None:
            return
        outcome = self._told(entry_id, path, decision.confidence)
        key = key_of(message)

        def work(tx: Tx) -> bool:
            if journal.owned_by_person(tx.session, asker_id=message.sender.id):
                return False
            if journal.told_lately(tx.session, event.room_id, entry_id, tx.now - SAME_AGAIN):
                return False
            return journal.asked(
                tx, key=key, reason=Reason.UNASKED, room_id=event.room_id, question_seq=message.seq, place_id=event.place_id,
                asker=self._asker(tx, message.sender.id), text=text, outcome=outcome)

        if outcome.band is Band.DIRECT and await self._db.write(work):
            row = await self._db.read(lambda session: journal.by_key(session, key))
            if row is not None:
                await self.publish(row)


def key_of(message: MessageView) -> str:
    """Return the key of a question: the client id its answer is posted under."""
    return f'answer:{message.id}'
