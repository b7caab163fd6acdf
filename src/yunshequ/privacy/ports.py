"""What the privacy module needs of others."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from yunshequ.core.policy import Actor, Role


class Card(Protocol):
    """What others see of a member."""

    @property
    def name(self) -> str:
        """The name."""
        ...


class PlaceLike(Protocol):
    """A place."""

    @property
    def name(self) -> str:
        """Its name."""
        ...


class OfficeLike(Protocol):
    """A role of office and where it is held."""

    @property
    def role(self) -> Role:
        """The role."""
        ...

    @property
    def place(self) -> PlaceLike:
        """Where."""
        ...


class People(Protocol):
    """Who people are; the community module is one."""

    async def cards(self, ids: Iterable[int]) -> Mapping[int, Card]:
        """Return the cards of members."""
        ...

    async def offices(self, member_id: int) -> Sequence[OfficeLike]:
        """Return where a member is in office."""
        ...

    async def label_of(self, place_id: int) -> str:
        """Return a place's name."""
        ...

    async def officers(self, place_id: int, roles: Iterable[Role]) -> list[int]:
        """Return who holds one of the roles at the place or above it."""
        ...


class Effect(Protocol):
    """What a consent does at once when it is given or withdrawn."""

    async def __call__(self, actor: Actor, *, on: bool) -> None:
        """Do it."""
        ...


class Exporter(Protocol):
    """Makes a file with personal data; the module that owns the data asks its own policy."""

    async def __call__(self, actor: Actor, place_id: int, kind: str, purpose: str) -> bytes:
        """Return the file."""
        ...
