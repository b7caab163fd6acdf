"""A process that is killed at random moments while people post: ``python -m tests.e2e.crash [--kills 100]``.

A worker process holds the database and the rooms service, takes posts on its standard input and answers each on its standard
output when the service has accepted it. The parent keeps what was answered, kills the worker with SIGKILL, starts it again and
sends whatever was not answered once more, as a browser's outbox does. In the end what each sender was told is compared with
what the database holds.
"""

import argparse
import asyncio
import json
import random
import sqlite3
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.app import Generous
from tests.bench.small_world import open_world
from yunshequ.bootstrap import Container
from yunshequ.core.policy import Actor
from yunshequ.core.settings import Settings
from yunshequ.rooms.schemas import PostDraft

SENDERS = 8


async def work(folder: Path, room_id: int) -> None:
    """Post what comes in; say what was accepted."""
    settings = Settings(_env_file=None, data_dir=folder, assistant=False)
    container = Container(settings, throttle=Generous())
    await container.db.start()
    reader = asyncio.StreamReader(limit=1 << 20)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    tasks: set[asyncio.Task[None]] = set()

    async def post(member_id: int, client_id: str) -> None:
        view = await container.rooms.post(Actor(member_id), PostDraft(room_id=room_id, client_id=client_id, body=f'说 {client_id}'))
        sys.stdout.write(f'{client_id} {view.seq}\n')
        sys.stdout.flush()

    while line := await reader.readline():
        member_id, client_id = json.loads(line)
        task = asyncio.create_task(post(member_id, client_id))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    await container.db.stop()


@dataclass
class Senders:
    """What people sent and what they were told."""

    members: list[int]
    sent: dict[str, int] = field(default_factory=dict)
    told: dict[str, int] = field(default_factory=dict)
    contradicted: int = 0

    def new(self) -> str:
        """Write another message; return its client id."""
        client_id = f'crash-{len(self.sent):07d}'
        self.sent[client_id] = self.members[len(self.sent) % len(self.members)]
        return client_id

    def hear(self, line: str) -> None:
        """Take an answer; the same message must never get another number."""
        client_id, seq = line.split()
        self.contradicted += self.told.setdefault(client_id, int(seq)) != int(seq)


async def life(folder: Path, room_id: int, senders: Senders, dice: random.Random, seconds: float | None) -> None:
    """One life of the worker: resend what was not answered, go on posting, die (or, without ``seconds``, finish and end)."""
    worker = await asyncio.create_subprocess_exec(
        sys.executable, '-m', 'tests.e2e.crash', '--worker', str(folder), str(room_id),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL)
    assert worker.stdin is not None
    assert worker.stdout is not None
    first = asyncio.Event()

    async def listen() -> None:
        assert worker.stdout is not None
        while line := await worker.stdout.readline():
            if line.endswith(b'\n'):  # a line cut by the kill was not received
                senders.hear(line.decode())
                first.set()

    listening = asyncio.create_task(listen())

    def send(client_id: str) -> None:
        assert worker.stdin is not None
        worker.stdin.write(json.dumps([senders.sent[client_id], client_id]).encode() + b'\n')

    for client_id in [one for one in senders.sent if one not in senders.told]:
        send(client_id)
    send(senders.new())
    await asyncio.wait_for(first.wait(), 120)
    if seconds is None:
        worker.stdin.close()  # it answers what it has and ends
    else:
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while loop.time() < end:
            for _ in range(dice.randint(1, SENDERS)):
                send(senders.new())
            await asyncio.sleep(dice.uniform(0, 0.01))
        worker.kill()
    await worker.wait()
    await listening


async def play(kills: int, seed: int = 1) -> dict[str, int]:
    """Kill a worker ``kills`` times and return the counts; ``missing``, ``doubled``, ``gaps`` and ``contradicted`` must be 0."""
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with open_world(folder, members=SENDERS) as world:
            room_id, senders = world.room_id, Senders([actor.member_id for actor in world.actors])
        for _ in range(kills):
            await life(folder, room_id, senders, dice, dice.uniform(0.0, 0.25))
        await life(folder, room_id, senders, dice, None)
        with sqlite3.connect(folder / 'yunshequ.db') as connection:
            rows = connection.execute('SELECT client_id, seq FROM message WHERE room_id = ? ORDER BY seq', (room_id,)).fetchall()
    held = dict(rows)
    return {
        'kills': kills, 'sent': len(senders.sent), 'told': len(senders.told),
        'missing': sum(held.get(client_id) != seq for client_id, seq in senders.told.items()),
        'doubled': len(rows) - len(held), 'gaps': sum(seq != number for number, (_, seq) in enumerate(rows, 1)),
        'contradicted': senders.contradicted, 'unsent': len(senders.sent.keys() - held.keys()),
    }


def main() -> None:
    """Be the worker, or kill it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--kills', type=int, default=100)
    parser.add_argument('--worker', nargs=2)
    asked = parser.parse_args()
    if asked.worker:
        asyncio.run(work(Path(asked.worker[0]), int(asked.worker[1])))
        return
    found = asyncio.run(play(asked.kills))
    sys.stdout.write(json.dumps(found) + '\n')
    sys.exit(any(found[name] for name in ('missing', 'doubled', 'gaps', 'contradicted', 'unsent')))


if __name__ == '__main__':
    main()
