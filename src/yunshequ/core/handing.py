"""Work that belongs to whoever holds an office (经手的事): each module declares its own, the hand-over (交接) lists it and passes it on."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, select, update
from sqlmodel import Session

from yunshequ.core.unit import Tx

Key = list[Any]
AT_ONCE = 500
"""Places named in one statement: below what either database takes."""


@dataclass(frozen=True)
class Work:
    """One kind of it: rows of ``table`` whose ``owner`` answers for them while ``open`` holds.

    ``place`` says where a row belongs; ``job``, if one, is due for each row that has passed on, with ``key``, ``giver`` and ``taker``.
    """

    kind: str
    words: str
    table: Table
    owner: str
    title: ColumnElement[Any]
    place: ColumnElement[Any]
    open: Callable[[], ColumnElement[bool]]
    key: tuple[str, ...] = ('id',)
    job: str = ''


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is open."""

    kind: str
    words: str
    key: tuple[Any, ...]
    title: str


def open_work(session: Session, works: Iterable[Work], member_id: int, places: Sequence[int]) -> list[Item]:
    """Return what a member answers for at these places."""
    found = []
    for work in works:
        for low in range(0, len(places), AT_ONCE):
            rows = session.connection().execute(
                select(*(work.table.c[name] for name in work.key), work.title.label('shown'))
                .where(work.table.c[work.owner] == member_id, work.place.in_(places[low:low + AT_ONCE]), work.open())
                .order_by(*(work.table.c[name] for name in work.key)))
            found += [Item(work.kind, work.words, tuple(row[:-1]), str(row.shown or '')) for row in rows]
    return found


def pass_on(tx: Tx, works: Iterable[Work], items: Iterable[tuple[str, Sequence[Any]]], giver: int, taker: int) -> list[tuple[str, Key]]:
    """Give what ``giver`` still answers for among ``items`` (kind, key) to ``taker``; return what has passed on."""
    by_kind = {work.kind: work for work in works}
    passed: list[tuple[str, Key]] = []
    for kind, key in items:
        work = by_kind[kind]
        same = and_(*(work.table.c[name] == value for name, value in zip(work.key, key, strict=True)))
        if tx.connection.execute(update(work.table).where(
                same, work.table.c[work.owner] == giver, work.open()).values({work.owner: taker})).rowcount:
            passed.append((kind, list(key)))
            if work.job:
                at = f'{tx.now.timestamp():.0f}'
                tx.schedule(work.job, tx.now, {'key': list(key), 'giver': giver, 'taker': taker},
                            key=f'{work.job}:{"-".join(map(str, key))}:{giver}:{taker}:{at}')
    return passed
