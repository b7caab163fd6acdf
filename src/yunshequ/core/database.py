"""The database: one writer with group commit on SQLite, a pool of them on PostgreSQL, readers beside it.

Work is a plain function of a unit of work (``Tx``) or a session, run in a thread, so that nothing blocks the event
loop and no statement costs a hop between threads. On SQLite one thread owns the only writing connection; all units
that wait are run under savepoints of one ``BEGIN IMMEDIATE`` and share one durable commit. On PostgreSQL each unit has
its own transaction and is run again when the server reports a serialisation failure.
"""

import asyncio
import queue
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any, Generic, Protocol, TypeVar

from loguru import logger
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError, IntegrityError, OperationalError
from sqlalchemy.pool import QueuePool
from sqlmodel import Session

from yunshequ.core.bus import Bus, Event
from yunshequ.core.clock import Clock
from yunshequ.core.unit import Tx

T = TypeVar('T')
Item = TypeVar('Item')
Work = Callable[[Tx], T]
BatchHandler = Callable[[Tx, list[Item]], Sequence[T | Exception]]

GROUP_LIMIT = 256
"""Units that share one commit at most: bounds the wait of the first one."""
RESTED = 5.0
"""Seconds after which an unused connection to PostgreSQL may have been cut."""
BATCH_LIMIT = 250
"""Items handed to a batch handler at most."""


class _Unit(Generic[T]):
    """One piece of work and the future its caller waits on."""

    __slots__ = ('error', 'events', 'future', 'result', 'work')

    def __init__(self, work: Work[T], future: asyncio.Future[T]) -> None:
        self.work = work
        self.future = future
        self.result: T | None = None
        self.error: BaseException | None = None
        self.events: list[Event] = []

    def run(self, connection: Connection, now: datetime, attempt: int) -> None:
        """Do the work within the transaction that ``connection`` is in."""
        tx = Tx(connection, now, attempt)
        try:
            self.result = self.work(tx)
            self.events = tx.finish()
        finally:
            tx.close()


class _Writer(Protocol):
    def submit(self, unit: _Unit[Any]) -> None: ...
    def stop(self) -> None: ...


