"""What can be seen of emergencies, and by whom."""

import csv
import io
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Row
from sqlmodel import Session

from yunshequ.community.schemas import MemberCard, PlaceKind
from yunshequ.core.bus import Bus, Event
from yunshequ.core.clock import Clock, local
from yunshequ.core.database import Database
from yunshequ.core.i18n import N_, _
from yunshequ.core.policy import Actor, Policy
from yunshequ.emergency import checkin, queries
from yunshequ.emergency.events import IncidentClosed, IncidentOpened, TimelineAppended
from yunshequ.emergency.ports import People
from yunshequ.emergency.schemas import (
    BoardView,
    CallState,
    CallView,
    IncidentPage,
    IncidentState,
    IncidentView,
    Level,
    Roster,
    RosterLine,
    SignupState,
    SignupView,
    VenueCode,
)

T = TypeVar('T')

ACTIVE_TTL = timedelta(seconds=30)
"""How long the list of active incidents may be kept should an event get lost."""
NOBODY = 0
"""No member has this id."""

STATE_WORDS = {
    SignupState.CONFIRMED: N_('已报名'), SignupState.WAITLISTED: N_('候补'), SignupState.CANCELLED: N_('已取消'),
    SignupState.CHECKED_IN: N_('已签到'), SignupState.NO_SHOW: N_('未到'),
}
"""Message ids of the states of a sign-up."""


