"""阅读情况: who has said 收到 under a notice, by 楼栋; a reminder for those who have not."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, func, select
from sqlmodel import Session

from yunshequ.community.schemas import MemberCard
from yunshequ.community.service import CommunityService
from yunshequ.core.clock import SHANGHAI, Clock, local
from yunshequ.core.database import Database
from yunshequ.core.errors import Conflict, NotFound, TooMany
from yunshequ.core.i18n import N_, _, in_locale
from yunshequ.core.policy import Actor, Policy
from yunshequ.core.sheet import csv_text
from yunshequ.core.unit import Tx, insert_ignore
from yunshequ.rooms import reading
from yunshequ.rooms.directory import RoomDirectory
from yunshequ.rooms.log import message_id
from yunshequ.rooms.models import Message, NoticeReceipt, NoticeReminder, Room
from yunshequ.rooms.ports import Messenger
from yunshequ.rooms.schemas import BuildingReceipts, MessageKind, NoticeLine, NoticeState, Person, RoomKind, RoomView

REMIND = 'rooms.remind'
QUIET_FROM, QUIET_UNTIL = time(21), time(8)
"""Between these hours in Nanjing nobody is reminded of anything."""
LISTED = 30
"""Notices a room's page lists."""
QUOTED = 60
"""Characters of the notice that a reminder quotes."""

_room = Room.__table__  # type: ignore[attr-defined]
_message = Message.__table__  # type: ignore[attr-defined]
_receipt = NoticeReceipt.__table__  # type: ignore[attr-defined]
_reminder = NoticeReminder.__table__  # type: ignore[attr-defined]


def waking(at: datetime) -> datetime:
    """Return ``at``, or when the quiet hours it falls into end."""
    here = local(at)
    if QUIET_UNTIL <= here.timetz().replace(tzinfo=None) < QUIET_FROM:
        return at
    day = here.date() + timedelta(days=1 if here.time() >= QUIET_FROM else 0)
    return datetime.combine(day, QUIET_UNTIL, SHANGHAI).astimezone(at.tzinfo)


def masked(name: str) -> str:
    """Return a nickname as those see it who may not know who it is: ``3栋-张阿姨`` as ``3栋-张**``."""
    where, dash, who = name.rpartition('-')
    return f'{where}{dash}{who[:1]}**'