class Database:
    """Reads and units of work for the whole process."""

    def __init__(self, url: str, *, clock: Clock, bus: Bus, readers: int = 4, writers: int = 8) -> None:
        self.url = make_url(url)
        self.clock = clock
        self.bus = bus
        self.is_sqlite = self.url.get_backend_name() == 'sqlite'
        self._readers = readers
        self._writers = writers
        self._pending: dict[Any, deque[tuple[Any, asyncio.Future[Any]]]] = defaultdict(deque)
        self._under_way: set[Any] = set()
        self._started = False

    async def start(self) -> None:
        """Open connections and threads."""
        if self._started:
            return
        self._loop = asyncio.get_running_loop()
        if self.is_sqlite:
            self._write_engine = sqlite_engine(str(self.url), writing=True)
            self._read_engine = sqlite_engine(str(self.url), writing=False, size=self._readers)
            self._writer: _Writer = _SqliteWriter(self._write_engine, self)
        else:
            self._write_engine = postgres_engine(self.url, size=self._writers)
            self._read_engine = postgres_engine(self.url, size=self._readers, isolation_level='AUTOCOMMIT')
            self._writer = _PostgresWriter(self._write_engine, self, self._writers)
        self._pool = ThreadPoolExecutor(self._readers, thread_name_prefix='db-read')
        self._started = True

    async def stop(self) -> None:
        """Finish what was accepted, then close."""
        if not self._started:
            return
        self._started = False
        await asyncio.to_thread(self._writer.stop)
        self._pool.shutdown(wait=True)
        self._write_engine.dispose()
        self._read_engine.dispose()

    async def read(self, query: Callable[[Session], T]) -> T:
        """Run ``query`` on a reading connection in a thread and return its result.

        :raises TypeError: it returned an iterator, which would read after the connection was given back.
        """
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._run_query, query)

    def _run_query(self, query: Callable[[Session], T]) -> T:
        with Session(self._read_engine, autoflush=False) as session:
            found = query(session)
        if isinstance(found, Iterator):  # it would read later, on the event loop, by a connection that nobody gives back
            raise TypeError(f'{query!r} returns an iterator: return a list, read to its end')
        return found

    async def write(self, work: Work[T]) -> T:
        """Run ``work`` in a unit of work; return its result once it is durable.

        Events it emitted are published after the commit and before this returns. If ``work`` raises, its unit is
        rolled back, nothing is announced and the exception comes out here.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._writer.submit(_Unit(work, future))
        return await future

    async def batched(self, handler: BatchHandler[Item, T], item: Item) -> T:
        """As ``write``, but items that wait for the same ``handler`` are handed to it together.

        ``handler(tx, items)`` returns one result or exception for each item, in order.
        """
        future: asyncio.Future[T] = self._loop.create_future()
        self._pending[handler].append((item, future))
        if handler not in self._under_way:
            self._submit_batch(handler)
        return await future

    def _submit_batch(self, handler: BatchHandler[Any, Any]) -> None:
        """Queue a unit that takes what waits for ``handler`` when its turn comes.

        The loop adds at one end while the writer takes from the other, without a lock between them. On SQLite the next
        unit may be queued as soon as this one begins to take; on PostgreSQL when it is done: two at once would only wait
        for each other's row locks.
        """
        taken: list[tuple[Any, asyncio.Future[Any]]] = []
        waiting = self._pending[handler]
        self._under_way.add(handler)

        def work(tx: Tx) -> Sequence[Any]:
            if not taken:  # a repeated run keeps its items
                if self.is_sqlite:
                    self._under_way.discard(handler)
                taken.extend(_first(waiting, BATCH_LIMIT))
                if waiting and self.is_sqlite:
                    self._loop.call_soon_threadsafe(self._submit_rest, handler)
            return handler(tx, [item for item, _ in taken]) if taken else ()

        def settle(done: asyncio.Future[Sequence[Any]]) -> None:
            error = done.exception() if not done.cancelled() else asyncio.CancelledError()
            if error is not None and not taken:  # the unit could not even begin: who waits is told, not kept
                taken.extend(_first(waiting, BATCH_LIMIT))
            for index, (_, future) in enumerate(taken):
                if future.done():
                    continue
                result = error if error is not None else done.result()[index]
                if isinstance(result, BaseException):
                    future.set_exception(result)
                else:
                    future.set_result(result)
            self._under_way.discard(handler)
            self._submit_rest(handler)

        group: asyncio.Future[Sequence[Any]] = self._loop.create_future()
        group.add_done_callback(settle)
        self._writer.submit(_Unit(work, group))

    def _submit_rest(self, handler: BatchHandler[Any, Any]) -> None:
        if self._pending[handler] and handler not in self._under_way:
            self._submit_batch(handler)

    def settle(self, units: list[_Unit[Any]]) -> None:
        """Announce what committed units emitted and answer their callers; safe to call from any thread."""
        try:
            self._loop.call_soon_threadsafe(self._settle, units)
        except RuntimeError:  # the loop is gone: nobody waits any more
            logger.debug('{} units settled after the loop was closed', len(units))

    def _settle(self, units: list[_Unit[Any]]) -> None:
        for unit in units:
            if unit.error is None:
                self._announce(unit.events)
            if unit.future.done():
                continue
            if unit.error is not None:
                unit.future.set_exception(unit.error)
            else:
                unit.future.set_result(unit.result)

    def _announce(self, events: list[Event]) -> None:
        for happened in events:
            try:
                self.bus.publish(happened)
            except Exception:  # it is committed: its caller, and those of the other units, must still be answered
                logger.exception('{} could not be announced', happened.kind)


def _first(waiting: deque[Item], limit: int) -> Iterator[Item]:
    """Take up to ``limit`` items from the front."""
    for _ in range(limit):
        try:
            yield waiting.popleft()
        except IndexError:
            return


class _SqliteWriter:
    """The one thread that writes."""

    def __init__(self, engine: Engine, database: Database) -> None:
        self._engine = engine
        self._database = database
        self._queue: queue.SimpleQueue[_Unit[Any] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name='db-write', daemon=True)
        self._thread.start()

    def submit(self, unit: _Unit[Any]) -> None:
        """Queue a unit."""
        self._queue.put(unit)

    def stop(self) -> None:
        """Finish the queue and end the thread."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while True:
            unit = self._queue.get()
            group: list[_Unit[Any]] = []
            while unit is not None:
                group.append(unit)
                if len(group) >= GROUP_LIMIT:
                    break
                try:
                    unit = self._queue.get_nowait()
                except queue.Empty:
                    break
            if group:
                self._commit(group)
            if unit is None:
                return

    def _commit(self, group: list[_Unit[Any]]) -> None:
        if len(group) == 1:
            self._run_twice(group[0], self._engine.begin)  # alone it needs no savepoint: the transaction is its own
        else:
            self._commit_together(group)
        self._database.settle(group)

    def _commit_together(self, group: list[_Unit[Any]]) -> None:
        try:
            with self._engine.begin() as connection:

                @contextmanager
                def savepoint() -> Iterator[Connection]:
                    with connection.begin_nested():
                        yield connection

                for unit in group:
                    self._run_twice(unit, savepoint)
        except Exception as error:  # the shared commit failed: nobody in the group may believe it was accepted
            logger.exception('a commit of {} units failed', len(group))
            for unit in group:
                unit.error = unit.error or error

    def _run_twice(self, unit: _Unit[Any], begin: Callable[[], AbstractContextManager[Connection]]) -> None:
        """Run a unit; once more if it met a unique key, which it may have hoped was free (``Tx.attempt``)."""
        for attempt in (0, 1):
            try:
                with begin() as connection:
                    unit.run(connection, self._database.clock.now(), attempt)
            except IntegrityError as error:
                unit.error = error
            except Exception as error:
                unit.error = error
                return
            else:
                unit.error = None
                return