class EmergencyReader:
    """The reading half of ``EmergencyService``."""

    def __init__(self, db: Database, policy: Policy, bus: Bus, clock: Clock, people: People) -> None:
        self.db = db
        self.policy = policy
        self.clock = clock
        self.people = people
        self._active: tuple[datetime, list[IncidentView]] | None = None
        self._generation = 0
        bus.subscribe('place:', self._forget_active)
        bus.subscribe('incident:', self._forget_active)

    async def card_state(self, actor: Actor, call_id: int) -> CallView:
        """Return a call with its shifts as ``actor`` sees it: the state of its card in a room and of /calls/{id}.

        :raises NotFound: there is no such call.
        :raises NotPermitted: the actor does not live or work there.
        """
        call = await self._read(queries.one_call, actor.member_id, call_id)
        await self._require_see(actor, call.place_id)
        return await self._dress(actor, call)

    async def board(self, actor: Actor, place_id: int) -> BoardView:
        """Return what goes on at a place, in the places above it and below it: incidents that are active, calls that are open.

        :raises NotFound: there is no such place.
        :raises NotPermitted: the actor does not live or work there.
        """
        here = await self.people.place(place_id)
        await self._require_see(actor, place_id)
        everything = await self.nearby(actor)

        async def touches(other_id: int) -> bool:
            path = (await self.people.place(other_id)).path
            return path.startswith(here.path) or here.path.startswith(path)

        return BoardView(
            incidents=tuple([one for one in everything.incidents if await touches(one.place_id)]),
            calls=tuple([one for one in everything.calls if await touches(one.place_id)]),
            may_open=await self.policy.may(actor, 'emergency.open_incident', place_id))

    async def nearby(self, actor: Actor) -> BoardView:
        """Return what goes on wherever the actor lives or works: active incidents and open calls, newest first.

        An incident of a building concerns its whole community.
        """
        incidents = await self.red_bar(actor)
        found = await self._read(queries.open_calls, actor.member_id)
        calls = [await self._dress(actor, call) for call in found if await self._may_see(actor, call.place_id)]
        return BoardView(incidents=tuple(incidents), calls=tuple(calls))

    async def red_bar(self, actor: Actor) -> list[IncidentView]:
        """Return the active incidents that concern the actor, newest first: the red bar over every page."""
        return [one for one in await self.active_incidents() if await self._may_see(actor, one.place_id)]

    async def active_incidents(self) -> list[IncidentView]:
        """Return all incidents that go on, newest first. Kept in memory: every page asks."""
        now = self.clock.now()
        if self._active is not None and now - self._active[0] < ACTIVE_TTL:
            return self._active[1]
        generation = self._generation
        found = [await self._named(one) for one in await self._read(queries.active_incidents)]
        if generation == self._generation:
            self._active = now, found
        return found

    async def alarm(self, community_id: int) -> IncidentView | None:
        """Return the gravest active incident that touches a community, the newest of equals: what its red bar shows."""
        path = (await self.people.place(community_id)).path
        touching = []
        for one in await self.active_incidents():
            place = await self.people.place(one.place_id)
            if place.path.startswith(path) or path.startswith(place.path):
                touching.append(one)
        return gravest(touching)

    async def public_state(self, call_id: int) -> CallView:
        """Return a call as everybody may see it, without anybody's own sign-up: what is sent to all who look at it.

        :raises NotFound: there is no such call.
        """
        call = await self._read(queries.one_call, NOBODY, call_id)
        return call.model_copy(update={
            'place_name': await self.people.label_of(call.place_id), 'incident': await self._named(call.incident)})

    async def incident(self, actor: Actor, incident_id: int) -> IncidentPage:
        """Return an incident with its timeline and calls; closed ones too.

        :raises NotFound: there is no such incident.
        :raises NotPermitted: the actor does not live or work there.
        """
        view = queries.incident_view(await self._read(queries.incident_row, incident_id))
        await self._require_see(actor, view.place_id)
        lines = await self._read(queries.timeline, incident_id)
        cards = await self.people.cards({by for _line, by in lines if by is not None})
        calls = await self._read(queries.calls_of_incident, actor.member_id, incident_id)
        active = view.state is IncidentState.ACTIVE

        async def may(action: str) -> bool:
            return active and await self.policy.may(actor, action, view.place_id)

        may_report = active and await self._may_within(actor, 'emergency.report', view.place_id)
        return IncidentPage(
            incident=await self._named(view),
            timeline=tuple(line.model_copy(update={'by': cards.get(by)}) if by is not None else line for line, by in lines),
            calls=tuple([await self._dress(actor, call) for call in calls if await self._may_see(actor, call.place_id)]),
            may_report=may_report, may_call=await may('emergency.call'),
            may_close=await may('emergency.close_incident'))

    async def my_signups(self, actor: Actor) -> list[SignupView]:
        """Return the actor's own sign-ups that are not cancelled, oldest first."""
        return await self._read(queries.my_signups, actor.member_id)

    async def roster(self, actor: Actor, shift_id: int) -> Roster:
        """Return who stands on a shift; each of them sees who looked. Party members are marked only where they consent.

        :raises NotFound: there is no such shift.
        :raises NotPermitted: the actor neither leads the shift nor has an office there.
        """
        shift = await self._read(queries.shift_with_call, shift_id)
        await self._require_lead(actor, shift)
        rows = await self._read(queries.roster_rows, [shift_id])
        await self.people.looked_at(
            actor, [row.member_id for row in rows], shift.place_id, 'roster', f'{shift.call_title} · {shift.title}')
        cards = await self.people.cards({row.member_id for row in rows})
        return Roster(
            call_id=shift.call_id, call_title=shift.call_title, drill=shift.drill, shift=queries.shift_view(shift),
            lines=tuple(_roster_line(row, cards) for row in rows))

    async def venue_code(self, actor: Actor, shift_id: int) -> VenueCode:
        """Return the code to show at the venue now.

        :raises NotPermitted: the actor neither leads the shift nor has an office there.
        """
        shift = await self._read(queries.shift_with_call, shift_id)
        await self._require_lead(actor, shift)
        now = self.clock.now()
        return VenueCode(
            shift_id=shift_id, code=checkin.code_at(shift.secret, now), seconds_left=checkin.seconds_left(now),
            opens_at=checkin.opens_at(shift.starts_at), closes_at=checkin.closes_at(shift.starts_at, shift.ends_at))

    async def export_csv(self, actor: Actor, call_id: int) -> str:
        """Return all sign-ups of a call as CSV in the actor's language, times in Asia/Shanghai; the export is audited.

        :raises NotPermitted: the actor is not of the community office.
        """
        call = await self._read(queries.one_call, actor.member_id, call_id)
        await self.policy.require(actor, 'emergency.export', call.place_id)
        shifts = {shift.id: shift for shift in call.shifts}
        rows = await self._read(queries.roster_rows, list(shifts))
        await self.people.looked_at(
            actor, [row.member_id for row in rows], call.place_id, 'roster', _('{title}，导出成文件', title=call.title))
        cards = await self.people.cards({row.member_id for row in rows})
        await self.db.write(lambda tx: tx.audit(
            actor.member_id, 'emergency.export', f'call:{call_id}', place_id=call.place_id, detail={'rows': len(rows)}))
        table = [[_('招募'), _('班次'), _('开始'), _('结束'), _('序号'), _('姓名'), _('党员'), _('状态'),
                  _('报名时间'), _('签到'), _('签退'), _('服务分钟')]]
        for row in rows:
            shift, line = shifts[row.shift_id], _roster_line(row, cards)
            title = _('【演练】{title}', title=call.title) if call.incident.drill else call.title
            table.append([
                title, shift.title, _stamp(shift.starts_at), _stamp(shift.ends_at), str(row.position), line.member.name,
                _('是') if line.member.party else '', _(STATE_WORDS[line.state]), _stamp(line.created_at),
                _stamp(line.checked_in_at), _stamp(line.checked_out_at), str(line.minutes)])
        return _csv(table)

    def _forget_active(self, event: Event) -> None:
        if isinstance(event, IncidentOpened | IncidentClosed | TimelineAppended):  # confirming one is a line of its timeline
            self._active = None
            self._generation += 1

    async def _read(self, query: Callable[..., T], *args: Any) -> T:
        def run(session: Session) -> T:
            return query(session, *args)

        return await self.db.read(run)

    async def _watch_place(self, place_id: int) -> int:
        """The place whose people an emergency concerns: the whole community, or more if it lies above one."""
        community = await self.people.community_of(place_id)
        return place_id if community is None else community.id

    async def _may_within(self, actor: Actor, action: str, place_id: int) -> bool:
        """Tell whether the actor may do ``action`` at a place or holds a role for it anywhere inside.

        Offices reach downwards only; but an emergency of the whole community is also the affair of those who have an
        office in a part of it: its 楼栋长 and 网格员 see it, report from where they are and lend a hand.
        """
        if await self.policy.may(actor, action, place_id):
            return True
        path, now, roles = await self.people.path_of(place_id), self.clock.now(), self.policy.rules[action].roles
        if path is None:
            return False
        grants = await self.people.grants_of(actor.member_id)
        return any(one.role in roles and one.path.startswith(path) and one.holds_at(one.path, now) for one in grants)

    async def _require_within(self, actor: Actor, action: str, place_id: int) -> None:
        if not await self._may_within(actor, action, place_id):
            await self.policy.require(actor, action, place_id)

    async def _may_see(self, actor: Actor, place_id: int) -> bool:
        return await self._may_within(actor, 'emergency.see', await self._watch_place(place_id))

    async def _require_see(self, actor: Actor, place_id: int) -> None:
        await self._require_within(actor, 'emergency.see', await self._watch_place(place_id))

    async def _require_lead(self, actor: Actor, shift: Row[Any]) -> None:
        """Staff of the place, or the one person who leads this shift."""
        if shift.lead_id != actor.member_id:
            await self.policy.require(actor, 'emergency.lead', shift.place_id)

    async def communities_of(self, place_id: int) -> list[int]:
        """Return the communities that an incident or a call at a place touches: the one it lies in, or all below it."""
        community = await self.people.community_of(place_id)
        if community is not None:
            return [community.id]
        return [place.id for place in await self.people.below(place_id, PlaceKind.COMMUNITY)]

    async def _named(self, view: IncidentView) -> IncidentView:
        return view.model_copy(update={'place_name': await self.people.label_of(view.place_id)})

    async def _dress(self, actor: Actor, call: CallView) -> CallView:
        may_sign_up = call.state is CallState.OPEN and await self._may_within(actor, 'emergency.sign_up', call.place_id)
        return call.model_copy(update={
            'place_name': await self.people.label_of(call.place_id),
            'incident': await self._named(call.incident),
            'may_sign_up': may_sign_up,
            'may_lead': await self.policy.may(actor, 'emergency.lead', call.place_id),
        })


