"""The only place where parts are wired: settings in, a container of services out."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func
from sqlmodel import select

from yunshequ.accounts import policy as accounts_policy
from yunshequ.accounts.lost_phone import LostPhones
from yunshequ.accounts.personal import AccountsKeeper
from yunshequ.accounts.service import AccountsService
from yunshequ.assistant import handing as assistant_handing
from yunshequ.assistant import policy as assistant_policy
from yunshequ.assistant.freshness import Terms
from yunshequ.assistant.personal import AssistantKeeper
from yunshequ.assistant.retriever import IndexRetriever, opener
from yunshequ.assistant.service import AssistantService
from yunshequ.ballots import handing as ballots_handing
from yunshequ.ballots import policy as ballots_policy
from yunshequ.ballots.personal import BallotsKeeper
from yunshequ.ballots.rules import RuleBook
from yunshequ.ballots.service import BallotsService
from yunshequ.chains import handing as chains_handing
from yunshequ.chains import policy as chains_policy
from yunshequ.chains.personal import keeper as chains_keeper
from yunshequ.chains.service import ChainsService
from yunshequ.channels.sms import sms_gateway
from yunshequ.community import policy as community_policy
from yunshequ.community.acting import ActingService
from yunshequ.community.directory import CommunityDirectory, Memories
from yunshequ.community.handover import Handovers
from yunshequ.community.households import HouseholdsService
from yunshequ.community.identity import IdentityService
from yunshequ.community.personal import CommunityKeeper
from yunshequ.community.service import CommunityService
from yunshequ.core.audit import AuditEntry
from yunshequ.core.bus import Bus, LocalBus
from yunshequ.core.clock import Clock, SystemClock
from yunshequ.core.database import Database
from yunshequ.core.errors import NotFound
from yunshequ.core.lasting import LastingThrottle
from yunshequ.core.personal import Keeper
from yunshequ.core.policy import Actor, Policy
from yunshequ.core.redis_bus import RedisBus
from yunshequ.core.settings import Settings
from yunshequ.core.throttle import Throttle
from yunshequ.core.unit import Tx
from yunshequ.deliberation import handing as deliberation_handing
from yunshequ.deliberation import policy as deliberation_policy
from yunshequ.deliberation.personal import keeper as deliberation_keeper
from yunshequ.deliberation.service import DeliberationService
from yunshequ.emergency import handing as emergency_handing
from yunshequ.emergency import policy as emergency_policy
from yunshequ.emergency.personal import EmergencyKeeper
from yunshequ.emergency.service import EmergencyService
from yunshequ.emergency.words import asks_to_sign_up
from yunshequ.jobs.runner import JobRunner
from yunshequ.privacy import policy as privacy_policy
from yunshequ.privacy.personal import keeper as records_keeper
from yunshequ.privacy.service import PrivacyService
from yunshequ.rooms import handing as rooms_handing
from yunshequ.rooms import policy as rooms_policy
from yunshequ.rooms.events import MessagePosted
from yunshequ.rooms.files import FileStore
from yunshequ.rooms.images import ImageStore
from yunshequ.rooms.personal import RoomsKeeper
from yunshequ.rooms.schemas import MessageKind
from yunshequ.rooms.service import RoomsService

ACTIONS = (
    community_policy.ACTIONS, accounts_policy.ACTIONS, rooms_policy.ACTIONS, ballots_policy.ACTIONS, chains_policy.ACTIONS,
    deliberation_policy.ACTIONS, emergency_policy.ACTIONS, assistant_policy.ACTIONS, privacy_policy.ACTIONS,
)
WORKS = (
    *assistant_handing.WORKS, *rooms_handing.WORKS, *chains_handing.WORKS, *ballots_handing.WORKS, *deliberation_handing.WORKS,
    *emergency_handing.WORKS,
)
"""What passes on with an office, from all modules."""
SIGN_UP_BY_WORD = 'emergency.sign_up_by_word'


class RoomVoice:
    """How votes and calls speak in rooms without knowing them (``ballots.ports``, ``emergency.ports``)."""

    def __init__(self, rooms: RoomsService, community: CommunityService, policy: Policy) -> None:
        self._rooms = rooms
        self._community = community
        self._policy = policy

    async def post_card(self, actor: Actor, room_id: int, kind: str, ref_id: int, client_id: str, text: str) -> None:
        """Post a live card in the actor's name, into a room they are in or may enter: a vote names its room freely.

        :raises NotFound: there is no such room, or it is a private one of others.
        :raises NotPermitted: the room belongs to another place.
        """
        if actor.member_id not in await self._rooms.member_ids(room_id):
            place_id = await self._rooms.place_of(room_id)
            if place_id is None:
                raise NotFound
            await self._policy.require(actor, 'rooms.enter_any', place_id)
        await self._rooms.say(actor, room_id, text, client_id=client_id, kind=MessageKind.CARD, card={'kind': kind, 'id': ref_id})

    async def post_notice(self, room_id: int, client_id: str, text: str, mentions: Sequence[int]) -> None:
        """Let 小栖 say something, naming members."""
        await self._rooms.say(await self._community.bot(), room_id, text, client_id=client_id, kind=MessageKind.TEXT, mentions=mentions)


class PrivateVoice:
    """How rooms speak to one person without knowing 小栖's chats (``rooms.ports``)."""

    def __init__(self, rooms: RoomsService, assistant: AssistantService, community: CommunityService) -> None:
        self._rooms = rooms
        self._assistant = assistant
        self._community = community

    async def reach(self, member_id: int) -> None:
        """Open somebody's own chat if they belong anywhere now."""
        with suppress(NotFound):
            await self._assistant.open_chat(Actor(member_id))

    async def tell(self, member_id: int, text: str, *, client_id: str) -> None:
        """Let 小栖 write into somebody's own chat; who has none and belongs nowhere is passed over."""
        try:
            chat = await self._assistant.open_chat(Actor(member_id))
        except NotFound:
            return
        await self._rooms.say(await self._community.bot(), chat.id, text, client_id=client_id, kind=MessageKind.TEXT)


