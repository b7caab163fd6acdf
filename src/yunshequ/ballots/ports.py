"""What the ballots module needs of others; ``bootstrap`` wires it."""

from collections.abc import Collection
from typing import Protocol

from yunshequ.community.acting import Purpose
from yunshequ.community.levels import Known, Level
from yunshequ.community.schemas import HouseholdView, MemberCard, PlaceView
from yunshequ.core.policy import Actor, Grant
from yunshequ.core.unit import Tx


class Electorate(Protocol):
    """Where rolls come from: the community's places, residents and households."""

    async def place(self, place_id: int) -> PlaceView:
        """Return a place; raises ``NotFound``."""
        ...

    async def grants_of(self, member_id: int) -> tuple[Grant, ...]:
        """Return what a member is, everywhere."""
        ...

    async def households(self, place_id: int) -> list[HouseholdView]:
        """Return the households on the roll of a place and below, with the verified members who speak for each."""
        ...

    async def residents(self, place_id: int, level: Level) -> list[int]:
        """Return members who live at a place or below it and are known at least at that level."""
        ...

    async def known(self, member_id: int, place_id: int) -> Known:
        """Return what is known of a member at a place, from which the level is worked out."""
        ...

    async def cards(self, ids: Collection[int]) -> dict[int, MemberCard]:
        """Return what others see of members."""
        ...


class Helpers(Protocol):
    """Who acts for whom (帮办), by recorded consent."""

    async def principals(self, helper_id: int, purpose: Purpose) -> list[int]:
        """Return for whom a member may do this now."""
        ...

    def record(self, tx: Tx, principal_id: int, helper_id: int, purpose: Purpose, subject: str, words: str) -> None:
        """Write down what is done for somebody, in the unit that does it; raises ``NotPermitted`` if the consent has ended."""
        ...


class RoomPoster(Protocol):
    """Posts the live card of a vote into a room. Repeated with the same ``client_id`` it posts nothing more."""

    async def post_card(self, actor: Actor, room_id: int, kind: str, ref_id: int, client_id: str, text: str) -> None:
        """Post a live card (``kind`` is ``ballot``) in the actor's name; ``text`` is what lists and search show."""
        ...
