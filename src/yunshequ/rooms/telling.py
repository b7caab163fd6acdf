"""What 小栖 tells somebody in their private chat about good order: a job written in the unit of the deed, so nobody is left in the dark."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import StrEnum
from typing import Any

from yunshequ.community.service import CommunityService
from yunshequ.core.clock import local
from yunshequ.core.errors import NotFound
from yunshequ.core.i18n import N_, _, in_locale
from yunshequ.core.policy import Actor
from yunshequ.core.unit import Tx
from yunshequ.rooms.order_schemas import OUTCOME_WORDS, REASON_WORDS, Outcome, Reason
from yunshequ.rooms.schemas import MessageKind, RoomView

TELL = 'rooms.tell'
Say = Callable[..., Awaitable[Any]]
OpenChat = Callable[[Actor], Awaitable[RoomView]]


class News(StrEnum):
    """What somebody is told."""

    MUTED = 'muted'
    MUTE_OVER = 'mute_over'
    RECALLED = 'recalled'
    REFUSED = 'refused'
    RELEASED = 'released'
    REMOVED = 'removed'
    UNDONE = 'undone'
    UPHELD = 'upheld'
    REPORT_DECIDED = 'report_decided'


HOW_TO_APPEAL = N_('如有异议，请到“我的 → 处理与申诉”申诉，由另一位管理人员复核。')

WORDS = {
    News.MUTED: N_('您在“{room}”被禁言到 {until}，到时自动解除；期间仍可看消息。理由：{reason}。{appeal}'),
    News.MUTE_OVER: N_('您在“{room}”的禁言已到期，现在可以发言了。'),
    News.RECALLED: N_('管理人员撤回了您在“{room}”的发言“{text}”。理由：{reason}。{appeal}'),
    News.REFUSED: N_('您在“{room}”的发言“{text}”没有通过审核，没有发出。理由：{reason}。{appeal}'),
    News.RELEASED: N_('您在“{room}”的发言“{text}”已通过审核并发出。'),
    News.REMOVED: N_('您已被移出“{room}”。理由：{reason}。{appeal}'),
    News.UNDONE: N_('对您在“{room}”的处理已撤销。说明：{why}'),
    News.UPHELD: N_('您的申诉已由另一位管理人员复核，维持原处理。说明：{why}'),
    News.REPORT_DECIDED: N_('您在“{room}”的举报已处理：{outcome}。感谢您维护群秩序。'),
}


def tell(tx: Tx, member_id: int, news: News, key: str, *, until: datetime | None = None, **more: Any) -> None:
    """Have 小栖 tell a member once the unit commits; ``key`` makes it once."""
    payload = {'member': member_id, 'news': news.value, 'key': key, 'until': until.isoformat() if until else None, **more}
    tx.schedule(TELL, tx.now, payload, key=f'tell:{key}')


class Teller:
    """Runs the jobs of ``tell``. ``open_chat`` is set by the container: private chats are the assistant's."""

    def __init__(self, community: CommunityService, say: Say) -> None:
        self._community = community
        self._say = say
        self.open_chat: OpenChat | None = None

    async def run(self, payload: dict[str, Any]) -> None:
        """Say it; a second run says nothing new. Who lives nowhere has no private chat and finds it under 我的."""
        if self.open_chat is None:
            return
        member = Actor(payload['member'])
        try:
            chat = await self.open_chat(member)
        except NotFound:
            return
        with in_locale((await self._community.profile(member)).locale):
            words = _words(payload)
        await self._say(await self._community.bot(), chat.id, words, client_id=f'order:{payload["key"]}', kind=MessageKind.TEXT)


def _words(payload: dict[str, Any]) -> str:
    until = payload['until']
    note = payload.get('note')
    reason = _(REASON_WORDS[Reason(payload['reason'])]) if payload.get('reason') else ''
    return _(
        WORDS[News(payload['news'])], room=payload.get('room', ''), text=payload.get('text', ''), why=payload.get('why') or _('无'),
        until=f'{local(datetime.fromisoformat(until)):%m-%d %H:%M}' if until else '',
        reason=f'{reason}（{note}）' if note else reason, appeal=_(HOW_TO_APPEAL),
        outcome=_(OUTCOME_WORDS[Outcome(payload['outcome'])]) if payload.get('outcome') else '')
