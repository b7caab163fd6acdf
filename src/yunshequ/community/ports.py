"""What the module needs of others."""

from typing import Protocol


class RoomDirectory(Protocol):
    """Where a room is; the rooms module is one."""

    async def place_of(self, room_id: int) -> int | None:
        """Return the place a room belongs to, None if there is no such room."""
        ...
