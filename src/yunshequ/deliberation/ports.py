"""What the deliberation module needs of others; ``bootstrap`` wires it."""

from collections.abc import Collection
from typing import Protocol

from yunshequ.community.schemas import MemberCard, PlaceView
from yunshequ.core.policy import Grant


class People(Protocol):
    """Names, places and rights; the community service is one."""

    async def place(self, place_id: int) -> PlaceView:
        """Return a place; raises ``NotFound``."""
        ...

    async def cards(self, ids: Collection[int]) -> dict[int, MemberCard]:
        """Return what others see of members."""
        ...

    async def grants_of(self, member_id: int) -> tuple[Grant, ...]:
        """Return what a member is, everywhere."""
        ...


class Votes(Protocol):
    """Whether a text is being voted on; the ballots service is one."""

    async def is_voting_on(self, topic_id: int) -> bool:
        """Tell whether a vote on the topic is open."""
        ...


class Screen(Protocol):
    """Reads a text before others do; the rooms service is one."""

    async def check_words(self, place_id: int, text: str) -> None:
        """Return if the text may be shown at the place; raises ``Blocked``."""
        ...
