"""处理: what moderators do to a message or a member, with a reason, until when, and how it is taken back."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlmodel import Session

from yunshequ.community.service import CommunityService
from yunshequ.core.database import Database
from yunshequ.core.errors import Conflict, Invalid, NotFound, NotPermitted
from yunshequ.core.i18n import N_, _
from yunshequ.core.policy import Actor, Policy
from yunshequ.core.unit import Tx
from yunshequ.rooms import membership, reading
from yunshequ.rooms.directory import RoomDirectory
from yunshequ.rooms.events import ActsChanged, OrderChanged, StandingChanged
from yunshequ.rooms.limits import limits
from yunshequ.rooms.log import PREVIEW, Post, RoomLog
from yunshequ.rooms.models import Appeal, HeldMessage, Message, ModerationAct
from yunshequ.rooms.order import MODERATE, RoomOrder
from yunshequ.rooms.order_schemas import LONGEST_NOTE, ActKind, ActView, AppealView, LogLine, Outcome, Reason, masked
from yunshequ.rooms.schemas import COUNTED, MessageKind, MessageView, PostDraft, RoomView
from yunshequ.rooms.telling import News, tell
from yunshequ.rooms.viewing import entry_view

MUTE_OVER = 'rooms.mute_over'
MOST_LINES = 100

Deed = Callable[[Tx, int | None], int]
"""Does an act inside a unit, for a case if one is given; returns the act's id."""

_act = ModerationAct.__table__  # type: ignore[attr-defined]
_appeal = Appeal.__table__  # type: ignore[attr-defined]
_message = Message.__table__  # type: ignore[attr-defined]
_held = HeldMessage.__table__  # type: ignore[attr-defined]

Release = Callable[[Actor, int], Awaitable[Callable[[Tx], Any]]]


def check_reason(reason: Reason, note: str) -> str:
    """Return the note trimmed.

    :raises Invalid: it is too long, or 其他 does not say what.
    """
    note = note.strip()
    if len(note) > LONGEST_NOTE:
        raise Invalid(N_('说明最多 {most} 个字'), field='note', most=LONGEST_NOTE)
    if reason is Reason.OTHER and not note:
        raise Invalid(N_('选“其他”时请写明原因'), field='note')
    return note


