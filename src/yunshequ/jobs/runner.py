"""The runner of due jobs (到期任务): each row of ``due_job`` is run on time by exactly one process.

A row is claimed by one conditional UPDATE and the claim is renewed while the handler works. A process that dies
leaves a claim that expires, and another takes the row over; so a handler may run again after a crash and must be
idempotent (compare-and-set on its own state).
"""

import asyncio
import contextlib
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from loguru import logger
from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlmodel import Session

from yunshequ.core.bus import Bus, Unsubscribe
from yunshequ.core.clock import Clock
from yunshequ.core.database import Database
from yunshequ.core.errors import AppError
from yunshequ.core.schedule import DueJob
from yunshequ.core.unit import Tx

Handler = Callable[[dict[str, Any]], Awaitable[None]]
"""Runs one job; given the payload it was scheduled with. Idempotent."""

CLAIM = timedelta(seconds=30)
"""How long a claim holds without renewal: the delay after a crash."""
POLL_SECONDS = 1.0
"""Longest sleep: another process may have scheduled something sooner."""
GIVE_UP_AFTER = 8
"""Attempts before a job is given up; with the backoff below that is about eleven minutes."""
FIRST_BACKOFF = timedelta(seconds=5)
LONGEST_BACKOFF = timedelta(minutes=15)
AT_ONCE = 8
"""Jobs one process runs side by side."""

