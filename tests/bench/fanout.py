"""How fast one room can be written to, without a database: ``python -m tests.bench.fanout``.

    python -m tests.bench.fanout --clients 1000 --rate 20          # delay at a given rate
    python -m tests.bench.fanout --clients 500 --ladder            # climbs until p99 > 500 ms, then websockets broadcast
    python -m tests.bench.fanout --clients 500 --ladder --slow     # the fallback through Socket.IO

Fifty clients say things through their component (act, reply, publish); everybody, the sender too, receives 270-byte frames.
Delay runs from the moment a message was due, so a sender that falls behind hides nothing.
"""

import argparse
import asyncio
import random
import time
import uuid
from array import array
from typing import Any

from tests.bench.harness import (
    BrowserClient,
    Load,
    Part,
    ServerProcess,
    WebSocketClient,
    free_port,
    gather_in_waves,
    report,
    spread,
)

TEXT = '明天上午九点在三号楼大厅发放防汛沙袋，请各位楼栋长转告大家，谢谢'


class Ear:
    """Receives frames of many clients and keeps the delays."""

    def __init__(self) -> None:
        self.delays = array('d')
        self._raw = b''
        self._due = 0.0

    def hear(self, raw: bytes, now: float) -> None:
        """Take one frame; neighbours receive equal bytes, so each is read once."""
        if raw is not self._raw and raw != self._raw:
            at = raw.find(b'"due":')
            if at < 0:
                return
            self._raw, self._due = raw, float(raw[at + 6:raw.index(b',', at)])
        self.delays.append(now - self._due)


async def browsers(part: Part) -> dict[str, Any]:
    """Open the page in every client; fifty of the first process speak, together at the wanted rate."""
    base = part.options['base']
    ear = Ear()
    clients = [BrowserClient(base, keep=False, on_live=ear.hear) for _ in part.indexes]
    await gather_in_waves((lambda c=c: c.open('/toy') for c in clients), 40)  # type: ignore[misc]

    def say(due: float) -> None:
        speaker = clients[int(due * 1e6) % min(50, len(clients))]
        assert speaker.page is not None
        identity = str(uuid.uuid4())
        args = {'due': due, 'client_id': identity, 'text': TEXT}
        speaker.event(speaker.page.find('toy'), {'name': 'say', 'id': identity, 'args': args})

    return await _play(part, ear, say)


async def sockets(part: Part) -> dict[str, Any]:
    """The same with bare WebSocket clients against ``websockets``' broadcast."""
    ear = Ear()
    clients = [await WebSocketClient.connect(part.options['base'], '/', ear.hear, lambda: None) for _ in part.indexes]

    def say(due: float) -> None:
        clients[int(due * 1e6) % min(50, len(clients))].send(b'%f' % due)

    return await _play(part, ear, say)


async def _play(part: Part, ear: Ear, say: Any) -> dict[str, Any]:
    plan = await part.ready()
    rate, seconds, begin = plan['rate'], plan['seconds'], plan['begin']
    sent = 0
    if part.number == 0:
        dice, due = random.Random(7), begin
        while due < begin + seconds:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            say(due)
            sent += 1
            due += dice.expovariate(rate)
    await asyncio.sleep(max(0.0, begin + seconds - time.monotonic()))
    in_time, last = len(ear.delays), -1
    while len(ear.delays) != last:  # until nothing more comes
        last = len(ear.delays)
        await asyncio.sleep(1.0)
    return {'sent': sent, 'delays': ear.delays.tobytes(), 'in_time': in_time}


async def measure(
    scenario: str, server: ServerProcess, clients: int, processes: int, rate: float, seconds: float, *,
    module: str = 'tests.bench.fanout', **options: Any,
) -> dict[str, Any]:
    """Run one rate and return its figures."""
    load = Load(f'{module}:{scenario}', clients=clients, processes=processes, base=server.base, **options)
    await load.ready()
    await asyncio.sleep(0.5)
    server.begin()
    load.go({'rate': rate, 'seconds': seconds, 'begin': time.monotonic() + 0.2})
    await asyncio.sleep(seconds + 0.2)
    cpu = server.cpu_percent
    results = await load.results(120)
    delays = array('d')
    for result in results:
        delays.frombytes(result['delays'])
    sent = sum(r['sent'] for r in results)
    return {
        'rate': rate, **spread(delays), 'deliveries_per_s': round(sum(r['in_time'] for r in results) / seconds),
        'lost': sent * clients - len(delays), 'server_cpu_percent': cpu, 'mb': round(server.rss_mb, 1),
        'server_us_per_delivery': round(cpu * 1e4 * seconds / max(1, sum(r['in_time'] for r in results)), 2),
    }


async def ladder(
    scenario: str, server: ServerProcess, clients: int, processes: int, start: float, *, climb: float = 1.25, **options: Any,
) -> dict[str, Any]:
    """Climb until p99 exceeds 500 ms, each rung ``climb`` times the one before; return the last rung below."""
    best: dict[str, Any] = {}
    rate, worse = start, 0
    while True:
        rung = await measure(scenario, server, clients, processes, rate, 4.0, **options)
        print(scenario, rung, flush=True)
        if rung['p99_ms'] <= 500 and rung['lost'] == 0:
            best, worse = rung, 0
        elif (worse := worse + 1) == 2:  # one bad rung may be the machine's
            return best or rung
        rate *= climb


async def main() -> None:
    """Measure as asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--clients', type=int, default=500)
    parser.add_argument('--rate', type=float, default=20.0)
    parser.add_argument('--seconds', type=float, default=10.0)
    parser.add_argument('--processes', type=int, default=1)
    parser.add_argument('--ladder', action='store_true')
    parser.add_argument('--slow', action='store_true', help='through Socket.IO')
    parser.add_argument('--start', type=float, default=100.0, help='first rung of the ladder, messages a second')
    asked = parser.parse_args()
    port = free_port()
    command = ['-m', 'tests.bench.toy', str(port), *(['slow'] if asked.slow else [])]
    async with ServerProcess(command, f'http://127.0.0.1:{port}') as server:
        if not asked.ladder:
            before = server.rss_mb
            found = await measure('browsers', server, asked.clients, asked.processes, asked.rate, asked.seconds)
            report(**found, mb_per_client=round((found['mb'] - before) / asked.clients, 3), arguments=vars(asked))
            return
        ours = await ladder('browsers', server, asked.clients, asked.processes, asked.start)
    port = free_port()
    async with ServerProcess(['-m', 'tests.bench.broadcast', str(port)], f'http://127.0.0.1:{port}', ready='/ready') as server:
        theirs = await ladder('sockets', server, asked.clients, asked.processes, asked.start)
    ratio = ours['deliveries_per_s'] / theirs['deliveries_per_s']
    report(**ours, websockets=theirs, ratio_to_websockets=round(ratio, 2), arguments=vars(asked))


if __name__ == '__main__':
    asyncio.run(main())
