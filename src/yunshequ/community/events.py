"""What the community module announces."""

from typing import ClassVar

from yunshequ.core.bus import Event


class RolesChanged(Event):
    """A member's roles or households changed; whoever caches rights must forget them."""

    kind: ClassVar[str] = 'community.roles_changed'
    member_id: int

    @property
    def topic(self) -> str:
        """``member:{id}``."""
        return f'member:{self.member_id}'


class MemberChanged(Event):
    """A member's card changed (name, mark, consent)."""

    kind: ClassVar[str] = 'community.member_changed'
    member_id: int

    @property
    def topic(self) -> str:
        """``member:{id}``."""
        return f'member:{self.member_id}'


class PlacesChanged(Event):
    """The tree of places changed."""

    kind: ClassVar[str] = 'community.places_changed'

    @property
    def topic(self) -> str:
        """``places:``."""
        return 'places:all'


class Joined(Event):
    """A member joined a place through a code; ``room_id`` is set when the code led to a room."""

    kind: ClassVar[str] = 'community.joined'
    member_id: int
    place_id: int
    room_id: int | None = None

    @property
    def topic(self) -> str:
        """``member:{id}``."""
        return f'member:{self.member_id}'
