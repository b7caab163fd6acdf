"""What crosses the border of the privacy module."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

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
