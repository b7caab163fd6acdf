"""The unit of work: rows, audit entries, due jobs and events that stand or fall together."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

from yunshequ.core.audit import AuditEntry
from yunshequ.core.bulk import BulkInsert
from yunshequ.core.bus import Event
from yunshequ.core.schedule import DueJob, JobsScheduled

_AUDIT = BulkInsert(AuditEntry.__table__, ('at', 'actor_id', 'action', 'subject', 'place_id', 'detail'))  # type: ignore[attr-defined]
_NO_DETAIL: dict[str, Any] = {}


class Tx:
    """One unit of work on ``connection``. ``now`` is the same instant for all of it.

    ``attempt`` is 0 the first time a unit runs. One that met a unique key is run once more, with 1: work may hope at first
    and look only then.
    """

    __slots__ = ('_audit', '_events', '_jobs', '_session', 'attempt', 'connection', 'now')

    def __init__(self, connection: Connection, now: datetime, attempt: int = 0) -> None:
        self.connection = connection
        self.now = now
        self.attempt = attempt
        self._session: Session | None = None
        self._events: list[Event] = []
        self._audit: list[tuple[Any, ...]] = []
        self._jobs: list[dict[str, Any]] = []

    @property
    def session(self) -> Session:
        """The session of this unit, made when first asked for: the busiest work does without."""
        if self._session is None:
            self._session = Session(self.connection, autoflush=False, join_transaction_mode='rollback_only')
        return self._session

    def emit(self, event: Event) -> None:
        """Announce ``event`` if and when this unit commits."""
        self._events.append(event)

    def audit(
        self, actor_id: int | None, action: str, subject: str, *,
        place_id: int | None = None, detail: dict[str, Any] | None = None,
    ) -> None:
        """Leave one append-only entry: who did what to which thing (``subject``, e.g. ``room:5``), where."""
        self._audit.append((self.now, actor_id, action, subject, place_id, detail or _NO_DETAIL))

    def write_audit(self) -> None:
        """Write the entries collected so far now, as part of a pipeline; otherwise ``finish`` does it."""
        entries, self._audit = self._audit, []
        _AUDIT(self.connection, entries)

    def schedule(self, kind: str, run_at: datetime, payload: dict[str, Any], *, key: str | None = None) -> None:
        """Have the job ``kind`` run at ``run_at``; with a ``key`` at most one such job ever exists."""
        self._jobs.append({'kind': kind, 'run_at': run_at, 'payload': payload, 'key': key, 'attempts': 0})

    def finish(self) -> list[Event]:
        """Write what was collected and return the events to publish after the commit."""
        if self._session is not None:
            self._session.flush()
        self.write_audit()
        if self._jobs:
            insert_ignore(self.session, DueJob, self._jobs)
            self._events.append(JobsScheduled())
        return self._events

    def close(self) -> None:
        """Let go of the session; the connection belongs to whoever began the unit."""
        if self._session is not None:
            self._session.close()


def _dialect_insert(session: Session, model: type[SQLModel]) -> Any:
    dialect = sqlite if session.get_bind().dialect.name == 'sqlite' else postgresql
    return dialect.insert(model.__table__)  # type: ignore[attr-defined]


def insert_ignore(session: Session, model: type[SQLModel], rows: list[dict[str, Any]]) -> int:
    """Insert ``rows``, passing over those that a unique constraint already holds; return how many went in."""
    if not rows:
        return 0
    result = session.connection().execute(
        _dialect_insert(session, model).on_conflict_do_nothing(), rows,
        execution_options={'preserve_rowcount': True},  # psycopg counts inserted rows only when told to
    )
    return int(result.rowcount)


def upsert(session: Session, model: type[SQLModel], row: dict[str, Any], *, key: list[str], change: list[str]) -> None:
    """Insert ``row``, or set its ``change`` columns where ``key`` already exists."""
    statement = _dialect_insert(session, model).values(row)
    statement = statement.on_conflict_do_update(
        index_elements=key, set_={name: statement.excluded[name] for name in change},
    )
    session.connection().execute(statement)
