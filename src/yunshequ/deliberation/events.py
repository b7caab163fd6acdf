"""What the deliberation module announces."""

from typing import ClassVar

from yunshequ.core.bus import Event
from yunshequ.deliberation.schemas import OpinionView, Stance


class TopicEvent(Event):
    """Something happened to a topic."""

    topic_id: int

    @property
    def topic(self) -> str:
        """``topic:{id}``."""
        return f'topic:{self.topic_id}'


class TopicOpened(TopicEvent):
    """A topic was opened."""

    kind: ClassVar[str] = 'deliberation.topic_opened'
    place_id: int


class TopicChanged(TopicEvent):
    """A draft was published, a decision taken or a step reported; whoever shows the topic loads it anew."""

    kind: ClassVar[str] = 'deliberation.topic_changed'
    place_id: int


class OpinionPosted(TopicEvent):
    """An opinion was given or answered; the newer picture of the same id replaces the older."""

    kind: ClassVar[str] = 'deliberation.opinion_posted'
    place_id: int
    opinion: OpinionView


class OpinionWeighed(TopicEvent):
    """What people think of an opinion changed: the totals now."""

    kind: ClassVar[str] = 'deliberation.opinion_weighed'
    opinion_id: int
    member_id: int
    stance: Stance | None
    """What this member thinks now; for nobody else's eyes."""
    agree: int
    disagree: int
    skip: int
