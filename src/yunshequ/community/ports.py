"""What the module needs of others."""

from collections.abc import Iterable
from typing import Protocol

from yunshequ.core.policy import Actor
from yunshequ.core.unit import Tx


class AccessLog(Protocol):
    """Where it is noted who looked at whose data; the privacy module is one."""

    def note(self, tx: Tx, actor_id: int, member_ids: Iterable[int], place_id: int, what: str, reason: str) -> None:
        """Leave a line for each member, in the unit of whoever shows the data."""
        ...

    async def seen(self, actor: Actor, member_ids: Iterable[int], place_id: int, what: str, reason: str = '') -> None:
        """Leave a line for each member of a list before it is shown, once a day."""
        ...


class Messenger(Protocol):
    """How the module speaks to one person; the house's own voice is one."""

    async def tell(self, member_id: int, text: str, *, client_id: str) -> None:
        """Write to somebody privately, once for each ``client_id``."""
        ...


class Reacher(Messenger, Protocol):
    """A voice that can make sure beforehand that somebody will hear it."""

    async def reach(self, member_id: int) -> None:
        """Open the way to somebody who may belong nowhere when they are told."""
        ...


class RoomDirectory(Protocol):
    """Where a room is; the rooms module is one."""

    async def place_of(self, room_id: int) -> int | None:
        """Return the place a room belongs to, None if there is no such room."""
        ...
