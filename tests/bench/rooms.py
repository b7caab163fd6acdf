"""One room of the real application, each post committed before it is delivered.

    python -m tests.bench.rooms --clients 1000 --rate 20        # delay from sender to last reader
    python -m tests.bench.rooms --clients 500 --ladder          # climbs until p99 > 500 ms; then websockets broadcast, same frames
    python -m tests.bench.rooms --clients 500 --while-loading 15  # delay while 15 room pages a second are loaded beside

Real page load, real handshake, acts through the component, service, commit, bus, fan-out. Everybody speaks in turn and everybody
receives. Delay runs from the moment a message was due. ``--database postgresql`` uses YUNSHEQU_TEST_POSTGRES.
"""

import argparse
import asyncio
import random
import tempfile
import time
import uuid
from array import array
from pathlib import Path
from typing import Any

from tests.bench.fanout import Ear, ladder
from tests.bench.harness import BrowserClient, Load, Part, ServerProcess, free_port, gather_in_waves, report, spread
from tests.bench.small_world import database, open_world

TEXT = '明天上午九点在三号楼大厅发放防汛沙袋，请各位楼栋长转告大家，谢谢'


class Reader(Ear):
    """Reads the due time out of the message text; neighbours receive equal bytes, so each is read once."""

    def hear(self, raw: bytes, now: float) -> None:
        """Take one frame."""
        if raw is not self._raw and raw != self._raw:
            at = raw.find(b'due=')
            if at < 0 or b'"k":"message"' not in raw:
                return
            self._raw, self._due = raw, float(raw[at + 4:raw.index(b';', at)])
        self.delays.append(now - self._due)


async def browsers(part: Part) -> dict[str, Any]:
    """Open the room in every client; all of the first process speak in turn at the wanted rate."""
    ear = Reader()
    clients = [
        BrowserClient(part.options['base'], cookie=f'ys_session={part.options["tokens"][n]}', keep=False, on_live=ear.hear)
        for n in part.indexes]
    room = part.options['room']
    await gather_in_waves((lambda c=c: c.open(f'/rooms/{room}') for c in clients), 20)  # type: ignore[misc]
    plan = await part.ready()
    rate, seconds, begin, sent, turn = plan['rate'], plan['seconds'], plan['begin'], 0, 0
    if part.number == 0:
        dice, due = random.Random(7), begin
        while due < begin + seconds:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            client, turn = clients[turn % len(clients)], turn + 1
            assert client.page is not None
            client_id = str(uuid.uuid4())
            args = {'room_id': room, 'client_id': client_id, 'kind': 'text', 'body': f'due={due:.6f}; {TEXT}', 'mentions': []}
            client.event(client.page.find(), {'name': 'post', 'id': client_id, 'args': args})
            sent += 1
            due += dice.expovariate(rate)
    await asyncio.sleep(max(0.0, begin + seconds - time.monotonic()))
    in_time, last = len(ear.delays), -1
    while len(ear.delays) != last:  # until nothing more comes
        last = len(ear.delays)
        await asyncio.sleep(1.0)
    return {'sent': sent, 'delays': ear.delays.tobytes(), 'in_time': in_time}


async def loading(part: Part) -> list[float]:
    """Load room pages, each by a full visit, at a steady rate; return the times to the first byte, in seconds."""
    plan = await part.ready()
    took = array('d')

    async def visit(number: int) -> None:
        token = part.options['tokens'][number % len(part.options['tokens'])]
        client = BrowserClient(part.options['base'], cookie=f'ys_session={token}', keep=False)
        began = time.monotonic()
        await client.load(f'/rooms/{part.options["room"]}')
        took.append(time.monotonic() - began)
        await client.connect()
        await client.close()

    visits, number = [], 0
    while time.monotonic() < plan['begin'] + plan['seconds']:
        visits.append(asyncio.create_task(visit(number)))
        number += 1
        await asyncio.sleep(max(0.0, plan['begin'] + number / plan['pages'] - time.monotonic()))
    await asyncio.gather(*visits)
    return list(took)


