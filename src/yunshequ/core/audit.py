"""Audit (审计记录): an append-only entry beside every change."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field, SQLModel

from yunshequ.core.columns import BigId, UtcDateTime


class AuditEntry(SQLModel, table=True):
    """Who did what to which thing, where and when. Never changed, never deleted but by retention."""

    __tablename__ = 'audit_entry'
    __table_args__ = (Index('ix_audit_entry_subject', 'subject', 'id'), Index('ix_audit_entry_actor', 'actor_id', 'id'))

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    actor_id: int | None = None
    action: str
    subject: str
    place_id: int | None = None
    detail: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
