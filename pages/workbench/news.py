"""What makes an open workbench ask again: topics it listens to, and events that would not reach it otherwise."""

from pages.knowledge.news import DEPARTMENTS
from pages.live import Fanout
from yunshequ.assistant.events import KnowledgeBulkWorked, KnowledgeWorked
from yunshequ.ballots.events import BallotCancelled, BallotClosed, BallotOpened, BallotPrepared
from yunshequ.bootstrap import Container
from yunshequ.community.events import Joined
from yunshequ.community.schemas import PlaceKind
from yunshequ.core.bus import Event
from yunshequ.core.policy import Actor
from yunshequ.emergency.events import IncidentStale
from yunshequ.rooms.events import EntryChanged, OrderChanged


async def topics_of(c: Container, actor: Actor) -> list[str]:
    """Return the live topics of everything that may enter somebody's queue: each community of their offices, themselves, departments."""
    found = [f'member:{actor.member_id}', DEPARTMENTS]
    for office in await c.community.offices(actor.member_id):
        community = await c.community.community_of(office.place.id)
        places = [community] if community is not None else await c.community.below(office.place.id, PlaceKind.COMMUNITY)
        found += [f'{kind}:{place.id}' for place in places for kind in ('desk', 'work', 'place')]
    return list(dict.fromkeys(found))


def bridge(c: Container, fanout: Fanout) -> None:
    """Send ``changed`` on ``work:{community}`` for votes, newcomers, applicants, knowledge and the order of rooms; on ``member:{id}`` for incidents.

    Cases, incidents and calls are sent already, on ``desk:{place}`` and ``place:{community}``.
    """

    async def on_order(event: Event) -> None:
        if isinstance(event, OrderChanged):
            for community_id in await c.emergency.communities_of(event.place_id):
                fanout.publish(f'work:{community_id}', 'changed', {})

    async def on_event(event: Event) -> None:
        if isinstance(event, IncidentStale):
            fanout.publish(event.topic, 'changed', {'incident_id': event.incident_id})
        elif isinstance(event, BallotPrepared | BallotOpened | BallotClosed | BallotCancelled | Joined | EntryChanged | KnowledgeWorked | KnowledgeBulkWorked):
            for community_id in await c.emergency.communities_of(event.place_id):
                fanout.publish(f'work:{community_id}', 'changed', {})

    c.bus.subscribe('order:', on_order)
    c.bus.subscribe('ballot:', on_event)
    c.bus.subscribe('member:', on_event)
    c.bus.subscribe('entry:', on_event)
    c.bus.subscribe('kb:', on_event)
