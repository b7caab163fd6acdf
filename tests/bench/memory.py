"""Memory for each connected resident: ``python -m tests.bench.memory [--clients 1000]``.

Each has a room page open with its last 50 messages. Measured as the growth of the server's resident memory over all of them, after
a first hundred have made it load what every page needs.
"""

import argparse
import asyncio
from typing import Any

from tests.bench.harness import BrowserClient, Load, Part, gather_in_waves, report
from tests.bench.served import served


async def sit(part: Part) -> int:
    """Open the room in every client and stay until told."""
    options = part.options
    clients = [BrowserClient(options['base'], cookie=f'ys_session={options["tokens"][n]}', keep=False) for n in part.indexes]
    await gather_in_waves((lambda c=c: c.open(f'/rooms/{options["room"]}') for c in clients), 20)  # type: ignore[misc]
    await part.ready()
    await part.stopping.wait()
    return len(clients)


async def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--clients', type=int, default=1000)
    parser.add_argument('--database', choices=['sqlite', 'postgresql'], default='sqlite')
    asked = parser.parse_args()
    async with served(asked.database, people=asked.clients + 100) as world:
        options: dict[str, Any] = {'base': world.server.base, 'room': world.room}
        first = Load('tests.bench.memory:sit', clients=100, tokens=world.tokens[asked.clients:], **options)
        await first.ready()
        first.go()
        await asyncio.sleep(2)
        before = world.server.rss_mb
        load = Load('tests.bench.memory:sit', clients=asked.clients, tokens=world.tokens, **options)
        await load.ready(300)
        load.go()
        await asyncio.sleep(3)
        after = world.server.rss_mb
        load.stop()
        first.stop()
        await asyncio.gather(load.results(), first.results())
        report(mb_per_client=round((after - before) / asked.clients, 3), before_mb=round(before), after_mb=round(after),
               database=asked.database, arguments=vars(asked))


if __name__ == '__main__':
    asyncio.run(main())
