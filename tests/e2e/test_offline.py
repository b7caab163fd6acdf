"""Thirty seconds without a network: what others said is there, what one wrote is sent, everything once and in order."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import Stage
from tests.e2e.line import Line
from tests.e2e.people import Person
from tests.e2e.truth import said, same_as_database
from tests.e2e.views import Conversation

ROOM = '景和园3栋楼栋群'
SECONDS = 30.0


@pytest.fixture
async def lines(stage: Stage) -> AsyncIterator[tuple[Line, Line]]:
    """Two lines to the server."""
    made = (Line(stage.site.port), Line(stage.site.port))
    yield made
    for person in stage.people:
        person.line_lost = True
    for line in made:
        await line.close()


async def enter_room(person: Person, as_whom: str) -> Conversation:
    """Enter as somebody and open the room."""
    page = await person.enter(as_whom)
    await page.get_by_text(ROOM).first.click()
    await page.wait_for_url('**/rooms/*')
    await page.wait_for_function('() => YS.live.connected')
    await page.evaluate('window.neverReloaded = true')
    return Conversation(page)


async def test_thirty_seconds_without_a_network(stage: Stage, lines: tuple[Line, Line]) -> None:
    """One phone is told by its system that it is offline; the line of the other just goes dead and must be found out."""
    aunt = await stage.phone('zhang', base=await lines[0].open())
    lad = await stage.phone('liu', base=await lines[1].open())
    worker, grid = await stage.desk('worker'), await stage.desk('grid')
    hers, his = await enter_room(aunt, '3栋-张阿姨'), await enter_room(lad, '3栋-小刘')
    desk, round_ = await enter_room(worker, '社区小沈'), await enter_room(grid, '网格员-小宋')
    room_id = int(hers.page.url.rpartition('/')[2])
    await desk.say('大家都在线吗')
    for room in (hers, his, desk, round_):
        await room.has('大家都在线吗')
    before = len(said(stage.site, room_id))

    with aunt.losing_the_line(), lad.losing_the_line():
        began = time.monotonic()
        await aunt.context.set_offline(True)
        for line in lines:
            line.cut()
        await expect(hers.page.locator('#ys-line')).to_contain_text('网络已断开')
        await hers.say('我在电梯里发的第一句')
        await desk.say('你们不在的时候，第一条')
        await hers.say('我在电梯里发的第二句')
        await his.say('小刘在地库发的第一句')
        await hers.write('还没想好要不要发的话')
        for number in range(5):
            await round_.say(f'网格通知第 {number + 1} 条')
            await desk.has(f'网格通知第 {number + 1} 条')
        await his.say('小刘在地库发的第二句')
        await desk.say('你们不在的时候，最后一条')
        await round_.has('你们不在的时候，最后一条')
        assert list(await hers.unsent()) == ['我在电梯里发的第一句', '我在电梯里发的第二句']
        assert len(said(stage.site, room_id)) == before + 7
        await expect(his.page.locator('#ys-line')).to_have_text('连接中…')
        await asyncio.sleep(max(0.0, began + SECONDS - time.monotonic()))  # this long, and no less, the network is away

        for line in lines:
            line.mend()
        await aunt.context.set_offline(False)
        for room in (hers, his, desk, round_):
            for text in ('我在电梯里发的第一句', '我在电梯里发的第二句', '小刘在地库发的第一句', '小刘在地库发的第二句'):
                await room.has(text)
        for room in (hers, his):
            await expect(room.page.locator('#ys-line')).to_be_hidden()

    await same_as_database(stage.site, room_id, hers.page, his.page, desk.page, round_.page)
    log = [text for _, text in said(stage.site, room_id)]
    assert len(log) == before + 11
    assert len(set(log[before:])) == 11
    assert log.index('我在电梯里发的第一句') < log.index('我在电梯里发的第二句')
    assert log.index('小刘在地库发的第一句') < log.index('小刘在地库发的第二句')
    assert await hers.box.input_value() == '还没想好要不要发的话'
    await desk.say('都回来了就好')
    for room in (hers, his, desk, round_):
        await room.has('都回来了就好')
        assert await room.page.evaluate('window.neverReloaded') is True
