"""/emergency, /emergency/{incident}, /calls/{id}: a shell and one component each."""

from collections.abc import Sequence

from nicegui import ui

from pages import guards, live, shell
from pages.components.incident_board import IncidentBoard
from pages.components.shift_board import ShiftBoard
from pages.emergency.data import Data, call_data, calls_data, entry_data, incident_data
from pages.emergency.look import add_look
from pages.live.mount import identify
from yunshequ.bootstrap import Container
from yunshequ.core.i18n import N_, _
from yunshequ.core.policy import Actor
from yunshequ.emergency.schemas import IncidentPage

TITLE = N_('应急与志愿')


async def enter(c: Container, actor: Actor, *topics: str) -> Data:
    """Begin a page: join ``topics`` and those of every page, before anything is loaded; return what the shell shows around it."""
    from pages import frame  # noqa: PLC0415 - frame shows our incident bar: each needs the other

    identify(actor)
    add_look()
    fanout, client = live.fanout(), ui.context.client
    await frame.hear(c, fanout, client, actor)
    fanout.join(client, *topics)
    return await frame.around(c, actor)


def place_topics() -> list[str]:
    """Return the live topics of the communities this page listens to."""
    return sorted(topic for topic in live.fanout().topics_of(ui.context.client) if topic.startswith('place:'))


async def overview_board(c: Container, acts: live.Acts, actor: Actor, *, href: str = '/emergency') -> None:
    """Draw what goes on around somebody; incidents lead to ``href``."""
    seen = await c.emergency.nearby(actor)
    live.fanout().join(ui.context.client, *(f'call:{call.id}' for call in seen.calls))
    acts.bind(IncidentBoard(
        me={'id': actor.member_id}, topics=place_topics(), base=href, call_base=call_base(href),
        incidents=[incident_data(one) for one in seen.incidents], calls=calls_data(seen.calls, actor)), actor)


def incident_board(acts: live.Acts, actor: Actor, seen: IncidentPage, *, href: str = '/emergency') -> None:
    """Draw one incident with its timeline and calls."""
    live.fanout().join(ui.context.client, *(f'call:{call.id}' for call in seen.calls))
    acts.bind(IncidentBoard(
        me={'id': actor.member_id}, topics=[f'incident:{seen.incident.id}', *place_topics()], base=href, call_base=call_base(href),
        incident=incident_data(seen.incident), calls=calls_data(seen.calls, actor), timeline=timeline(seen)), actor)


def call_base(href: str) -> str:
    """Return where the calls of incidents under ``href`` stand: ``/calls`` or ``/staff/calls``."""
    return href.removesuffix('/emergency') + '/calls'


def timeline(seen: IncidentPage) -> Sequence[Data]:
    """Return the lines of a timeline, oldest first."""
    return [entry_data(line) for line in seen.timeline]


def register(c: Container, acts: live.Acts) -> None:
    """Add the residents' pages."""

    @ui.page('/emergency')
    @guards.signed_in
    async def overview(actor: Actor) -> None:
        around = await enter(c, actor)
        with shell.resident(active='services', title=_(TITLE), back='/services', **around):
            await overview_board(c, acts, actor)

    @ui.page('/emergency/{incident_id}')
    @guards.signed_in
    async def incident(actor: Actor, incident_id: int) -> None:
        around = await enter(c, actor, f'incident:{incident_id}')
        seen = await c.emergency.incident(actor, incident_id)
        head = incident_data(seen.incident)
        with shell.resident(active='services', title=head['title'], back='/emergency', told=incident_id, **around):
            incident_board(acts, actor, seen)

    @ui.page('/calls/{call_id}')
    @guards.signed_in
    async def call(actor: Actor, call_id: int) -> None:
        around = await enter(c, actor, f'call:{call_id}')
        seen = await c.emergency.card_state(actor, call_id)
        data = call_data(seen, actor)
        with shell.resident(active='services', title=data['title'], back=f'/emergency/{seen.incident.id}', **around):
            acts.bind(ShiftBoard(call=data, me={'id': actor.member_id}), actor)
