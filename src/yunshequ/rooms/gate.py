"""What is asked before somebody's message is taken: muted? what mode is the room in? how fast, how often, to how many, how new?"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from yunshequ.community.service import CommunityService
from yunshequ.core.bus import Event
from yunshequ.core.clock import Clock, local
from yunshequ.core.database import Database
from yunshequ.core.errors import Blocked, Invalid, NotPermitted, TooMany
from yunshequ.core.i18n import N_, _
from yunshequ.core.policy import Actor, Grant, Policy, Role
from yunshequ.core.throttle import Throttle
from yunshequ.rooms import reading
from yunshequ.rooms.directory import RoomDirectory
from yunshequ.rooms.events import MessagePosted
from yunshequ.rooms.limits import Pace, limits
from yunshequ.rooms.log import message_id
from yunshequ.rooms.models import Message, Room
from yunshequ.rooms.order import MODERATE
from yunshequ.rooms.order_schemas import Standing
from yunshequ.rooms.repeats import NOTHING, Repeats, Text
from yunshequ.rooms.schemas import EVERYBODY, MessageKind, PostDraft, RoomKind, RoomMode, RoomView

LINK = re.compile(r'https?://|www\.|\b[a-z0-9-]+\.(?:com|cn|net|org|top|xyz|vip|cc|shop|club|site|info)\b', re.IGNORECASE)
"""What looks like the way to another site."""
UNKNOWN_YET = frozenset({Role.MEMBER})
"""Who holds nothing but this may be a newcomer; a verified resident or anybody in office is none."""

LATELY = 200
"""Messages of one room that are looked at when a process starts: more than people say in the minutes the rule looks back."""

_message = Message.__table__  # type: ignore[attr-defined]
_room = Room.__table__  # type: ignore[attr-defined]

CLOSED = {RoomMode.STAFF: N_('这个群现在只有工作人员和楼栋长可以发言'), RoomMode.READ_ONLY: N_('这个群现在只能看公告，不能发言')}


class Gate:
    """Asked by ``post``; a refusal names its rule and keeps the text with its writer."""

    def __init__(
        self, db: Database, policy: Policy, clock: Clock, community: CommunityService, directory: RoomDirectory, throttle: Throttle,
    ) -> None:
        self._db = db
        self._policy = policy
        self._clock = clock
        self._community = community
        self._directory = directory
        self._throttle = throttle
        self._repeats = Repeats(limits().duplicates)

    async def require(self, actor: Actor, room: RoomView, draft: PostDraft, body: str) -> Text:
        """Return, if the message may go on to the word list, what ``sent`` is to remember of it.

        :raises NotPermitted: muted, the room's mode, or everybody called by a resident.
        :raises TooMany: flood, or the room is slow.
        :raises Invalid: too many people named.
        :raises Blocked: a newcomer's link, the same text again and again.
        """
        if room.kind is RoomKind.ASSISTANT:
            await self._pace(room, actor, limits().flood)
            return NOTHING
        await self.require_open(actor, room, notice=draft.kind is MessageKind.NOTICE)
        grants = await self._community.grants_of(actor.member_id)
        if EVERYBODY in draft.mentions:
            await self._require_call(actor, room, grants, draft.client_id)
        newcomer = await self._on_probation(actor, room, grants)
        await self._pace(room, actor, limits().probation.flood if newcomer else limits().flood)
        if newcomer and LINK.search(body):
            figures = limits().probation
            raise Blocked(
                N_('没有发出：新成员进群满 {days} 天并发过 {messages} 条消息后才能发链接。完成住户核实，或请工作人员解除，可以马上发'),
                rule='rooms.newcomer_links', field='body', days=figures.days, messages=figures.messages)
        if not newcomer and await self._is_staff(actor, room, grants):
            return NOTHING
        most = limits().mentions.most
        if len(draft.mentions) > most:
            raise Invalid(N_('一条消息最多提醒 {most} 个人，写好的内容已为您保留'), field='mentions', rule='rooms.mentions', most=most)
        told = self._repeats.weigh(body)
        if self._repeats.too_often(actor.member_id, draft.client_id, told, self._clock.now()):
            rule = limits().duplicates
            raise Blocked(
                N_('没有发出：同样的内容 {minutes} 分钟内最多发 {same} 次（各群合计）。请换个说法，或稍后再发'), rule='rooms.duplicates',
                field='body', minutes=rule.minutes, same=rule.same)
        if room.slow_seconds:
            await self._throttle.require(
                N_('这个群开了慢速模式，请 {seconds} 秒后再发，写好的内容已为您保留'), f'1/{room.slow_seconds} seconds', 'slow',
                str(room.id), str(actor.member_id))
        return told

    async def require_open(self, actor: Actor, room: RoomView, *, notice: bool = False) -> None:
        """Return if the actor may write in the room at this moment, whatever it is they write.

        :raises NotPermitted: muted, or the room's mode.
        """
        closed = await self._closed(actor, room, notice=notice)
        if closed:
            raise NotPermitted(closed[1], rule=closed[0], **closed[2])

    async def require_heard(self, actor: Actor, room: RoomView) -> None:
        """Return if the actor is not muted in the room; for what everybody there would see though it is no message.

        :raises NotPermitted: muted.
        """
        closed = await self._muted(actor, room)
        if closed:
            raise NotPermitted(closed[1], rule=closed[0], **closed[2])

    def sent(self, actor: Actor, draft: PostDraft, told: Text) -> None:
        """Remember what went out."""
        self._repeats.note(actor.member_id, draft.client_id, told, self._clock.now())

    async def remember(self) -> None:
        """Look once, when the process starts, at what was said within the time the rule on repetitions looks back."""
        since = self._clock.now() - timedelta(minutes=limits().duplicates.minutes)
        for row in await self._db.read(lambda session: _said_since(session, since)):
            self._repeats.note(row.sender_id, row.client_id, self._repeats.weigh(row.body), row.at)

    def heard(self, event: Event) -> None:
        """Remember what another process has taken in; what is of no weight to the rule is passed over."""
        if isinstance(event, MessagePosted) and event.message.kind is MessageKind.TEXT and event.room_kind is not RoomKind.ASSISTANT:
            said = event.message
            self._repeats.note(said.sender.id, said.client_id, self._repeats.weigh(said.body), said.at)

    async def standing(self, actor: Actor, room: RoomView) -> Standing:
        """Return what the actor may do in a room now, for its page."""
        if room.kind is RoomKind.ASSISTANT:
            return Standing(mode=room.mode, slow_seconds=0, may_post=True)
        closed = await self._closed(actor, room, notice=False)
        return Standing(
            mode=room.mode, slow_seconds=room.slow_seconds,
            may_post=not closed and await self._policy.may(actor, 'rooms.post', room.place_id),
            closed=_(closed[1], **closed[2]) if closed else '', muted_until=await self._muted_until(actor, room),
            may_moderate=await self._policy.may(actor, MODERATE, room.place_id))

    async def is_newcomer(self, actor: Actor, room: RoomView) -> bool:
        """Tell whether somebody is on probation (新成员) in a room."""
        return await self._on_probation(actor, room, await self._community.grants_of(actor.member_id))

    async def _on_probation(self, actor: Actor, room: RoomView, grants: Sequence[Grant]) -> bool:
        for grant in grants:
            if grant.role not in UNKNOWN_YET:
                return False
        figures = limits().probation

        def query(session: Session) -> bool:
            mine = reading.membership(session, room.id, actor.member_id)
            if mine is None or mine.vouched_at is not None:
                return False
            if mine.joined_at > self._clock.now() - timedelta(days=figures.days):
                return True
            first = select(_message.c.id).where(
                _message.c.sender_id == actor.member_id,
                _message.c.id.between(message_id(room.id, 0), message_id(room.id, reading.LAST))).limit(figures.messages).subquery()
            return int(session.connection().scalar(select(func.count()).select_from(first)) or 0) < figures.messages

        return await self._db.read(query)

    async def _require_call(self, actor: Actor, room: RoomView, grants: Sequence[Grant], client_id: str) -> None:
        """Return if the actor may call everybody in the room (@所有人) at this moment; a retry of one call is no other."""
        if not await self._is_staff(actor, room, grants):
            raise NotPermitted(
                N_('没有发出：只有工作人员和楼栋长可以@所有人。去掉“@所有人”就能发，写好的内容已为您保留'), rule='rooms.mention_everybody')
        pace = limits().mentions.everybody
        once = f'1/{pace.seconds} seconds', 'everybody-once', str(actor.member_id), client_id
        if not await self._throttle.hit(*once):
            return
        try:
            await self._throttle.require(
                N_('没有发出：这个群一小时内已@所有人 {messages} 次，请 {seconds} 秒后再用，写好的内容已为您保留'), pace.rule, 'everybody',
                str(room.id), messages=pace.messages)
        except TooMany:
            await self._throttle.forget(*once)
            raise

    async def _pace(self, room: RoomView, actor: Actor, pace: Pace) -> None:
        await self._throttle.require(
            N_('您发得太快了，请 {seconds} 秒后再发（群规：{window} 秒内最多 {messages} 条），写好的内容已为您保留'),
            pace.rule, 'post', str(room.id), str(actor.member_id), window=pace.seconds, messages=pace.messages)

    async def _closed(self, actor: Actor, room: RoomView, *, notice: bool) -> tuple[str, str, dict[str, str]] | None:
        muted = await self._muted(actor, room)
        if muted:
            return muted
        if room.mode is RoomMode.OPEN or notice:
            return None
        if room.mode is RoomMode.STAFF and await self._is_staff(actor, room, await self._community.grants_of(actor.member_id)):
            return None
        return f'rooms.mode_{room.mode.value}', CLOSED[room.mode], {}

    async def _muted(self, actor: Actor, room: RoomView) -> tuple[str, str, dict[str, str]] | None:
        until = await self._muted_until(actor, room)
        if until is None:
            return None
        words = N_('您在这个群被禁言到 {until}，到时自动解除。理由和申诉见“我的 → 处理与申诉”')
        return 'rooms.muted', words, {'until': f'{local(until):%m-%d %H:%M}'}

    async def _muted_until(self, actor: Actor, room: RoomView) -> datetime | None:
        until = (await self._directory.mutes(room.id)).get(actor.member_id)
        return until if until is not None and until > self._clock.now() else None

    async def _is_staff(self, actor: Actor, room: RoomView, grants: Sequence[Grant]) -> bool:
        offices = self._policy.rules['rooms.notice'].roles
        for grant in grants:
            if grant.role in offices:
                return await self._policy.may(actor, 'rooms.notice', room.place_id)
        return False


def _said_since(session: Session, since: datetime) -> list[Any]:
    """Return who said what since an instant, oldest first; room by room, by the primary key: the time of a message has no index."""
    connection = session.connection()
    rooms = connection.execute(
        select(_room.c.id).where(_room.c.last_at > since, _room.c.kind != RoomKind.ASSISTANT.value, _room.c.archived_at.is_(None))).scalars().all()
    found: list[Any] = []
    for room_id in rooms:
        found += [row for row in connection.execute(
            select(_message.c.sender_id, _message.c.client_id, _message.c.body, _message.c.at, _message.c.kind)
            .where(_message.c.id.between(message_id(room_id, 0), message_id(room_id, reading.LAST)))
            .order_by(_message.c.id.desc()).limit(LATELY)) if row.at > since and row.kind == MessageKind.TEXT.value]
    return sorted(found, key=lambda row: row.at)
