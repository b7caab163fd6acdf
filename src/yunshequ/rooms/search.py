"""Search by any two characters in a row: overlapping character bigrams, in FTS5 and in a tsvector alike.

Trigram tokenisers find nothing for two Chinese characters (measured: 上海, 医保 give zero), word tokenisers miss
words they do not know. Bigrams match every pair; longer queries become phrases of bigrams. The row id is the
message id, so one room is one range of it (see ``log.message_id``).
"""

import re
import unicodedata
from operator import add

from sqlalchemy import Connection, text
from sqlmodel import Session

from yunshequ.core.bulk import insert_many

SQLITE_DDL = "CREATE VIRTUAL TABLE IF NOT EXISTS message_search USING fts5(grams, content='')"
POSTGRES_DDL = (
    'CREATE TABLE IF NOT EXISTS message_search (id BIGINT PRIMARY KEY, grams tsvector NOT NULL)',
    'CREATE INDEX IF NOT EXISTS ix_message_search_grams ON message_search USING gin (grams)',
)

_NOT_WORD = re.compile(r'[\W_]+', re.UNICODE)
_SQLITE_INSERT = 'INSERT INTO message_search(rowid, grams) VALUES (?, ?)'
_POSTGRES_INSERT = 'INSERT INTO message_search(id, grams) VALUES (%s, CAST(%s AS tsvector)) ON CONFLICT DO NOTHING'
_SQLITE_FIND = text(
    'SELECT rowid FROM message_search WHERE message_search MATCH :match AND rowid BETWEEN :low AND :high '
    'ORDER BY rowid DESC LIMIT :limit'
)
_POSTGRES_FIND = text(
    'SELECT id FROM message_search WHERE grams @@ CAST(:match AS tsquery) AND id BETWEEN :low AND :high '
    'ORDER BY id DESC LIMIT :limit'
)
_LONGEST = 2000
"""Characters of a message that are indexed; the rest of a long notice is not searched."""


def runs(body: str) -> list[str]:
    """Return the searchable runs of a text: width and case folded, punctuation cut."""
    folded = unicodedata.normalize('NFKC', body).lower()
    return [run for run in _NOT_WORD.split(folded) if run]


def grams(body: str) -> list[str]:
    """Return the text as overlapping bigrams, in order; runs of one character are left out."""
    return [gram for run in runs(body[:_LONGEST]) for gram in map(add, run, run[1:])]


def create(session: Session) -> None:
    """Create the index beside the tables."""
    statements = (SQLITE_DDL,) if _is_sqlite(session) else POSTGRES_DDL
    for statement in statements:
        session.connection().exec_driver_sql(statement)


def index(connection: Connection, rows: list[tuple[int, str]]) -> None:
    """Index messages given as (id, body)."""
    sqlite = connection.dialect.name == 'sqlite'
    values: list[tuple[int, str]] = []
    for message_id, body in rows:
        parts = grams(body)
        if parts:
            packed = ' '.join(parts) if sqlite else ' '.join(f"'{gram}':{min(i, 16000)}" for i, gram in enumerate(parts, 1))
            values.append((message_id, packed))
    if sqlite:
        insert_many(connection, _SQLITE_INSERT, values)
    elif values:
        connection.exec_driver_sql(_POSTGRES_INSERT, values)


def remove(connection: Connection, rows: list[tuple[int, str]]) -> None:
    """Take messages given as (id, body) out of the index; the index of SQLite must be told what it holds of them."""
    if connection.dialect.name != 'sqlite':
        if rows:
            connection.exec_driver_sql('DELETE FROM message_search WHERE id = ANY(%s)', ([row[0] for row in rows],))
        return
    values = [(message_id, ' '.join(parts)) for message_id, body in rows if (parts := grams(body))]
    if values:
        connection.exec_driver_sql("INSERT INTO message_search(message_search, rowid, grams) VALUES ('delete', ?, ?)", values)


def find(session: Session, query: str, low: int, high: int, limit: int) -> list[int]:
    """Return ids between ``low`` and ``high`` whose text holds every run of ``query``, newest first.

    A query without two characters in a row finds nothing.
    """
    phrases = [[run[i:i + 2] for i in range(len(run) - 1)] for run in runs(query) if len(run) >= 2]
    if not phrases:
        return []
    if _is_sqlite(session):
        match = ' AND '.join('"' + ' '.join(phrase) + '"' for phrase in phrases)
        statement = _SQLITE_FIND
    else:
        match = ' & '.join('(' + ' <-> '.join(f"'{gram}'" for gram in phrase) + ')' for phrase in phrases)
        statement = _POSTGRES_FIND
    found = session.connection().execute(statement, {'match': match, 'low': low, 'high': high, 'limit': limit})
    return [int(row[0]) for row in found]


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == 'sqlite'
