"""What chains need of others; ``bootstrap`` wires it."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from yunshequ.community.schemas import MemberCard
from yunshequ.core.policy import Actor
from yunshequ.rooms.schemas import RoomView


class Rooms(Protocol):
    """Where chains live, and what people go by there; the rooms service is one."""

    async def card(self, room_id: int, member_id: int) -> MemberCard:
        """Return what others in a room see of a member."""
        ...

    async def cards(self, room_id: int, ids: Iterable[int]) -> Mapping[int, MemberCard]:
        """As ``card``, for many."""
        ...

    async def require_inside(self, actor: Actor, room_id: int, action: str = 'rooms.read') -> RoomView:
        """Return the room if the actor is in it and may do ``action`` there."""
        ...

    async def require_writable(self, actor: Actor, room_id: int) -> RoomView:
        """Return the room if the actor may write there at this moment: not muted, and the room is open."""
        ...

    async def check_words(self, place_id: int, text: str) -> None:
        """Return if a text may be shown at a place; raises ``Blocked``."""
        ...


class Poster(Protocol):
    """Posts the card."""

    async def post_card(self, actor: Actor, room_id: int, kind: str, ref_id: int, client_id: str, text: str) -> None:
        """Post a live card in the actor's name; a second time with the same client id posts nothing."""
        ...
