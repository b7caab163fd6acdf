"""One contract for every bus; two processes behind one Redis hear each other."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable

import pytest
from redis import Redis
from redis.exceptions import RedisError

from yunshequ.core.bus import Bus, Event, LocalBus
from yunshequ.core.ids import token
from yunshequ.core.redis_bus import RedisBus

REDIS = os.environ.get('YUNSHEQU_TEST_REDIS', 'redis://127.0.0.1:6379/0')


class Said(Event):
    kind = 'test.said'
    room: int
    n: int

    @property
    def topic(self) -> str:
        return f'said:{self.room}'


def redis_answers() -> bool:
    try:
        return bool(Redis.from_url(REDIS).ping())
    except RedisError:
        return False


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


@pytest.fixture(params=['local', 'redis'])
async def bus(request: pytest.FixtureRequest) -> AsyncIterator[Bus]:
    if request.param == 'redis' and not redis_answers():
        pytest.skip(f'Redis does not answer at {REDIS}: start it or set YUNSHEQU_TEST_REDIS')
    built: Bus = LocalBus() if request.param == 'local' else RedisBus(REDIS, channel=f'test:{token(6)}')
    await built.start()
    yield built
    await built.stop()


async def test_exact_prefix_and_everything(bus: Bus) -> None:
    heard: dict[str, list[int]] = {'exact': [], 'prefix': [], 'all': []}
    bus.subscribe('said:5', lambda event: heard['exact'].append(event.n))
    bus.subscribe('said:', lambda event: heard['prefix'].append(event.n))
    bus.subscribe('*', lambda event: heard['all'].append(event.n))
    for room in (5, 6, 55):
        bus.publish(Said(room=room, n=room))
    await until(lambda: len(heard['all']) == 3)
    assert heard == {'exact': [5], 'prefix': [5, 6, 55], 'all': [5, 6, 55]}


async def test_order_is_kept(bus: Bus) -> None:
    heard: list[int] = []
    bus.subscribe('said:1', lambda event: heard.append(event.n))
    for n in range(500):
        bus.publish(Said(room=1, n=n))
    await until(lambda: len(heard) == 500)
    assert heard == list(range(500))


async def test_a_failing_listener_harms_no_other(bus: Bus) -> None:
    heard: list[int] = []

    async def fails(_event: Event) -> None:
        raise RuntimeError('meant to')

    def fails_too(_event: Event) -> None:
        raise RuntimeError('meant to')

    bus.subscribe('said:1', fails)
    bus.subscribe('said:1', fails_too)
    bus.subscribe('said:1', lambda event: heard.append(event.n))
    bus.publish(Said(room=1, n=1))
    bus.publish(Said(room=1, n=2))
    await until(lambda: heard == [1, 2])
    assert heard == [1, 2]


async def test_unsubscribed_is_silent(bus: Bus) -> None:
    heard: list[int] = []
    off = bus.subscribe('said:1', lambda event: heard.append(event.n))
    bus.publish(Said(room=1, n=1))
    await until(lambda: heard == [1])
    off()
    off()
    bus.publish(Said(room=1, n=2))
    bus.publish(Said(room=2, n=3))
    assert heard == [1]


async def test_two_processes_hear_each_other_once() -> None:
    if not redis_answers():
        pytest.skip(f'Redis does not answer at {REDIS}: start it or set YUNSHEQU_TEST_REDIS')
    channel = f'test:{token(6)}'
    one, two = RedisBus(REDIS, channel=channel), RedisBus(REDIS, channel=channel)
    await one.start()
    await two.start()
    heard: list[tuple[str, int]] = []
    one.subscribe('said:', lambda event: heard.append(('one', event.n)))
    two.subscribe('said:', lambda event: heard.append(('two', event.n)))
    one.subscribe_local('said:', lambda event: heard.append(('one only', event.n)))
    two.subscribe_local('said:', lambda event: heard.append(('two only', event.n)))
    one.subscribe_elsewhere('said:', lambda event: heard.append(('from elsewhere', event.n)))
    one.publish(Said(room=1, n=1))
    two.publish(Said(room=1, n=2))
    await until(lambda: len(heard) == 7)
    await one.stop()
    await two.stop()
    assert sorted(heard) == [('from elsewhere', 2), ('one', 1), ('one', 2), ('one only', 1), ('two', 1), ('two', 2), ('two only', 2)]


async def test_what_was_on_its_way_when_redis_hung_up_is_sent_again() -> None:
    if not redis_answers():
        pytest.skip(f'Redis does not answer at {REDIS}: start it or set YUNSHEQU_TEST_REDIS')
    channel = f'test:{token(6)}'
    admin = Redis.from_url(REDIS)
    before = {one['id'] for one in admin.client_list()}
    one, two = RedisBus(REDIS, channel=channel), RedisBus(REDIS, channel=channel)
    await one.start()
    listening = {one['id'] for one in admin.client_list()}
    heard: list[int] = []
    two.subscribe('said:', lambda event: heard.append(event.n))
    one.publish(Said(room=1, n=0))  # now its way out stands
    await until(lambda: any(c['id'] not in listening and c['cmd'] == 'publish' for c in admin.client_list()))
    await two.start()
    for client in admin.client_list():
        if client['id'] not in before and client['cmd'] == 'publish':
            admin.client_kill_filter(_id=client['id'])
    one.publish(Said(room=1, n=7))
    await until(lambda: 7 in heard)
    await one.stop()
    await two.stop()
    assert heard == [7]
