"""Tables of the rights of a person over their data."""

from datetime import datetime

from sqlalchemy import Column, Index, text
from sqlmodel import Field, SQLModel

from yunshequ.core.columns import BigId, UtcDateTime

WAITING = "state = 'waiting'"


class ConsentEntry(SQLModel, table=True):
    """A consent given or withdrawn (同意记录): only ever added to; the newest line of a purpose counts."""

    __tablename__ = 'consent_entry'
    __table_args__ = (Index('ix_consent_entry_member', 'member_id', 'purpose', 'id'),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    member_id: int
    purpose: str
    version: str
    given: bool
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class DataExport(SQLModel, table=True):
    """A copy of one's own data (我的数据导出). The file lies under ``data/exports/<token>.zip`` until it expires."""

    __tablename__ = 'data_export'
    __table_args__ = (Index('ix_data_export_member', 'member_id', 'id'),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    member_id: int
    token: str = Field(unique=True)
    state: str  # schemas.ExportState
    bytes: int = 0
    asked_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    expires_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class DeletionRequest(SQLModel, table=True):
    """A wish to delete the account (注销申请). Until ``due_at`` it may be taken back; one waits for each member."""

    __tablename__ = 'deletion_request'
    __table_args__ = (
        Index('ux_deletion_request_waiting', 'member_id', unique=True, sqlite_where=text(WAITING), postgresql_where=text(WAITING)),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    member_id: int
    state: str  # schemas.DeletionState
    asked_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    due_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    settled_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    rules: str = ''
    """Edition of the rule pack that was shown."""


class AccessEntry(SQLModel, table=True):
    """Somebody in office looked at a person's data (查看记录); the person sees the line."""

    __tablename__ = 'access_entry'
    __table_args__ = (Index('ix_access_entry_member', 'member_id', 'id'),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    member_id: int
    actor_id: int
    place_id: int
    what: str  # schemas.Access
    reason: str = ''
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class ExportRequest(SQLModel, table=True):
    """A download with personal data that staff asked for (双人导出): a second person decides, the first takes it once."""

    __tablename__ = 'export_request'
    __table_args__ = (Index('ix_export_request_place', 'place_id', 'state'), Index('ix_export_request_asker', 'asked_by', 'id'))

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    what: str  # schemas.Exportable
    place_id: int
    kind: str
    purpose: str
    state: str  # schemas.RequestState
    asked_by: int
    asked_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    decided_by: int | None = None
    decided_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    refusal: str = ''
    expires_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    taken_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
