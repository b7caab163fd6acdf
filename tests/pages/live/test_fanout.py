"""One frame reaches everyone on its topic, in order; nobody waits for a slow or broken reader."""

import asyncio
import gc
import weakref
from functools import partial

import pytest
from nicegui import Client

from tests.bench.browser import BrowserClient, Frame
from tests.pages.live.conftest import Running


def _is(seq: int, frame: Frame) -> bool:
    return frame.get('seq') == seq


async def tabs(running: Running, count: int, topics: str = 'room:1', page: str = '/toy') -> list[BrowserClient]:
    """Open ``count`` tabs of a toy page."""
    found = [running.browser() for _ in range(count)]
    await asyncio.gather(*(b.open(f'{page}?topics={topics}') for b in found))
    return found


async def test_the_same_frames_reach_everyone_in_order(running: Running) -> None:
    browsers = await tabs(running, 20)
    other = (await tabs(running, 1, 'room:2'))[0]
    for n in range(50):
        assert running.fanout.publish('room:1', 'message', {'seq': n, 'text': '大家好' * 60}) == 20
    for browser in browsers:
        await browser.wait_for(lambda f: f.get('seq') == 49)
        assert [f['seq'] for f in browser.of('room:1')] == list(range(50))
        assert browser.of('room:1')[0] == {'t': 'room:1', 'k': 'message', 'seq': 0, 'text': '大家好' * 60}
    assert other.frames == []
    counters = running.fanout.counters
    assert (counters.published, counters.frames, counters.fallback_frames) == (50, 1000, 0)


async def test_frames_of_every_size_arrive_whole(running: Running) -> None:
    [browser] = await tabs(running, 1)
    for n, size in enumerate((1, 40, 90, 100, 120, 200, 60_000, 65_400, 65_600, 300_000)):
        running.fanout.publish('room:1', 'message', {'seq': n, 'text': 'x' * size})
    await browser.wait_for(lambda f: f.get('seq') == 9)
    assert [len(f['text']) for f in browser.of('room:1')] == [1, 40, 90, 100, 120, 200, 60_000, 65_400, 65_600, 300_000]


async def test_nobody_listening_costs_nothing(running: Running) -> None:
    assert running.fanout.publish('room:404', 'message', {'unsendable': object()}) == 0
    assert running.fanout.counters.published == 0


async def test_leaving_ends_hearing(running: Running) -> None:
    [browser] = await tabs(running, 1, 'room:1,room:2')
    assert running.fanout.topics_of(browser.client_id) == {'room:1', 'room:2'}
    running.fanout.leave(browser.client_id, 'room:1')
    running.fanout.publish('room:1', 'message', {'seq': 1})
    running.fanout.publish('room:2', 'message', {'seq': 2})
    await browser.wait_for(lambda f: f.get('seq') == 2)
    assert browser.of('room:1') == []
    assert running.fanout.listeners('room:1') == ()


async def test_a_slow_reader_is_told_to_resync_and_harms_nobody(running: Running) -> None:
    slow, quick = await tabs(running, 2)
    slow.transport.pause_reading()
    text = 'x' * 100_000
    for n in range(80):
        running.fanout.publish('room:1', 'message', {'seq': n, 'text': text})
        await asyncio.sleep(0)
        await quick.wait_for(partial(_is, n))
    assert running.fanout.counters.slow_readers == 1
    slow.transport.resume_reading()
    await slow.wait_for(lambda f: f['k'] == 'resync')
    seen = [f['seq'] for f in slow.of('room:1')]
    assert seen == list(range(len(seen)))
    assert len(seen) < 80
    running.fanout.publish('room:1', 'message', {'seq': 80})
    await slow.wait_for(lambda f: f.get('seq') == 80)
    assert [f['seq'] for f in quick.of('room:1')][:80] == list(range(80))


async def test_a_reader_that_never_drains_is_closed(running: Running) -> None:
    running.fanout._patience = 0.2
    stuck, quick = await tabs(running, 2)
    stuck.transport.pause_reading()
    text = 'x' * 200_000
    for n in range(60):
        running.fanout.publish('room:1', 'message', {'seq': n, 'text': text})
        await quick.wait_for(partial(_is, n))
    async with asyncio.timeout(5):
        while running.fanout.counters.closed_slow == 0:
            await asyncio.sleep(0.02)
    stuck.transport.resume_reading()
    await asyncio.wait_for(stuck.closed.wait(), 5)
    running.fanout.publish('room:1', 'message', {'seq': 100})
    await quick.wait_for(lambda f: f.get('seq') == 100)
    assert running.fanout.counters.closed_slow == 1
    assert [f['seq'] for f in quick.of('room:1')] == [*range(60), 100]


