"""What components ask about calls, and what they hear without asking."""

from collections import OrderedDict
from typing import Any

from nicegui import Client

from pages.cards import LiveCards
from pages.emergency.data import (
    call_data,
    calls_data,
    code_data,
    entry_data,
    incident_data,
    mine_data,
    public_call_data,
    roster_data,
    seats_data,
)
from pages.live import Acts, Args, Call, Fanout, number, text
from yunshequ.bootstrap import Container
from yunshequ.core.bus import Event
from yunshequ.core.errors import Invalid
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Actor
from yunshequ.emergency.events import (
    CallChanged,
    CallOpened,
    IncidentClosed,
    IncidentOpened,
    SeatsChanged,
    SignupChanged,
    TimelineAppended,
)
from yunshequ.emergency.schemas import ShiftView

TICK_SECONDS = 0.05
"""Counters of one shift are sent at most so often: a rush of sign-ups is one moving number."""
REMEMBERED = 5000
"""Shifts whose newest version is kept, so that an older counter never overtakes a newer one."""


def add_cards(cards: LiveCards, c: Container) -> None:
    """Let rooms show calls as live cards."""

    async def state(actor: Actor, call_id: int) -> dict[str, Any]:
        return call_data(await c.emergency.card_state(actor, call_id), actor)

    cards.add('call', state, lambda acts: add_call_acts(acts, c))


def add_call_acts(acts: Acts, c: Container) -> None:
    """Answer what ``ShiftBoard`` and the card of a call ask.

    ``call.signup``, ``call.cancel``, ``call.checkin``, ``call.code``, ``call.roster``, ``call.state``.
    """
    desk = _Desk(c)
    acts.on('call.signup')(desk.sign_up)
    acts.on('call.cancel')(desk.cancel)
    acts.on('call.checkin')(desk.check_in)
    acts.on('call.code', ordered=False)(desk.code)
    acts.on('call.roster', ordered=False)(desk.roster)
    acts.on('call.state', ordered=False)(desk.state)


class _Desk:
    """The acts of calls. The browser never says who it is, nor whose sign-up it means."""

    def __init__(self, c: Container) -> None:
        self._c = c

    async def sign_up(self, actor: Actor, args: Args, call: Call) -> dict[str, Any]:
        await self._c.emergency.sign_up(actor, number(args, 'shift_id'), call.id)
        return await self._answer(actor, args)

    async def cancel(self, actor: Actor, args: Args) -> dict[str, Any]:
        shift = await self._shift(actor, args)
        if shift.mine is not None:
            await self._c.emergency.cancel(actor, shift.mine.id)
        return await self._answer(actor, args)

    async def check_in(self, actor: Actor, args: Args) -> dict[str, Any]:
        await self._c.emergency.check_in(actor, number(args, 'shift_id'), text(args, 'code'))
        return await self._answer(actor, args)

    async def code(self, actor: Actor, args: Args) -> dict[str, Any]:
        return code_data(await self._c.emergency.venue_code(actor, number(args, 'shift_id')), self._c.clock.now())

    async def roster(self, actor: Actor, args: Args) -> dict[str, Any]:
        return {'people': roster_data(await self._c.emergency.roster(actor, number(args, 'shift_id')))}

    async def state(self, actor: Actor, args: Args) -> dict[str, Any]:
        return call_data(await self._c.emergency.card_state(actor, number(args, 'call_id')), actor)

    async def _shift(self, actor: Actor, args: Args) -> ShiftView:
        call = await self._c.emergency.card_state(actor, number(args, 'call_id'))
        shift = next((one for one in call.shifts if one.id == number(args, 'shift_id')), None)
        if shift is None:
            raise Invalid(N_('这个班次不在这次招募里，请刷新后再试'), field='shift_id')
        return shift

    async def _answer(self, actor: Actor, args: Args) -> dict[str, Any]:
        shift = await self._shift(actor, args)
        return {'mine': mine_data(shift.mine), **seats_data(shift)}