class _PostgresWriter:
    """A pool of threads, each unit in its own transaction."""

    TRIES = 5
    RETRY_STATES = frozenset({'40001', '40P01', '23505'})
    """Serialisation failure, deadlock, and a unique key another process took first: the second run sees it."""

    def __init__(self, engine: Engine, database: Database, threads: int) -> None:
        self._engine = engine
        self._database = database
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix='db-write')

    def submit(self, unit: _Unit[Any]) -> None:
        """Hand a unit to the next free thread."""
        self._pool.submit(self._run, unit)

    def stop(self) -> None:
        """Finish what was submitted."""
        self._pool.shutdown(wait=True)

    def _run(self, unit: _Unit[Any]) -> None:
        for attempt in range(self.TRIES):
            try:
                with self._engine.begin() as connection:
                    unit.run(connection, self._database.clock.now(), attempt)
                unit.error = None
                break
            except DBAPIError as error:
                unit.error = error
                if getattr(error.orig, 'sqlstate', None) not in self.RETRY_STATES:
                    break
            except Exception as error:
                unit.error = error
                break
        self._database.settle([unit])


def sqlite_engine(url: str, *, writing: bool, size: int = 1) -> Engine:
    """Return an engine in WAL mode: ``BEGIN IMMEDIATE`` for the writer, ``query_only`` for readers.

    ``synchronous=FULL``: what a person was told is accepted survives a power cut; group commit pays for it.
    """
    path = make_url(url).database
    if path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url, poolclass=QueuePool, pool_size=size, max_overflow=0, connect_args={'check_same_thread': False, 'timeout': 30},
        hide_parameters=True,  # what a statement was given is people's data and must not stand in a log
    )

    @event.listens_for(engine, 'connect')
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves: the driver's own is deferred and loses updates
        cursor = connection.cursor()
        if writing:
            cursor.execute('PRAGMA journal_mode=WAL')
        for pragma in ('synchronous=FULL', 'foreign_keys=ON', 'busy_timeout=30000', 'cache_size=-65536',
                       'mmap_size=268435456', 'temp_store=MEMORY', 'wal_autocheckpoint=4000'):
            cursor.execute(f'PRAGMA {pragma}')
        if not writing:
            cursor.execute('PRAGMA query_only=ON')
        cursor.close()

    @event.listens_for(engine, 'begin')
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql('BEGIN IMMEDIATE' if writing else 'BEGIN')

    return engine


def postgres_engine(url: URL, *, size: int, **options: Any) -> Engine:
    """Return an engine that asks a connection whether it still stands only after it has rested for ``RESTED`` seconds.

    Readers pass ``isolation_level='AUTOCOMMIT'``: each statement sees what is committed either way, without the two trips
    that begin and end a transaction.
    """
    engine = create_engine(url, pool_size=size, max_overflow=0, hide_parameters=True, **options)

    @event.listens_for(engine, 'checkin')
    def _rest(_connection: Any, record: Any) -> None:
        record.info['rested_at'] = monotonic()

    @event.listens_for(engine, 'checkout')
    def _wake(connection: Any, record: Any, _proxy: Any) -> None:
        if monotonic() - record.info.get('rested_at', monotonic()) > RESTED:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise DisconnectionError from error  # the pool opens a new one

    return engine


def ping(url: str) -> str | None:
    """Return ``None`` if the database answers, else what it says."""
    engine = sqlite_engine(url, writing=True) if url.startswith('sqlite') else create_engine(url)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql('SELECT 1')
    except OperationalError as error:
        return str(error.orig)
    finally:
        engine.dispose()
    return None
