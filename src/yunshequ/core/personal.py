"""Personal data (个人信息) as each module declares it: which columns, what for, who sees them, what becomes of them.

One declaration serves the export, the deletion of an account and the data map in SECURITY.md.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, delete, func, select, tuple_, update
from sqlmodel import Session

from yunshequ.core.i18n import _
from yunshequ.core.unit import Tx

GONE = '已注销用户'
"""What is left of a name: other people's conversations and the record of votes stay readable."""


class Fate(StrEnum):
    """What becomes of a row when the account is deleted (注销)."""

    DELETE = 'delete'  # 删除: the row goes
    BLANK = 'blank'  # 匿名化: the row stays, what is personal in it is emptied
    KEEP = 'keep'  # 保留: the row stays and names only 已注销用户


@dataclass(frozen=True)
class Holding:
    """What one table holds of a member.

    ``owner`` is the column that leads to the person, None where only a place or an office is named (acts of office).
    ``shown`` are the columns of the export with their headings; ``also`` other personal columns; ``acts`` columns that
    name who acted in office. ``period`` is a key of the rule pack: how long it is kept, and on what grounds.
    """

    table: Table
    title: str
    purpose: str
    seen_by: str
    period: str
    fate: Fate = Fate.KEEP
    owner: str | None = 'member_id'
    shown: Mapping[str, str] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    acts: tuple[str, ...] = ()
    blank: Mapping[str, Any] = field(default_factory=dict)
    refs: Mapping[str, Column[Any]] = field(default_factory=dict)
    """For numbers that lead elsewhere: the column with the name a person knows the thing by."""
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """For codes: the words people read."""

    @property
    def columns(self) -> tuple[str, ...]:
        """All personal columns, in the order of the table."""
        named = {*self.shown, *self.also, *self.acts, *([self.owner] if self.owner else [])}
        return tuple(column.name for column in self.table.columns if column.name in named)


@dataclass(frozen=True)
class Sweep:
    """What goes when its period is over (到期清理). ``where`` tells the rows older than an instant; ``blank`` None: deleted."""

    table: Table
    title: str
    period: str
    where: Callable[[datetime], ColumnElement[bool]]
    blank: Mapping[str, Any] | None = None

    def count(self, session: Session, before: datetime) -> int:
        """Return how many rows are due."""
        return int(session.connection().execute(select(func.count()).select_from(self.table).where(self.where(before))).scalar_one())


@dataclass(frozen=True)
class Section:
    """The rows a table holds of somebody, as the export shows them."""

    table: str
    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class Attachment:
    """A file of somebody's that belongs into the export."""

    name: str
    path: Path


def _readable(holding: Holding, name: str) -> ColumnElement[Any]:
    column, ref = holding.table.c[name], holding.refs.get(name)
    return column if ref is None else select(ref).where(ref.table.c.id == column).scalar_subquery()


def _worded(holding: Holding, row: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(
        _(holding.words[name][value]) if name in holding.words and value in holding.words[name] else value
        for name, value in zip(holding.shown, row, strict=True))


class Keeper:
    """What one module holds of people; modules with more than rows of their own extend it."""

    def __init__(self, title: str, holdings: Sequence[Holding], sweeps: Sequence[Sweep] = ()) -> None:
        self.title = title
        self.holdings = tuple(holdings)
        self.sweeps = tuple(sweeps)

    def theirs(self, session: Session, holding: Holding, member_id: int) -> ColumnElement[bool] | None:
        """Return the condition for rows of a member, None where no row is theirs."""
        return None if holding.owner is None else holding.table.c[holding.owner] == member_id

    def count(self, session: Session, holding: Holding, member_id: int) -> int:
        """Return how many rows a table holds of a member."""
        where = self.theirs(session, holding, member_id)
        if where is None:
            return 0
        return int(session.connection().execute(select(func.count()).select_from(holding.table).where(where)).scalar_one())

    def collect(self, session: Session, member_id: int) -> list[Section]:
        """Return everything that is shown of a member, table by table, without empty ones."""
        found = []
        for holding in self.holdings:
            where = self.theirs(session, holding, member_id)
            if where is None or not holding.shown:
                continue
            columns = [_readable(holding, name) for name in holding.shown]
            key = list(holding.table.primary_key.columns)
            rows = session.connection().execute(select(*columns).where(where).order_by(*key)).all()
            if rows:
                read = self.read(session, holding, [_worded(holding, row) for row in rows])
                found.append(Section(holding.table.name, holding.title, tuple(holding.shown.values()), tuple(read)))
        return found

    def read(self, session: Session, holding: Holding, rows: Sequence[tuple[Any, ...]]) -> Sequence[tuple[Any, ...]]:
        """Return rows of the copy as a person reads them; for what takes more than a name or a word to say. Cells as in ``shown``."""
        return rows

    def attachments(self, session: Session, member_id: int) -> list[Attachment]:
        """Return files of a member."""
        return []

    def erase(self, tx: Tx, member_id: int, name: str) -> list[Path]:
        """Delete and empty what must go, in the unit of the whole deletion; return files to remove once it is durable.

        :param name: what the person went by, for texts of the house that name them
        """
        for holding in self.holdings:
            where = self.theirs(tx.session, holding, member_id)
            if where is None:
                continue
            if holding.fate is Fate.DELETE:
                tx.connection.execute(delete(holding.table).where(where))
            elif holding.fate is Fate.BLANK:
                tx.connection.execute(update(holding.table).where(where).values(dict(holding.blank)))
        return []

    def sweep(self, tx: Tx, sweep: Sweep, before: datetime, limit: int) -> tuple[int, list[Path]]:
        """Delete or empty at most ``limit`` rows that are due; return how many, and files to remove once it is durable."""
        key = list(sweep.table.primary_key.columns)
        due = select(*key).where(sweep.where(before)).limit(limit)
        where = tuple_(*key).in_(due) if len(key) > 1 else key[0].in_(due)
        statement = delete(sweep.table) if sweep.blank is None else update(sweep.table).values(dict(sweep.blank))
        return int(tx.connection.execute(statement.where(where)).rowcount), []
