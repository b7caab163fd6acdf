"""What the emergency module announces."""

from datetime import datetime
from typing import ClassVar

from yunshequ.core.bus import Event


class IncidentOpened(Event):
    """An incident began or changed its level: one event for each community it touches (the red bar)."""

    kind: ClassVar[str] = 'emergency.incident_opened'
    community_id: int
    incident_id: int
    title: str
    level: str
    drill: bool

    @property
    def topic(self) -> str:
        """``place:{community}``."""
        return f'place:{self.community_id}'


class IncidentClosed(Event):
    """An incident is over, told to each community it touched."""

    kind: ClassVar[str] = 'emergency.incident_closed'
    community_id: int
    incident_id: int

    @property
    def topic(self) -> str:
        """``place:{community}``."""
        return f'place:{self.community_id}'


class IncidentStale(Event):
    """Nobody has confirmed for a day that an incident goes on; its opener is asked to close or confirm it."""

    kind: ClassVar[str] = 'emergency.incident_stale'
    member_id: int
    incident_id: int
    title: str
    since: datetime

    @property
    def topic(self) -> str:
        """``member:{id}`` of the opener."""
        return f'member:{self.member_id}'


class TimelineAppended(Event):
    """The timeline of an incident has a new line; load the incident for it."""

    kind: ClassVar[str] = 'emergency.timeline_appended'
    incident_id: int
    entry_id: int

    @property
    def topic(self) -> str:
        """``incident:{id}``."""
        return f'incident:{self.incident_id}'


class CallOpened(Event):
    """A call for volunteers is open."""

    kind: ClassVar[str] = 'emergency.call_opened'
    call_id: int
    incident_id: int
    place_id: int
    room_id: int | None

    @property
    def topic(self) -> str:
        """``incident:{id}``."""
        return f'incident:{self.incident_id}'


class CallChanged(Event):
    """A call was closed or its shifts were added, changed or cancelled; load its card again."""

    kind: ClassVar[str] = 'emergency.call_changed'
    call_id: int
    state: str

    @property
    def topic(self) -> str:
        """``call:{id}``."""
        return f'call:{self.call_id}'


class SeatsChanged(Event):
    """The counters of a shift moved. Of two, the one with the greater ``version`` is the truth."""

    kind: ClassVar[str] = 'emergency.seats_changed'
    call_id: int
    shift_id: int
    taken: int
    capacity: int
    waiting: int
    version: int

    @property
    def topic(self) -> str:
        """``call:{id}``."""
        return f'call:{self.call_id}'


class SignupChanged(Event):
    """A member's own sign-up is new or changed; ``promoted`` when a seat came free and went to the member."""

    kind: ClassVar[str] = 'emergency.signup_changed'
    member_id: int
    call_id: int
    shift_id: int
    signup_id: int
    state: str
    promoted: bool = False

    @property
    def topic(self) -> str:
        """``member:{id}``."""
        return f'member:{self.member_id}'