def add_board_acts(acts: Acts, c: Container, fanout: Fanout) -> None:
    """Answer what ``IncidentBoard`` asks after a change or a reconnect: ``emergency.board``, ``emergency.incident``."""

    def hear(call: Call, topics: list[str]) -> None:
        client = Client.instances.get(call.client_id)
        if client is not None:
            fanout.join(client, *topics)

    @acts.on('emergency.board', ordered=False)
    async def board(actor: Actor, _args: Args, call: Call) -> dict[str, Any]:
        seen = await c.emergency.nearby(actor)
        hear(call, [f'call:{one.id}' for one in seen.calls])
        return {'incidents': [incident_data(one) for one in seen.incidents], 'calls': calls_data(seen.calls, actor)}

    @acts.on('card', ordered=False)
    async def card(actor: Actor, args: Args) -> dict[str, Any]:
        """What a compact call asks after a lost line, here as in a room."""
        return call_data(await c.emergency.card_state(actor, number(args, 'id')), actor)

    @acts.on('emergency.incident', ordered=False)
    async def incident(actor: Actor, args: Args, call: Call) -> dict[str, Any]:
        seen = await c.emergency.incident(actor, number(args, 'incident_id'))
        hear(call, [f'call:{one.id}' for one in seen.calls])
        return {'incident': incident_data(seen.incident), 'timeline': [entry_data(line) for line in seen.timeline],
                'calls': calls_data(seen.calls, actor)}


class Bridge:
    """Turns the module's events into frames.

    ``seats`` and ``call`` on ``call:{id}``, ``shift`` on ``member:{id}``, ``incident`` and, for a new call,
    ``changed`` on ``place:{community}``, ``changed`` on ``incident:{id}``.
    """

    def __init__(self, c: Container, fanout: Fanout) -> None:
        self._c = c
        self._fanout = fanout
        self._newest: OrderedDict[int, int] = OrderedDict()

    def listen(self) -> None:
        """Begin; ends with the process."""
        for topic in ('call:', 'incident:', 'place:', 'member:'):
            self._c.bus.subscribe(topic, self.take)

    async def take(self, event: Event) -> None:
        """Send what ``event`` means to whoever looks at it."""
        if isinstance(event, CallOpened):
            for community_id in await self._c.emergency.communities_of(event.place_id):
                self._fanout.publish(f'place:{community_id}', 'changed', {})
        if not self._fanout.listeners(event.topic):
            return
        match event:
            case SeatsChanged():
                self._seats(event)
            case SignupChanged():
                await self._signup(event)
            case CallChanged():
                await self._call(event.call_id)
            case TimelineAppended():
                self._fanout.publish(event.topic, 'changed', {})
            case IncidentOpened() | IncidentClosed():
                alarm = await self._c.emergency.alarm(event.community_id)
                self._fanout.publish(event.topic, 'incident', {'incident': incident_data(alarm) if alarm else None})
            case _:
                pass

    def _seats(self, event: SeatsChanged) -> None:
        if event.version <= self._newest.get(event.shift_id, 0):
            return  # PostgreSQL's writers may announce in another order than they committed in
        self._newest[event.shift_id] = event.version
        self._newest.move_to_end(event.shift_id)
        if len(self._newest) > REMEMBERED:
            self._newest.popitem(last=False)
        self._fanout.publish_coalesced(event.topic, 'seats', {
            'shift_id': event.shift_id, 'taken': event.taken, 'waiting': event.waiting, 'seats': event.capacity,
        }, every=TICK_SECONDS, key=str(event.shift_id))

    async def _signup(self, event: SignupChanged) -> None:
        own = await self._c.emergency.my_signups(Actor(event.member_id))
        signup = next((one for one in own if one.id == event.signup_id), None)
        self._fanout.publish(event.topic, 'shift', {
            'call_id': event.call_id, 'shift_id': event.shift_id, 'mine': mine_data(signup), 'promoted': event.promoted})

    async def _call(self, call_id: int) -> None:
        call = await self._c.emergency.public_state(call_id)
        self._fanout.publish(f'call:{call_id}', 'call', {'call': public_call_data(call)})
