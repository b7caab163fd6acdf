"""From the bus to the browsers: opinions, what people think of them, new editions."""

from pages.deliberation.data import opinion_frame, weighed_data
from pages.live import Fanout
from yunshequ.bootstrap import Container
from yunshequ.core.bus import Event
from yunshequ.deliberation.events import OpinionPosted, OpinionWeighed, TopicChanged, TopicOpened

WEIGHED_SECONDS = 0.2
"""Counters of one opinion are sent at most so often."""


def listen(c: Container, fanout: Fanout) -> None:
    """Turn the module's events into frames on ``topic:{id}``: ``opinion``, ``weighed``, ``changed``; a new topic is told to
    the lists of its community.
    """

    async def take(event: Event) -> None:
        if isinstance(event, OpinionPosted):
            fanout.publish(event.topic, 'opinion', {'opinion': opinion_frame(event.opinion)})
        elif isinstance(event, OpinionWeighed):
            fanout.publish_coalesced(
                event.topic, 'weighed', weighed_data(event), every=WEIGHED_SECONDS, key=str(event.opinion_id))
        elif isinstance(event, TopicChanged):
            fanout.publish(event.topic, 'changed', {})
        elif isinstance(event, TopicOpened):
            community = await c.community.community_of(event.place_id)
            fanout.publish_coalesced(f'place:{community.id if community else event.place_id}', 'deliberation', {}, every=0.5)

    c.bus.subscribe('topic:', take)
