"""Emergencies (突发事件): what can be done. Reading is in ``reading``, the changes themselves in ``incidents`` and ``seats``."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from loguru import logger

from yunshequ.core.bus import Bus
from yunshequ.core.clock import Clock
from yunshequ.core.database import Database
from yunshequ.core.errors import AppError, Conflict, Invalid, NotFound, NotPermitted
from yunshequ.core.i18n import N_, SOURCE_LOCALE, _, in_locale
from yunshequ.core.ids import token
from yunshequ.core.policy import Actor, Policy
from yunshequ.core.throttle import Throttle
from yunshequ.core.unit import Tx
from yunshequ.emergency import checkin, incidents, queries, seats
from yunshequ.emergency.duties import CALLED_OFF, Duties, drill_mark
from yunshequ.emergency.events import CallChanged
from yunshequ.emergency.policy import ACTIONS
from yunshequ.emergency.ports import NoRooms, People, RoomPoster
from yunshequ.emergency.reading import EmergencyReader
from yunshequ.emergency.schemas import (
    CallDraft,
    CallState,
    CallView,
    EntryKind,
    IncidentDraft,
    IncidentPage,
    IncidentView,
    Level,
    ShiftDraft,
    ShiftState,
    ShiftView,
    SignupState,
    SignupView,
    WordAnswer,
)
from yunshequ.emergency.words import asks_to_sign_up, when

CHECK_IN_TRIES = '6/10 minutes'
"""Codes one member may try: a guess succeeds with 2 in a million, so six guesses with 12 in a million."""
SIGN_UP_RATE = '20/minute'
"""Sign-ups and cancellations of one member: more is a stuck finger or a script."""


class EmergencyService(EmergencyReader):
    """Everything a person can do about emergencies. Each call asks ``policy`` afresh; ``EmergencyReader`` has what can be seen."""

    ACTIONS = ACTIONS
    """For ``policy.register``."""

    def __init__(
        self, db: Database, policy: Policy, bus: Bus, clock: Clock, people: People, *,
        poster: RoomPoster | None = None, throttle: Throttle | None = None,
    ) -> None:
        super().__init__(db, policy, bus, clock, people)
        self.throttle = throttle or Throttle()
        self._duties = Duties(db, people, poster or NoRooms())

    # --- incidents ---------------------------------------------------------------------------------------------------

    async def open_incident(self, actor: Actor, draft: IncidentDraft) -> IncidentView:
        """Open an incident (发布突发事件); every community it touches gets the red bar. Repeats give the first one.

        :raises NotPermitted: the actor is not of the office of the place.
        """
        await self.policy.require(actor, 'emergency.open_incident', draft.place_id)
        touched = await self.communities_of(draft.place_id)
        incident_id = await self.db.write(lambda tx: incidents.open_incident(tx, actor.member_id, draft, touched))
        return await self._named(queries.incident_view(await self._read(queries.incident_row, incident_id)))

    async def set_level(self, actor: Actor, incident_id: int, level: Level, why: str = '') -> IncidentPage:
        """Raise or lower the level (升级、降级).

        :raises Conflict: the incident is over.
        """
        place_id = await self._incident_place(actor, 'emergency.open_incident', incident_id)
        touched = await self.communities_of(place_id)
        await self.db.write(lambda tx: incidents.set_level(tx, incident_id, actor.member_id, level, why.strip(), touched))
        return await self.incident(actor, incident_id)

    async def report(
        self, actor: Actor, incident_id: int, text: str, *,
        kind: EntryKind = EntryKind.REPORT, corrects_id: int | None = None,
    ) -> IncidentPage:
        """Append a line to the timeline: a report, or that an earlier one is verified (已核实) or refuted (已辟谣).

        :raises Invalid: nothing was written, or the earlier line is not of this incident.
        """
        place_id = await self._incident_place(actor, 'emergency.report', incident_id)
        if kind not in (EntryKind.REPORT, EntryKind.VERIFIED, EntryKind.REFUTED):
            raise Invalid(N_('这类记录由系统写入'), field='kind')
        if kind is not EntryKind.REPORT and corrects_id is None:
            raise Invalid(N_('请选择核实或更正的是哪一条'), field='corrects_id')
        text = text.strip()
        if not 1 <= len(text) <= 1000:
            raise Invalid(N_('请写 1 到 1000 个字'), field='text')

        def work(tx: Tx) -> None:
            entry_id = incidents.append(tx, incident_id, actor.member_id, kind, text, corrects_id=corrects_id)
            tx.audit(actor.member_id, 'emergency.report', f'incident:{incident_id}#{entry_id}', place_id=place_id)

        await self.db.write(work)
        return await self.incident(actor, incident_id)

    async def confirm_incident(self, actor: Actor, incident_id: int) -> None:
        """Say that an incident still goes on; otherwise its opener is asked after 24 hours.

        :raises Conflict: it is over.
        """
        await self._incident_place(actor, 'emergency.report', incident_id)
        await self.db.write(lambda tx: incidents.confirm(tx, incident_id, actor.member_id))

    async def close_incident(self, actor: Actor, incident_id: int, text: str = '') -> IncidentPage:
        """End an incident (终止): the red bar goes, sign-ups stop, agreed shifts are held unless called off."""
        place_id = await self._incident_place(actor, 'emergency.close_incident', incident_id)
        touched = await self.communities_of(place_id)
        await self.db.write(
            lambda tx: incidents.close_incident(tx, incident_id, actor.member_id, text.strip(), touched))
        return await self.incident(actor, incident_id)

    # --- calls and shifts --------------------------------------------------------------------------------------------

    async def open_call(self, actor: Actor, draft: CallDraft) -> CallView:
        """Open a call for volunteers (发布招募) and post its card into the room. Repeats give the first one.

        :raises Conflict: the incident is over.
        :raises Invalid: a shift's times make no sense.
        """
        await self.policy.require(actor, 'emergency.call', draft.place_id)
        await self.incident(actor, draft.incident_id)  # whoever calls must see what for
        call_id = await self.db.write(lambda tx: incidents.open_call(tx, actor.member_id, draft))
        try:
            await self._duties.post_card({'call_id': call_id})
        except AppError as refusal:
            logger.warning('the card of call {} waits for its job: {}', call_id, refusal.code)
        return await self.card_state(actor, call_id)

    async def add_shift(self, actor: Actor, call_id: int, draft: ShiftDraft) -> CallView:
        """Add a shift to an open call.

        :raises Conflict: the call is closed.
        :raises Invalid: the times make no sense.
        """
        call = await self._read(queries.call_row, call_id)
        await self.policy.require(actor, 'emergency.call', call.place_id)

        def work(tx: Tx) -> None:
            shift_id = incidents.add_shift(tx, call_id, draft)
            tx.audit(actor.member_id, 'emergency.add_shift', f'shift:{shift_id}', place_id=call.place_id)

        await self.db.write(work)
        return await self.card_state(actor, call_id)

    async def set_capacity(self, actor: Actor, shift_id: int, capacity: int) -> CallView:
        """Set the seats of a shift. More: the first in line get them at once. Fewer: nobody is put out.

        :raises Invalid: not between 1 and 2000.
        """
        shift = await self._read(queries.shift_with_call, shift_id)
        await self.policy.require(actor, 'emergency.call', shift.place_id)
        if not 1 <= capacity <= 2000:
            raise Invalid(N_('名额要在 1 到 2000 之间'), field='capacity')

        def work(tx: Tx) -> None:
            seats.resize(tx, shift_id, capacity)
            tx.audit(actor.member_id, 'emergency.set_capacity', f'shift:{shift_id}', place_id=shift.place_id,
                     detail={'capacity': capacity})

        await self.db.write(work)
        return await self.card_state(actor, shift.call_id)

    async def call_off_shift(self, actor: Actor, shift_id: int) -> CallView:
        """Call a shift off (取消班次): every sign-up is cancelled and its member told."""
        shift = await self._read(queries.shift_with_call, shift_id)
        await self.policy.require(actor, 'emergency.call', shift.place_id)

        def work(tx: Tx) -> None:
            told = seats.call_off(tx, shift_id)
            tx.audit(actor.member_id, 'emergency.call_off', f'shift:{shift_id}', place_id=shift.place_id)
            tx.emit(CallChanged(call_id=shift.call_id, state=CallState.OPEN.value))
            if told:
                tx.schedule(CALLED_OFF, tx.now, {'shift_id': shift_id, 'members': told}, key=f'{CALLED_OFF}:{shift_id}')

        await self.db.write(work)
        return await self.card_state(actor, shift.call_id)

    async def close_call(self, actor: Actor, call_id: int) -> CallView:
        """Stop the sign-ups to a call; seats already given stay."""
        call = await self._read(queries.call_row, call_id)
        await self.policy.require(actor, 'emergency.call', call.place_id)

        def work(tx: Tx) -> None:
            if incidents.close_call(tx, call_id):
                tx.audit(actor.member_id, 'emergency.close_call', f'call:{call_id}', place_id=call.place_id)

        await self.db.write(work)
        return await self.card_state(actor, call_id)

    # --- seats -------------------------------------------------------------------------------------------------------

    async def sign_up(self, actor: Actor, shift_id: int, client_id: str) -> SignupView:
        """Take a seat of a shift, or a place in its queue (报名).

        Taps repeated, with the same or another ``client_id``, change nothing and get the same answer.

        :raises Conflict: sign-ups have stopped, or the actor holds an overlapping seat.
        :raises TooMany: more than 20 a minute.
        """
        shift = await self._read(queries.shift_with_call, shift_id)
        await self._require_within(actor, 'emergency.sign_up', shift.place_id)
        await self._not_too_often(actor)

        def work(tx: Tx) -> SignupView:
            taken = seats.take(tx, shift_id, actor.member_id, client_id)
            if taken.fresh:
                tx.audit(actor.member_id, 'emergency.sign_up', f'signup:{taken.signup_id}', place_id=shift.place_id)
            return queries.one_signup(tx.session, taken.signup_id)

        return await self.db.write(work)

    async def cancel(self, actor: Actor, signup_id: int) -> SignupView:
        """Give a seat or a place in line back (取消报名): one's own, or as the shift's lead. The first in line moves up at once.

        :raises Conflict: already checked in, or the shift is over.
        """
        signup = await self._read(queries.signup_row, signup_id)
        shift = await self._read(queries.shift_with_call, signup.shift_id)
        if signup.member_id == actor.member_id:
            await self._not_too_often(actor)
        else:
            await self._require_lead(actor, shift)

        def work(tx: Tx) -> SignupView:
            if seats.give_back(tx, signup_id):
                tx.audit(actor.member_id, 'emergency.cancel', f'signup:{signup_id}', place_id=shift.place_id)
            return queries.one_signup(tx.session, signup_id)

        return await self.db.write(work)

    async def sign_up_by_word(
        self, actor: Actor, room_id: int, text: str, reply_to_card_id: int | None = None, *, client_id: str | None = None,
    ) -> WordAnswer | None:
        """Sign up by writing 我报名 in a room: under a call's card (its id), or where the room has one open call.

        Returns what to post back (Chinese, for the room), or None when the text is no sign-up or nothing is called for.
        ``client_id``: the message's own id, so that handling it twice changes nothing.
        """
        wish = asks_to_sign_up(text)
        if wish is None:
            return None
        with in_locale(SOURCE_LOCALE):
            if reply_to_card_id is not None:
                try:
                    call = await self.card_state(actor, reply_to_card_id)
                except (NotPermitted, NotFound) as refusal:
                    return WordAnswer(words=refusal.words(SOURCE_LOCALE), call_id=reply_to_card_id)
                if call.room_id != room_id:
                    return None
            else:
                open_here = await self._read(queries.open_calls_in_room, actor.member_id, room_id)
                if not open_here:
                    return None
                if len(open_here) > 1:
                    return WordAnswer(words=_('群里有 {n} 个招募，请回复想报的那张招募卡片', n=len(open_here)),
                                      call_id=open_here[0].id)
                call = open_here[0]
            return await self._answer_wish(actor, call, *wish, client_id or token())

    async def _answer_wish(
        self, actor: Actor, call: CallView, number: int | None, name: str, client_id: str,
    ) -> WordAnswer | None:
        choice = [shift for shift in call.shifts if shift.state is ShiftState.OPEN and shift.ends_at > self.clock.now()]
        if not choice:
            return WordAnswer(words=_('这次招募已停止报名，谢谢您'), call_id=call.id)
        if name:
            named = [shift for shift in choice if name in shift.title]
            if not named:
                return None  # talk about signing up, not a sign-up
            choice = named
        elif number is not None and number <= len(call.shifts):
            choice = [shift for shift in choice if shift.id == call.shifts[number - 1].id] or choice
        if len(choice) > 1:
            numbered = {shift.id: index for index, shift in enumerate(call.shifts, 1)}
            lines = [
                _('{n}. {title}（{when}，{left}）', n=numbered[shift.id], title=shift.title,
                  when=when(shift.starts_at, shift.ends_at), left=_left(shift))
                for shift in choice
            ]
            return WordAnswer(words='\n'.join([_('请选一个班次，回复“我报名”加序号：'), *lines]), call_id=call.id)
        shift = choice[0]
        try:
            signup = await self.sign_up(actor, shift.id, client_id)
        except AppError as refusal:
            return WordAnswer(words=refusal.words(SOURCE_LOCALE), call_id=call.id)
        values = {'title': shift.title, 'when': when(shift.starts_at, shift.ends_at), 'spot': shift.spot or call.place_name}
        if signup.state is SignupState.WAITLISTED:
            words = _('“{title}”名额已满，您是候补第 {line} 位，有人退出会自动补上并告诉您', line=signup.line, **values)
        else:
            words = _('报名成功：“{title}”，{when}，集合地点：{spot}', **values)
        return WordAnswer(words=drill_mark(call.incident.drill, words), call_id=call.id, signup=signup)

    # --- check-in ----------------------------------------------------------------------------------------------------

    async def check_in(self, actor: Actor, shift_id: int, code: str) -> SignupView:
        """Check in with the code shown at the venue (签到), from 60 minutes before to 60 minutes after the start.

        :raises Conflict: not signed up, still in line, or outside these times.
        :raises Invalid: the code is not the one shown.
        :raises TooMany: six wrong codes in ten minutes.
        """
        shift = await self._read(queries.shift_with_call, shift_id)
        signup_id = await self._read(queries.live_signup_id, shift_id, actor.member_id)
        if signup_id is None:
            raise Conflict(N_('您没有报名这个班次，请找带队人登记'), rule='no_seat')
        now = self.clock.now()
        self._require_check_in_open(shift.starts_at, shift.ends_at, now)
        await self.throttle.require(N_('试得太多了，请 {seconds} 秒后再试，或请带队人代签'), CHECK_IN_TRIES,
                                    'emergency.check_in', str(actor.member_id))
        if not checkin.accepts(shift.secret, code, now):
            raise Invalid(N_('签到码不对，请看现场屏幕上的最新 6 位数字'), field='code')
        await self.throttle.forget(CHECK_IN_TRIES, 'emergency.check_in', str(actor.member_id))
        return await self._check_in(actor, shift, signup_id, by=None)

    async def check_in_by_hand(self, actor: Actor, signup_id: int) -> SignupView:
        """Check somebody in who has no phone at hand (代签); the roster says so.

        :raises NotPermitted: the actor does not lead the shift.
        """
        signup = await self._read(queries.signup_row, signup_id)
        shift = await self._read(queries.shift_with_call, signup.shift_id)
        await self._require_lead(actor, shift)
        self._require_check_in_open(shift.starts_at, shift.ends_at, self.clock.now())
        return await self._check_in(actor, shift, signup_id, by=actor.member_id)

    async def _check_in(self, actor: Actor, shift: Any, signup_id: int, by: int | None) -> SignupView:
        def work(tx: Tx) -> SignupView:
            if seats.check_in(tx, shift.id, signup_id, by):
                tx.audit(actor.member_id, 'emergency.check_in', f'signup:{signup_id}', place_id=shift.place_id,
                         detail={'by_hand': by is not None})
            return queries.one_signup(tx.session, signup_id)

        return await self.db.write(work)

    def _require_check_in_open(self, starts_at: datetime, ends_at: datetime, now: datetime) -> None:
        if not checkin.is_open(starts_at, ends_at, now):
            raise Conflict(N_('签到时间是开始前 60 分钟到开始后 60 分钟'), rule='check_in_time')

    def jobs(self) -> dict[str, Callable[[dict[str, Any]], Awaitable[None]]]:
        """Return the handlers of this module's due jobs; each may run twice without harm."""
        return self._duties.jobs()

    # --- helpers -----------------------------------------------------------------------------------------------------

    async def _incident_place(self, actor: Actor, action: str, incident_id: int) -> int:
        row = await self._read(queries.incident_row, incident_id)
        if action == 'emergency.report':
            await self._require_within(actor, action, row.place_id)
        else:
            await self.policy.require(actor, action, row.place_id)
        return int(row.place_id)

    async def _not_too_often(self, actor: Actor) -> None:
        await self.throttle.require(
            N_('操作太快了，请 {seconds} 秒后再试'), SIGN_UP_RATE, 'emergency.seats', str(actor.member_id))


def _left(shift: ShiftView) -> str:
    left = shift.capacity - shift.taken
    return _('还剩 {n} 个名额', n=left) if left > 0 else _('已满，可候补')
