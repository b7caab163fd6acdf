"""A killed server and a thousand open pages: ``python -m tests.bench.restart [--clients 1000]``.

The server is killed with SIGKILL and started again at once; ``recovered_s`` runs from the kill until the last page is complete
again (loaded anew, connected, caught up). ``up_s`` is when the server answered again.
"""

import argparse
import asyncio
import time
from typing import Any

from tests.bench.harness import BrowserClient, Load, Part, report
from tests.bench.residents import Resident
from tests.bench.served import served


async def stay(part: Part) -> list[float]:
    """Keep the room open in every client, whatever happens; return when each was complete again."""
    options = part.options
    clients = [Resident(options['base'], cookie=f'ys_session={options["tokens"][n]}', keep=False) for n in part.indexes]

    async def sync(client: BrowserClient) -> object:
        return await client.act('sync', {'after': 10**6 if options['messages'] is None else options['messages']}, timeout=20)

    gate = asyncio.Semaphore(30)

    async def live(client: Resident) -> None:
        async with gate:
            task = asyncio.create_task(client.stay(f'/rooms/{options["room"]}', sync))
            while not client.current_at and not task.done():
                await asyncio.sleep(0.02)
        await task

    tasks = [asyncio.create_task(live(client)) for client in clients]
    while not all(client.current_at for client in clients):
        await asyncio.sleep(0.05)
    killed_at: float = await part.ready()
    async with asyncio.timeout(120):
        while not all(client.current_at > killed_at for client in clients):
            await asyncio.sleep(0.05)
    await part.stopping.wait()
    for task in tasks:
        task.cancel()
    return [client.current_at - killed_at for client in clients]


async def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--clients', type=int, default=1000)
    parser.add_argument('--database', choices=['sqlite', 'postgresql'], default='sqlite')
    asked = parser.parse_args()
    async with served(asked.database, people=asked.clients) as world:
        options: dict[str, Any] = {'base': world.server.base, 'tokens': world.tokens, 'room': world.room, 'messages': 60}
        load = Load('tests.bench.restart:stay', clients=asked.clients, **options)
        await load.ready(300)
        await asyncio.sleep(2)
        killed_at = time.monotonic()
        world.server.kill()
        load.go(killed_at)
        await world.server.start()
        up = time.monotonic() - killed_at
        await asyncio.sleep(25)
        load.stop()
        times = sorted(one for result in await load.results(180) for one in result)
        report(
            recovered_s=round(times[-1], 2), recovered_p50_s=round(times[len(times) // 2], 2), up_s=round(up, 2),
            lost=asked.clients - len(times), database=asked.database, arguments=vars(asked))


if __name__ == '__main__':
    asyncio.run(main())
