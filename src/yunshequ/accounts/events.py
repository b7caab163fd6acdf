"""What the accounts module announces."""

from typing import ClassVar

from yunshequ.core.bus import Event


class SessionRevoked(Event):
    """A login has ended: caches forget it, its open pages say so and close."""

    kind: ClassVar[str] = 'accounts.session_revoked'
    session_id: int
    member_id: int

    @property
    def topic(self) -> str:
        """``session:{id}``."""
        return f'session:{self.session_id}'
