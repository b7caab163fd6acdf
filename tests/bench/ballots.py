"""A vote in a hurry: ``python -m tests.bench.ballots [--voters 2000 --seconds 60 --watchers 1000 --database sqlite|postgresql]``.

The real application in its own process. Watchers have the vote's page open; voters come one after another, evenly over the
time, each with a page load, a handshake and one vote. One in twenty sends the same vote again (a lost answer), one in
twenty votes anew with another choice. All load comes from other processes, and all clocks are one machine's.

The last line is one JSON object: the arguments, ``database``, and

- ``accepted_p50_ms`` / ``accepted_p99_ms``: from sending a vote to its answer, which comes after the commit;
- ``tick_p50_ms`` / ``tick_p99_ms``: from sending a vote until a watcher has a tick that counts it, over all watchers;
- ``voted``: votes accepted; ``refused``: voters who were not (must be 0);
- ``lost``: votes whose voter was told yes and that the database does not hold so (``lost_votes``), and watchers who never
  saw the last number (``lost_ticks``) (must be 0);
- ``doubled``: votes beyond one for each voter, in the rows or in the tally (must be 0);
- ``server_cpu_percent``, ``mb``: of the server during the vote.
"""

import argparse
import asyncio
import os
import random
import tempfile
import time
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from sqlalchemy import create_engine, select

from tests.bench.harness import (
    ActRefusedError,
    BrowserClient,
    Load,
    Part,
    ServerProcess,
    free_port,
    gather_in_waves,
    percentile,
    report,
)
from tests.bench.small_world import open_world
from yunshequ.ballots import tables as t
from yunshequ.ballots.schemas import BallotDraft, OptionDraft, Stance, Unit

OPTIONS = (
    OptionDraft(text='同意', stance=Stance.YES), OptionDraft(text='不同意', stance=Stance.NO), OptionDraft(text='弃权', stance=Stance.ABSTAIN),
)
POSTGRES = os.environ.get('YUNSHEQU_TEST_POSTGRES', 'postgresql://postgres@127.0.0.1:5432')
DATABASE = 'yunshequ_bench_ballots'
RETRIES, CHANGES = 0.05, 0.05
SETTLE_SECONDS = 3.0
"""Watchers hear this long after the last vote."""


async def watch(part: Part) -> dict[str, Any]:
    """Keep the page open; note when which number was seen, for each watcher."""
    options = part.options
    heard = [(array('q'), array('d')) for _ in part.indexes]

    def ear(seqs: Any, times: Any) -> Any:
        def hear(raw: bytes, now: float) -> None:
            at = raw.find(b'"k":"tick"')
            if at >= 0:
                start = raw.index(b'"seq":', at) + 6
                seqs.append(int(raw[start:raw.index(b',', start)]))
                times.append(now)
        return hear

    clients = [
        BrowserClient(options['base'], cookie=f'ys_session={options["tokens"][index]}', keep=False, on_live=ear(*ears))
        for index, ears in zip(part.indexes, heard, strict=True)
    ]
    await gather_in_waves((lambda one=one: one.open(options['path']) for one in clients), 20)  # type: ignore[misc]
    await part.ready()
    await part.stopping.wait()
    before, now = -1, 0
    while before != now:  # until nothing more comes: this process may have had no turn for a while
        before, now = now, sum(len(seqs) for seqs, _ in heard)
        await asyncio.sleep(1.0)
    return {'heard': [(seqs.tobytes(), times.tobytes()) for seqs, times in heard]}


