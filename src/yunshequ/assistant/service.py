"""智能回复: what can be done with 小栖. Keepers find their part under ``knowledge``, workers theirs under ``desk``."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from yunshequ.assistant import conversation, desk, following, journal, learning, rich, telling, wording
from yunshequ.assistant.bulk_edit import BulkEdit
from yunshequ.assistant.catalogue import Catalogue
from yunshequ.assistant.chats import PrivateChats
from yunshequ.assistant.conversation import Conversation
from yunshequ.assistant.desk import HandoffDesk
from yunshequ.assistant.desk_clock import DeskClock
from yunshequ.assistant.duplicates import Duplicates
from yunshequ.assistant.events import ModelSettled
from yunshequ.assistant.exchange import Exchange
from yunshequ.assistant.freshness import Terms
from yunshequ.assistant.handing import PASSED_JOB
from yunshequ.assistant.holidays import Holidays
from yunshequ.assistant.journal import Outcome
from yunshequ.assistant.keeping import Keeping
from yunshequ.assistant.knowledge import Knowledge
from yunshequ.assistant.learning import Learning
from yunshequ.assistant.ports import MayLearn, People, Retriever, Rooms
from yunshequ.assistant.privacy import pseudonym
from yunshequ.assistant.rating import CaseRating
from yunshequ.assistant.replay import Replays
from yunshequ.assistant.roster import DutyRoster
from yunshequ.assistant.schemas import (
    AnswerView,
    Band,
    CandidateView,
    DeskHours,
    FeedbackView,
    Figures,
    GuideView,
    HandoffView,
    ModelState,
    ModelStatus,
    Reason,
    TopQuestion,
    UnansweredView,
)
from yunshequ.assistant.talk import SmallTalk
from yunshequ.assistant.telling import Telling
from yunshequ.core.bus import Bus, Unsubscribe
from yunshequ.core.clock import Clock
from yunshequ.core.database import Database
from yunshequ.core.errors import Conflict, NotFound, NotPermitted
from yunshequ.core.i18n import N_, SOURCE_LOCALE, in_locale
from yunshequ.core.policy import STAFF_ROLES, Actor, Policy
from yunshequ.core.throttle import Throttle
from yunshequ.core.unit import Tx
from yunshequ.rooms.schemas import RoomView

SMALL_TALK = Path(__file__).resolve().parents[3] / 'data' / 'seed' / 'small_talk.jsonl'
HANDOFFS = '6/10 minutes'
"""How often one person may press 转人工."""


class AssistantService:
    """小栖. ``start`` returns at once: until the model is loaded it finds by words and says so."""

    def __init__(
        self, db: Database, policy: Policy, bus: Bus, clock: Clock, people: People, rooms: Rooms, retriever: Retriever,
        throttle: Throttle, *, secret: bytes, small_talk: Path | None = None, hours: DeskClock | None = None,
        terms: Terms | None = None, four_eyes: bool = False,
    ) -> None:
        self._db = db
        self._policy = policy
        self._bus = bus
        self._clock = clock
        self._secret = secret
        self._people = people
        self._rooms = rooms
        self._retriever = retriever
        self._throttle = throttle
        terms = terms or Terms()
        self._catalogue = Catalogue(db, bus, retriever, terms)
        self._chats = PrivateChats(people, rooms)
        self._learning = Learning(db, policy, clock, secret, people, rooms, self._catalogue, retriever)
        self.knowledge = Knowledge(db, policy, clock, people, self._catalogue, four_eyes=four_eyes)
        """The knowledge base, for its keepers."""
        self.replays = Replays(db, policy, people, self.knowledge.rights, self._catalogue, retriever)
        """What publishing would do to answers, and who signs for it."""
        self.knowledge.gate = self.replays
        self.duplicates = Duplicates(db, policy, people, self._catalogue, retriever)
        """What is there already, before it is written again."""
        self.exchange = Exchange(db, policy, people, self.knowledge, self.duplicates, self.replays)
        """Knowledge as files."""
        self.bulk = BulkEdit(db, policy, people, self.knowledge, self.replays)
        """Many entries changed at once."""
        self.keeping = Keeping(db, clock, people, self.knowledge, terms)
        """What keeps entries right over time: their history, and the desk on which old answers land."""
        self.roster = DutyRoster(db, policy, clock, people)
        """Who is on duty, and who answers for departments."""
        self.holidays = Holidays.load()
        """The public calendar the desk goes by, and the years for which it is still to be filled in."""
        hours = hours or DeskClock.load(public=self.holidays)
        self.office_hours = DeskHours(days=tuple(sorted(hours.days)), spans=hours.spans)
        """When the office is open on an ordinary week."""
        self.desk = HandoffDesk(db, policy, clock, people, rooms, self._chats, hours, self.roster, secret)
        """The hand-off desk, for workers."""
        self.rating = CaseRating(db, policy, clock, people, self.desk)
        """What residents say of their hand-offs."""
        self._conversation = Conversation(
            db, clock, secret, people, rooms, self._catalogue, retriever, self.desk,
            SmallTalk.load(small_talk or SMALL_TALK), throttle)
        self.linking = self._conversation.linking
        """What entries link to, and who can open it; the pages say so."""
        self.keeping.linking = self.linking
        self._telling = Telling(db, rooms, self._catalogue, self._conversation)
        rooms.add_hook(self._conversation.note)
        self._deaf: list[Unsubscribe] = []
        self._loading: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to listen; the model loads in the background."""
        await self._conversation.start()
        await self._catalogue.start()
        await self._learning.schedule_group()
        self._deaf = [
            self._bus.subscribe_local('room:', self._conversation.heard),
            self._bus.subscribe_local('member:', self.desk.roles_changed),
        ]
        self._loading = asyncio.create_task(self._tell_when_settled())

    async def _tell_when_settled(self) -> None:
        if self.status().state is ModelState.LOADING:
            self._bus.publish(ModelSettled(state=(await self._retriever.settled()).state))

    async def stop(self) -> None:
        """Finish the answers under way and let the model go."""
        for deaf in self._deaf:
            deaf()
        if self._loading is not None:
            self._loading.cancel()
        await self._conversation.stop()
        await self._catalogue.stop()

    def jobs(self) -> dict[str, Callable[[dict[str, Any]], Awaitable[None]]]:
        """Return the handlers of due jobs."""
        return {
            conversation.JOB: self._conversation.run_job,
            desk.FOLLOW_JOB: self.desk.run_follow,
            desk.CLOCK_JOB: self.desk.run_clock,
            PASSED_JOB: self.desk.run_passed,
            desk.EXPIRE_JOB: self.desk.run_expire,
            learning.GROUP_JOB: self._learning.run_group,
            telling.JOB: self._telling.run,
        }

    async def settled(self) -> ModelStatus:
        """Return the status of the model once it is loaded or known to be missing."""
        return await self._retriever.settled()

    def status(self) -> ModelStatus:
        """Say whether 小栖 can answer by meaning now."""
        return self._retriever.status()

    # -- residents -------------------------------------------------------------------------------------------------

    async def open_chat(self, actor: Actor) -> RoomView:
        """Return the actor's private chat with 小栖, opened at the first call.

        :raises NotFound: the actor lives and works nowhere here yet.
        """
        return await self._chats.of(actor)

    async def log_of(self, actor: Actor, room_id: int, seq: int) -> int:
        """Return the log id of the answer with number ``seq`` in a room (also in the message's ``answer`` payload).

        :raises NotFound: that message is no answer, or the actor is not in the room.
        """
        return await self._learning.log_of(actor, room_id, seq)

    async def feedback(self, actor: Actor, log_id: int, *, helpful: bool) -> FeedbackView:
        """Say 有用 or 没用 about an answer; the first word of a person counts and comes back.

        :raises NotFound: no such answer in a room of the actor's.
        """
        return await self._learning.feedback(actor, log_id, helpful=helpful)

    async def pick(self, actor: Actor, log_id: int, entry_id: int) -> AnswerView:
        """Choose one of the candidates 小栖 offered the actor: its answer is posted, once.

        :raises NotPermitted: the question was somebody else's.
        :raises NotFound: not one of the candidates, or it is no longer told here.
        :raises Conflict: a person answers in that chat.
        """
        row = await self._learning.answered(actor, log_id)
        asker = pseudonym(self._secret, actor.member_id)
        if row.asker not in {asker, journal.NOBODY}:
            raise NotPermitted(N_('请由提问的人来选，您也可以自己问小栖'), rule='assistant.pick')
        if await self._db.read(lambda session: journal.owned_by_person(session, room_id=row.room_id)):
            raise Conflict(N_('工作人员正在为您答复，小栖先不插话。请直接写给工作人员'))
        path = await self._people.path_of(row.place_id) or '/'
        entry = self._catalogue.visible(entry_id, path, self._clock.now()) if entry_id in row.candidates else None
        if entry is None:
            raise NotFound(N_('这个选项已经不在了，请再问一次'))
        key = f'pick:{log_id}:{entry_id}'
        with in_locale(SOURCE_LOCALE):
            outcome = Outcome(Band.DIRECT, wording.told(entry), path, entry_id, 1.0)

        def work(tx: Tx) -> Any:
            journal.asked(
                tx, key=key, reason=Reason.PICK, room_id=row.room_id, question_seq=row.question_seq, place_id=row.place_id,
                asker=asker, text=row.text, outcome=outcome)
            return journal.by_key(tx.session, key)

        picked = await self._db.write(work)
        seq = picked.answer_seq or await self._conversation.publish(picked, actor.member_id)
        return AnswerView(log_id=picked.id, room_id=row.room_id, seq=seq)

    def ask_before_learning(self, may_learn: MayLearn) -> None:
        """Keep questions only of those of whom ``may_learn(session, member)`` is true."""
        self._conversation.may_learn = may_learn

    async def forget_questions(self, actor: Actor) -> None:
        """Keep nothing of what the actor has asked so far."""
        asker = pseudonym(self._secret, actor.member_id)
        await self._db.write(lambda tx: journal.forget_asker(tx, asker))

    async def handoff(self, actor: Actor, room_id: int, *, log_id: int | None = None) -> HandoffView:
        """转人工: have a person answer. Asking again gives the same open case.

        :param log_id: the answer that did not help; None in a chat without one
        :raises NotFound: the actor is not in the room.
        """
        question = ''
        if log_id is not None:
            row = await self._learning.answered(actor, log_id)
            question, room_id = row.text, row.room_id
        await self._throttle.require(
            N_('您刚才已多次转人工，请 {seconds} 秒后再试，工作人员会看到您的问题'), HANDOFFS, 'handoff', str(actor.member_id))
        view = await self.desk.open(actor, room_id, question, log_id=log_id)
        await self.desk.tell_opened(view)
        if view.case.room_id != room_id:
            bot = await self._people.bot()
            with in_locale(SOURCE_LOCALE):
                await self._rooms.say(bot, room_id, wording.handoff_elsewhere(), client_id=f'handoff:{view.case.id}:from:{room_id}')
        return view

    async def top_asked(self, place_id: int, days: int = 7, limit: int = 5) -> list[TopQuestion]:
        """Return what at least three people asked at a place and below, by the entries' own questions."""
        return await self._learning.top_asked(place_id, days, limit)

    async def examples(self, place_id: int, limit: int = 6) -> list[CandidateView]:
        """Return questions one could ask at a place, each of another category; for a place where nobody has asked yet."""
        return await self._learning.examples(place_id, limit)

    async def guide(self, actor: Actor, entry_id: int) -> GuideView:
        """Return a published entry as a guide, if it holds where the actor lives or works.

        :raises NotFound: it is not published, not in its time, or another community's.
        """
        entry, now = self._catalogue.get(entry_id), self._clock.now()
        grants = await self._people.grants_of(actor.member_id)
        paths = [grant.path for grant in grants]
        paths += [path for one in await self._people.households_of(actor.member_id) if (path := await self._people.path_of(one.place_id))]
        above = any(grant.role in STAFF_ROLES and entry.path.startswith(grant.path) for grant in grants) if entry is not None else False
        if entry is None or not (any(entry.holds(path, now) for path in paths) or (above and entry.holds(entry.path, now))):
            raise NotFound(N_('没有找到这条办事指南，可能已经停用，请直接问小栖'))
        gone = await self.linking.gone(actor, entry)
        papers = following.part(rich.plain(entry.answer), entry.steps, following.Aspect.PAPERS)
        return GuideView(
            id=entry.id, question=entry.question, answer=rich.plain(entry.answer), reserve=wording.reserved(entry, now), steps=entry.steps,
            materials=tuple(papers.split('\n')) if papers else (),
            links=tuple(link for link in entry.links if link.href not in gone), source=entry.source, department=entry.department,
            valid_until=entry.valid_until)

    async def home_of(self, actor: Actor) -> int:
        """Return the community an actor lives or works in.

        :raises NotFound: neither is known.
        """
        return await self._chats.home_of(actor)

    # -- staff -----------------------------------------------------------------------------------------------------

    async def figures(self, actor: Actor, place_id: int) -> Figures:
        """Return 小栖 in numbers at a place and below.

        :raises NotPermitted: the actor keeps no knowledge there.
        """
        return await self._learning.figures(actor, place_id)

    async def unanswered(self, actor: Actor, place_id: int, days: int = 30, limit: int = 50) -> list[UnansweredView]:
        """Return questions that found no answer or a bad one, those of most people first."""
        return await self._learning.unanswered(actor, place_id, days, limit)
