"""What NiceGUI has to say to a page arrives, and a page with nothing to hear costs nothing."""

import asyncio

from nicegui import Client, ui

from pages.live.outbox import SleepingOutbox
from tests.pages.live.conftest import Running


def tasks() -> list[str]:
    return [task.get_name() for task in asyncio.all_tasks() if 'outbox' in task.get_name()]


async def test_what_waits_is_sent_when_the_browser_comes_and_then_at_once(running: Running) -> None:
    tab = running.browser()
    page = await tab.load('/toy')
    client = Client.instances[page.client_id]
    assert isinstance(client.outbox, SleepingOutbox)
    client.run_javascript('early()')
    with client:
        ui.label('晚到的一行')
    heard: list[tuple[str, object]] = []
    emit = client.outbox._emit

    async def listening(message: tuple[str, str, object]) -> None:
        await emit(message)
        heard.append((message[1], message[2]))
        arrived.set()

    client.outbox._emit = listening  # type: ignore[method-assign, assignment]
    arrived = asyncio.Event()
    await asyncio.sleep(0)
    assert heard == []
    await tab.connect()
    async with asyncio.timeout(10):
        while [kind for kind, _ in heard] != ['update', 'run_javascript']:
            await arrived.wait()
            arrived.clear()
        client.run_javascript('late()')
        await arrived.wait()
    assert heard[-1][0] == 'run_javascript'
    assert '晚到的一行' in str(heard[0][1])
    await tab.close()


async def test_open_pages_have_no_standing_task(running: Running) -> None:
    tabs = [running.browser() for _ in range(3)]
    for tab in tabs:
        await tab.open('/toy')
    async with asyncio.timeout(10):
        while tasks():  # the tasks of the three first rounds end by themselves
            await asyncio.sleep(0.01)
    assert tasks() == []
    for tab in tabs:
        await tab.close()
