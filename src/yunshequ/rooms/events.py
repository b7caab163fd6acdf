"""What the rooms announce."""

from typing import ClassVar

from yunshequ.core.bus import Event
from yunshequ.rooms.schemas import MessageView, RoomKind


class _InRoom(Event):
    room_id: int

    @property
    def topic(self) -> str:
        """``room:{id}``."""
        return f'room:{self.room_id}'


class MessagePosted(_InRoom):
    """The room's log has a new entry (a recall is one too)."""

    kind: ClassVar[str] = 'rooms.message_posted'
    room_kind: RoomKind
    place_id: int
    message: MessageView


class NoticeAcknowledged(_InRoom):
    """Somebody said 收到 under the pinned notice."""

    kind: ClassVar[str] = 'rooms.notice_acknowledged'
    seq: int
    received: int
    member_id: int


class NoticePinned(_InRoom):
    """The pinned notice changed; ``seq`` is None when it was taken down."""

    kind: ClassVar[str] = 'rooms.notice_pinned'
    seq: int | None


class RoomChanged(_InRoom):
    """Something that staff set for the room is another now: its quiet mode, who may not speak."""

    kind: ClassVar[str] = 'rooms.room_changed'


class MemberRenamed(_InRoom):
    """A member goes by another name in the room from now on, under their older messages too."""

    kind: ClassVar[str] = 'rooms.member_renamed'
    member_id: int
    name: str
    was: str


class RoomsChanged(Event):
    """A member joined or left a room: their list of rooms is another one now."""

    kind: ClassVar[str] = 'rooms.rooms_changed'
    member_id: int
    room_id: int
    joined: bool

    @property
    def topic(self) -> str:
        """``member:{id}``."""
        return f'member:{self.member_id}'


class ReadMoved(Event):
    """A member has read further, maybe on another phone."""

    kind: ClassVar[str] = 'rooms.read_moved'
    member_id: int
    room_id: int
    read_seq: int
    read_n: int

    @property
    def topic(self) -> str:
        """``member:{id}``."""
        return f'member:{self.member_id}'


class PrefsChanged(Event):
    """A member mutes or pins a room, or does so no more, maybe on another phone."""

    kind: ClassVar[str] = 'rooms.prefs_changed'
    member_id: int
    room_id: int

    @property
    def topic(self) -> str:
        """``member:{id}``."""
        return f'member:{self.member_id}'


class WordsChanged(Event):
    """The list of sensitive words of a place, and of all below it, is another one now."""

    kind: ClassVar[str] = 'rooms.words_changed'
    place_id: int

    @property
    def topic(self) -> str:
        """``words:{place}``."""
        return f'words:{self.place_id}'


class EntryChanged(Event):
    """An application to a room was made or decided; ``state`` is an ``EntryState``."""

    kind: ClassVar[str] = 'rooms.entry_changed'
    member_id: int
    room_id: int
    place_id: int
    state: str

    @property
    def topic(self) -> str:
        """``entry:{member}``."""
        return f'entry:{self.member_id}'


class StandingChanged(_InRoom):
    """What one member may do in a room is another thing now: they were muted, or are so no more; a message of theirs was reviewed."""

    kind: ClassVar[str] = 'rooms.standing_changed'
    member_id: int


class ActsChanged(_InRoom):
    """A moderator has acted in a room, or an act was taken back: its public log (公示) reads otherwise now."""

    kind: ClassVar[str] = 'rooms.acts_changed'


class OrderChanged(Event):
    """What waits for the moderators of a place is something else now: reports, appeals, messages held, removals."""

    kind: ClassVar[str] = 'rooms.order_changed'
    place_id: int

    @property
    def topic(self) -> str:
        """``order:{place}``."""
        return f'order:{self.place_id}'
