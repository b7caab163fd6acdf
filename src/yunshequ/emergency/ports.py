"""What the emergency module needs of others; ``bootstrap`` wires it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from yunshequ.community.schemas import MemberCard, PlaceKind, PlaceView
from yunshequ.core.policy import Actor, Grant


class People(Protocol):
    """Names and places; the community service is one."""

    async def grants_of(self, member_id: int) -> tuple[Grant, ...]:
        """Return what a member is, everywhere."""
        ...

    async def path_of(self, place_id: int) -> str | None:
        """Return the path of a place, or None if there is none."""
        ...

    async def cards(self, ids: Iterable[int]) -> Mapping[int, MemberCard]:
        """Return the cards of members; unknown ids are left out."""
        ...

    async def place(self, place_id: int) -> PlaceView:
        """Return a place, or raise NotFound."""
        ...

    async def looked_at(self, actor: Actor, member_ids: Iterable[int], place_id: int, what: str, reason: str = '') -> None:
        """Note that somebody in office is about to see a list of people; each of them sees the line."""
        ...

    async def community_of(self, place_id: int) -> PlaceView | None:
        """Return the community a place lies in (itself included)."""
        ...

    async def label_of(self, place_id: int) -> str:
        """Return a place's name with its community in front where that helps."""
        ...

    async def below(self, place_id: int, kind: PlaceKind) -> Sequence[PlaceView]:
        """Return the places of a kind below a place."""
        ...


class RoomPoster(Protocol):
    """A way into rooms. Posting twice with one ``client_id`` posts once."""

    async def post_card(self, actor: Actor, room_id: int, kind: str, ref_id: int, client_id: str, text: str) -> None:
        """Post a live card (``kind`` is ``call``) in the actor's name; ``text`` is what lists and search show."""
        ...

    async def post_notice(self, room_id: int, client_id: str, text: str, mentions: Sequence[int]) -> None:
        """Let 小栖 say ``text`` in the room, naming ``mentions`` (member ids)."""
        ...


class NoRooms:
    """Stands in where no rooms are wired: the board works, nothing is posted."""

    async def post_card(self, actor: Actor, room_id: int, kind: str, ref_id: int, client_id: str, text: str) -> None:
        """Post nothing."""

    async def post_notice(self, room_id: int, client_id: str, text: str, mentions: Sequence[int]) -> None:
        """Post nothing."""
