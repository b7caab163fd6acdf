"""Due jobs: on time, once, again after a failure, taken over after a crash."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.modules.emergency_world import START, need, read, scratch
from yunshequ.core.audit import AuditEntry
from yunshequ.core.bus import Event, LocalBus
from yunshequ.core.clock import MovableClock
from yunshequ.core.database import Database
from yunshequ.core.schedule import DueJob
from yunshequ.jobs.runner import GIVE_UP_AFTER, JobRunner, backoff

jobs_table = DueJob.__table__  # type: ignore[attr-defined]
audit_table = AuditEntry.__table__  # type: ignore[attr-defined]


class Bell(Event):
    kind = 'test_jobs.bell'

    @property
    def topic(self) -> str:
        return 'jobs:bell'


class Stage:
    """A database, a clock and what has run."""

    def __init__(self, db: Database, clock: MovableClock, bus: LocalBus) -> None:
        self.db, self.clock, self.bus = db, clock, bus
        self.ran: list[Any] = []

    async def note(self, payload: dict[str, Any]) -> None:
        self.ran.append(payload['n'])

    def runner(self, **handlers: Any) -> JobRunner:
        return JobRunner(self.db, self.clock, self.bus, handlers or {'note': self.note}, poll_seconds=0.05)

    async def plan(self, kind: str = 'note', n: Any = 1, seconds: float = 0, key: str | None = None) -> None:
        await self.db.write(lambda tx: tx.schedule(kind, tx.now + timedelta(seconds=seconds), {'n': n}, key=key))

    async def rows(self) -> list[Any]:
        return await read(self.db, select(jobs_table).order_by(jobs_table.c.id))


@asynccontextmanager
async def open_stage(url: str) -> AsyncIterator[Stage]:
    clock, bus = MovableClock(START), LocalBus()
    db = Database(url, clock=clock, bus=bus)
    await db.start()
    try:
        yield Stage(db, clock, bus)
    finally:
        await db.stop()


@pytest.fixture(params=['sqlite', 'postgresql'])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    need(request.param)
    with scratch(request.param, tmp_path) as address:
        yield address


@pytest.fixture
async def stage(url: str) -> AsyncIterator[Stage]:
    async with open_stage(url) as stage:
        yield stage


async def test_a_job_runs_when_due_and_not_before(stage: Stage) -> None:
    runner = stage.runner()
    await stage.plan(n='later', seconds=60)
    await stage.plan(n='now')
    assert await runner.run_due() == 1
    stage.clock.move(timedelta(seconds=59))
    assert await runner.run_due() == 0
    stage.clock.move(timedelta(seconds=1))
    assert await runner.run_due() == 1
    assert stage.ran == ['now', 'later']
    assert await stage.rows() == []


async def test_a_key_makes_a_job_one(stage: Stage) -> None:
    for _ in range(3):
        await stage.plan(key='only')
    await stage.runner().run_due()
    assert stage.ran == [1]


async def test_what_a_job_schedules_for_now_runs_too(stage: Stage) -> None:
    async def parent(payload: dict[str, Any]) -> None:
        await stage.plan(n=payload['n'] + 1)

    await stage.plan('parent', 1)
    assert await stage.runner(parent=parent, note=stage.note).run_due() == 2
    assert stage.ran == [2]


async def test_an_unknown_kind_is_left_for_a_process_that_knows_it(stage: Stage) -> None:
    await stage.plan('from_a_newer_version')
    assert await stage.runner().run_due() == 0
    assert len(await stage.rows()) == 1


async def test_a_failing_job_waits_longer_each_time_and_then_is_given_up(stage: Stage) -> None:
    async def fails(_payload: dict[str, Any]) -> None:
        stage.ran.append(stage.clock.now())
        raise ValueError('a neighbour called 13800001111')

    runner = stage.runner(fails=fails)
    await stage.plan('fails', 7)
    await runner.run_due()
    (row,) = await stage.rows()
    assert (row.attempts, row.claimed_until) == (1, None)
    assert row.last_error.startswith('ValueError at test_jobs.py:')
    assert '138' not in row.last_error
    while await stage.rows():
        stage.clock.move(timedelta(seconds=1))
        await runner.run_due()
    waits = [(later - earlier).total_seconds() for earlier, later in zip(stage.ran, stage.ran[1:], strict=False)]
    assert waits == [backoff(n).total_seconds() for n in range(1, GIVE_UP_AFTER)]
    assert waits == sorted(waits)
    (entry,) = await read(stage.db, select(audit_table).where(audit_table.c.action == 'jobs.gave_up'))
    assert entry.detail['kind'] == 'fails'
    assert entry.detail['payload'] == {'n': 7}
    assert entry.detail['attempts'] == GIVE_UP_AFTER


async def test_a_failure_harms_no_other_job(stage: Stage) -> None:
    async def fails(_payload: dict[str, Any]) -> None:
        raise RuntimeError

    await stage.plan('fails')
    await stage.plan(n='fine')
    await stage.runner(fails=fails, note=stage.note).run_due()
    assert stage.ran == ['fine']


async def test_many_processes_run_each_job_once(url: str) -> None:
    async with open_stage(url) as one, open_stage(url) as two, open_stage(url) as three:
        for n in range(40):
            await one.plan(n=n)
        await asyncio.gather(*(runner.run_due() for stage in (one, two, three) for runner in (stage.runner(), stage.runner())))
        assert sorted(one.ran + two.ran + three.ran) == list(range(40))
        assert await one.rows() == []


async def test_a_claim_keeps_others_away_until_it_expires(stage: Stage) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    async def slow(_payload: dict[str, Any]) -> None:
        entered.set()
        await leave.wait()

    await stage.plan('slow', 'x')
    first = asyncio.create_task(stage.runner(slow=slow).run_due())
    await entered.wait()
    other = stage.runner(slow=stage.note)
    assert await other.run_due() == 0
    stage.clock.move(timedelta(seconds=31))  # as if the first process had died: nothing renews its claim
    assert await other.run_due() == 1
    leave.set()
    await first  # it lost its claim: it neither deletes nor reschedules what is no longer its own
    assert stage.ran == ['x']
    assert await stage.rows() == []


async def test_a_long_job_renews_its_claim(stage: Stage) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    async def slow(_payload: dict[str, Any]) -> None:
        entered.set()
        await leave.wait()

    await stage.plan('slow')
    runner = JobRunner(stage.db, stage.clock, stage.bus, {'slow': slow}, claim=timedelta(seconds=0.09))
    running = asyncio.create_task(runner.run_due())
    await entered.wait()
    (before,) = await stage.rows()
    stage.clock.move(timedelta(seconds=0.05))
    async with asyncio.timeout(5):
        while (await stage.rows())[0].claimed_until == before.claimed_until:
            await asyncio.sleep(0.01)
    leave.set()
    assert await running == 1
    assert await stage.rows() == []


async def test_a_job_that_kills_its_process_is_given_up(stage: Stage) -> None:
    await stage.plan()
    await stage.db.write(lambda tx: tx.session.connection().execute(
        jobs_table.update().values(attempts=GIVE_UP_AFTER, claimed_until=tx.now)).rowcount)
    await stage.runner().run_due()
    assert stage.ran == []
    assert await stage.rows() == []
    assert len(await read(stage.db, select(audit_table).where(audit_table.c.action == 'jobs.gave_up'))) == 1


async def test_the_loop_runs_jobs_wakes_and_stops(stage: Stage) -> None:
    done = asyncio.Event()

    async def note(payload: dict[str, Any]) -> None:
        await stage.note(payload)
        done.set()

    runner = JobRunner(stage.db, stage.clock, stage.bus, {'note': note}, poll_seconds=3600)
    await runner.start()
    await asyncio.sleep(0.05)  # it is asleep now; were it not, the test would only be easier
    await stage.plan()
    await stage.db.write(lambda tx: tx.emit(Bell()))
    await asyncio.wait_for(done.wait(), 5)
    await runner.stop()
    assert stage.ran == [1]
    await stage.plan()
    runner.wake()
    assert len(await stage.rows()) == 1  # stopped means stopped


async def test_the_loop_finds_by_itself_what_another_process_scheduled(stage: Stage) -> None:
    runner = stage.runner()
    await runner.start()
    await stage.plan(n='theirs')
    async with asyncio.timeout(5):
        while await stage.rows():
            await asyncio.sleep(0.01)
    await runner.stop()
    assert stage.ran == ['theirs']


async def test_stopping_lets_work_finish_and_hands_back_what_does_not(stage: Stage) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    async def stuck(_payload: dict[str, Any]) -> None:
        entered.set()
        await leave.wait()

    runner = JobRunner(stage.db, stage.clock, stage.bus, {'stuck': stuck}, poll_seconds=0.05)
    await stage.plan('stuck')
    await runner.start()
    await asyncio.wait_for(entered.wait(), 5)
    await runner.stop(grace_seconds=0.05)
    (row,) = await stage.rows()
    assert (row.claimed_until, row.attempts) == (None, 0)
    leave.set()
    assert await stage.runner(stuck=stage.note).run_due() == 1


def test_two_handlers_for_one_kind_are_refused(tmp_path: Path) -> None:
    clock, bus = MovableClock(START), LocalBus()
    runner = JobRunner(Database(f'sqlite:///{tmp_path}/x.db', clock=clock, bus=bus), clock, bus, {})

    async def handler(_payload: dict[str, Any]) -> None: ...

    runner.add({'a': handler})
    with pytest.raises(ValueError, match='a'):
        runner.add({'a': handler})


def test_backoff_doubles_up_to_a_quarter_of_an_hour() -> None:
    assert [backoff(n).total_seconds() for n in (1, 2, 3, 4)] == [5, 10, 20, 40]
    assert backoff(50) == timedelta(minutes=15)