def gravest(incidents: Iterable[IncidentView]) -> IncidentView | None:
    """Return the incident of the highest level, the newest of equals; a real one before any drill."""
    levels = list(Level)
    return max(incidents, key=lambda one: (not one.drill, levels.index(one.level), one.id), default=None)


def _roster_line(row: Row[Any], cards: Any) -> RosterLine:
    member = cards.get(row.member_id) or MemberCard(id=row.member_id, name=_('已注销的用户'))
    served = row.checked_out_at - row.checked_in_at if row.checked_in_at and row.checked_out_at else None
    return RosterLine(
        signup_id=row.id, member=member, state=row.state, position=row.position, created_at=row.created_at,
        checked_in_at=row.checked_in_at, checked_out_at=row.checked_out_at, by_hand=row.checked_in_by is not None,
        minutes=max(int(served.total_seconds() // 60), 0) if served else 0)


def _stamp(at: Any) -> str:
    return '' if at is None else f'{local(at):%Y-%m-%d %H:%M}'


def _csv(table: Iterable[Iterable[str]]) -> str:
    """Write rows as CSV; a cell that a spreadsheet would take for a formula is quoted with an apostrophe."""
    out = io.StringIO()
    csv.writer(out).writerows(
        [f"'{cell}" if cell[:1] in {'=', '+', '-', '@', '\t'} else cell for cell in row] for row in table)
    return out.getvalue()


