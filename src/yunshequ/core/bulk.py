"""Inserts for the busiest paths: compiled once, many rows in one call, without SQLAlchemy's work for each row.

Values still go through their column's own type (UTC instants, JSON), so the rows are the same as any other insert's.

On SQLite many rows are one statement with many ``VALUES``, not one statement many times: after each statement the writing
thread must win the interpreter back from the event loop, which may keep it for a millisecond. With a busy loop that was 130
to 180 µs a row; it is 3 to 13.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any

import psycopg
from sqlalchemy import Connection, CursorResult, Table, bindparam, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import Update

Processor = Callable[[Any], Any]
LOTS = (250, 64, 16, 4, 1)
"""Rows of one statement on SQLite."""
_NOTHING = object()


@contextmanager
def pipelined(connection: Connection) -> Iterator[None]:
    """Send the statements within to PostgreSQL one after the other without waiting for its answers; wait once, at the end.

    A row that others want is then locked for one round trip, not for one a statement. For bulk statements that return
    nothing; an error of any of them is raised at the end. On SQLite, which is no server, nothing changes.
    """
    raw = connection.connection.driver_connection
    if not isinstance(raw, psycopg.Connection):
        yield
        return
    try:
        with raw.pipeline():
            yield
    except psycopg.Error as error:
        raise DBAPIError.instance(None, None, error, psycopg.Error, dialect=connection.dialect) from error


class BulkInsert:
    """``INSERT INTO table (columns…)`` for rows given as tuples in the order of ``columns``."""

    def __init__(self, table: Table, columns: Sequence[str]) -> None:
        self._table = table
        self._columns = list(columns)
        self._compiled: dict[str, tuple[str, list[tuple[int, Processor]]]] = {}

    def __call__(self, connection: Connection, rows: list[tuple[Any, ...]]) -> None:
        """Insert ``rows``; none is fine."""
        if not rows:
            return
        statement, processors = self._for(connection)
        if processors:
            rows = list(_processed(rows, processors))
        if connection.dialect.name == 'sqlite':
            insert_many(connection, statement, rows)
        else:
            connection.exec_driver_sql(statement, [dict(zip(self._columns, row, strict=True)) for row in rows])

    def _for(self, connection: Connection) -> tuple[str, list[tuple[int, Processor]]]:
        dialect = connection.dialect
        found = self._compiled.get(dialect.name)
        if found is None:
            values = {name: bindparam(name, type_=self._table.c[name].type) for name in self._columns}
            compiled = insert(self._table).values(values).compile(dialect=dialect)
            if dialect.positional and compiled.positiontup != self._columns:
                raise ValueError(f'name the columns of {self._table.name} in the order of the table: {compiled.positiontup}')
            processors: list[tuple[int, Processor]] = []
            for index, name in enumerate(self._columns):
                process = self._table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
                if process is not None:
                    processors.append((index, process))
            found = self._compiled[dialect.name] = str(compiled), processors
        return found


def insert_many(connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows on SQLite by a statement that ends in the places of one, ``… VALUES (?, ?)``."""
    head, _, places = statement.rpartition(' VALUES ')
    for some in _lots(rows):
        many = f'{head} VALUES {", ".join([places] * len(some))}'
        connection.exec_driver_sql(many, tuple(chain.from_iterable(some)))


def _lots(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Cut rows into lots of few different sizes: SQLite keeps the statement of each."""
    at = 0
    for size in LOTS:
        while len(rows) - at >= size:
            yield rows[at:at + size]
            at += size


class BulkUpdate:
    """An ``UPDATE`` with named bind parameters, for rows given as tuples in the order of ``parameters``.

    It sets its columns to parameters: of several rows that mean the same row of the table the last counts. One that adds to a
    column, or returns something (``RETURNING``: numbers only, please), takes one row at a time.
    """

    def __init__(self, statement: Update, parameters: Sequence[str]) -> None:
        self._statement = statement
        self._parameters = list(parameters)
        self._compiled: dict[str, tuple[str, list[str], dict[str, Processor]]] = {}

    def __call__(self, connection: Connection, rows: list[tuple[Any, ...]]) -> CursorResult[Any]:
        """Update by each of ``rows``, one at least."""
        statement, order, processors = self._for(connection)
        named = [dict(zip(self._parameters, row, strict=True)) for row in rows]
        for values in named:
            for name, process in processors.items():
                values[name] = process(values[name])
        if not order:
            return connection.exec_driver_sql(statement, _one_or_many(named))
        placed = [tuple(values[name] for name in order) for values in named]
        if len(placed) == 1 or connection.dialect.name != 'sqlite':
            return connection.exec_driver_sql(statement, _one_or_many(placed))
        return _update_many(connection, statement, placed)

    def _for(self, connection: Connection) -> tuple[str, list[str], dict[str, Processor]]:
        dialect = connection.dialect
        found = self._compiled.get(dialect.name)
        if found is None:
            compiled = self._statement.compile(dialect=dialect)
            processors: dict[str, Processor] = {
                name: process for name, bind in compiled.binds.items()
                if (process := bind.type.dialect_impl(dialect).bind_processor(dialect)) is not None}
            if unknown := set(compiled.binds) - set(self._parameters):
                raise ValueError(f'every value must be a named parameter, not {unknown}')
            order = list(compiled.positiontup or ()) if dialect.positional else []
            found = self._compiled[dialect.name] = str(compiled), order, processors
        return found


def _update_many(connection: Connection, statement: str, rows: list[tuple[Any, ...]]) -> CursorResult[Any]:
    """Update by many rows on SQLite: its places become columns of a list of values it is joined with."""
    head, _, where = statement.partition(' WHERE ')
    wide, plain = statement.count('?'), head.count('?')
    columns = iter(range(wide))
    joined = re.sub(r'\?', lambda _place: f'v.c{next(columns)}', f'{head} FROM v WHERE {where}')
    names, places = ', '.join(f'c{n}' for n in range(wide)), f'({", ".join("?" * wide)})'
    last = list({row[plain:]: row for row in rows}.values())
    for some in _lots(last):
        many = f'WITH v({names}) AS (VALUES {", ".join([places] * len(some))}) {joined}'
        done = connection.exec_driver_sql(many, tuple(chain.from_iterable(some)))
    return done


def _one_or_many(rows: list[Any]) -> Any:
    return rows[0] if len(rows) == 1 else rows


def _processed(rows: list[tuple[Any, ...]], processors: list[tuple[int, Processor]]) -> Iterator[tuple[Any, ...]]:
    """Put the rows' values into the database's form; a value that is the very one of the row before is not done again.

    A batch shares its instant and its empty details.
    """
    last: list[Any] = [_NOTHING] * len(processors)
    done: list[Any] = [None] * len(processors)
    for row in rows:
        values = list(row)
        for n, (index, process) in enumerate(processors):
            value = values[index]
            if value is not last[n]:
                last[n], done[n] = value, process(value)
            values[index] = done[n]
        yield tuple(values)