_job = DueJob.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job this process holds until ``until``, unless renewed; ``until`` is also the proof that it is ours."""

    id: int
    kind: str
    payload: dict[str, Any]
    attempts: int
    until: datetime


def backoff(attempts: int) -> timedelta:
    """Return how long to wait after the ``attempts``-th failure: 5 s, 10 s, 20 s … at most 15 minutes."""
    doublings = min(max(attempts - 1, 0), 20)
    return min(FIRST_BACKOFF * (1 << doublings), LONGEST_BACKOFF)


class JobRunner:
    """Runs what is due; ``handlers`` maps each kind to the coroutine that does it.

    Any event on a topic that begins with ``jobs:`` wakes it, in every process.
    """

    def __init__(
        self, db: Database, clock: Clock, bus: Bus, handlers: Mapping[str, Handler], *,
        poll_seconds: float = POLL_SECONDS, claim: timedelta = CLAIM, give_up_after: int = GIVE_UP_AFTER,
    ) -> None:
        self._db = db
        self._clock = clock
        self._bus = bus
        self._handlers = dict(handlers)
        self._poll = poll_seconds
        self._claim_for = claim
        self._give_up_after = give_up_after
        self._wake = asyncio.Event()
        self._stopping = False
        self._loop_task: asyncio.Task[None] | None = None
        self._deaf: Unsubscribe = lambda: None
        self._running: set[asyncio.Task[None]] = set()

    def add(self, handlers: Mapping[str, Handler]) -> None:
        """Take a module's handlers.

        :raises ValueError: a kind has two handlers.
        """
        twice = self._handlers.keys() & handlers.keys()
        if twice:
            raise ValueError(f'jobs with two handlers: {sorted(twice)}')
        self._handlers.update(handlers)

    def wake(self) -> None:
        """Look at the table now instead of at the next poll; call from the event loop after scheduling something near."""
        self._wake.set()

    async def start(self) -> None:
        """Begin to run what is due."""
        if self._loop_task is None:
            self._stopping = False
            self._deaf = self._bus.subscribe('jobs:', lambda _event: self.wake())
            self._loop_task = asyncio.create_task(self._loop())

    async def stop(self, grace_seconds: float = 10.0) -> None:
        """Claim nothing more, let what is running finish within the grace, then interrupt it and hand it back."""
        self._stopping = True
        self._deaf()
        self._wake.set()
        if self._loop_task is not None:
            await self._loop_task
            self._loop_task = None
        if self._running:
            _done, late = await asyncio.wait(self._running, timeout=grace_seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def run_due(self) -> int:
        """Run everything due at ``clock.now()``, also what those jobs schedule for now; return how many runs there were."""
        count = 0
        while claimed := await self._claim(AT_ONCE):
            await asyncio.gather(*(self._run(job) for job in claimed))
            count += len(claimed)
        return count

    async def _loop(self) -> None:
        while not self._stopping:
            self._wake.clear()
            try:
                for job in await self._claim(AT_ONCE - len(self._running)):
                    task = asyncio.create_task(self._run(job))
                    self._running.add(task)
                    task.add_done_callback(self._finished)
                seconds = await self._until_next()
            except Exception as error:  # a database that is away for a moment must not end the runner
                logger.error('the job table cannot be read, trying again: {}', type(error).__name__)
                seconds = self._poll
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), seconds)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error('a job could not be settled, its claim will expire: {}', type(error).__name__)

    async def _until_next(self) -> float:
        if len(self._running) >= AT_ONCE:
            return self._poll
        first = await self._db.read(self._next_run_at)
        if first is None:
            return self._poll
        return min(max((first - self._clock.now()).total_seconds(), 0.01), self._poll)

    def _next_run_at(self, session: Session) -> datetime | None:
        found: datetime | None = session.connection().execute(
            select(_job.c.run_at).where(self._ours_to_take(self._clock.now())).order_by(_job.c.run_at).limit(1),
        ).scalar()
        return found

    def _ours_to_take(self, now: datetime) -> ColumnElement[bool]:
        """Kinds we know (a newer process may have scheduled others) that nobody holds."""
        free = or_(_job.c.claimed_until.is_(None), _job.c.claimed_until <= now)
        return and_(_job.c.kind.in_(list(self._handlers)), free)

    async def _claim(self, limit: int) -> list[Claimed]:
        if limit <= 0 or not await self._db.read(lambda session: self._due(session, self._clock.now(), 1)):
            return []  # the writer is not troubled while nothing is due
        return await self._db.write(lambda tx: self._claim_some(tx, limit))

    def _due(self, session: Session, now: datetime, limit: int) -> list[int]:
        return list(session.connection().execute(
            select(_job.c.id).where(self._ours_to_take(now), _job.c.run_at <= now).order_by(_job.c.run_at).limit(limit),
        ).scalars())

    def _claim_some(self, tx: Tx, limit: int) -> list[Claimed]:
        until = tx.now + self._claim_for
        claimed = []
        for job_id in self._due(tx.session, tx.now, limit):
            row = tx.connection.execute(
                update(_job).where(_job.c.id == job_id, self._ours_to_take(tx.now))
                .values(claimed_until=until, attempts=_job.c.attempts + 1)
                .returning(_job.c.kind, _job.c.payload, _job.c.attempts),
            ).one_or_none()
            if row is not None:  # else another process was first
                claimed.append(Claimed(job_id, row.kind, dict(row.payload), row.attempts, until))
        return claimed

    async def _run(self, job: Claimed) -> None:
        claim = _Claim(self._db, job, self._claim_for)
        renewing = asyncio.create_task(claim.keep())
        try:
            if job.attempts > self._give_up_after:  # it killed each process that tried it
                await self._failed(claim, 'the process ended while running it')
                return
            await self._handlers[job.kind](job.payload)
        except asyncio.CancelledError:
            await claim.settle(lambda where: update(_job).where(where).values(claimed_until=None, attempts=job.attempts - 1))
            raise
        except Exception as error:
            if not isinstance(error, AppError):
                logger.exception('job {} ({}) failed', job.kind, job.id)
            await self._failed(claim, where_failed(error))
        else:
            await claim.settle(delete(_job).where)
        finally:
            renewing.cancel()

    async def _failed(self, claim: '_Claim', words: str) -> None:
        job = claim.job
        if job.attempts < self._give_up_after:
            later = self._clock.now() + backoff(job.attempts)
            await claim.settle(
                lambda where: update(_job).where(where).values(run_at=later, claimed_until=None, last_error=words))
            return
        logger.error('job {} ({}) given up after {} attempts: {}', job.kind, job.id, job.attempts, words)
        detail = {'kind': job.kind, 'payload': job.payload, 'attempts': job.attempts, 'error': words}
        await claim.settle(delete(_job).where, lambda tx: tx.audit(None, 'jobs.gave_up', f'job:{job.id}', detail=detail))


class _Claim:
    """The hold of this process on one job: renewed while it runs, settled once at the end."""

    def __init__(self, db: Database, job: Claimed, length: timedelta) -> None:
        self.job = job
        self._db = db
        self._length = length
        self._until = job.until
        self._lock = asyncio.Lock()
        self._settled = False

    def _mine(self) -> ColumnElement[bool]:
        return and_(_job.c.id == self.job.id, _job.c.claimed_until == self._until)

    async def keep(self) -> None:
        """Renew until cancelled."""
        while True:
            await asyncio.sleep(self._length.total_seconds() / 3)
            async with self._lock:
                if not self._settled:
                    await asyncio.shield(self._renew())

    async def _renew(self) -> None:
        def work(tx: Tx) -> datetime | None:
            until = tx.now + self._length
            renewed = tx.connection.execute(update(_job).where(self._mine()).values(claimed_until=until))
            return until if renewed.rowcount else None

        try:
            until = await self._db.write(work)
        except Exception as error:  # tried again before the claim ends
            logger.warning('a claim could not be renewed: {}', type(error).__name__)
            return
        if until is not None:
            self._until = until

    async def settle(self, change: Callable[[ColumnElement[bool]], Any], also: Callable[[Tx], None] | None = None) -> None:
        """Apply ``change`` to the row if it is still ours, with ``also`` in the same unit."""
        def work(tx: Tx) -> bool:
            done = bool(tx.connection.execute(change(self._mine())).rowcount)
            if done and also is not None:
                also(tx)
            return done

        async with self._lock:
            self._settled = True
            if not await self._db.write(work):
                logger.warning('job {} ({}) was taken over by another process', self.job.kind, self.job.id)


def where_failed(error: Exception) -> str:
    """Return the kind of error and the line it came from: no message, since that may quote people's data."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f' at {Path(frames[-1].filename).name}:{frames[-1].lineno}' if frames else ''
    return f'{type(error).__name__}{place}'