async def vote(part: Part) -> dict[str, Any]:
    """Come, vote, leave; each voter at her time."""
    options, dice = part.options, random.Random(part.number)
    accepted: list[tuple[float, float, int]] = []
    told: dict[int, int] = {}
    refused = 0
    plan = await part.ready()

    async def one(index: int) -> None:
        nonlocal refused
        due = plan['begin'] + plan['seconds'] * index / options['voters']
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        client = BrowserClient(options['base'], cookie=f'ys_session={options["tokens"][index]}', keep=False)
        choices = [dice.choice(options['options'])]
        if dice.random() < CHANGES:
            choices.append(dice.choice(options['options']))
        again = dice.random() < RETRIES
        try:
            await client.open(options['path'])
            for number, choice in enumerate(choices):
                args = {'ballot_id': options['ballot'], 'choices': [choice], 'client_id': f'bench-{index}-{number}', 'version': number}
                sent = time.monotonic()
                answer = await client.act('ballot.vote', args, tag='ballot', timeout=30)
                accepted.append((sent, time.monotonic(), answer['seq']))
                told[index] = choice
                if again:
                    await client.act('ballot.vote', args, tag='ballot', timeout=30)
            await client.close()
        except (ActRefusedError, OSError, TimeoutError, ConnectionError, ValueError, LookupError) as problem:
            refused += 1
            if refused < 5:
                print('refused:', type(problem).__name__, problem, flush=True)

    await asyncio.gather(*(one(index) for index in part.indexes))
    return {'accepted': accepted, 'told': told, 'refused': refused}


@contextmanager
def fresh_database(kind: str) -> Iterator[str]:
    """Give the URL of an empty PostgreSQL database, dropped at the end; nothing for SQLite, which lies in the data folder."""
    if kind == 'sqlite':
        yield ''
        return
    with psycopg.connect(f'{POSTGRES}/postgres', autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)')
        connection.execute(f'CREATE DATABASE {DATABASE}')
        try:
            yield f'{POSTGRES.replace("postgresql://", "postgresql+psycopg://")}/{DATABASE}'
        finally:
            connection.execute(f'DROP DATABASE {DATABASE} WITH (FORCE)')


async def prepare(folder: Path, url: str, voters: int, watchers: int) -> dict[str, Any]:
    """Make a building with an open vote; return what the load needs."""
    people = max(voters, watchers)
    async with open_world(folder, members=people, sessions=people, database_url=url) as world:
        ballots = world.container.ballots
        ballot = await ballots.create(world.worker, BallotDraft(
            client_id='bench', place_id=world.building_id, title='是否同意加装电梯', options=OPTIONS, unit=Unit.PERSON,
            rule='residents_assembly.decision', closes_at=world.container.clock.now() + timedelta(hours=2)))
        await ballots.open(world.worker, ballot)
        options = [option.id for option in (await ballots.state(world.worker, ballot)).options]
        return {
            'ballot': ballot, 'path': f'/ballots/{ballot}', 'options': options, 'tokens': world.tokens,
            'members': [actor.member_id for actor in world.actors], 'url': world.container.settings.resolved_database_url(),
        }


