"""A room of 10,000 messages scrolled by a thumb on a slow phone: ``python -m tests.bench.scroll [--messages 10000 --slower 4]``.

Chromium at 390 × 844 with its processor slowed down. The room is opened at its end and swept up to its first message, then some way
down again. ``longest_frame_ms`` is the longest time between two frames while a swipe runs, ``dom_nodes`` the most elements that ever
stood in the log, ``missing`` how many messages never came by. Other work on the machine lengthens frames: ``busiest_task_ms`` is the most
processor time the page itself took at one stretch during the first swipes (slowed down as asked), and does not know of it.
"""

import argparse
import asyncio
import json
from typing import Any

from playwright.async_api import CDPSession, Page, async_playwright

from tests.bench.harness import percentile, report
from tests.bench.served import served

WATCH = """() => {
  const box = document.querySelector('.ys-room .ys-scroll');
  const seen = (window.seen = { frames: [], nodes: 0, rows: 0, numbers: new Set(), jumps: 0, on: false });
  let last = 0;
  const frame = (now) => {
    if (seen.on && last) seen.frames.push(now - last);
    last = seen.on ? now : 0;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  const look = () => {
    const rows = box.querySelectorAll('[data-seq]');
    seen.nodes = Math.max(seen.nodes, box.getElementsByTagName('*').length);
    seen.rows = Math.max(seen.rows, rows.length);
    rows.forEach((row) => seen.numbers.add(Number(row.dataset.seq)));
  };
  look();
  new MutationObserver(look).observe(box, { childList: true, subtree: true });
}"""
FIRST = "() => Math.min(...[...document.querySelectorAll('.ys-room [data-seq]')].map((row) => Number(row.dataset.seq)))"
SWIPE = 6000
"""px of one swipe."""
TRACED = 40
"""Swipes whose tasks are looked at one by one; a trace of all would fill the memory."""
TASKS = 'disabled-by-default-devtools.timeline'


async def swipe(page: Page, devtools: CDPSession, distance: int, speed: int) -> None:
    """Move the thumb over the log by ``distance`` px (positive: towards older messages) at ``speed`` px/s; frames count meanwhile."""
    await page.evaluate('() => { window.seen.on = true; }')
    await devtools.send('Input.synthesizeScrollGesture', {
        'x': 195, 'y': 420, 'yDistance': distance, 'speed': speed, 'gestureSourceType': 'default', 'preventFling': True})
    await page.evaluate('() => { window.seen.on = false; }')


def busiest(trace: bytes) -> float:
    """Return the most milliseconds of processor time that one task of the page's main thread took."""
    events = json.loads(trace)['traceEvents']
    main = {(one['pid'], one['tid']) for one in events if one['name'] == 'thread_name' and one['args']['name'] == 'CrRendererMain'}
    took = [one['tdur'] for one in events if one['name'] == 'RunTask' and 'tdur' in one and (one['pid'], one['tid']) in main]
    return float(round(max(took) / 1000, 1))


async def sweep(page: Page, asked: argparse.Namespace) -> dict[str, Any]:
    """Scroll to the first message and back some way; return the figures."""
    devtools = await page.context.new_cdp_session(page)
    await devtools.send('Emulation.setCPUThrottlingRate', {'rate': asked.slower})
    await page.evaluate(WATCH)
    browser = page.context.browser
    assert browser is not None
    await browser.start_tracing(page=page, categories=[TASKS, '__metadata'])
    trace, swipes = b'', 0
    while (first := await page.evaluate(FIRST)) > 1 and swipes < asked.messages / 10:
        await swipe(page, devtools, SWIPE, asked.speed)
        swipes += 1
        if swipes == TRACED:
            trace = await browser.stop_tracing()
        said = await page.evaluate("() => [...document.querySelectorAll('.ys-toast, #ys-line:not([hidden])')].map((one) => one.textContent).join(' ')")
        print(f'swipe {swipes}: at message {first} {said}', flush=True)
    trace = trace or await browser.stop_tracing()
    for _ in range(swipes // 4):
        await swipe(page, devtools, -SWIPE, asked.speed)
    found = await page.evaluate('() => ({ ...window.seen, numbers: [...window.seen.numbers] })')
    frames = found['frames']
    return {
        'busiest_task_ms': busiest(trace), 'longest_frame_ms': round(max(frames), 1),
        'p50_ms': round(percentile(frames, 0.5), 1), 'p99_ms': round(percentile(frames, 0.99), 1),
        'frames': len(frames), 'over_100_ms': sum(one > 100 for one in frames), 'dom_nodes': found['nodes'], 'rows': found['rows'],
        'read': len(found['numbers']), 'missing': asked.messages - len(found['numbers']), 'swipes': swipes}


async def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--messages', type=int, default=10_000)
    parser.add_argument('--slower', type=float, default=4.0, help='how many times slower than this machine the phone is')
    parser.add_argument('--speed', type=int, default=6000, help='px a second')
    asked = parser.parse_args()
    async with served('sqlite', people=12, messages=asked.messages) as world, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path='/usr/bin/chromium', args=['--no-sandbox', '--disable-gpu', '--disable-background-networking'])
        context = await browser.new_context(viewport={'width': 390, 'height': 844}, is_mobile=True, has_touch=True)
        await context.add_cookies([{'name': 'ys_session', 'value': world.tokens[(asked.messages - 1) % 12], 'url': world.server.base}])
        page = await context.new_page()
        await page.goto(f'{world.server.base}/rooms/{world.room}', wait_until='networkidle')
        report(**await sweep(page, asked), arguments=vars(asked))
        await browser.close()


if __name__ == '__main__':
    asyncio.run(main())
