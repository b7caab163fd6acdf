"""What is due: a row for each thing that must happen at a time, written in the unit of work that wants it."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field, SQLModel

from yunshequ.core.bus import Event
from yunshequ.core.columns import BigId, UtcDateTime


class DueJob(SQLModel, table=True):
    """A job to run once at ``run_at``; ``jobs.runner`` claims it, runs it and deletes it.

    ``key`` makes it unique, ``claimed_until`` lets another process take over from one that died.
    """

    __tablename__ = 'due_job'
    __table_args__ = (Index('ix_due_job_run_at', 'run_at'),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    kind: str
    run_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    payload: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    key: str | None = Field(default=None, unique=True)
    attempts: int = 0
    claimed_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    last_error: str | None = None


class JobsScheduled(Event):
    """Something new is due now or later; the runner looks at the table."""

    kind: ClassVar[str] = 'core.jobs_scheduled'

    @property
    def topic(self) -> str:
        """``jobs:due``."""
        return 'jobs:due'
