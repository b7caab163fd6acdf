"""What crosses the border of the chains module."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from yunshequ.community.schemas import MemberCard

MAX_TITLE = 60
MAX_LINE = 60
"""Longest line, in characters: it must be read in a list."""
MOST_LINES = 500
"""Lines of a chain without a limit of its own: as many as a large room has people."""


class View(BaseModel):
    """A frozen picture of rows."""

    model_config = ConfigDict(frozen=True)


class ChainDraft(BaseModel):
    """What somebody starts. ``client_id`` makes a retry harmless."""

    model_config = ConfigDict(extra='forbid', str_strip_whitespace=True)

    room_id: int
    client_id: str = Field(min_length=8, max_length=64)
    title: str = Field(min_length=2, max_length=MAX_TITLE)
    example: str = Field('', max_length=MAX_LINE)
    most: int | None = Field(None, ge=1, le=MOST_LINES)
    closes_at: datetime | None = None


class LineView(View):
    """One line."""

    id: int
    member: MemberCard
    text: str


class ChainView(View):
    """A chain as somebody in its room sees it."""

    id: int
    room_id: int
    starter: MemberCard
    title: str
    example: str
    most: int | None
    closes_at: datetime | None
    closed: bool
    version: int
    lines: tuple[LineView, ...]
    """In the order of joining."""
    may_manage: bool
    """Whether the reader may close, reopen and take it home."""
