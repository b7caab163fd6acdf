"""Posts in a burst through the service, against the same rows written by one plain insert loop with group commit.

``python -m tests.bench.posts [--posts 20000] [--database sqlite]``. Both run in one process, in turns, on fresh files; the
median of the ratios is reported. The plain loop knows no rights, no words, no flood: it is the ceiling.
"""

import argparse
import asyncio
import sqlite3
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from pages.live import server
from tests.bench.app import Generous
from tests.bench.harness import report
from tests.bench.small_world import open_world
from yunshequ.rooms.log import message_id
from yunshequ.rooms.schemas import PostDraft
from yunshequ.rooms.search import grams

MEMBERS = 500
GROUP = 250


def body(n: int) -> str:
    """Return a message of a common length."""
    return f'第 {n} 条：二单元的灯修好了，晚上回来试一下，不亮请在群里说一声'


async def through_the_service(folder: Path, posts: int) -> float:
    """Return posts committed a second."""
    async with open_world(folder, members=MEMBERS, throttle=Generous()) as world:
        drafts = [
            (world.actors[n % MEMBERS], PostDraft(room_id=world.room_id, client_id=f'bench-{n:08d}', body=body(n))) for n in range(posts)
        ]
        for number, actor in enumerate(world.actors):  # people in an open room are known to the process
            await world.container.rooms.post(actor, PostDraft(room_id=world.room_id, client_id=f'warm-{number:08d}', body='大家好'))
        server.gc_policy()  # the collector as the server has it once it is up
        began = time.perf_counter()
        done = await asyncio.gather(*(world.container.rooms.post(actor, draft) for actor, draft in drafts))
        seconds = time.perf_counter() - began
        assert sorted(view.seq for view in done) == list(range(MEMBERS + 1, MEMBERS + posts + 1))
    return posts / seconds


async def plain_loop(folder: Path, posts: int) -> float:
    """Return posts a second of a loop that only inserts the same rows."""
    async with open_world(folder, members=MEMBERS) as world:
        room, members, path = world.room_id, [actor.member_id for actor in world.actors], world.path
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ('journal_mode=WAL', 'synchronous=FULL', 'foreign_keys=ON', 'cache_size=-65536', 'wal_autocheckpoint=4000'):
        connection.execute(f'PRAGMA {pragma}')
    execute = connection.execute
    began = time.perf_counter()
    for start in range(0, posts, GROUP):
        execute('BEGIN IMMEDIATE')
        for n in range(start, min(start + GROUP, posts)):
            seq, member, text, at = n + 1, members[n % MEMBERS], body(n), datetime.now(UTC).isoformat(' ')
            row = message_id(room, seq)
            execute('UPDATE room SET last_seq=?, last_n=?, last_at=?, last_line=? WHERE id=?', (seq, seq, at, text[:40], room))
            execute('INSERT INTO message(id, room_id, seq, n, sender_id, client_id, kind, body, at) VALUES (?,?,?,?,?,?,?,?,?)',
                    (row, room, seq, seq, member, f'bench-{n:08d}', 'text', text, at))
            execute('UPDATE room_member SET read_seq=?, read_n=? WHERE room_id=? AND member_id=?', (seq, seq, room, member))
            execute('INSERT INTO message_search(rowid, grams) VALUES (?,?)', (row, ' '.join(grams(text))))
            execute('INSERT INTO audit_entry(at, actor_id, action, subject, detail) VALUES (?,?,?,?,?)',
                    (at, member, 'rooms.post.text', f'room:{room}#{seq}', '{}'))
        execute('COMMIT')
    seconds = time.perf_counter() - began
    connection.close()
    return posts / seconds


async def main() -> None:
    """Run and report."""
    parser = argparse.ArgumentParser()
    parser.add_argument('--posts', type=int, default=20_000)
    parser.add_argument('--rounds', type=int, default=3)
    arguments = parser.parse_args()
    sys.setswitchinterval(0.001)  # as main.py does
    service, plain = [], []
    for _ in range(arguments.rounds):
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
            plain.append(await plain_loop(Path(one), arguments.posts))
            service.append(await through_the_service(Path(two), arguments.posts))
    ratios = [a / b for a, b in zip(service, plain, strict=True)]
    report(
        database='sqlite', posts=arguments.posts, posts_per_s=round(statistics.median(service)),
        plain_per_s=round(statistics.median(plain)), ratio_to_plain_insert=round(statistics.median(ratios), 3))


if __name__ == '__main__':
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # the server's loop
        runner.run(main())
