"""What the ballots module announces. A secret vote announces turnout only."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from yunshequ.ballots.quorum import Totals
from yunshequ.core.bus import Event


class OptionCount(BaseModel):
    """What an option has now."""

    model_config = ConfigDict(frozen=True)

    id: int
    votes: int
    area: int
    heads: int
    score: int


class BallotEvent(Event):
    """Something happened to a vote; whoever shows it keeps the highest ``seq`` and drops what is older."""

    ballot_id: int
    seq: int

    @property
    def topic(self) -> str:
        """``ballot:{id}``."""
        return f'ballot:{self.ballot_id}'


class BallotPrepared(BallotEvent):
    """A vote was prepared: it waits for its time, or for somebody to open it."""

    kind: ClassVar[str] = 'ballots.prepared'
    place_id: int
    topic_id: int | None


class BallotOpened(BallotEvent):
    """A vote has opened and its roll is frozen."""

    kind: ClassVar[str] = 'ballots.opened'
    place_id: int
    topic_id: int | None
    room_id: int | None
    roll: Totals


class VoteGiven(BaseModel):
    """A named vote that was given or changed, and everybody whose vote it is: they may look at it on another device."""

    model_config = ConfigDict(frozen=True)

    unit: str
    version: int
    members: tuple[int, ...]


class BallotTick(BallotEvent):
    """Votes were cast or changed: turnout now, and in a named vote what each option has now (else None).

    ``given`` is for the voters' own pages; of a secret vote nothing is said.
    """

    kind: ClassVar[str] = 'ballots.tick'
    roll: Totals
    cast: Totals
    counts: tuple[OptionCount, ...] | None
    given: tuple[VoteGiven, ...] = ()


class BallotClosed(BallotEvent):
    """A vote has closed and its result stands."""

    kind: ClassVar[str] = 'ballots.closed'
    place_id: int
    topic_id: int | None
    room_id: int | None
    verdict: str


class BallotCancelled(BallotEvent):
    """A vote was called off; it has no result."""

    kind: ClassVar[str] = 'ballots.cancelled'
    place_id: int
    topic_id: int | None
    room_id: int | None