async def run(asked: argparse.Namespace, made: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Play the vote against a server and return what was heard."""
    port = free_port()
    base = f'http://127.0.0.1:{port}'
    env = {
        'YUNSHEQU_DATA_DIR': str(folder), 'YUNSHEQU_DATABASE_URL': made['url'], 'YUNSHEQU_PORT': str(port), 'YUNSHEQU_HOST': '127.0.0.1',
        'YUNSHEQU_ASSISTANT': 'false', 'YUNSHEQU_LOG_LEVEL': 'WARNING', 'NICEGUI_STORAGE_PATH': str(folder / 'nicegui'),
    }
    shared = {name: made[name] for name in ('ballot', 'path', 'options', 'tokens')} | {'base': base, 'voters': asked.voters}
    async with ServerProcess(['main.py'], base, env=env, log=asked.log) as server:
        watching = Load('tests.bench.ballots:watch', clients=asked.watchers, **shared) if asked.watchers else None
        if watching is not None:
            await watching.ready(300)
            watching.go()
        voting = Load('tests.bench.ballots:vote', clients=asked.voters, processes=asked.processes, **shared)
        await voting.ready()
        server.begin()
        voting.go({'begin': time.monotonic() + 0.5, 'seconds': asked.seconds})
        votes = await voting.results(asked.seconds + 120)
        cpu, memory = server.cpu_percent, server.rss_mb
        await asyncio.sleep(SETTLE_SECONDS)
        heard = []
        if watching is not None:
            watching.stop()
            heard = [pair for result in await watching.results(120) for pair in result['heard']]
    return {'votes': votes, 'heard': heard, 'server_cpu_percent': cpu, 'mb': round(memory, 1)}


def ticks(accepted: list[tuple[float, float, int]], heard: list[tuple[bytes, bytes]]) -> tuple[list[float], int]:
    """Return for each vote and watcher how long until it was seen, and how many watchers missed the last number."""
    sent = np.array([one[0] for one in accepted])
    wanted = np.array([one[2] for one in accepted])
    delays, missed = [], 0
    for raw_seqs, raw_times in heard:
        seqs, times = np.frombuffer(raw_seqs, dtype=np.int64), np.frombuffer(raw_times)
        seqs = np.maximum.accumulate(seqs) if len(seqs) else seqs
        at = np.searchsorted(seqs, wanted)
        seen = at < len(seqs)
        if not seen.all():
            missed += 1
            print(f'a watcher heard {len(seqs)} ticks up to {seqs[-1] if len(seqs) else None} of {wanted.max()}', flush=True)
        delays.append(times[at[seen]] - sent[seen])
    return list(np.concatenate(delays)) if delays else [], missed


def held(url: str, ballot: int) -> tuple[dict[int, int], int, int]:
    """Return what the database holds: each voter's option, the rows, and the sum of the tally."""
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(select(t.named_vote).where(t.named_vote.c.ballot_id == ballot)).all()
        tally = connection.execute(select(t.tally.c.votes).where(t.tally.c.ballot_id == ballot)).scalars().all()
    engine.dispose()
    return {row.member_id: row.choice[0][0] for row in rows}, len(rows), sum(tally)


async def main() -> None:
    """Measure as asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--voters', type=int, default=2000)
    parser.add_argument('--seconds', type=float, default=60.0)
    parser.add_argument('--watchers', type=int, default=1000)
    parser.add_argument('--processes', type=int, default=1, help='of voters')
    parser.add_argument('--database', choices=('sqlite', 'postgresql'), default='sqlite')
    parser.add_argument('--log', help='file for what the server says')
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, fresh_database(asked.database) as url:
        folder = Path(name)
        made = await prepare(folder, url, asked.voters, asked.watchers)
        found = await run(asked, made, folder)
        holds, rows, counted = held(made['url'], made['ballot'])
    accepted = [one for part in found['votes'] for one in part['accepted']]
    told = {made['members'][index]: choice for part in found['votes'] for index, choice in part['told'].items()}
    delays, missed = ticks(accepted, found['heard'])
    wrong = sum(1 for member, choice in told.items() if holds.get(member) != choice)
    waits = [answered - sent for sent, answered, _ in accepted]
    report(
        database=asked.database, voters=asked.voters, seconds=asked.seconds, watchers=asked.watchers, processes=asked.processes,
        accepted_p50_ms=round(1000 * percentile(waits, 0.5), 1), accepted_p99_ms=round(1000 * percentile(waits, 0.99), 1),
        tick_p50_ms=round(1000 * percentile(delays, 0.5), 1), tick_p99_ms=round(1000 * percentile(delays, 0.99), 1),
        voted=len(told), refused=sum(part['refused'] for part in found['votes']),
        lost=wrong + missed, lost_votes=wrong, lost_ticks=missed,
        doubled=abs(rows - len(told)) + abs(counted - len(told)), server_cpu_percent=found['server_cpu_percent'], mb=found['mb'],
    )


if __name__ == '__main__':
    asyncio.run(main())
