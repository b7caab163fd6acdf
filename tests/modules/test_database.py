"""The unit of work: durable, complete or not at all, announced only after the commit."""

import asyncio

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from yunshequ.bootstrap import Container
from yunshequ.core.audit import AuditEntry
from yunshequ.core.bus import Event
from yunshequ.core.schedule import DueJob
from yunshequ.core.unit import Tx


class Counted(Event):
    kind = 'test.counted'
    n: int

    @property
    def topic(self) -> str:
        return 'test:counted'


async def entries(container: Container) -> int:
    return int(await container.db.read(lambda s: s.connection().scalar(select(func.count()).select_from(AuditEntry))))


async def test_forty_increments_at_once_are_all_there(container: Container) -> None:
    await container.db.write(lambda tx: tx.session.connection().execute(text('CREATE TABLE counter (n INTEGER)')).close())
    await container.db.write(lambda tx: tx.session.connection().execute(text('INSERT INTO counter VALUES (0)')).close())
    await asyncio.gather(*(
        container.db.write(lambda tx: tx.session.connection().execute(text('UPDATE counter SET n = n + 1')).close()) for _ in range(40)))
    assert await container.db.read(lambda s: s.connection().execute(text('SELECT n FROM counter')).scalar()) == 40


async def test_a_failing_unit_leaves_nothing_and_harms_no_neighbour(container: Container) -> None:
    heard: list[int] = []
    container.bus.subscribe('test:', lambda event: heard.append(event.n))

    def work(tx: Tx, n: int) -> int:
        tx.audit(None, 'test', f'n:{n}')
        tx.schedule('test', tx.now, {}, key=f'test:{n}')
        tx.emit(Counted(n=n))
        if n % 3 == 0:
            raise ValueError(n)
        return n

    results = await asyncio.gather(*(container.db.write(lambda tx, n=n: work(tx, n)) for n in range(9)), return_exceptions=True)
    good = [n for n in range(9) if n % 3]
    assert [r for r in results if isinstance(r, int)] == good
    assert sum(isinstance(r, ValueError) for r in results) == 3
    assert sorted(heard) == good
    assert await entries(container) == len(good)
    assert await container.db.read(lambda s: s.connection().scalar(select(func.count()).select_from(DueJob))) == len(good)


async def test_events_are_heard_after_the_row_can_be_read(container: Container) -> None:
    seen: list[int] = []

    async def look(_event: Event) -> None:
        seen.append(await entries(container))

    container.bus.subscribe('test:', look)

    def work(tx: Tx) -> None:
        tx.audit(None, 'test', 'x')
        tx.emit(Counted(n=1))

    await container.db.write(work)
    for _ in range(200):
        if seen:
            break
        await asyncio.sleep(0.01)
    assert seen == [1]


async def test_batches_answer_each_caller_and_isolate_refusals(container: Container) -> None:
    sizes: list[int] = []

    def handler(tx: Tx, items: list[int]) -> list[int | Exception]:
        sizes.append(len(items))
        for _ in items:
            tx.audit(None, 'test', 'batch')
        return [ValueError(item) if item == 7 else item * 2 for item in items]

    results = await asyncio.gather(*(container.db.batched(handler, n) for n in range(600)), return_exceptions=True)
    assert [r for n, r in enumerate(results) if n != 7] == [n * 2 for n in range(600) if n != 7]
    assert isinstance(results[7], ValueError)
    assert max(sizes) > 1
    assert await entries(container) == 600


async def test_a_read_that_would_go_on_after_its_end_is_refused_and_keeps_no_connection(container: Container) -> None:
    for _ in range(10):  # more often than there are connections
        with pytest.raises(TypeError, match='return a list'):
            await container.db.read(lambda s: (row for row in s.connection().execute(select(AuditEntry.id))))
    assert await entries(container) == 0


async def test_readers_cannot_write(container: Container) -> None:
    if not container.db.is_sqlite:
        pytest.skip("query_only is SQLite's; PostgreSQL readers share the role")
    with pytest.raises(Exception, match='readonly'):
        await container.db.read(lambda s: s.connection().execute(text('DELETE FROM audit_entry')))


async def test_a_job_key_exists_once(container: Container) -> None:
    for _ in range(3):
        await container.db.write(lambda tx: tx.schedule('test', tx.now, {'a': 1}, key='only'))
    assert await container.db.read(lambda s: s.connection().scalar(select(func.count()).select_from(DueJob))) == 1


async def test_a_failed_statement_does_not_say_what_it_was_given(container: Container) -> None:
    statement = text('INSERT INTO no_such_table (body) VALUES (:body)')
    with pytest.raises(DBAPIError) as refused:
        await container.db.write(lambda tx: tx.session.connection().execute(statement, {'body': '张三 13912345678'}).close())
    assert 'no_such_table' in str(refused.value)
    assert '张三' not in str(refused.value)


async def test_an_event_that_cannot_be_announced_leaves_nobody_waiting(container: Container) -> None:
    class Homeless(Event):
        """Has no topic, so the bus cannot deliver it."""

    heard: list[int] = []
    container.bus.subscribe('test:', lambda event: heard.append(event.n))

    def work(tx: Tx) -> str:
        tx.emit(Homeless())
        tx.emit(Counted(n=1))
        return 'done'

    async with asyncio.timeout(5):
        assert await asyncio.gather(container.db.write(work), container.db.write(work)) == ['done', 'done']
    assert heard == [1, 1]


async def test_work_that_hoped_a_key_was_free_is_run_once_more_and_told_so(container: Container) -> None:
    attempts: list[int] = []

    def work(tx: Tx) -> int:
        attempts.append(tx.attempt)
        tx.schedule('hoped', tx.now, {})
        key = 'new' if tx.attempt else 'taken'
        tx.session.add(DueJob(kind='test', run_at=tx.now, payload={}, key=key))
        return tx.attempt

    def taken(tx: Tx) -> None:
        tx.session.add(DueJob(kind='test', run_at=tx.now, payload={}, key='taken'))

    await container.db.write(taken)
    others = [container.db.write(lambda tx: tx.schedule('other', tx.now, {})) for _ in range(3)]
    results = await asyncio.gather(container.db.write(work), *others)  # alone or in a group: the neighbours feel nothing
    assert (results[0], attempts) == (1, [0, 1])
    kinds = await container.db.read(lambda session: list(session.connection().scalars(select(DueJob.kind))))
    assert (kinds.count('hoped'), kinds.count('other'), kinds.count('test')) == (1, 3, 2)
