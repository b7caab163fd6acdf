"""Tables of sign-up chains."""

from datetime import datetime

from sqlalchemy import Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from yunshequ.core.columns import BigId, UtcDateTime


class Chain(SQLModel, table=True):
    """A sign-up chain (接龙) in a room. ``lines`` counts its lines; ``version`` grows with every change, so a page sees a gap."""

    __tablename__ = 'chain'
    __table_args__ = (UniqueConstraint('starter_id', 'client_id'), Index('ix_chain_room', 'room_id'))

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    room_id: int
    place_id: int
    starter_id: int
    client_id: str
    title: str
    example: str = ''
    """What a line may look like, e.g. 张三 两箱."""
    most: int | None = None
    """Most lines; None: no limit."""
    closes_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    closed_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    lines: int = 0
    version: int = 1
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class ChainLine(SQLModel, table=True):
    """One person's line; a person has at most one on a chain, in the order of joining."""

    __tablename__ = 'chain_line'
    __table_args__ = (UniqueConstraint('chain_id', 'member_id'),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    chain_id: int
    member_id: int
    text: str
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
