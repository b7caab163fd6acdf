"""Room pages with their last 50 messages: how many a second, how soon, how heavy.

``python -m tests.bench.pages [--visits 1000 --at-once 50]``. Pages are loaded as a phone does, without the static files it has
already; ``first_visit_kb`` and ``repeat_visit_kb`` are what Chromium transfers, compressed, with an empty and a full cache.
"""

import argparse
import asyncio
import time
from typing import Any

from tests.bench.harness import BrowserClient, Part, gather_in_waves, report, run_clients, spread
from tests.bench.served import Served, served


async def visits(part: Part) -> dict[str, Any]:
    """Load room pages, ``at_once`` at a time; return times to the first byte and to the last, and the whole duration, in seconds."""
    options = part.options
    begin = await part.ready()
    took: list[float] = []
    first: list[float] = []

    async def visit(number: int) -> None:
        client = BrowserClient(options['base'], cookie=f'ys_session={options["tokens"][number % len(options["tokens"])]}', keep=False)
        began = time.monotonic()
        response = await client.get(f'/rooms/{options["room"]}')
        assert response.status == 200, response.status
        took.append(time.monotonic() - began)
        first.append(response.ttfb)

    await asyncio.sleep(max(0.0, begin - time.monotonic()))
    began = time.monotonic()
    await gather_in_waves((lambda n=n: visit(n) for n in part.indexes), options['at_once'])  # type: ignore[misc]
    return {'took': took, 'first': first, 'seconds': time.monotonic() - began}


async def weights(world: Served) -> dict[str, float]:
    """Return kilobytes that Chromium transfers at the first and at the second visit of the room page."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path='/usr/bin/chromium', args=['--no-sandbox', '--disable-gpu', '--disable-background-networking'])
        context = await browser.new_context(viewport={'width': 390, 'height': 844}, is_mobile=True, has_touch=True)
        await context.add_cookies([{'name': 'ys_session', 'value': world.tokens[0], 'url': world.server.base}])
        found = []
        for _ in range(2):
            page = await context.new_page()
            session = await context.new_cdp_session(page)
            await session.send('Network.enable')
            sizes: list[float] = []
            session.on('Network.loadingFinished', lambda event, sizes=sizes: sizes.append(event['encodedDataLength']))
            await page.goto(f'{world.server.base}/rooms/{world.room}', wait_until='networkidle')
            found.append(round(sum(sizes) / 1000, 1))
            await page.close()
        await browser.close()
    return {'first_visit_kb': found[0], 'repeat_visit_kb': found[1]}


async def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--visits', type=int, default=1000)
    parser.add_argument('--at-once', type=int, default=50)
    parser.add_argument('--database', choices=['sqlite', 'postgresql'], default='sqlite')
    asked = parser.parse_args()
    async with served(asked.database, people=200) as world:
        options = {'base': world.server.base, 'tokens': world.tokens, 'room': world.room, 'at_once': asked.at_once}
        await run_clients('tests.bench.pages:visits', 100, go=0.0, **options)  # warm
        world.server.begin()
        results = await run_clients('tests.bench.pages:visits', asked.visits, go=time.monotonic() + 0.1, **options)
        took = [one for result in results for one in result['took']]
        whole, first = spread(took), spread([one for result in results for one in result['first']])
        report(
            pages_per_s=round(len(took) / max(result['seconds'] for result in results)), ttfb_p50_ms=first['p50_ms'],
            ttfb_p99_ms=first['p99_ms'], page_p50_ms=whole['p50_ms'], page_p99_ms=whole['p99_ms'],
            server_cpu_percent=world.server.cpu_percent, **await weights(world),
            database=asked.database, arguments=vars(asked))


if __name__ == '__main__':
    asyncio.run(main())
