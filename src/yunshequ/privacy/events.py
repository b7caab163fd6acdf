"""What the privacy module announces."""

from typing import ClassVar

from yunshequ.core.bus import Event


class PrivacyChanged(Event):
    """Something about a person's own data is another now: a copy is ready, a consent or a deletion was changed."""

    kind: ClassVar[str] = 'privacy.changed'
    member_id: int
    what: str
    """``copy``, ``consent``, ``deletion`` or ``access``."""

    @property
    def topic(self) -> str:
        """``privacy:{id}``."""
        return f'privacy:{self.member_id}'