class Container:
    """Every service of one process. Made by ``main``, the command line and tests; nothing is built at import time."""

    def __init__(
        self, settings: Settings, *, clock: Clock | None = None, bus: Bus | None = None, throttle: Throttle | None = None,
    ) -> None:
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        self.bus: Bus = bus or (RedisBus(settings.redis_url) if settings.redis_url else LocalBus())
        self.db = Database(settings.resolved_database_url(), clock=self.clock, bus=self.bus)
        self.throttle = throttle or Throttle(settings.redis_url)
        lasting = throttle or (Throttle(settings.redis_url) if settings.redis_url else LastingThrottle(self.db))
        memories = Memories(self.bus, self.clock)
        self.policy = Policy(CommunityDirectory(self.db, self.bus, self.clock, memories=memories), self.clock)
        for actions in ACTIONS:
            self.policy.register(actions)
        self.community = CommunityService(self.db, self.policy, self.bus, self.clock, settings, memories=memories)
        self.policy.explainer = self.community
        self.sms = sms_gateway(settings)
        self.identity = IdentityService(
            self.db, self.policy, self.clock, self.community, lasting, secret=settings.secret_key())
        self.acting = ActingService(
            self.db, self.policy, self.clock, self.community, lasting, secret=settings.secret_key())
        self.households = HouseholdsService(self.db, self.policy, self.clock, self.community)
        self.handovers = Handovers(self.db, self.policy, self.clock, self.community, WORKS)
        self.accounts = AccountsService(self.db, self.community, self.sms, self.bus, self.clock, settings, lasting)
        self.lost_phones = LostPhones(self.db, self.policy, self.clock, self.community, self.accounts, lasting)
        self.rooms = RoomsService(
            self.db, self.policy, self.bus, self.clock, self.community, self.throttle,
            ImageStore(self.db, settings.data_dir / 'images'), FileStore(self.db, settings.data_dir / 'files'))
        self.community.rooms = self.rooms
        voice = RoomVoice(self.rooms, self.community, self.policy)
        self.ballots = BallotsService(self.db, self.policy, self.clock, self.community, RuleBook.load())
        self.ballots.poster = voice
        self.ballots.helpers = self.acting
        self.deliberation = DeliberationService(self.db, self.policy, self.clock, self.community)
        self.deliberation.votes = self.ballots
        self.deliberation.screen = self.rooms
        self.chains = ChainsService(self.db, self.policy, self.clock, self.rooms, self.throttle)
        self.chains.poster = voice
        self.emergency = EmergencyService(
            self.db, self.policy, self.bus, self.clock, self.community, poster=voice, throttle=self.throttle)
        self.assistant = AssistantService(
            self.db, self.policy, self.bus, self.clock, self.community, self.rooms,
            IndexRetriever(opener(settings), settings.data_dir / 'index' / 'kb'), self.throttle, secret=settings.secret_key(),
            terms=Terms(timedelta(days=settings.knowledge_confirm_days), timedelta(days=settings.knowledge_ahead_days)),
            four_eyes=settings.knowledge_review == 'two')
        self.privacy = PrivacyService(
            self.db, self.policy, self.clock, self.community, self.throttle, settings.data_dir / 'exports', self._keepers(),
            {'party_mark': self._mark_party, 'volunteer_match': self._match_skills, 'question_learning': self._learn},
            {'roll': self.community.export_roll})
        self.community.access = self.privacy.access
        self.assistant.ask_before_learning(
            lambda session, member_id: self.privacy.consents.allows(session, member_id, 'question_learning'))
        private = PrivateVoice(self.rooms, self.assistant, self.community)
        self.rooms.receipts.messenger = private
        self.accounts.messenger = private
        self.lost_phones.messenger = private
        self.handovers.messenger = private
        self.rooms.teller.open_chat = self.assistant.open_chat
        self.rooms.add_hook(self._note_wish)
        self.jobs = JobRunner(self.db, self.clock, self.bus, {SIGN_UP_BY_WORD: self._sign_up_by_word})
        for module in (
            self.accounts, self.lost_phones, self.handovers, self.rooms, self.ballots, self.chains, self.deliberation, self.emergency,
            self.assistant, self.privacy,
        ):
            self.jobs.add(module.jobs())

    def _keepers(self) -> list[Keeper]:
        """Return who holds personal data, from the outermost module inwards: deletion needs the phone until the end."""
        people = CommunityKeeper()
        return [
            AssistantKeeper(self.settings.secret_key()), EmergencyKeeper(), deliberation_keeper(), BallotsKeeper(), chains_keeper(),
            RoomsKeeper(self.rooms.images, self.rooms.files, people.bots), records_keeper(), AccountsKeeper(people), people,
        ]

    async def _mark_party(self, actor: Actor, *, on: bool) -> None:
        await self.community.set_profile(actor, party_visible=on)

    async def _match_skills(self, actor: Actor, *, on: bool) -> None:
        if not on:
            await self.community.set_profile(actor, skills=())

    async def _learn(self, actor: Actor, *, on: bool) -> None:
        if not on:
            await self.assistant.forget_questions(actor)

    async def start(self) -> None:
        """Open the database, hear the other processes, begin to run what is due, load 小栖 beside."""
        await self.db.start()
        await self.bus.start()
        await self.rooms.gate.remember()
        await self.assistant.start()
        await self.privacy.start()
        await self.jobs.start()

    async def stop(self) -> None:
        """End in the reverse order; what was accepted is complete."""
        await self.jobs.stop()
        await self.assistant.stop()
        await self.accounts.stop()
        await self.bus.stop()
        await self.db.stop()

    async def newest_audit(self) -> datetime | None:
        """Return the time of the newest audit entry, None in an empty house."""
        return await self.db.read(lambda session: session.exec(select(func.max(AuditEntry.at))).one())

    @staticmethod
    def _note_wish(tx: Tx, event: MessagePosted) -> None:
        """我报名 in a room becomes a job in the unit of its message, so that a crash between the two loses nobody's seat."""
        message = event.message
        if message.kind is MessageKind.TEXT and not message.sender.bot and asks_to_sign_up(message.body) is not None:
            payload = {'room_id': event.room_id, 'seq': message.seq, 'member_id': message.sender.id, 'text': message.body}
            tx.schedule(SIGN_UP_BY_WORD, tx.now, payload, key=f'word:{message.id}')

    async def _sign_up_by_word(self, payload: dict[str, Any]) -> None:
        room_id, seq, member = payload['room_id'], payload['seq'], Actor(payload['member_id'])
        call_id = await self.rooms.card_answered(room_id, seq, 'call')
        answer = await self.emergency.sign_up_by_word(
            member, room_id, payload['text'], call_id, client_id=f'word:{room_id}:{seq}')
        if answer is not None:
            await self.rooms.say(
                await self.community.bot(), room_id, answer.words, client_id=f'word:{room_id}:{seq}', kind=MessageKind.TEXT,
                reply_seq=seq)
