"""What the accounts module needs of others."""

from typing import Protocol

from sqlmodel import Session


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
