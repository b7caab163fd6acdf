"""What a person may hand in as a message, before anybody asks where."""

from yunshequ.core.errors import Invalid, NotPermitted
from yunshequ.core.i18n import N_
from yunshequ.rooms.schemas import MAX_BODY, MAX_NOTICE, MessageKind, PostDraft

_WRITTEN = frozenset({MessageKind.TEXT, MessageKind.IMAGE, MessageKind.FILE, MessageKind.NOTICE})
"""Kinds that people post themselves."""


def check_body(draft: PostDraft, body: str) -> None:
    """Return if a draft is of a kind that people write, and neither empty nor too long.

    :raises NotPermitted: only the house posts this kind.
    :raises Invalid: nothing in it, or too much.
    """
    carried = draft.kind is MessageKind.CARD and draft.forwarded is not None
    if draft.kind not in _WRITTEN and not carried:
        raise NotPermitted(N_('这种消息只能由系统发出'), rule='rooms.kind')
    if draft.kind is MessageKind.IMAGE:
        if not draft.image:
            raise Invalid(N_('图片没有上传成功，请重新选择'), field='image')
    elif draft.kind is MessageKind.FILE:
        if not draft.file:
            raise Invalid(N_('文件没有上传成功，请重新选择'), field='file')
    elif not body and not carried:
        raise Invalid(N_('请先写点内容再发送'), field='body')
    limit = MAX_NOTICE if draft.kind is MessageKind.NOTICE or draft.forwarded else MAX_BODY
    if len(body) > limit:
        raise Invalid(N_('内容有 {length} 个字，最多 {limit} 个，请分几条发送，写好的内容已为您保留'),
                      field='body', length=len(body), limit=limit)
