"""The list of a person's rooms, sorted and counted live."""

from collections.abc import Sequence

from nicegui import ui

from yunshequ.core.i18n import _

from .base import Data, Labels, LiveElement, per_locale, time_labels


@per_locale
def room_list_labels() -> Labels:
    """Return the texts of the room list."""
    return {
        'time': time_labels(),
        'rooms': _('我的群'),
        'find': _('搜索群'),
        'clear': _('清空'),
        'unread': _('{n} 条未读'),
        'pinned': _('已置顶'),
        'mentioned': _('[有人@我]'),
        'draft': _('[草稿]'),
        'bot': _('机器人'),
        'image': _('[图片]'),
        'card': _('[卡片] '),
        'notice': _('[公告] '),
        'recalled': _('撤回了一条消息'),
        'nothing': _('还没有消息'),
        'none_found': _('没有找到“{q}”'),
        'none_found_more': _('换个词试试，比如楼栋号或小区名。'),
        'empty': _('您还没有加入任何群'),
        'empty_more': _('扫一扫楼道公告栏上的二维码，或输入网格员给您的邀请码，就能和邻居们在一起。'),
        'join': _('输入邀请码'),
    }


class RoomList(LiveElement, component='room_list.js'):
    """Rooms: pinned first, then by last message. Live topics ``room:{id}`` (``message``, ``room``) and ``member:{id}``.

    Frames on the member's topic: ``{k: 'read', room, unread}`` and ``{k: 'rooms'}`` (membership changed: ask again).
    Acts: ``rooms`` {} -> {rooms}. Tells the shell the sum of unread messages by the DOM event ``ys:unread``.
    """

    def __init__(
        self, *, rooms: Sequence[Data], me: Data, current: int | None = None, aside: bool = False, topic: str | None = None,
    ) -> None:
        """List rooms.

        :param rooms: ``{id, title, kind, icon, href, pinned, muted, unread, mentioned, last_seq, last_message, last_at, last_name,
            last_text}``
        :param me: ``{id, name}``
        :param current: the room that is open beside the list
        :param aside: stand at the left of a conversation; not shown on a phone
        :param topic: live topic of this person
        """
        super().__init__()
        if not aside:  # alone, the list fills the screen and scrolls inside itself
            ui.context.client.layout.classes('ys-fill')
        self.set_props(
            rooms=[dict(room) for room in rooms], me=dict(me), current=current, aside=aside, topic=topic, labels=room_list_labels(),
        )
