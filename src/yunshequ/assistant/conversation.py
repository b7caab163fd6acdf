"""小栖 listens and answers (对话): what it hears in the rooms, and how a question gets exactly one answer.

A question addressed to 小栖 is noted, with a due job beside it, in the same unit of work as its message. It is then
answered at once; the job is the safety net for a process that dies in between. The answer is decided once (the row),
posted under the row's key as client id (a second post gives the first), so nothing is answered twice.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from loguru import logger

from yunshequ.assistant import answering, journal, rich, wording
from yunshequ.assistant.answering import Decision
from yunshequ.assistant.catalogue import Catalogue
from yunshequ.assistant.context import TalkContext
from yunshequ.assistant.deciding import rivals
from yunshequ.assistant.desk import HandoffDesk
from yunshequ.assistant.events import AnswerReady
from yunshequ.assistant.following import LONGEST, Aspect, Before, aspect_of, enriched, follows, part
from yunshequ.assistant.journal import Outcome
from yunshequ.assistant.linking import Linking
from yunshequ.assistant.ports import MayLearn, People, Retriever, Rooms
from yunshequ.assistant.privacy import NEEDLESS, pseudonym, redact, unmarked
from yunshequ.assistant.schemas import Band, CandidateView, ModelState, Reason
from yunshequ.assistant.talk import SmallTalk
from yunshequ.core.clock import Clock
from yunshequ.core.database import Database
from yunshequ.core.errors import AppError, Unavailable
from yunshequ.core.i18n import SOURCE_LOCALE, in_locale
from yunshequ.core.policy import STAFF_ROLES, Actor
from yunshequ.core.recent import Recent
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
IN_TALK = timedelta(minutes=3)
"""How long after an answer its asker need not call 小栖 by name to ask more of the same."""
EXAMPLES = 3
"""Questions offered after small talk: the way home."""
ABOUT_SOMETHING = frozenset({Band.DIRECT.value, Band.SUGGEST.value, Band.CLARIFY.value, Band.REFUSE.value, Band.LOADING.value})
"""Bands of questions that a person may be asked to answer instead."""
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
        self._context = TalkContext(db, rooms, catalogue)
        self.linking = Linking()
        """What entries link to, and who can open it."""
        self._in_talk: Recent[tuple[int, int], bool] = Recent(clock, IN_TALK)
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
        reason = self._addressed(event) or self._quotes_us(tx, event)
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
        if self._may_quote_us(event):
            return self._answer_quoting(event.message)
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

    @staticmethod
    def _may_quote_us(event: MessagePosted) -> bool:
        """Something said under a message (引用) that may be meant for whoever wrote that message: a question, or a short reply."""
        message = event.message
        return (
            message.kind is MessageKind.TEXT and not message.sender.bot and message.reply is not None and not message.mentions
            and (answering.is_question(message.body) or aspect_of(message.body) is not None or answering.chosen(message.body) is not None)
        )

    def _quotes_us(self, tx: Tx, event: MessagePosted) -> Reason | None:
        """A question under an answer of ours is a question to us."""
        quoted = event.message.reply
        if quoted is None or not self._may_quote_us(event):
            return None
        return Reason.MENTION if journal.by_answer(tx.session, event.room_id, quoted.seq) is not None else None

    def _may_speak_unasked(self, event: MessagePosted) -> bool:
        """A resident's question to nobody in particular, in a room of residents; or the next words of somebody just answered."""
        message = event.message
        return (
            event.room_kind in _TALKED_IN and message.kind is MessageKind.TEXT and not message.sender.bot
            and message.sender.badge not in STAFF_ROLES and message.reply is None and not message.mentions
            and (answering.is_question(message.body) or self._goes_on(event))
        )

    def _goes_on(self, event: MessagePosted) -> bool:
        """Whether a message may be the next word of a talk: short, and its writer was answered a moment ago."""
        message = event.message
        return len(message.body) <= LONGEST and self._in_talk.get((event.room_id, message.sender.id)) is not None

    async def _answer_quoting(self, message: MessageView) -> None:
        """Answer what stands under an answer of ours; it was noted in the unit of its message, or it is none."""
        if await self._db.read(lambda session: journal.by_key(session, key_of(message))) is not None:
            await self._answer_now(message)

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
            if await self._taken_over(row):
                await self._db.write(lambda tx: journal.fall_silent(tx, key))
                return
            await self.publish(row, asker_id)
            self._in_talk.keep((row.room_id, asker_id), True)

    async def _taken_over(self, row: Any) -> bool:
        """Whether a person has come into the private chat since the answer was decided: 小栖 never talks over them."""
        if row.reason != Reason.PRIVATE:
            return False
        room_id = int(row.room_id)
        return await self._db.read(lambda session: journal.owned_by_person(session, room_id=room_id))

    async def _outcome(self, row: Any, asker_id: int) -> Outcome:
        """Decide what to say to a question that was put to 小栖."""
        path = await self._people.path_of(row.place_id) or '/'
        private = row.reason == Reason.PRIVATE
        if private and await self._db.read(lambda session: journal.owned_by_person(session, room_id=row.room_id)):
            return Outcome(Band.SILENT, '', path)
        text = answering.question_of(unmarked(row.text))
        said = await self._context.of(row.room_id, asker_id)
        outcome = (
            await self._chosen(row, text, said, path) or await self._by_rule(row, asker_id, text, said, path)
            or await self._answered(text, said, path))
        if outcome.band is Band.REFUSE and answering.in_latin(text):
            outcome = replace(outcome, body=wording.not_in_chinese())
        return replace(outcome, body=f'{outcome.body}\n\n{wording.careful()}') if NEEDLESS.search(row.text) else outcome

    async def _chosen(self, row: Any, text: str, said: Sequence[Any], path: str) -> Outcome | None:
        """Return the answer to a choice among what was offered, None if ``text`` is none."""
        choice = answering.chosen(row.text) if row.reason == Reason.PRIVATE else None
        if choice is not None:
            since = self._clock.now() - CHOICE_WINDOW
            offered = await self._db.read(lambda session: journal.last_offer(session, row.room_id, since))
            if offered is not None and choice < len(offered.candidates):
                return self._told(offered.candidates[choice], path, 1.0)
        offer = self._context.offer(said, path)
        one = offer.picked(text) if offer is not None else None
        return self._told(one.id, path, 1.0) if one is not None else None

    async def _by_rule(self, row: Any, asker_id: int, text: str, said: Sequence[Any], path: str) -> Outcome | None:
        """Return what is said to a call for a person, to a bare call and to small talk; None to anything else."""
        if answering.wants_person(text):
            return Outcome(Band.PERSON, await self._hand_over(row, asker_id, said), path)
        if not answering.normalised(text) or answering.normalised(text) == answering.NAME:
            return Outcome(Band.TALK, wording.greeting(), path)
        reply = self._talk.reply(text)
        if reply is None:
            return None
        samples = self._catalogue.samples(path, self._clock.now(), EXAMPLES) if row.reason == Reason.PRIVATE else []
        return Outcome(Band.TALK, reply, path, candidates=tuple(one.id for one in samples))

    async def _answered(self, text: str, said: Sequence[Any], path: str) -> Outcome:
        """Find the answer to a question, in the light of what was said before it."""
        before = self._context.before(said, path)
        aspect = follows(text, before, self._clock.now())
        if before is not None and aspect is not None:
            return await self._more(text, before, aspect, path)
        offer = self._context.offer(said, path)
        if offer is not None and len(text) <= LONGEST and offer.asked:  # asked once already: together they may say enough
            text = f'{answering.question_of(offer.asked)} {text}'
        return await self._found(text, path, may_ask=offer is None)

    async def _found(self, text: str, path: str, *, may_ask: bool) -> Outcome:
        """Look for the answer; between two that compete ask, if that has not been done."""
        found, finding = await self._catalogue.find(text, path, self._clock.now())
        thresholds = self._retriever.thresholds()
        decision = answering.decide(found, finding.confidence, thresholds, by_meaning=finding.by_meaning)
        pair = rivals(found, decision, thresholds) if may_ask else None
        both = [one for key in pair or () if (one := self._catalogue.visible(key, path, self._clock.now())) is not None]
        if len(both) == 2:
            words = wording.clarify(both[0].question, both[1].question)
            return Outcome(Band.CLARIFY, words, path, confidence=decision.confidence, candidates=(both[0].id, both[1].id))
        return self._spoken(decision, path)

    async def _more(self, text: str, before: Before, aspect: Aspect, path: str) -> Outcome:
        """Answer a follow-up: by another entry that says it surely, else by what the last one says of it, else honestly not."""
        query = enriched(text, before)
        found, finding = await self._catalogue.find(query, path, self._clock.now())
        decision = answering.decide(found, finding.confidence, self._retriever.thresholds(), by_meaning=finding.by_meaning)
        entry = self._catalogue.visible(before.entry_id, path, self._clock.now())
        if entry is None or (decision.band is Band.DIRECT and decision.entry_id not in {None, entry.id}):
            return replace(self._spoken(decision, path), text=redact(query))
        words = part(rich.plain(entry.answer), entry.steps, aspect)
        if words:
            return Outcome(Band.DIRECT, wording.part(entry, words), path, entry.id, 1.0, text=redact(query))
        return Outcome(Band.REFUSE, wording.not_in_entry(entry.question), path, text=redact(query))

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

    async def _hand_over(self, row: Any, asker_id: int, said: Sequence[Any]) -> str:
        """Open a case about what was asked last: 转人工 itself says nothing of it."""
        asked = next((one for one in said if one.text and one.band in ABOUT_SOMETHING), row)
        try:
            handoff = await self._desk.open(Actor(asker_id), row.room_id, asked.text, log_id=asked.id)
        except AppError as refusal:
            return refusal.words(SOURCE_LOCALE)
        if handoff.case.room_id != row.room_id:
            await self._desk.tell_opened(handoff)
            return wording.handoff_elsewhere()
        return wording.handoff_opened(handoff.on_duty, handoff.office_opens_at, self._clock.now(), handoff.department)

    async def publish(self, row: Any, asker_id: int, *, mentions: Sequence[int] = ()) -> int:
        """Post a decided answer under its key, without links its asker cannot open; returns its number in the room."""
        bot = self._bot or await self._people.bot()
        entry = self._catalogue.get(row.entry_id) if row.entry_id is not None else None
        offered = [found for one in row.candidates if (found := self._catalogue.get(one)) is not None]
        candidates = [CandidateView(id=one.id, question=one.question) for one in offered]
        gone = await self.linking.gone(Actor(asker_id), entry) if entry is not None else frozenset()
        payload = wording.payload(row.id, Band(row.band), row.question_seq, entry, candidates, self._clock.now(), gone)
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
        outcome = await self._next_word(event, text, path) if self._goes_on(event) else None
        again = outcome is not None  # asked for in the talk: the same entry is no repetition
        if outcome is None and answering.is_question(message.body):
            found, finding = await self._catalogue.find(answering.question_of(text), path, self._clock.now())
            decision = answering.decide(
                found, finding.confidence, self._retriever.thresholds(), by_meaning=finding.by_meaning, unasked=True)
            if decision.band is Band.DIRECT and decision.entry_id is not None:
                outcome = self._told(decision.entry_id, path, decision.confidence)
        if outcome is None or outcome.band is not Band.DIRECT or outcome.entry_id is None:
            return
        entry_id, key = outcome.entry_id, key_of(message)

        def work(tx: Tx) -> bool:
            if journal.owned_by_person(tx.session, asker_id=message.sender.id):
                return False
            if not again and journal.told_lately(tx.session, event.room_id, entry_id, tx.now - SAME_AGAIN):
                return False
            return journal.asked(
                tx, key=key, reason=Reason.UNASKED, room_id=event.room_id, question_seq=message.seq, place_id=event.place_id,
                asker=self._asker(tx, message.sender.id), text=text, outcome=outcome)

        if await self._db.write(work):
            row = await self._db.read(lambda session: journal.by_key(session, key))
            if row is not None:
                await self.publish(row, message.sender.id)
                self._in_talk.keep((event.room_id, message.sender.id), True)

    async def _next_word(self, event: MessagePosted, text: str, path: str) -> Outcome | None:
        """Return the answer to what somebody says next, nobody named: a choice, or more of the same; None if it is neither."""
        said = await self._context.of(event.room_id, event.message.sender.id, window=IN_TALK)
        offer = self._context.offer(said, path)
        if offer is not None and (one := offer.picked(text)) is not None:
            return self._told(one.id, path, 1.0)
        before = self._context.before(said[:1], path)
        aspect = follows(text, before, self._clock.now())
        if before is None or aspect is None:
            return None
        return await self._more(text, before, aspect, path)


def key_of(message: MessageView) -> str:
    """Return the key of a question: the client id its answer is posted under."""
    return f'answer:{message.id}'
