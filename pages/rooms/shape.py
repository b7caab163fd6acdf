"""The data that the room components take, made from the service's views."""

from collections.abc import Sequence
from typing import Any

from pages.order_words import mode_tag
from yunshequ.community.schemas import MemberCard
from yunshequ.community.words import ROLE_WORDS
from yunshequ.core.i18n import N_, _
from yunshequ.core.policy import Role
from yunshequ.rooms.order_schemas import HeldView, Standing
from yunshequ.rooms.schemas import MessageView, NoticeView, RoomKind, RoomListItem, RoomMemberCard, RoomPage

BADGES = {
    Role.BUILDING_LEAD: N_('楼栋长'), Role.GRID_OFFICER: N_('网格员'), Role.COMMUNITY_WORKER: N_('社区'),
    Role.COMMUNITY_SECRETARY: N_('书记'), Role.STREET_OFFICER: N_('街道'), Role.DISTRICT_OFFICER: N_('区'), Role.ADMIN: N_('管理员'),
}
"""Message ids of the marks beside a name."""

ICONS = {RoomKind.BUILDING: 'home', RoomKind.STAFF: 'workbench', RoomKind.COMMUNITY: 'groups'}

WINDOWS = 200
"""Windows whose look is remembered."""
_windows: dict[int, tuple[tuple[MessageView, ...], tuple[dict[str, Any], ...]]] = {}
"""By identity; the views are kept beside, so that their identity stays theirs."""


def person(card: MemberCard) -> dict[str, Any]:
    """Return a member as a bubble shows them."""
    badge = BADGES.get(card.badge) if card.badge is not None else None
    return {'id': card.id, 'name': card.name, 'badge': _(badge) if badge else None, 'bot': card.bot, 'party': card.party}


def member_card(view: RoomMemberCard) -> dict[str, Any]:
    """Return what a card (名片) shows."""
    return person(view.card) | {
        'account': view.account if view.account != view.card.name else '', 'offices': [f'{_(ROLE_WORDS[role])} · {place}' for role, place in view.offices],
        'joined_at': view.joined_at.isoformat() if view.joined_at else None, 'rooms': list(view.rooms),
    }


def message(view: MessageView) -> dict[str, Any]:
    """Return a log entry; what is empty is left out, so that a frame stays small."""
    data: dict[str, Any] = {
        'id': view.id, 'seq': view.seq, 'n': view.n, 'kind': view.kind.value, 'sender': person(view.sender),
        'at': view.at.isoformat(), 'body': view.body, 'client_id': view.client_id,
    }
    if view.reply is not None:
        data['reply'] = view.reply.model_dump()
    if view.mentions:
        data['mentions'] = list(view.mentions)
    for name in ('image', 'file', 'card', 'answer'):
        value = getattr(view, name)
        if value is not None:
            data[name] = dict(value)
    if view.target is not None:
        data['target'] = view.target
    if view.forwarded:
        data['forwarded'] = view.forwarded
    if not view.must_ack:
        data['must_ack'] = False
    for name in ('recalled', 'struck', 'held'):
        if getattr(view, name):
            data[name] = True
    if view.restored is not None:
        data['restored'] = message(view.restored)
    return data


def window(views: tuple[MessageView, ...]) -> tuple[dict[str, Any], ...]:
    """Return the entries a room opens with; nobody may change them: the service remembers a window, and so do we what it looks like."""
    known = _windows.get(id(views))
    if known is None:
        if len(_windows) >= WINDOWS:
            _windows.clear()
        known = _windows[id(views)] = (views, tuple(message(one) for one in views))
    return known[1]


def notice(view: NoticeView | None, *, list_href: str = '') -> dict[str, Any] | None:
    """Return the pinned notice; ``list_href`` leads those in office to who has read it."""
    if view is None:
        return None
    return {
        'list_href': list_href,
        'seq': view.message.seq, 'body': view.message.body, 'by': view.message.sender.name, 'by_id': view.message.sender.id, 'at': view.message.at.isoformat(),
        'must_ack': view.message.must_ack, 'acked': view.mine, 'ack_count': view.received, 'total': view.members,
    }


def room(page: RoomPage, *, bot_id: int) -> dict[str, Any]:
    """Return the head of a conversation."""
    room_id = page.room.id
    receipts = f'/staff/rooms/{room_id}/notices' if page.may_read_receipts else ''
    return {
        'id': room_id, 'title': page.room.title, 'count': page.members, 'kind': page.room.kind.value, 'about': page.room.rules,
        'notice': notice(page.notice, list_href=f'{receipts}/{page.notice.message.seq}' if receipts and page.notice else ''),
        'receipts_href': receipts, 'gallery_href': f'/rooms/{room_id}/gallery', 'rules_due': page.rules_due,
        'muted': page.muted, 'pinned': page.pinned, 'unread': page.unread, 'can_post': page.may_post,
        'can_notice': page.may_notice, 'can_image': page.may_post, 'can_file': page.may_post, 'tools': _tools(page), 'bot_id': bot_id,
    }


def standing(room_id: int, view: Standing, held: Sequence[HeldView]) -> dict[str, Any]:
    """Return what one may do in a room, as a patch of its head."""
    return {
        'can_post': view.may_post, 'can_image': view.may_post, 'closed_words': view.closed, 'mode': view.mode,
        'closed_href': '/me/order' if view.muted_until is not None else None, 'mode_words': mode_tag(view),
        'can_moderate': view.may_moderate, 'log_href': f'/rooms/{room_id}/log',
        'held': [{'client_id': one.client_id, 'room_id': room_id, 'kind': 'image' if one.image else 'text', 'body': one.body,
                  'at': one.at.isoformat(), 'image': dict(one.image) if one.image else None} for one in held],
    }


def _tools(page: RoomPage) -> list[dict[str, str]]:
    """Return what else one can start in a room."""
    if not page.may_post or page.room.kind is RoomKind.ASSISTANT:
        return []
    return [{'icon': 'checklist', 'label': _('接龙'), 'href': f'/rooms/{page.room.id}/chains/new'}]


def line(item: RoomListItem) -> dict[str, Any]:
    """Return a line of the room list."""
    return {
        'id': item.id, 'title': item.title, 'kind': item.kind.value, 'icon': ICONS.get(item.kind, 'groups'), 'href': f'/rooms/{item.id}',
        'pinned': item.pinned, 'muted': item.muted, 'unread': item.unread, 'mentioned': item.mentioned, 'last_seq': item.last_seq, 'last_n': item.last_n,
        'last_at': item.last_at.isoformat() if item.last_at else None, 'last_text': item.last_line,
    }