class NoticeReceipts:
    """What those in office know of who has read."""

    def __init__(self, db: Database, policy: Policy, clock: Clock, community: CommunityService, directory: RoomDirectory) -> None:
        self._db = db
        self._policy = policy
        self._clock = clock
        self._community = community
        self._directory = directory
        self.messenger: Messenger | None = None
        """Who carries reminders; wired by bootstrap."""

    async def notices(self, actor: Actor, room_id: int) -> list[NoticeLine]:
        """Return the latest notices of a room, newest first, with how many have said 收到.

        :raises NotPermitted: only those in office there.
        """
        await self._open(actor, room_id)

        def query(session: Session) -> tuple[list[Row[Any]], dict[int, int], int | None]:
            connection = session.connection()
            rows = list(connection.execute(
                select(_message).where(
                    _message.c.id.between(message_id(room_id, 0), message_id(room_id, reading.LAST)),
                    _message.c.kind == MessageKind.NOTICE.value, _message.c.recalled_at.is_(None))
                .order_by(_message.c.id.desc()).limit(LISTED)))
            counts = connection.execute(
                select(_receipt.c.seq, func.count().label('n')).where(_receipt.c.room_id == room_id, _receipt.c.seq.in_([row.seq for row in rows]))
                .group_by(_receipt.c.seq)).all()
            pinned = connection.scalar(select(_room.c.notice_seq).where(_room.c.id == room_id))
            return rows, {one.seq: one.n for one in counts}, pinned

        rows, counts, pinned = await self._db.read(query)
        cards = await self._directory.cards(room_id, {row.sender_id for row in rows})
        return [
            NoticeLine(
                seq=row.seq, body=row.body, at=row.at, by=cards[row.sender_id].name, pinned=row.seq == pinned,
                must_ack=(row.payload or {}).get('must_ack', True), received=counts.get(row.seq, 0))
            for row in rows]

    async def state(self, actor: Actor, room_id: int, seq: int) -> NoticeState:
        """Return who has said 收到 under a notice and who has not, by 楼栋.

        Names are in full where the actor is staff of that 楼栋 (or of the room's place), else masked; whose name is in full sees it.

        :raises NotFound: there is no such notice, or it was recalled.
        :raises NotPermitted: only those in office there.
        """
        room = await self._open(actor, room_id)
        notice, pinned, said, reminded = await self._db.read(lambda session: _notice(session, room_id, seq))
        inside = await self._directory.member_ids(room_id)
        cards = {one: card for one, card in (await self._directory.cards(room_id, inside)).items() if not card.bot}
        buildings = await self._buildings(actor, room, cards, said)
        by = await self._directory.card(room_id, notice.sender_id)
        return NoticeState(
            room=room, seq=seq, body=notice.body, at=notice.at, by=by.name, pinned=pinned == seq,
            received=sum(one.received for one in buildings), total=len(cards), buildings=tuple(buildings), reminded_at=reminded,
            may_remind=pinned == seq and await self._policy.may(actor, 'rooms.notice', room.place_id))

    async def _buildings(
        self, actor: Actor, room: RoomView, cards: dict[int, MemberCard], said: dict[int, datetime],
    ) -> list[BuildingReceipts]:
        homes = await self._community.buildings_of(cards)
        groups: dict[int | None, list[MemberCard]] = defaultdict(list)
        for card in cards.values():
            groups[homes.get(card.id)].append(card)
        found = []
        for place_id, people in groups.items():
            where = room.place_id if place_id is None else place_id
            named = await self._policy.may(actor, 'rooms.moderate', where)
            if named:
                await self._community.looked_at(actor, [card.id for card in people], where, 'receipts')
            title = _('没有登记住处') if place_id is None else (await self._community.place(place_id)).name
            shown = [
                Person(name=card.name if named else masked(card.name), at=said.get(card.id))
                for card in sorted(people, key=lambda card: card.name)]
            found.append(BuildingReceipts(
                place_id=place_id, title=title, named=named, total=len(shown), received=sum(one.at is not None for one in shown),
                confirmed=tuple(one for one in shown if one.at is not None), missing=tuple(one for one in shown if one.at is None)))
        return sorted(found, key=lambda one: (one.place_id is None, one.received - one.total, one.title))

    async def export(self, actor: Actor, room_id: int, seq: int) -> str:
        """Return the state of a notice as CSV, with the names the actor may see; exporting is audited."""
        state = await self.state(actor, room_id, seq)
        rows: list[Sequence[object]] = [(_('楼栋'), _('称呼'), _('是否收到'), _('时间'))]
        for building in state.buildings:
            rows.extend(
                (building.title, person.name, _('未收到') if person.at is None else _('已收到'),
                 '' if person.at is None else f'{local(person.at):%Y-%m-%d %H:%M}')
                for person in (*building.missing, *building.confirmed))

        def work(tx: Tx) -> None:
            tx.audit(actor.member_id, 'rooms.export_receipts', f'room:{room_id}#{seq}', place_id=state.room.place_id,
                     detail={'rows': len(rows) - 1})

        await self._db.write(work)
        return csv_text(rows)

    async def remind(self, actor: Actor, room_id: int, seq: int) -> datetime:
        """Have 小栖 remind in private those who have not said 收到; once a day, not in the quiet hours. Returns when it goes out.

        :raises Conflict: another notice is pinned, or it asks for no 收到.
        :raises TooMany: they were reminded that day already.
        """
        room = await self._open(actor, room_id)
        await self._policy.require(actor, 'rooms.notice', room.place_id)
        notice, pinned, _said, _last = await self._db.read(lambda session: _notice(session, room_id, seq))
        if pinned != seq or not (notice.payload or {}).get('must_ack', True):
            raise Conflict(N_('只能提醒正在置顶、并且请大家点“收到”的公告'))

        def work(tx: Tx) -> datetime:
            due = waking(tx.now)
            day = f'{local(due):%Y-%m-%d}'
            row = {'room_id': room_id, 'seq': seq, 'day': day, 'by_id': actor.member_id, 'due_at': due}
            if not insert_ignore(tx.session, NoticeReminder, [row]):
                raise TooMany(N_('这条公告一天只提醒一次，{day} 的已经安排过了'), rule='rooms.remind_once_a_day', day=day)
            tx.schedule(REMIND, due, {'room_id': room_id, 'seq': seq, 'day': day}, key=f'remind:{room_id}:{seq}:{day}')
            tx.audit(actor.member_id, 'rooms.remind', f'room:{room_id}#{seq}', place_id=room.place_id, detail={'due': due.isoformat()})
            return due

        return await self._db.write(work)

    async def run_reminder(self, payload: dict[str, Any]) -> None:
        """Run the job: whoever has said 收到 or left meanwhile is not troubled, nor anybody about what is no longer pinned."""
        room_id, seq = payload['room_id'], payload['seq']
        room = await self._directory.room(room_id)
        if room is None or self.messenger is None:
            return
        try:
            notice, pinned, said, _last = await self._db.read(lambda session: _notice(session, room_id, seq))
        except NotFound:
            return  # recalled
        if pinned != seq:
            return
        for member_id in sorted(await self._directory.member_ids(room_id) - said.keys() - {notice.sender_id}):
            person = await self._community.person(member_id)
            if person is None or not person.active:
                continue
            with in_locale(person.locale):
                words = _('“{room}”有一条公告在等您点“收到”：{text}', room=room.title, text=_shortened(notice.body))
            await self.messenger.tell(member_id, words, client_id=f'remind:{room_id}:{seq}:{member_id}:{payload["day"]}')

    async def _open(self, actor: Actor, room_id: int) -> RoomView:
        room = await self._directory.room(room_id)
        if room is None or room.kind is RoomKind.ASSISTANT:
            raise NotFound(N_('没有找到这个群'))
        await self._policy.require(actor, 'rooms.read_receipts', room.place_id)
        return room


def _shortened(body: str) -> str:
    line = ' '.join(body.split())
    return line if len(line) <= QUOTED else f'{line[:QUOTED]}…'


def _notice(session: Session, room_id: int, seq: int) -> tuple[Row[Any], int | None, dict[int, datetime], datetime | None]:
    """Return a notice, the pinned one's number, who has said 收到 when, and when people were last reminded."""
    connection = session.connection()
    row = None
    if 0 < seq <= reading.LAST:
        row = connection.execute(select(_message).where(
            _message.c.id == message_id(room_id, seq), _message.c.kind == MessageKind.NOTICE.value,
            _message.c.recalled_at.is_(None))).one_or_none()
    if row is None:
        raise NotFound(N_('没有找到这条公告，可能已经撤回'))
    pinned = connection.scalar(select(_room.c.notice_seq).where(_room.c.id == room_id))
    said = connection.execute(
        select(_receipt.c.member_id, _receipt.c.at).where(_receipt.c.room_id == room_id, _receipt.c.seq == seq)).all()
    reminded = connection.scalar(
        select(func.max(_reminder.c.due_at)).where(_reminder.c.room_id == room_id, _reminder.c.seq == seq))
    return row, pinned, {one.member_id: one.at for one in said}, reminded
