"""What the accounts module needs of others."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from sqlmodel import Session

from yunshequ.core.unit import Tx


class PersonLike(Protocol):
    """Language and standing of a member."""

    @property
    def locale(self) -> str:
        """Language the member chose."""
        ...

    @property
    def active(self) -> bool:
        """False once the member has left."""
        ...


class People(Protocol):
    """Where members are; the community module is one."""

    async def member_by_phone(self, phone_hash: str) -> int | None:
        """Return the member with this keyed phone hash."""
        ...

    async def create_member(
        self, nickname: str, *, phone_hash: str | None = None, phone_mask: str | None = None, locale: str = 'zh-CN',
    ) -> int:
        """Register somebody; the same phone hash always gives the same member."""
        ...

    async def in_office(self, member_id: int) -> bool:
        """Tell whether a member holds a role of office now."""
        ...

    async def person(self, member_id: int) -> PersonLike | None:
        """Return what is known of a member."""
        ...


class CardLike(Protocol):
    """The name of a member."""

    @property
    def name(self) -> str:
        """As others see it."""
        ...


class Residents(People, Protocol):
    """Who lives where, and whose a number is; the community module is one."""

    async def lives_at(self, member_id: int, place_id: int) -> bool:
        """Tell whether a member has joined, lives or says they live at or below a place."""
        ...

    async def label_of(self, place_id: int) -> str:
        """Return a place in words."""
        ...

    async def ids_below(self, place_id: int) -> list[int]:
        """Return a place and all below it."""
        ...

    async def cards(self, ids: Iterable[int]) -> Mapping[int, CardLike]:
        """Return the cards of members."""
        ...

    def lock_member(self, tx: Tx, member_id: int) -> None:
        """Let units about one member wait for each other."""
        ...

    def phone_taken(self, session: Session, phone_hash: str) -> bool:
        """Tell whether a number has an account."""
        ...

    def set_phone(self, tx: Tx, member_id: int, phone_hash: str, phone_mask: str) -> None:
        """Give a member a number."""
        ...


class Phones(Protocol):
    """Where the hash of a member's phone is kept; the community module's keeper is one."""

    def phone_hash(self, session: Session, member_id: int) -> str | None:
        """Return the keyed hash of a member's phone."""
        ...


class Messenger(Protocol):
    """How accounts speak to one person; the house's own voice is one."""

    async def tell(self, member_id: int, text: str, *, client_id: str) -> None:
        """Write to somebody privately, once for each ``client_id``."""
        ...


class SmsGateway(Protocol):
    """Sends text messages (短信)."""

    async def send_code(self, phone: str, code: str, locale: str) -> str | None:
        """Send a one-time code. Return it only if it may be shown on the page (demo).

        :raises Unavailable: it could not be handed to the carrier.
        """
        ...
