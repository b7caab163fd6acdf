"""信息交流: what can be done in a room. One public coroutine for each thing a person can do."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session

from yunshequ.community.schemas import JoinResult, MemberCard, Relation
from yunshequ.community.service import CommunityService
from yunshequ.core.bus import Bus
from yunshequ.core.clock import Clock
from yunshequ.core.database import Database
from yunshequ.core.errors import Blocked, Invalid, NotFound
from yunshequ.core.i18n import N_, SOURCE_LOCALE, _, in_locale
from yunshequ.core.policy import Actor, Policy
from yunshequ.core.throttle import Throttle
from yunshequ.core.unit import Tx
from yunshequ.rooms import entries, membership, notices, reading
from yunshequ.rooms.acts import MUTE_OVER, ModerationActs
from yunshequ.rooms.appeals import Appeals
from yunshequ.rooms.directory import RoomDirectory
from yunshequ.rooms.door import RoomDoor
from yunshequ.rooms.drafts import check_body
from yunshequ.rooms.events import PrefsChanged
from yunshequ.rooms.files import FileStore
from yunshequ.rooms.forwarding import Forwarding
from yunshequ.rooms.gallery import Gallery
from yunshequ.rooms.gate import Gate
from yunshequ.rooms.holding import HeldMessages
from yunshequ.rooms.hush import hushed
from yunshequ.rooms.images import ImageStore
from yunshequ.rooms.log import PREVIEW, Post, PostHook, RoomLog, message_id
from yunshequ.rooms.models import Message, Room, RoomMember
from yunshequ.rooms.moderation import Marks, WordLists
from yunshequ.rooms.names import found_by
from yunshequ.rooms.nicknames import Nicknames
from yunshequ.rooms.opening import RoomOpening
from yunshequ.rooms.order import RoomOrder
from yunshequ.rooms.order_schemas import LogLine, Reason, Standing
from yunshequ.rooms.receipts import REMIND, NoticeReceipts
from yunshequ.rooms.removals import Removals
from yunshequ.rooms.repeats import NOTHING
from yunshequ.rooms.reports import Reports
from yunshequ.rooms.schemas import (
    COUNTED,
    EVERYBODY,
    GalleryPage,
    MessageKind,
    MessageView,
    MyName,
    PostDraft,
    Reply,
    RoomAtPlace,
    RoomKind,
    RoomListItem,
    RoomMemberCard,
    RoomPage,
    RoomsAt,
    RoomView,
    SearchHit,
)
from yunshequ.rooms.telling import TELL, Teller
from yunshequ.rooms.viewing import entry_views, senders
from yunshequ.rooms.welcome import Welcome
from yunshequ.rooms.who import WhoIsWho
from yunshequ.rooms.words import WordAction

LONGEST_QUERY = 60
"""Characters of a search that are looked for."""

_MARKS = {
    MessageKind.IMAGE: N_('[图片]'), MessageKind.FILE: N_('[文件] '), MessageKind.CARD: N_('[卡片] '), MessageKind.NOTICE: N_('[公告] ')}
_room = Room.__table__  # type: ignore[attr-defined]
_member = RoomMember.__table__  # type: ignore[attr-defined]
_message = Message.__table__  # type: ignore[attr-defined]


class RoomsService:
    """Rooms, their logs and their readers."""

    def __init__(
        self, db: Database, policy: Policy, bus: Bus, clock: Clock, community: CommunityService, throttle: Throttle, images: ImageStore,
        files: FileStore,
    ) -> None:
        self._db = db
        self._policy = policy
        self._clock = clock
        self._community = community
        self._throttle = throttle
        self.images = images
        self.files = files
        self._log = RoomLog()
        self._store = self._log.store
        self._directory = RoomDirectory(db, bus, clock, community)
        self.words = WordLists(db, policy, community, self._directory)
        self.order = RoomOrder(db, policy, community, self._directory)
        self.gate = Gate(db, policy, clock, community, self._directory, throttle)
        bus.subscribe_elsewhere('room:', self.gate.heard)
        self.acts = ModerationActs(db, policy, community, self._directory, self.order, self._log)
        self.reports = Reports(db, policy, clock, community, self._directory, self.order, self.acts, throttle)
        self.appeals = Appeals(db, self.order, self.acts)
        self.held = HeldMessages(db, policy, self._directory, self.order, self._log, self._draft_again)
        self.removals = Removals(db, policy, community, self._directory, self.order, self.acts)
        self.acts.release = self.held.releasing
        self.teller = Teller(community, self.say)
        self.forwarding = Forwarding(db, policy, self._directory, throttle, images, files, self)
        self._marks = Marks()
        self._log.hooks += [self._marks.hook, notices.pin_posted]
        self.welcome = Welcome(db, self.order, self.words)
        self.door = RoomDoor(db, policy, community, self._directory, self.order, throttle)
        self.receipts = NoticeReceipts(db, policy, clock, community, self._directory)
        self._nicknames = Nicknames(db, community, self.gate, self.words, throttle)
        self._gallery = Gallery(db, self._directory)
        self._who = WhoIsWho(db, community, self._directory)
        self._opening = RoomOpening(db, clock, policy, self._directory)

    def jobs(self) -> dict[str, Callable[[dict[str, Any]], Awaitable[None]]]:
        """Return what the job runner does for rooms, by kind."""
        return {
            membership.GREET: self._greet, REMIND: self.receipts.run_reminder, entries.FORGET: self.door.forget, TELL: self.teller.run,
            MUTE_OVER: self.acts.mute_over}

    # -- who may be here -------------------------------------------------------------------------------------------

    def add_hook(self, hook: PostHook) -> None:
        """Have ``hook(tx, event)`` called inside the unit of every post."""
        self._log.hooks.append(hook)

    async def require_inside(self, actor: Actor, room_id: int, action: str = 'rooms.read') -> RoomView:
        """Return the room if ``actor`` is in it and may do ``action`` there.

        :raises NotFound: no such room, or it is none of the actor's business.
        :raises NotPermitted: the actor's roles do not allow it.
        """
        room = await self._directory.room(room_id)
        if room is None or not await self._directory.is_inside(room_id, actor.member_id):
            raise NotFound(N_('没有找到这个群，或您还没有加入'))
        if room.kind is RoomKind.ASSISTANT:
            return room  # a private room has no place's rules: being one of its two or three members is the right
        await self._policy.require(actor, action, room.place_id)
        return room

    async def require_writable(self, actor: Actor, room_id: int) -> RoomView:
        """Return the room if ``actor`` may write there at this moment; for what other modules let people add to a conversation.

        :raises NotFound: as ``require_inside``.
        :raises NotPermitted: no right to post, muted, or the room's mode.
        """
        room = await self.require_inside(actor, room_id, 'rooms.post')
        await self.gate.require_open(actor, room)
        return room

    async def members(self, actor: Actor, room_id: int, query: str = '') -> list[MemberCard]:
        """Return who is in the room, staff first, found by a part of the name or of its pinyin; at most 200."""
        await self.require_inside(actor, room_id)
        ids = await self._directory.member_ids(room_id)
        accounts, cards = await self._community.cards(ids), await self._directory.cards(room_id, ids)
        found = [card for card in cards.values() if found_by(card.name, query) or found_by(accounts[card.id].name, query)]
        return sorted(found, key=lambda card: (card.badge is None, card.name))[:200]

    async def member_card(self, actor: Actor, room_id: int, member_id: int) -> RoomMemberCard:
        """Return the card (名片) of somebody in a room one is in.

        :raises NotFound: one of the two is not.
        """
        await self.require_inside(actor, room_id)
        return await self._who.card(actor.member_id, room_id, member_id)

    async def my_name(self, actor: Actor, room_id: int) -> MyName:
        """Return what the actor goes by in a room they are in, and what may be proposed."""
        room = await self.require_inside(actor, room_id)
        return await self._nicknames.mine(actor, room, (await self._directory.card(room_id, actor.member_id)).name)

    async def set_name(self, actor: Actor, room_id: int, name: str) -> str:
        """我在本群的昵称: go by ``name`` in a room one is in, by one's usual name if it is empty. See ``Nicknames.set``."""
        return await self._nicknames.set(actor, await self.require_inside(actor, room_id), name)

    async def may_call_everybody(self, actor: Actor, room_id: int) -> bool:
        """Tell whether the actor may name 所有人 in a room they are in."""
        room = await self.require_inside(actor, room_id)
        return room.kind is not RoomKind.ASSISTANT and await self._policy.may(actor, 'rooms.notice', room.place_id)

    async def card(self, room_id: int, member_id: int) -> MemberCard:
        """Return a member by the name they have in the room; for other services and pages that have asked for the room."""
        return await self._directory.card(room_id, member_id)

    async def cards(self, room_id: int, ids: Iterable[int]) -> dict[int, MemberCard]:
        """As ``card``, for many."""
        return await self._directory.cards(room_id, ids)

    async def member_ids(self, room_id: int) -> frozenset[int]:
        """Return who is in the room; for other services, not for people."""
        return await self._directory.member_ids(room_id)

    async def room(self, room_id: int) -> RoomView | None:
        """Return a room; for other services, not for people."""
        return await self._directory.room(room_id)

    async def head(self, room_id: int) -> int:
        """Return the last number of a room's log; for other services and pages that have asked for the room."""
        return await self._directory.head(room_id)

    async def place_of(self, room_id: int) -> int | None:
        """Return the place of a room that a code may lead to; for other services, not for people."""
        room = await self._directory.room(room_id)
        return None if room is None or room.kind is RoomKind.ASSISTANT else room.place_id

    async def senders(self, room_id: int, seqs: Sequence[int]) -> dict[int, int]:
        """Return who wrote these messages, without those taken back and those of people who have left; for other services."""
        ids = [message_id(room_id, seq) for seq in seqs]
        rows = await self._db.read(lambda session: session.connection().execute(
            select(_message.c.seq, _message.c.sender_id).where(_message.c.id.in_(ids), _message.c.recalled_at.is_(None))).all())
        inside = await self._directory.member_ids(room_id)
        return {row.seq: row.sender_id for row in rows if row.sender_id in inside}

    async def is_quiet(self, room_id: int) -> bool:
        """Tell whether 小栖 speaks in the room only when spoken to: always (安静模式), or at this hour (免打扰时段)."""
        room = await self._directory.room(room_id)
        return room is None or room.quiet or hushed(room.hush_from, room.hush_until, self._clock.now())

    async def card_answered(self, room_id: int, seq: int, kind: str) -> int | None:
        """Return the id on the card of ``kind`` that the message ``seq`` replies to, None if it does not."""

        def query(session: Session) -> int | None:
            window = reading.between(session, room_id, seq, seq, limit=1, newest=True)
            if not window.entries or not window.entries[0].reply_seq:
                return None
            quoted = window.quoted.get(window.entries[0].reply_seq)
            card = (quoted.payload or {}).get('card') if quoted is not None else None
            return int(card['id']) if card and card['kind'] == kind else None

        return await self._db.read(query)

    # -- making and joining ----------------------------------------------------------------------------------------

    async def create_room(
        self, actor: Actor, place_id: int, kind: RoomKind, title: str, *, welcome: str = '', rules: str = '', members: Iterable[int] = (),
    ) -> RoomView:
        """Open a room at a place; its creator is in it.

        :raises NotPermitted: only the community office opens rooms.
        :raises Invalid: no title.
        """
        await self._policy.require(actor, 'rooms.create', place_id)
        title = title.strip()
        if not title or len(title) > 40:
            raise Invalid(N_('请给群起一个 1 到 40 个字的名字'), field='title')

        def work(tx: Tx) -> RoomView:
            room = Room(place_id=place_id, kind=kind, title=title, welcome=welcome, rules=rules, created_at=tx.now)
            tx.session.add(room)
            tx.session.flush()
            view = RoomView.model_validate(room, from_attributes=True)
            membership.enter(tx, view, [actor.member_id, *members])
            tx.audit(actor.member_id, 'rooms.create', f'room:{room.id}', place_id=place_id)
            return view

        return await self._db.write(work)

    async def private_of(self, member_id: int) -> RoomView | None:
        """Return the member's own room with 小栖, None if it was never opened; for other services."""
        row = await self._db.read(lambda session: session.connection().execute(
            select(_room).where(_room.c.owner_id == member_id, _room.c.kind == RoomKind.ASSISTANT.value)).first())
        return None if row is None else RoomView.model_validate(row, from_attributes=True)

    async def private_room(self, member_id: int, with_members: Iterable[int], place_id: int, title: str) -> RoomView:
        """Return the member's own room with 小栖, opening it on first use."""
        extra = list(with_members)

        def work(tx: Tx) -> RoomView:
            found = tx.connection.execute(
                select(_room).where(_room.c.owner_id == member_id, _room.c.kind == RoomKind.ASSISTANT.value)
            ).first()
            if found is not None:
                return RoomView.model_validate(found, from_attributes=True)
            room = Room(place_id=place_id, kind=RoomKind.ASSISTANT, title=title, owner_id=member_id, created_at=tx.now)
            tx.session.add(room)
            tx.session.flush()
            view = RoomView.model_validate(room, from_attributes=True)
            membership.enter(tx, view, [member_id, *extra])
            return view

        return await self._db.write(work)

    async def join(self, actor: Actor, room_id: int) -> bool:
        """Enter a room as staff of its place, without a code. Returns False if already inside.

        :raises NotPermitted: residents enter by a code; private rooms by nobody.
        """
        room = await self._directory.room(room_id)
        if room is None or room.kind is RoomKind.ASSISTANT:
            raise NotFound(N_('没有找到这个群'))
        await self._policy.require(actor, 'rooms.enter_any', room.place_id)
        return bool(await self.admit(room_id, [actor.member_id]))

    async def admit(self, room_id: int, member_ids: list[int], *, greet: bool = False) -> list[int]:
        """Put members into a room (a code was accepted, a case was taken); returns who is new. For other services."""
        room = await self._directory.room(room_id)
        if room is None:
            raise NotFound(N_('没有找到这个群'))
        return await self._db.write(lambda tx: membership.enter(tx, room, member_ids, greet=greet))

    async def _greet(self, payload: dict[str, Any]) -> None:
        """Bid a newcomer welcome, once ever; whoever has left again is not greeted."""
        room_id, member_id = payload['room_id'], payload['member_id']
        room = await self._directory.room(room_id)
        if room is None or not await self._directory.is_inside(room_id, member_id):
            return
        card = await self._directory.card(room_id, member_id)
        with in_locale(SOURCE_LOCALE):
            words = _('欢迎 {name} 加入。{welcome}', name=card.name, welcome=room.welcome)
        await self.say(await self._community.bot(), room_id, words, client_id=f'welcome:{room_id}:{member_id}')

    async def join_by_code(
        self, actor: Actor, code: str, *, nickname: str | None = None, room_no: str | None = None,
        relation: Relation = Relation.FAMILY, answer: str = '',
    ) -> JoinResult:
        """Come in by a join code, see ``RoomDoor.come_in``."""
        return await self.door.come_in(actor, code, nickname=nickname, room_no=room_no, relation=relation, answer=answer)

    async def leave(self, actor: Actor, room_id: int) -> None:
        """Leave a room; its history stays for those inside."""
        await self.require_inside(actor, room_id)
        await self.dismiss(room_id, [actor.member_id])

    async def dismiss(self, room_id: int, member_ids: list[int]) -> None:
        """Let members out of a room; those outside already are passed over. For other services."""
        await self._db.write(lambda tx: membership.let_out(tx, room_id, member_ids))

    # -- posting ---------------------------------------------------------------------------------------------------

    async def post(self, actor: Actor, draft: PostDraft) -> MessageView:
        """Append a message to a room. Sending the same ``client_id`` again gives the first result.

        A word may hold it for review instead: then the view says ``held`` and has no number.

        :raises NotFound: the actor is not in the room.
        :raises NotPermitted: posting, or this kind of message, is not allowed here.
        :raises TooMany: flood limit, slow mode.
        :raises Blocked: a sensitive word; nothing is stored, the writer keeps the text.
        :raises Invalid: empty or too long.
        """
        action = 'rooms.notice' if draft.kind is MessageKind.NOTICE else 'rooms.post'
        room = await self.require_inside(actor, draft.room_id, action)
        card = await self._directory.card(room.id, actor.member_id)
        body = draft.body.strip()
        file = await self._file(actor, draft) if draft.file else None
        if file is not None:
            body = file['name']  # found by a search, read by the word list
        match, told = None, NOTHING
        if not card.bot:
            check_body(draft, body)
            told = await self.gate.require(actor, room, draft, body)
            match = await self.words.screen(room.place_id, body)
        post = await self._prepare(actor, card, room, draft, body, file)
        if room.kind is RoomKind.ASSISTANT or card.bot:
            return await self._append(post)
        if match is not None and match.action is WordAction.HOLD and not await self._policy.may(actor, 'rooms.moderate', room.place_id):
            await self.held.hold(actor, room, draft, match)
            return post.view.model_copy(update={'held': True})
        if match is None:
            view = await self._append(post)
        else:
            with self._marks.noted(card.id, draft.client_id, match):
                view = await self._append(post)
        self.gate.sent(actor, draft, told)
        return view

    async def _draft_again(self, actor: Actor, room: RoomView, draft: PostDraft) -> Post:
        file = await self._file(actor, draft)
        body = draft.body.strip() if file is None else str(file['name'])
        return await self._prepare(actor, await self._directory.card(room.id, actor.member_id), room, draft, body, file)

    async def _file(self, actor: Actor, draft: PostDraft) -> dict[str, Any] | None:
        if draft.kind is not MessageKind.FILE or not draft.file:
            return None
        return await self.files.view(draft.file, draft.room_id, actor.member_id)

    async def say(
        self, actor: Actor, room_id: int, body: str, *, client_id: str, kind: MessageKind = MessageKind.SYSTEM,
        card: dict[str, Any] | None = None, answer: dict[str, Any] | None = None, reply_seq: int | None = None,
        mentions: Sequence[int] = (),
    ) -> MessageView:
        """Post in the house's own name (the bot, a card of another module); for other services, not for people."""
        room = await self._directory.room(room_id)
        if room is None:
            raise NotFound(N_('没有找到这个群'))
        sender = await self._directory.card(room_id, actor.member_id)
        draft = PostDraft.model_construct(
            room_id=room_id, client_id=client_id, kind=kind, body=body, card=card, answer=answer, reply_seq=reply_seq,
            mentions=list(mentions), image=None)
        return await self._append(await self._prepare(actor, sender, room, draft, body))

    async def _append(self, post: Post) -> MessageView:
        return await self._db.batched(self._store, post)

    async def check_words(self, place_id: int, text: str) -> None:
        """Return if a text may be shown at a place; also what other modules let people write is read by this.

        :raises Blocked: it holds a sensitive word; the refusal names its rule.
        """
        found = await self.words.screen(place_id, text)
        if found is not None and found.action is WordAction.HOLD:
            raise Blocked(
                N_('没有发出：“{term}”属于要先审核的“{category}”，这里请换个说法，写好的内容已为您保留'), rule=f'words.{found.category}',
                field='body', term=found.term, category=found.category)

    async def _prepare(
        self, actor: Actor, sender: MemberCard, room: RoomView, draft: PostDraft, body: str, file: dict[str, Any] | None = None,
    ) -> Post:
        reply = await self._quote(room.id, draft.reply_seq) if draft.reply_seq else None
        inside = await self._directory.member_ids(room.id) if draft.mentions else frozenset()
        mentions = [one for one in dict.fromkeys(draft.mentions) if one == EVERYBODY or (one in inside and one != actor.member_id)]
        reminded = mentions if EVERYBODY not in mentions else list(inside - {actor.member_id})
        payload: dict[str, Any] = {}
        image = None
        if draft.image:
            image = await self.images.view(draft.image, room.id, actor.member_id)
            payload['image'] = draft.image
        if file is not None:
            payload['file'] = draft.file
        if draft.card:
            payload['card'] = draft.card
        if draft.answer:
            payload['answer'] = draft.answer
        if not draft.must_ack:
            payload['must_ack'] = False
        if draft.forwarded is not None:
            payload['forwarded'] = draft.forwarded.model_dump()
        view = MessageView(
            id=0, room_id=room.id, seq=0, n=0, kind=draft.kind, sender=sender, at=self._clock.now(), body=body,
            client_id=draft.client_id, reply=reply, mentions=tuple(mentions), image=image, file=file, card=draft.card,
            answer=draft.answer, must_ack=draft.must_ack, forwarded=draft.forwarded.origin if draft.forwarded else None)
        preview = body[:PREVIEW]
        if draft.kind in _MARKS:
            preview = (_(_MARKS[draft.kind]) + body)[:PREVIEW]
        return Post(
            draft=draft, view=view, place_id=room.place_id, room_kind=room.kind, mention_ids=reminded, payload=payload or None,
            preview=f'{sender.name}: {preview}')

    async def _quote(self, room_id: int, seq: int) -> Reply | None:
        window = await self._db.read(lambda session: reading.between(session, room_id, seq, seq, limit=1, newest=True))
        if not window.entries or window.entries[0].recalled_at is not None:
            return None
        entry = window.entries[0]
        card = await self._directory.card(room_id, entry.sender_id)
        return Reply(seq=seq, sender_id=card.id, name=card.name, text=entry.body[:PREVIEW * 2] or _('[图片]'))

    async def recall(self, actor: Actor, room_id: int, seq: int) -> MessageView:
        """撤回: take a message back within two minutes; everybody sees that it was, nobody what it said.

        Returns the log entry of the recall. The original stays in the table for the audit.

        :raises NotPermitted: not the actor's own message.
        :raises Conflict: later than two minutes, or recalled already.
        """
        room = await self.require_inside(actor, room_id, 'rooms.post')
        sender = await self._directory.card(room_id, actor.member_id)
        draft = PostDraft(room_id=room_id, client_id=f'recall:{room_id}:{seq}', kind=MessageKind.RECALL)
        view = MessageView(id=0, room_id=room_id, seq=0, n=0, kind=MessageKind.RECALL, sender=sender, at=self._clock.now(),
                           client_id=draft.client_id, target=seq)
        entry = Post(draft=draft, view=view, place_id=room.place_id, room_kind=room.kind, mention_ids=[],
                     payload={'target': seq}, preview='')

        line = f'{sender.name}: ' + _('撤回了一条消息')
        return await self._db.write(lambda tx: self._log.recall(tx, entry, seq, line))

    # -- good order as every member meets it ------------------------------------------------------------------------

    async def report(self, actor: Actor, room_id: int, seq: int, reason: Reason, note: str = '') -> None:
        """举报 a message of a room one is in; a muted member may too. See ``Reports.report``."""
        await self.reports.report(actor, await self.require_inside(actor, room_id), seq, reason, note)

    async def standing(self, actor: Actor, room_id: int) -> Standing:
        """Return what the actor may do in a room they are in at this moment."""
        return await self.gate.standing(actor, await self.require_inside(actor, room_id))

    async def public_log(self, actor: Actor, room_id: int) -> list[LogLine]:
        """公示: return what moderators did in a room one is in, names masked."""
        room = await self.require_inside(actor, room_id)
        return await self.acts.public(room.id)

    # -- notices ---------------------------------------------------------------------------------------------------

    async def pin_notice(self, actor: Actor, room_id: int, seq: int | None) -> None:
        """Pin a message as the room's notice, or take it down with ``None``."""
        room = await self.require_inside(actor, room_id, 'rooms.notice')

        await self._db.write(lambda tx: notices.pin(tx, room, seq, actor.member_id))

    async def acknowledge(self, actor: Actor, room_id: int, seq: int) -> int:
        """Say 收到 under the pinned notice; returns how many have. Doing it twice changes nothing."""
        await self.require_inside(actor, room_id)

        return await self._db.write(lambda tx: notices.acknowledge(tx, room_id, seq, actor.member_id))

    # -- reading ---------------------------------------------------------------------------------------------------

    async def rooms_of(self, actor: Actor) -> list[RoomListItem]:
        """Return the actor's rooms: pinned first, then by last message, with what is unread."""
        rows = await self._db.read(lambda session: reading.rooms_of(session, actor.member_id))
        items = []
        for row in rows:
            place = await self._community.place(row.place_id)
            items.append(RoomListItem(
                id=row.id, kind=RoomKind(row.kind), title=row.title, place_name=place.name, last_line=row.last_line,
                last_at=row.last_at, last_seq=row.last_seq, last_n=row.last_n, unread=max(0, row.last_n - row.read_n),
                mentioned=row.mention_seq > row.read_seq, muted=row.muted, pinned=row.pinned))
        return items

    async def rooms_at(self, actor: Actor, place_id: int, *, search: str = '', offset: int = 0, limit: int = 50) -> RoomsAt:
        """Return the rooms at a place and below that staff may enter, theirs or not, the latest talk first; never private ones.

        :raises NotPermitted: only the community office may.
        """
        await self._policy.require(actor, 'rooms.enter_any', place_id)
        names = {place.id: place.name for place in [await self._community.place(place_id), *await self._community.below(place_id)]}
        total, rows = await self._db.read(
            lambda session: reading.rooms_at(session, list(names), actor.member_id, search.strip(), offset, limit))
        return RoomsAt(total=total, rooms=tuple(
            RoomAtPlace(id=row.id, kind=RoomKind(row.kind), title=row.title, place_name=names[row.place_id], members=row.members,
                        inside=bool(row.inside), last_at=row.last_at)
            for row in rows))

    async def open_room(self, actor: Actor, room_id: int) -> RoomPage:
        """Return what a room page opens with: the window around the first unread, or the last messages."""
        await self.require_inside(actor, room_id)
        return await self._opening.page(actor, room_id)

    async def since(self, actor: Actor, room_id: int, after: int) -> tuple[list[MessageView], bool]:
        """Return the entries after ``after``, ascending, at most 200, and whether there are more."""
        await self.require_inside(actor, room_id)
        if after >= await self._directory.head(room_id):
            return [], False
        window = await self._db.read(lambda session: reading.between(
            session, room_id, after + 1, reading.LAST, limit=reading.SYNC_PAGE + 1, newest=False))
        more = len(window.entries) > reading.SYNC_PAGE
        del window.entries[reading.SYNC_PAGE:]
        return await self._views(room_id, window), more

    async def before(self, actor: Actor, room_id: int, seq: int) -> list[MessageView]:
        """Return the page of history before ``seq``, ascending."""
        await self.require_inside(actor, room_id)
        return await self._views(room_id, await self._db.read(
            lambda session: reading.between(session, room_id, 0, seq - 1, limit=reading.PAGE, newest=True)))

    async def around(self, actor: Actor, room_id: int, seq: int) -> list[MessageView]:
        """Return a stretch of history with ``seq`` in its middle, ascending."""
        await self.require_inside(actor, room_id)
        half = reading.PAGE // 2
        return await self._views(room_id, await self._db.read(
            lambda session: reading.between(session, room_id, seq - half, seq + half, limit=reading.PAGE + 1, newest=False)))

    async def gallery(self, actor: Actor, room_id: int, *, files: bool = False, before: int | None = None) -> GalleryPage:
        """Return pictures, or documents, of a room, newest first, 60 at a time; what was recalled is not among them."""
        await self.require_inside(actor, room_id)
        return await self._gallery.page(room_id, files=files, before=before)

    async def require_shown(self, actor: Actor, row: Any) -> None:
        """Return if ``actor`` may fetch a picture or document (its row): inside the room, and not recalled.

        :raises NotFound: otherwise.
        """
        await self.require_inside(actor, row.room_id)
        await self._gallery.require_shown(row)

    async def rules_seen(self, actor: Actor, room_id: int) -> None:
        """Note that the actor has seen the rules (群规) of a room as they are now."""
        room = await self.require_inside(actor, room_id)
        await self.welcome.rules_seen(actor.member_id, room_id, room.rules_version)

    async def search(self, actor: Actor, room_id: int, query: str) -> list[SearchHit]:
        """Return up to 50 messages that hold the query (two characters in a row at least), newest first.

        :raises Invalid: less than two characters.
        """
        await self.require_inside(actor, room_id)
        query = query.strip()[:LONGEST_QUERY]
        if len(query) < 2:
            raise Invalid(N_('请输入至少两个字再搜索'), field='query')
        rows = await self._db.read(lambda session: reading.hits(session, room_id, query, 50))
        cards = await self._directory.cards(room_id, {row.sender_id for row in rows})
        return [SearchHit(seq=row.seq, sender=cards[row.sender_id], at=row.at, body=row.body) for row in rows]

    async def mark_read(self, actor: Actor, room_id: int, seq: int) -> None:
        """Move the actor's read cursor forward to ``seq``; never back."""
        await self._db.batched(membership.move_cursors, (room_id, actor.member_id, seq))

    async def set_prefs(self, actor: Actor, room_id: int, *, muted: bool | None = None, pinned: bool | None = None) -> None:
        """免打扰 and 置顶 of a room, for the actor alone."""
        await self.require_inside(actor, room_id)
        values = {name: value for name, value in (('muted', muted), ('pinned', pinned)) if value is not None}
        if not values:
            return

        def work(tx: Tx) -> None:
            tx.connection.execute(
                update(_member).where(_member.c.room_id == room_id, _member.c.member_id == actor.member_id).values(values))
            tx.emit(PrefsChanged(member_id=actor.member_id, room_id=room_id))

        await self._db.write(work)

    async def _views(self, room_id: int, window: reading.Window) -> list[MessageView]:
        return entry_views(window, await self._directory.cards(room_id, senders(window)))


__all__ = ['COUNTED', 'RoomsService']
