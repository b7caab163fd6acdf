"""What the module needs of others."""

from typing import Protocol


class Messenger(Protocol):
    """Speaks to one person alone; 小栖's private chats are one."""

    async def tell(self, member_id: int, text: str, *, client_id: str) -> None:
        """Write to somebody in private, once for each ``client_id``. Who can be reached nowhere is passed over."""
        ...
