"""Tables of votes.

Two kinds of ballot never share a table. A named vote knows who cast it. A secret vote is found only by the hash of a
token that the voter's browser made; it holds no voter, no time and no running number, and nothing else in the database
points to it.

How far secrecy goes, said plainly. On SQLite the secret table has no row id and is ordered by that hash, so that the
order of arrival is not kept in it. PostgreSQL stamps every row with the transaction that wrote it (``xmin``), and the
roll entry flagged by the same transaction bears the same stamp: until the close an operator with direct access to the
database could join the two. At the close both are rewritten in the order of the hash, in one transaction, so that all
bear one stamp; the old versions go with the next VACUUM. Whoever holds the machine during the vote (its memory, its
write-ahead log, its backups from that time) is outside of what a database can promise.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, String, UniqueConstraint
from sqlmodel import Field, SQLModel

from yunshequ.core.columns import BigId, UtcDateTime


class Ballot(SQLModel, table=True):
    """A vote (表决): the question, who may answer, until when, by which rule, and how far it is.

    ``rule`` is a copy of the rule as it stood when the vote was made, so that a later edition changes no result.
    """

    __tablename__ = 'ballot'
    __table_args__ = (
        UniqueConstraint('created_by', 'client_id'),
        Index('ix_ballot_place', 'place_path', 'state'),
        Index('ix_ballot_topic', 'topic_id'),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    place_id: int
    place_path: str
    place_name: str
    topic_id: int | None = None
    draft_number: int | None = None
    """The edition of the topic's draft that is voted on."""
    room_id: int | None = None
    title: str
    body: str = ''
    method: str  # schemas.Method
    unit: str  # schemas.Unit
    level: str  # schemas.Level
    secret: bool
    max_choices: int = 1
    max_score: int = 0
    rule: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    state: str  # schemas.State
    opens_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    closes_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    opened_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    closed_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    cancel_reason: str = ''
    created_by: int
    client_id: str
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    roll_units: int = 0
    roll_area: int = 0
    roll_heads: int = 0
    cast_units: int = 0
    cast_area: int = 0
    cast_heads: int = 0
    seq: int = 0
    """Grows with every change a watcher can see."""
    outcome: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))


class BallotOption(SQLModel, table=True):
    """One answer. ``stance`` marks yes, no and abstain where the vote is on a proposal."""

    __tablename__ = 'ballot_option'
    __table_args__ = (UniqueConstraint('ballot_id', 'position'),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    ballot_id: int
    position: int
    text: str
    stance: str | None = None  # schemas.Stance


class RollUnit(SQLModel, table=True):
    """One entry of the roll (表决名册), frozen at opening: what has one vote.

    ``unit`` is ``m:{member}``, ``h:{household}`` or ``o:{household}`` (all flats of the same owners). ``voted`` has no
    time beside it.
    """

    __tablename__ = 'ballot_roll'

    ballot_id: int = Field(sa_column=Column(BigId, primary_key=True))
    unit: str = Field(primary_key=True)
    label: str = ''
    area: int = 0
    heads: int = 0
    voted: bool = False


class RollVoter(SQLModel, table=True):
    """Who may vote for a unit, frozen at opening."""

    __tablename__ = 'ballot_voter'
    __table_args__ = (Index('ix_ballot_voter_member', 'member_id', 'ballot_id'),)

    ballot_id: int = Field(sa_column=Column(BigId, primary_key=True))
    member_id: int = Field(sa_column=Column(BigId, primary_key=True))
    unit: str = Field(primary_key=True)


class NamedVote(SQLModel, table=True):
    """The vote that stands for a unit, and whose it is. ``version`` counts its changes from 1."""

    __tablename__ = 'ballot_named_vote'

    ballot_id: int = Field(sa_column=Column(BigId, primary_key=True))
    unit: str = Field(primary_key=True)
    member_id: int
    helper_id: int | None = None
    """Who gave it for the member (代办), with their recorded consent."""
    choice: list[list[int]] = Field(sa_column=Column(JSON, nullable=False))
    version: int = 1
    cast_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class NamedVoteEntry(SQLModel, table=True):
    """One entry for each named vote cast or changed: only ever added to. ``client_id`` answers a repeated request."""

    __tablename__ = 'ballot_named_vote_entry'
    __table_args__ = (UniqueConstraint('ballot_id', 'member_id', 'client_id'),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    ballot_id: int
    unit: str
    member_id: int
    helper_id: int | None = None
    client_id: str
    version: int
    choice: list[list[int]] = Field(sa_column=Column(JSON, nullable=False))
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class SecretVote(SQLModel, table=True):
    """A secret vote (无记名选票). ``key`` is SHA-256 of the ballot's id and the token only the voter's browser holds."""

    __tablename__ = 'ballot_secret_vote'
    __table_args__ = (Index('ix_ballot_secret_vote', 'ballot_id', 'key'), {'sqlite_with_rowid': False})

    key: str = Field(sa_column=Column(String(64), primary_key=True))
    ballot_id: int
    choice: list[list[int]] = Field(sa_column=Column(JSON, nullable=False))


class Tally(SQLModel, table=True):
    """What an option has: votes, their area and heads, and the sum of scores. Empty until the close of a secret vote."""

    __tablename__ = 'ballot_tally'

    ballot_id: int = Field(sa_column=Column(BigId, primary_key=True))
    option_id: int = Field(sa_column=Column(BigId, primary_key=True))
    votes: int = 0
    area: int = 0
    heads: int = 0
    score: int = 0
