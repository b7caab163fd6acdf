"""``pages/static/live.js`` in a real browser: a lost line, a dead server and a restart lose nothing and double nothing."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright

from pages.icons import path
from tests.bench.harness import BrowserClient, ServerProcess, free_port, request


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """A headless Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path='/usr/bin/chromium', args=['--no-sandbox'])
        yield browser
        await browser.close()


@pytest.fixture
async def server() -> AsyncIterator[ServerProcess]:
    """The toy application in its own process."""
    port = free_port()
    async with ServerProcess(['-m', 'tests.bench.toy', str(port)], f'http://127.0.0.1:{port}') as running:
        yield running


async def open_toy(chromium: Browser, server: ServerProcess) -> Page:
    """Open the toy page on a phone and wait until it is connected."""
    page = await chromium.new_page(viewport={'width': 390, 'height': 844})
    await page.goto(f'{server.base}/toy')
    await page.wait_for_function('window.YS && YS.live.connected')
    await page.evaluate('window.born = 1')
    return page


async def said(page: Page) -> list[str]:
    """Return what the page has heard."""
    return (await page.text_content('#said') or '').split('|')


async def others_hear(server: ServerProcess) -> BrowserClient:
    """Return another resident's tab."""
    other = BrowserClient(server.base)
    await other.open('/toy')
    return other


async def test_a_page_says_and_hears(chromium: Browser, server: ServerProcess) -> None:
    page = await open_toy(chromium, server)
    other = await others_hear(server)
    await page.fill('#text', '您好')
    await page.click('button')
    await other.wait_for(lambda f: f.get('text') == '您好')
    await page.wait_for_function('document.querySelector("#said").textContent === "您好"')
    assert await page.evaluate('YS.outbox.all()') == []
    assert await page.evaluate('YS.draft.get("toy")') is None
    assert await page.text_content('#connects') == '1'


async def test_a_refusal_rejects_with_words(chromium: Browser, server: ServerProcess) -> None:
    page = await open_toy(chromium, server)
    error: Any = await page.evaluate("""async () => {
        const toy = Object.values(mounted_app.$refs).find((r) => r && r.say);
        try { await YS.act(toy, 'no.such', {}); } catch (error) { return error; }
    }""")
    assert error == {'code': 'unknown_act', 'words': '页面版本太旧，请刷新后再试', 'field': None}


async def test_a_cut_line_comes_back_without_a_reload(chromium: Browser, server: ServerProcess) -> None:
    page = await open_toy(chromium, server)
    other = await others_hear(server)
    await page.evaluate('window.socket.io.engine.transport.ws.close()')
    await page.wait_for_function('!YS.live.connected')
    await page.fill('#text', '断线时写的')
    await page.click('button')
    await page.wait_for_function('YS.live.connected')
    await other.wait_for(lambda f: f.get('text') == '断线时写的')
    await page.wait_for_function('document.querySelector("#connects").textContent === "2"')
    await page.wait_for_function('YS.outbox.all().length === 0')
    assert await page.evaluate('window.born') == 1
    assert [f['text'] for f in other.of('room:1')] == ['断线时写的']


async def test_a_dead_line_is_noticed_by_the_heartbeat(chromium: Browser, server: ServerProcess) -> None:
    page = await open_toy(chromium, server)
    await page.evaluate('window.socket.io.engine.transport.ws.send = () => {}')  # as if the way to the server were gone
    await page.evaluate('YS.live.check(300)')
    await page.wait_for_function('document.querySelector("#connects").textContent === "2"', timeout=8000)
    assert await page.evaluate('window.born') == 1


async def test_offline_says_so_and_keeps_what_is_typed(chromium: Browser, server: ServerProcess) -> None:
    page = await open_toy(chromium, server)
    await page.context.set_offline(True)
    await page.wait_for_selector('#ys-line[data-state=offline]')
    assert '网络已断开' in (await page.text_content('#ys-line') or '')
    await page.fill('#text', '写了一半')
    await page.context.set_offline(False)
    await page.wait_for_function('YS.live.state === "online"')
    await page.wait_for_selector('#ys-line', state='hidden')
    assert await page.evaluate('YS.draft.get("toy")') == '写了一半'


async def test_a_killed_server_is_waited_for_and_nothing_is_lost_or_doubled(chromium: Browser, server: ServerProcess) -> None:
    page = await open_toy(chromium, server)
    server.kill()
    await page.wait_for_selector('#ys-line[data-state=connecting]')
    assert await page.text_content('#ys-line') == '连接中…'
    assert not await page.is_visible('#popup')
    await page.fill('#text', '服务器倒下时说的')
    await page.click('button')
    await page.fill('#text', '还没写完')
    assert len(await page.evaluate('YS.outbox.all()')) == 1
    await server.start()
    other = await others_hear(server)
    await other.wait_for(lambda f: f.get('text') == '服务器倒下时说的', timeout=20)
    await page.wait_for_function('window.born === undefined && YS.live.connected && YS.outbox.all().length === 0')
    assert await page.input_value('#text') == '还没写完'
    await asyncio.sleep(0.5)
    assert [f['text'] for f in other.of('room:1')] == ['服务器倒下时说的']


async def test_the_server_can_ask_for_a_reload(chromium: Browser, server: ServerProcess) -> None:
    page = await open_toy(chromium, server)
    await request(server.base, '/everybody/reload')
    await page.wait_for_function('window.born === undefined && window.YS && YS.live.connected')
    assert await page.text_content('#connects') == '1'


async def test_icons_of_quasar_are_ours_and_no_font_is_fetched(chromium: Browser, server: ServerProcess) -> None:
    asked: list[str] = []
    page = await chromium.new_page()
    page.on('request', lambda r: asked.append(r.url))
    await page.goto(f'{server.base}/icons')
    await page.wait_for_function('document.querySelectorAll(".q-icon").length >= 2')
    icons: list[dict[str, Any]] = await page.evaluate("""[...document.querySelectorAll('.q-icon')].map((icon) => ({
        text: icon.textContent, d: [...icon.querySelectorAll('path')].map((path) => path.getAttribute('d')).join(''),
    }))""")
    assert {i['d'] for i in icons} >= {path('send'), path('arrow_drop_down')}
    assert all(i['text'] == '' for i in icons)
    assert await page.evaluate('YS.icon("people")') == path('group')
    assert await page.evaluate('YS.icon("no_such")') == ''
    assert [url for url in asked if 'font' in url or 'woff' in url] == []


async def test_a_browser_that_can_only_poll_hears_and_says_the_same(chromium: Browser, server: ServerProcess) -> None:
    page = await chromium.new_page()
    await page.add_init_script("""window.WebSocket = class {
        constructor() { setTimeout(() => { this.onerror(new Event('error')); this.onclose({code: 1006}); }, 5); }
        close() {}
    };""")  # as where a proxy on the way lets no WebSocket through
    await page.goto(f'{server.base}/toy')
    await page.wait_for_function('window.YS && YS.live.connected', timeout=20000)
    assert await page.evaluate('window.socket.io.engine.transport.name') == 'polling'
    other = await others_hear(server)
    await page.fill('#text', '我只能轮询')
    await page.click('button')
    await other.wait_for(lambda f: f.get('text') == '我只能轮询')
    await page.wait_for_function('document.querySelector("#said").textContent === "我只能轮询"')