async def test_one_failing_transport_harms_no_other(running: Running) -> None:
    browsers = await tabs(running, 3)

    class Broken:
        def get_write_buffer_size(self) -> int:
            return 0

        def write(self, _: bytes) -> None:
            raise RuntimeError('the handler is closed')

    running.fanout._links[browsers[1].client_id].transport = Broken()
    running.fanout.publish('room:1', 'message', {'seq': 1})
    running.fanout.publish('room:1', 'message', {'seq': 2})
    for browser in (browsers[0], browsers[2]):
        await browser.wait_for(lambda f: f.get('seq') == 2)
    assert running.fanout.counters.failed == 1


async def test_reply_reaches_only_its_page(running: Running) -> None:
    one, other = await tabs(running, 2)
    assert running.fanout.reply(one.client_id, {'k': 'typing', 'who': 3})
    assert await one.wait_for(lambda f: f['k'] == 'typing') == {'t': '@', 'k': 'typing', 'who': 3}
    assert other.frames == []
    assert not running.fanout.reply('nobody', {'k': 'typing'})


async def test_a_topic_can_be_cut_off(running: Running) -> None:
    [browser] = await tabs(running, 1, 'room:1,session:9')
    [other] = await tabs(running, 1)
    running.fanout.publish('session:9', 'bye', {})
    assert running.fanout.close('session:9') == 1
    await asyncio.wait_for(browser.closed.wait(), 5)
    assert [f['k'] for f in browser.of('session:9')] == ['bye']
    running.fanout.publish('room:1', 'message', {'seq': 1})
    await other.wait_for(lambda f: f.get('seq') == 1)


async def test_the_latest_tick_wins(running: Running) -> None:
    [browser] = await tabs(running, 1)
    for n in range(500):
        running.fanout.publish_coalesced('room:1', 'tick', {'votes': n}, every=0.05)
        running.fanout.publish_coalesced('room:1', 'tick', {'votes': -n}, every=0.05, key='other')
        if n % 100 == 0:
            await asyncio.sleep(0.01)
    await browser.wait_for(lambda f: f.get('votes') == 499)
    await browser.wait_for(lambda f: f.get('votes') == -499)
    ticks = [f['votes'] for f in browser.of('room:1') if f['votes'] >= 0]
    assert ticks == sorted(ticks)
    assert len(ticks) < 10
    async with asyncio.timeout(5):
        while running.fanout._ticks:
            await asyncio.sleep(0.02)


async def test_the_slow_road_delivers_the_same(running: Running) -> None:
    running.fanout.direct = False
    browsers = await tabs(running, 5)
    for n in range(30):
        running.fanout.publish('room:1', 'message', {'seq': n, 'text': '您好'})
    for browser in browsers:
        await browser.wait_for(lambda f: f.get('seq') == 29)
        assert browser.of('room:1') == [{'t': 'room:1', 'k': 'message', 'seq': n, 'text': '您好'} for n in range(30)]
    assert running.fanout.reply(browsers[0].client_id, {'k': 'typing'})
    await browsers[0].wait_for(lambda f: f['k'] == 'typing')
    counters = running.fanout.counters
    assert (counters.frames, counters.fallback_frames) == (0, 150)


async def test_a_lost_line_keeps_the_page_and_its_topics(running: Running) -> None:
    [browser] = await tabs(running, 1)
    first = browser.client_id
    await browser.close()
    running.fanout.publish('room:1', 'message', {'seq': 1})
    await browser.connect()
    running.fanout.publish('room:1', 'message', {'seq': 2})
    await browser.wait_for(lambda f: f.get('seq') == 2)
    assert browser.client_id == first
    assert [f['seq'] for f in browser.of('room:1')] == [2]  # what was missed is asked for by the page


async def test_an_unknown_page_is_refused(running: Running) -> None:
    browser = running.browser()
    page = await browser.load('/toy')
    page.query['client_id'] = 'from-before-the-restart'
    with pytest.raises(ConnectionError):
        await browser.connect()
    assert browser.refused == {'message': 'Implicit handshake failed'}


async def test_dead_pages_leave_nothing_and_need_no_collection(running: Running) -> None:
    browsers = await tabs(running, 5, page='/brief')
    clients = [weakref.ref(Client.instances[b.client_id]) for b in browsers]
    links = [weakref.ref(running.fanout._links[b.client_id]) for b in browsers]
    connections = [weakref.ref(running.fanout._links[b.client_id].connection) for b in browsers]
    running.fanout.publish('room:1', 'message', {'seq': 1})
    for browser in browsers:
        await browser.wait_for(lambda f: f.get('seq') == 1)
        await browser.act('echo', {'text': 'hi'})
    gc.collect()
    gc.disable()
    try:
        for browser in browsers:
            await browser.close()
        async with asyncio.timeout(5):
            while Client.instances:
                await asyncio.sleep(0.02)
        await asyncio.sleep(1.2)  # the outbox loop looks once a second whether it should end
        assert running.fanout._links == {}
        assert running.fanout._topics == {}
        assert [ref() for ref in clients] == [None] * 5
        assert [ref() for ref in links] == [None] * 5
    finally:
        gc.enable()
    gc.collect()  # Engine.IO itself leaves its last exception in a cycle with the socket
    assert [ref() for ref in connections] == [None] * 5
