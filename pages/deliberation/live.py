"""From the bus to the browsers: opinions, what people think of them, new editions."""

from pages.deliberation.data import opinion_frame, weighed_data
from pages.live import Fanout
from yunshequ.bootstrap import Container
from yunshequ.core.bus import Event
from yunshequ.deliberation.events import OpinionPosted, OpinionWeighed, TopicChanged, TopicOpened

WEIGHED_SECONDS = 0.2
"""Counters of one opinion are sent at most so often."""
LIST_SECONDS = 1.0
"""The lists of a community hear of its topics at most so often: each of them then asks."""


def listen(c: Container, fanout: Fanout) -> None:
    """Turn the module's events into frames on ``topic:{id}``: ``opinion``, ``weighed``, ``changed``; ``stance`` to the pages of
    whoever has weighed one. A topic that is new, or reads otherwise in a list, is told to the lists of its community.
    """

    async def take(event: Event) -> None:
        if isinstance(event, OpinionPosted | TopicChanged | TopicOpened):
            community = await c.community.community_of(event.place_id)
            fanout.publish_coalesced(f'place:{community.id if community else event.place_id}', 'deliberation', {}, every=LIST_SECONDS)
        if isinstance(event, OpinionPosted):
            fanout.publish(event.topic, 'opinion', {'opinion': opinion_frame(event.opinion)})
        elif isinstance(event, OpinionWeighed):
            fanout.publish(f'member:{event.member_id}', 'stance', {'id': event.opinion_id, 'mine': event.stance})
            fanout.publish_coalesced(
                event.topic, 'weighed', weighed_data(event), every=WEIGHED_SECONDS, key=str(event.opinion_id))
        elif isinstance(event, TopicChanged):
            fanout.publish(event.topic, 'changed', {})

    c.bus.subscribe('topic:', take)