class ModerationActs:
    """Mutes, recalls, and taking any act back."""

    def __init__(
        self, db: Database, policy: Policy, community: CommunityService, directory: RoomDirectory, order: RoomOrder, log: RoomLog,
    ) -> None:
        self._db = db
        self._policy = policy
        self._community = community
        self._directory = directory
        self._order = order
        self._log = log
        self.release: Release | None = None
        """How a refused message is sent after all; set by whoever holds messages."""

    # -- doing -----------------------------------------------------------------------------------------------------

    async def mute(self, actor: Actor, room_id: int, member_id: int, minutes: int, reason: Reason, note: str = '') -> int:
        """禁言: let a member read and not speak in a room for some minutes; returns the act's id. It ends by itself.

        :raises NotPermitted: only staff of the room's place may, and not against themselves or other staff.
        :raises NotFound: the person is not in the room.
        :raises Invalid: no length, longer than a week, 其他 without words.
        """
        room = await self._order.looked_after(actor, room_id)
        deed = await self.muting(actor, room, member_id, minutes, reason, note)
        return await self._db.write(lambda tx: deed(tx, None))

    async def recall(self, actor: Actor, room_id: int, seq: int, reason: Reason, note: str = '') -> int:
        """撤回 somebody's message as a moderator; returns the act's id. The text stays for the audit and for going back.

        :raises NotPermitted: only staff of the room's place may.
        :raises NotFound: there is no such message, or it is recalled already.
        """
        room = await self._order.looked_after(actor, room_id)
        deed = await self.recalling(actor, room, seq, reason, note)
        return await self._db.write(lambda tx: deed(tx, None))

    async def handle(
        self, actor: Actor, room_id: int, seq: int, outcome: Outcome, reason: Reason, note: str = '', minutes: int = 0,
    ) -> None:
        """处理 a message one has seen oneself, without a report: recall it, mute its writer, or both at once.

        :raises NotPermitted: only staff of the room's place may, and not against themselves or other staff.
        :raises NotFound: there is no such message, or it is recalled already.
        :raises Invalid: a mute without a length, 其他 without words.
        """
        room = await self._order.looked_after(actor, room_id)
        target = await self._whole(room_id, seq)
        if target is None:
            raise NotFound(N_('没有找到这条消息，可能已经撤回'))
        deeds = await self.deeds(actor, room, seq, target.sender.id, outcome, reason, note, minutes)
        await self._db.write(lambda tx: [deed(tx, None) for deed in deeds])

    async def deeds(
        self, actor: Actor, room: RoomView, seq: int, member_id: int, outcome: Outcome, reason: Reason, note: str, minutes: int,
    ) -> list[Deed]:
        """Check what an outcome asks for and return how it is done; rights are the caller's affair."""
        found = []
        if outcome in {Outcome.RECALL, Outcome.BOTH}:
            found.append(await self.recalling(actor, room, seq, reason, note))
        if outcome in {Outcome.MUTE, Outcome.BOTH}:
            found.append(await self.muting(actor, room, member_id, minutes, reason, note))
        return found

    async def muting(self, actor: Actor, room: RoomView, member_id: int, minutes: int, reason: Reason, note: str) -> Deed:
        """Check a mute and return how it is done; rights are the caller's affair."""
        note = check_reason(reason, note)
        longest = limits().mute.longest_minutes
        if not 0 < minutes <= longest:
            raise Invalid(N_('禁言时间请在 1 分钟到 {days} 天之间'), field='minutes', days=longest // 1440)
        await self.require_other(actor, room, member_id)

        def deed(tx: Tx, case_id: int | None) -> int:
            until = tx.now + timedelta(minutes=minutes)
            act_id = record(tx, actor, room, ActKind.MUTE, member_id, reason, note, until=until, case_id=case_id)
            tx.schedule(MUTE_OVER, until, {'act': act_id}, key=f'mute:{act_id}')
            tx.emit(StandingChanged(room_id=room.id, member_id=member_id))
            tell(tx, member_id, News.MUTED, f'act:{act_id}', room=room.title, reason=reason.value, note=note, until=until)
            return act_id

        return deed

    async def recalling(self, actor: Actor, room: RoomView, seq: int, reason: Reason, note: str) -> Deed:
        """Check a recall and return how it is done; rights are the caller's affair."""
        note = check_reason(reason, note)
        target = await self._whole(room.id, seq)
        if target is None or target.recalled or target.kind not in COUNTED:
            raise NotFound(N_('没有找到这条消息，可能已经撤回'))
        bot = await self._community.bot()
        card = await self._community.card(bot.member_id)
        line = f'{target.sender.name}: ' + _('一条消息已由管理人员撤回')

        def deed(tx: Tx, case_id: int | None) -> int:
            act_id = record(tx, actor, room, ActKind.RECALL, target.sender.id, reason, note, seq=seq, case_id=case_id)
            if not self._log.strike(tx, _entry(tx, room, card, MessageKind.RECALL, f'act:{act_id}', seq), act_id, line):
                raise Conflict(N_('这条消息刚刚已经撤回'))
            if not target.sender.bot:
                tell(tx, target.sender.id, News.RECALLED, f'act:{act_id}', room=room.title, reason=reason.value, note=note,
                     text=shortened(target))
            return act_id

        return deed

    async def require_other(self, actor: Actor, room: RoomView, member_id: int) -> None:
        """Return if a moderator may act against a member: somebody in the room, not themselves, not staff, not 小栖."""
        if member_id not in await self._directory.member_ids(room.id):
            raise NotFound(N_('这个人不在群里'))
        staff = await self._policy.may(Actor(member_id), MODERATE, room.place_id)
        if member_id == actor.member_id or staff or (await self._community.card(member_id)).bot:
            raise NotPermitted(N_('不能对自己和管理人员做这项处理，需要时请联系上级'), rule='rooms.act_on_staff')

    # -- taking back -----------------------------------------------------------------------------------------------

    async def undo(self, actor: Actor, act_id: int, why: str = '') -> None:
        """撤销处理: the mute ends, the message is back, the person may come in again. Doing it twice changes nothing.

        :raises NotFound: there is no such act.
        :raises NotPermitted: only staff of the room's place may, and nobody in their own affair.
        """
        row = await self.required(actor, act_id)
        undoing = await self.undoing(actor, row, why.strip()[:LONGEST_NOTE])
        await self._db.write(undoing)

    async def required(self, actor: Actor, act_id: int) -> Any:
        """Return an act's row for a moderator of its place who is not the one concerned.

        :raises NotFound: there is no such act.
        :raises NotPermitted: not a moderator there, or it is their own affair.
        """
        row = await self._db.read(lambda session: act_row(session, act_id))
        if row is None:
            raise NotFound
        await self._policy.require(actor, MODERATE, row.place_id)
        if row.member_id == actor.member_id:
            raise NotPermitted(N_('涉及您本人的处理，请由其他管理人员决定'), rule='rooms.own_case')
        return row

    async def undoing(self, actor: Actor, row: Any, why: str) -> Callable[[Tx], None]:
        """Return how an act is taken back inside a unit; an appeal that waits is granted with it."""
        room = await self._directory.room(row.room_id)
        if room is None:
            raise NotFound(N_('没有找到这个群'))
        back = await self._back(actor, room, row)

        def work(tx: Tx) -> None:
            changed = tx.connection.execute(
                update(_act).where(_act.c.id == row.id, _act.c.undone_at.is_(None))
                .values(undone_at=tx.now, undone_by=actor.member_id, undone_why=why)).rowcount
            if not changed:
                return
            back(tx)
            tx.connection.execute(
                update(_appeal).where(_appeal.c.act_id == row.id, _appeal.c.decided_at.is_(None))
                .values(decided_at=tx.now, decided_by=actor.member_id, upheld=False, answer=why))
            tx.audit(actor.member_id, f'rooms.undo_{row.kind}', f'act:{row.id}', place_id=row.place_id, detail={'why': why})
            tx.emit(OrderChanged(place_id=row.place_id))
            tx.emit(ActsChanged(room_id=room.id))
            tell(tx, row.member_id, News.UNDONE, f'undone:{row.id}', room=room.title, why=why)

        return work

    async def _back(self, actor: Actor, room: RoomView, row: Any) -> Callable[[Tx], Any]:
        kind = ActKind(row.kind)
        if kind is ActKind.RECALL:
            target = await self._whole(room.id, row.seq)
            if target is None:
                raise NotFound(N_('没有找到这条消息'))
            bot = await self._community.card((await self._community.bot()).member_id)
            return lambda tx: self._log.restore(
                tx, _entry(tx, room, bot, MessageKind.RESTORE, f'undo:{row.id}', row.seq, restored=target), row.id)
        if kind is ActKind.REMOVE:
            return lambda tx: membership.enter(tx, room, [row.member_id])
        if kind is ActKind.REFUSE:
            assert self.release is not None
            return await self.release(actor, row.held_id)
        return lambda tx: tx.emit(StandingChanged(room_id=room.id, member_id=row.member_id))

    async def mute_over(self, payload: dict[str, Any]) -> None:
        """Tell that a mute has ended, here and on open pages; run by the clock. It has ended already: posting asks the time."""
        row = await self._db.read(lambda session: act_row(session, payload['act']))
        room = None if row is None else await self._directory.room(row.room_id)
        if row is None or room is None or row.undone_at is not None:
            return

        def work(tx: Tx) -> None:
            tx.emit(StandingChanged(room_id=row.room_id, member_id=row.member_id))
            tell(tx, row.member_id, News.MUTE_OVER, f'over:{row.id}', room=room.title)

        await self._db.write(work)

    # -- reading ---------------------------------------------------------------------------------------------------

    async def mine(self, actor: Actor) -> list[ActView]:
        """Return what was done to the actor, newest first, with what became of their appeals."""
        return await self.views(await self._db.read(
            lambda session: acts(session, _act.c.member_id == actor.member_id)), staff=False)

    async def in_room(self, actor: Actor, room_id: int) -> list[ActView]:
        """Return what was done in a room, with names.

        :raises NotPermitted: only staff of its place see names.
        """
        await self._order.looked_after(actor, room_id)
        return await self.views(await self._db.read(lambda session: acts(session, _act.c.room_id == room_id)), staff=True)

    async def public(self, room_id: int) -> list[LogLine]:
        """公示: return what was done in a room, names masked; the caller has asked whether the reader is inside."""
        rows = await self._db.read(lambda session: acts(session, _act.c.room_id == room_id))
        cards = await self._directory.cards(room_id, {row.member_id for row in rows})
        return [LogLine(at=row.at, kind=ActKind(row.kind), who=masked(cards[row.member_id].name), reason=Reason(row.reason),
                        until=row.until, undone=row.undone_at is not None) for row in rows]

    async def views(self, rows: Sequence[Any], *, staff: bool) -> list[ActView]:
        """Return acts as people see them."""
        def query(session: Session) -> tuple[dict[int, Any], dict[int, str]]:
            connection = session.connection()
            said = {row.act_id: row for row in connection.execute(
                select(_appeal).where(_appeal.c.act_id.in_([one.id for one in rows])))}
            texts = {one.id: text_of(session, one) for one in rows}
            return said, texts

        appeals, texts = await self._db.read(query)
        cards = await self._community.cards({one for row in rows for one in (row.member_id, row.by_id)})
        called = await self._directory.called((row.room_id, row.member_id) for row in rows)
        found = []
        for row in rows:
            room = await self._directory.room(row.room_id)
            said = appeals.get(row.id)
            found.append(ActView(
                id=row.id, kind=ActKind(row.kind), room_id=row.room_id, room_title=room.title if room else '',
                member=called[row.room_id, row.member_id], reason=Reason(row.reason), note=row.note, at=row.at, until=row.until,
                undone_at=row.undone_at, undone_why=row.undone_why, body=texts[row.id], by=cards[row.by_id] if staff else None,
                appeal=None if said is None else AppealView(words=said.words, at=said.at, upheld=said.upheld, answer=said.answer)))
        return found

    async def _whole(self, room_id: int, seq: int) -> MessageView | None:
        """Return a message with its text even if it was recalled."""
        window = await self._db.read(lambda session: reading.between(session, room_id, seq, seq, limit=1, newest=True))
        if not window.entries:
            return None
        quoted = {row.sender_id for row in window.quoted.values()}
        cards = await self._directory.cards(room_id, {window.entries[0].sender_id} | quoted)
        view = entry_view(window.entries[0], window, cards, whole=True)
        return view.model_copy(update={'recalled': window.entries[0].recalled_at is not None})


def record(
    tx: Tx, actor: Actor, room: RoomView, kind: ActKind, member_id: int, reason: Reason, note: str, **more: Any,
) -> int:
    """Write an act and its audit; return its id."""
    values = {'room_id': room.id, 'place_id': room.place_id, 'kind': kind.value, 'member_id': member_id, 'reason': reason.value,
              'note': note, 'by_id': actor.member_id, 'at': tx.now, 'undone_why': '', **more}
    act_id = int(tx.connection.execute(insert(_act).values(values).returning(_act.c.id)).scalar_one())
    detail = {'member': member_id, 'reason': reason.value, 'act': act_id, 'seq': more.get('seq')}
    tx.audit(actor.member_id, f'rooms.{kind.value}', f'room:{room.id}', place_id=room.place_id, detail=detail)
    tx.emit(OrderChanged(place_id=room.place_id))
    tx.emit(ActsChanged(room_id=room.id))
    return act_id


def shortened(view: MessageView) -> str:
    """Return a message in a few letters."""
    return view.body[:PREVIEW] or _('[图片]')


def act_row(session: Session, act_id: int) -> Any:
    """Return an act, or None."""
    return session.connection().execute(select(_act).where(_act.c.id == act_id)).one_or_none()


def acts(session: Session, where: Any) -> Sequence[Any]:
    """Return acts, newest first."""
    return session.connection().execute(select(_act).where(where).order_by(_act.c.id.desc()).limit(MOST_LINES)).all()


def text_of(session: Session, row: Any) -> str:
    """Return the text an act is about, '' for a mute and a removal."""
    if row.held_id is not None:
        draft = session.connection().scalar(select(_held.c.draft).where(_held.c.id == row.held_id)) or {}
        return str(draft.get('body', ''))
    if row.seq is None:
        return ''
    return session.connection().scalar(
        select(_message.c.body).where(_message.c.room_id == row.room_id, _message.c.seq == row.seq)) or ''


def _entry(
    tx: Tx, room: RoomView, sender: Any, kind: MessageKind, client_id: str, seq: int, restored: MessageView | None = None,
) -> Post:
    draft = PostDraft(room_id=room.id, client_id=f'{kind.value}:{client_id}', kind=kind)
    shown = None if restored is None else restored.model_copy(update={'recalled': False, 'struck': False})
    view = MessageView(
        id=0, room_id=room.id, seq=0, n=0, kind=kind, sender=sender, at=tx.now, client_id=draft.client_id, target=seq, restored=shown)
    preview = '' if shown is None else f'{shown.sender.name}: {shortened(shown)}'
    return Post(
        draft=draft, view=view, place_id=room.place_id, room_kind=room.kind, mention_ids=[], payload={'target': seq}, preview=preview)
