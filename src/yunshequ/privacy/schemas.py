"""What crosses the border of the privacy module."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from yunshequ.core.i18n import N_
from yunshequ.core.personal import Fate


class View(BaseModel):
    """A frozen picture."""

    model_config = ConfigDict(frozen=True)


class ExportState(StrEnum):
    """Where a copy of one's data is on its way."""

    WAITING = 'waiting'  # 正在准备
    READY = 'ready'
    GONE = 'gone'  # 已过期


class DeletionState(StrEnum):
    """Where the deletion of an account is on its way."""

    WAITING = 'waiting'  # 冷静期
    CANCELLED = 'cancelled'  # 已撤回
    DONE = 'done'


class Access(StrEnum):
    """What somebody in office looked at."""

    MEMBER = 'member'  # 显示姓名和手机
    ROLL_EXPORT = 'roll_export'  # 导出名册
    CLAIMS = 'claims'  # 待核实
    IDENTITY = 'identity'  # 双人核验
    ACTING = 'acting'  # 纸质代办同意书
    HOUSEHOLD = 'household'  # 这一户住着谁
    NAMES = 'names'  # 任命时的人选
    ENTRIES = 'entries'  # 入群申请
    RECEIPTS = 'receipts'  # 公告阅读情况
    ROSTER = 'roster'  # 志愿班次名单
    HANDOFF = 'handoff'  # 转人工的问题
    CHAT = 'chat'  # 接手转人工，进入私聊


ACCESS_WORDS = {
    Access.MEMBER: N_('查看了您的姓名和手机号（掩码）'), Access.ROLL_EXPORT: N_('导出了有您的名册'),
    Access.CLAIMS: N_('查看了待核实名单里您的称呼和住处'), Access.IDENTITY: N_('查看了您的实名核验（姓名掩码、看过的证件）'),
    Access.ACTING: N_('查看了您的代办同意书'), Access.HOUSEHOLD: N_('查看了您这一户住着谁'), Access.NAMES: N_('任命时查看了有您的人员名单'),
    Access.ENTRIES: N_('查看了您的入群申请'), Access.RECEIPTS: N_('查看了您是否收到公告'), Access.ROSTER: N_('查看了有您的志愿班次名单'),
    Access.HANDOFF: N_('查看了您转人工的问题'), Access.CHAT: N_('接手您的转人工，进入了您和小栖的私聊'),
}
"""What is said of each to whom it is about."""


class Exportable(StrEnum):
    """What needs two persons to be taken home."""

    ROLL = 'roll'  # 名册


class RequestState(StrEnum):
    """Where a download for two persons is on its way."""

    WAITING = 'waiting'  # 等第二人批准
    APPROVED = 'approved'
    REFUSED = 'refused'
    TAKEN = 'taken'  # 已下载


class HeldView(View):
    """What one table holds of the person who asks."""

    table: str
    title: str
    count: int
    purpose: str
    seen_by: str
    period: str
    source: str
    fate: Fate


class HeldGroup(View):
    """What one module holds."""

    title: str
    tables: tuple[HeldView, ...]


class DataExportView(View):
    """A copy of one's data."""

    id: int
    state: ExportState
    bytes: int
    asked_at: datetime
    expires_at: datetime | None


class DeletionView(View):
    """A deletion that waits."""

    id: int
    asked_at: datetime
    due_at: datetime


class ConsentView(View):
    """A purpose and what the person has said to it. ``asked_again``: said to an earlier edition, so it does not count."""

    purpose: str
    version: str
    title: str
    text: str
    on: bool
    opt_out: bool
    at: datetime | None
    asked_again: bool


class AccessView(View):
    """Who looked, from which office, when and why."""

    name: str
    office: str
    what: Access
    reason: str
    at: datetime


class RequestView(View):
    """A download that needs a second person."""

    id: int
    what: Exportable
    place_id: int
    place_name: str
    kind: str
    purpose: str
    state: RequestState
    asker: str
    asked_at: datetime
    decider: str
    refusal: str
    expires_at: datetime | None


class SweepView(View):
    """What is due to be deleted or emptied."""

    title: str
    period: str
    source: str
    due: int