async def delay(server: ServerProcess, asked: argparse.Namespace, options: dict[str, Any]) -> dict[str, Any]:
    """Measure the delay at a given rate, with pages loading beside if asked."""
    load = Load('tests.bench.rooms:browsers', clients=asked.clients, processes=asked.processes, base=server.base, **options)
    visitors = Load('tests.bench.rooms:loading', clients=1, base=server.base, **options) if asked.while_loading else None
    before = server.rss_mb
    await load.ready(300)
    if visitors is not None:
        await visitors.ready()
    await asyncio.sleep(1.0)
    server.begin()
    plan = {'rate': asked.rate, 'seconds': asked.seconds, 'begin': time.monotonic() + 0.5, 'pages': asked.while_loading}
    load.go(plan)
    if visitors is not None:
        visitors.go(plan)
    await asyncio.sleep(asked.seconds + 0.5)
    cpu, rss = server.cpu_percent, server.rss_mb
    results = await load.results(120)
    delays = array('d')
    for result in results:
        delays.frombytes(result['delays'])
    sent = sum(result['sent'] for result in results)
    figures = {
        'rate': asked.rate, **spread(delays), 'deliveries_per_s': round(sum(r['in_time'] for r in results) / asked.seconds),
        'lost': max(0, sent * asked.clients - len(delays)), 'doubled': max(0, len(delays) - sent * asked.clients),
        'server_cpu_percent': cpu, 'mb_per_client': round((rss - before) / asked.clients, 3)}
    if visitors is not None:
        took = (await visitors.results(60))[0]
        figures |= {'pages_per_s': asked.while_loading, 'ttfb_p99_ms': spread(took)['p99_ms']}
    return figures


async def main() -> None:
    """Measure as asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--clients', type=int, default=1000)
    parser.add_argument('--rate', type=float, default=20.0)
    parser.add_argument('--seconds', type=float, default=15.0)
    parser.add_argument('--processes', type=int, default=1)
    parser.add_argument('--ladder', action='store_true')
    parser.add_argument('--start', type=float, default=60.0, help='first rung of the ladder, messages a second')
    parser.add_argument('--climb', type=float, default=1.25, help='each rung, as a multiple of the one before')
    parser.add_argument('--while-loading', type=float, default=0.0, help='room pages a second loaded beside')
    parser.add_argument('--database', choices=['sqlite', 'postgresql'], default='sqlite')
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, database(asked.database) as url:
        async with open_world(Path(folder), members=asked.clients, sessions=asked.clients, database_url=url) as world:
            options = {'tokens': world.tokens, 'room': world.room_id}
        port = free_port()
        env = {'YUNSHEQU_DATA_DIR': folder, 'YUNSHEQU_DATABASE_URL': url, 'YUNSHEQU_ASSISTANT': 'false'}
        async with ServerProcess(
            ['-m', 'tests.bench.app', str(port)], f'http://127.0.0.1:{port}', env=env, log=f'{folder}/server.log') as server:
            if not asked.ladder:
                report(**await delay(server, asked, options), database=asked.database, arguments=vars(asked))
                return
            ours = await ladder(
                'browsers', server, asked.clients, asked.processes, asked.start, climb=asked.climb, module='tests.bench.rooms',
                **options)
    port = free_port()
    async with ServerProcess(['-m', 'tests.bench.broadcast', str(port)], f'http://127.0.0.1:{port}', ready='/ready') as server:
        theirs = await ladder('sockets', server, asked.clients, asked.processes, max(asked.start, 100.0), climb=asked.climb)
    ratio = ours['deliveries_per_s'] / theirs['deliveries_per_s']
    report(**ours, websockets=theirs, ratio_to_websockets=round(ratio, 2), database=asked.database, arguments=vars(asked))


if __name__ == '__main__':
    asyncio.run(main())
