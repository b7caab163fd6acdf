"""What the module does with time: settles shifts, closes calls, asks after silent incidents, tells who moved up."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sqlalchemy import update
from sqlmodel import Session

from yunshequ.core.database import Database
from yunshequ.core.i18n import SOURCE_LOCALE, _, in_locale
from yunshequ.core.policy import Actor
from yunshequ.core.unit import Tx
from yunshequ.emergency import incidents, queries, seats
from yunshequ.emergency.events import CallChanged
from yunshequ.emergency.models import Call
from yunshequ.emergency.ports import People, RoomPoster
from yunshequ.emergency.schemas import CallState, SignupState, seats_left
from yunshequ.emergency.words import when

T = TypeVar('T')

CALLED_OFF = 'emergency.tell_called_off'
MENTIONS = 20
"""Members named in one message of a room at most."""

_call = Call.__table__  # type: ignore[attr-defined]


class Duties:
    """The handlers of the module's due jobs. Each may run twice without harm; what is posted speaks the room's language."""

    def __init__(self, db: Database, people: People, poster: RoomPoster) -> None:
        self._db = db
        self._people = people
        self._poster = poster

    def jobs(self) -> dict[str, Callable[[dict[str, Any]], Awaitable[None]]]:
        """Return the handlers of this module's due jobs; each may run twice without harm."""
        return {
            incidents.END_SHIFT: self._end_shift,
            incidents.CLOSE_CALL: self._close_call,
            incidents.REMIND_INCIDENT: self._remind_incident,
            incidents.POST_CARD: self.post_card,
            seats.FILL_SEATS: self._fill_seats,
            seats.TELL_PROMOTED: self._tell_promoted,
            CALLED_OFF: self._tell_called_off,
        }

    async def _end_shift(self, payload: dict[str, Any]) -> None:
        shift = await self._read(queries.shift_with_call, payload['shift_id'])

        def work(tx: Tx) -> None:
            if seats.settle(tx, shift.id):
                tx.audit(None, 'emergency.end_shift', f'shift:{shift.id}', place_id=shift.place_id)
                if not incidents.close_call_if_over(tx, shift.call_id):
                    tx.emit(CallChanged(call_id=shift.call_id, state=CallState.OPEN.value))

        await self._db.write(work)

    async def _close_call(self, payload: dict[str, Any]) -> None:
        await self._db.write(lambda tx: incidents.close_call(tx, payload['call_id']))

    async def _remind_incident(self, payload: dict[str, Any]) -> None:
        await self._db.write(lambda tx: incidents.remind(tx, payload['incident_id']))

    async def _fill_seats(self, payload: dict[str, Any]) -> None:
        await self._db.write(lambda tx: seats.fill(tx, payload['shift_id']))

    async def post_card(self, payload: dict[str, Any]) -> None:
        """Post a call's card into its room unless it is there already."""
        call_id = payload['call_id']
        call = await self._read(queries.call_row, call_id)
        if call.room_id is None or call.posted_at is not None:
            return
        view = await self._read(queries.one_call, call.created_by, call_id)
        with in_locale(SOURCE_LOCALE):
            words = drill_mark(view.incident.drill, _('志愿招募：{title}（{n} 个名额）', title=view.title,
                                                      n=seats_left(view.shifts)))
        await self._poster.post_card(Actor(call.created_by), call.room_id, 'call', call_id, f'emergency-call-{call_id}', words)
        await self._db.write(lambda tx: tx.connection.execute(
            update(_call).where(_call.c.id == call_id, _call.c.posted_at.is_(None)).values(posted_at=tx.now)).rowcount)

    async def _tell_promoted(self, payload: dict[str, Any]) -> None:
        signup = await self._read(queries.one_signup, payload['signup_id'])
        shift = await self._read(queries.shift_with_call, signup.shift_id)
        if signup.state is not SignupState.CONFIRMED or shift.room_id is None:
            return
        member_id = (await self._read(queries.signup_row, signup.id)).member_id
        with in_locale(SOURCE_LOCALE):
            words = _('@{name} 有人退出，您已从候补转为正式：“{title}”，{when}。来不了请及时取消，让给下一位',
                      name=await self._name(member_id), title=shift.title, when=when(shift.starts_at, shift.ends_at))
            words = drill_mark(shift.drill, words)
        await self._poster.post_notice(shift.room_id, f'emergency-promoted-{signup.id}', words, [member_id])

    async def _tell_called_off(self, payload: dict[str, Any]) -> None:
        shift = await self._read(queries.shift_with_call, payload['shift_id'])
        if shift.room_id is None:
            return
        with in_locale(SOURCE_LOCALE):
            words = drill_mark(shift.drill, _('班次取消：“{title}”（{when}），已报名的邻居请不必前往，谢谢大家',
                                              title=shift.title, when=when(shift.starts_at, shift.ends_at)))
        members: list[int] = payload['members']
        for start in range(0, len(members), MENTIONS):
            await self._poster.post_notice(
                shift.room_id, f'emergency-called-off-{shift.id}-{start}', words, members[start:start + MENTIONS])

    async def _read(self, query: Callable[..., T], *args: Any) -> T:
        def run(session: Session) -> T:
            return query(session, *args)

        return await self._db.read(run)

    async def _name(self, member_id: int) -> str:
        card = (await self._people.cards([member_id])).get(member_id)
        return card.name if card else _('邻居')


def drill_mark(drill: bool, words: str) -> str:
    """Return ``words`` with the watermark of a drill before them, if it is one."""
    return _('【演练】{title}', title=words) if drill else words
