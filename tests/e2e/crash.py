"""A process under load, killed at random moments: ``python -m tests.e2e.crash --kills 100``.

Several people post, vote, take and give back seats and write 我报名, each writing down every answer. The process is killed
with SIGKILL at a random moment (some of them while it starts), started again, and everybody asks again, with the same id,
what was not answered. At the end what they were told is compared with what the database holds.

The last line is one JSON object: ``kills``, ``server`` (``services``: the container without pages; ``full``: main.py with
real sockets), ``database``, ``told`` (confirmations compared), ``retried``, ``missing`` and ``twice`` (must be 0),
``findings`` (must be empty), ``seconds``, ``seed``.
"""

import argparse
import asyncio
import contextlib
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.bench.browser import ActRefusedError, BrowserClient
from tests.bench.small_world import SmallWorld, database, open_world
from tests.e2e.crash_audit import Audit, jobs_waiting
from tests.e2e.crash_server import READY
from tests.e2e.crash_tellers import LostError, RefusedError, Scene, Teller
from tests.e2e.site import ROOT, Site, environment
from yunshequ.ballots.schemas import BallotDraft, OptionDraft, Unit
from yunshequ.core.ids import token
from yunshequ.emergency.schemas import CallDraft, IncidentDraft, ShiftDraft

CAPACITY = 7
LONGEST_LIFE = 0.7
"""Seconds a process lives at most once it answers."""
WHILE_STARTING = 0.1
"""Share of kills that hit a process while it starts."""
JOBS_SECONDS = 120.0
"""A job claimed by a process that died is taken over after half a minute."""


async def make_scene(world: SmallWorld) -> Scene:
    """Open a vote and a call for volunteers in the room."""
    c, now = world.container, world.container.clock.now()
    ballot_id = await c.ballots.create(world.worker, BallotDraft(
        client_id=token(), place_id=world.building_id, title='先修哪一样', options=(OptionDraft(text='路灯'), OptionDraft(text='门禁')),
        unit=Unit.PERSON, rule='consultation.open', closes_at=now + timedelta(days=3)))
    await c.ballots.open(world.worker, ballot_id)
    options = tuple(option.id for option in (await c.ballots.state(world.worker, ballot_id)).options)
    incident = await c.emergency.open_incident(world.worker, IncidentDraft(
        place_id=world.community_id, title='道路积雪', client_id=token()))
    call = await c.emergency.open_call(world.worker, CallDraft(
        incident_id=incident.id, place_id=world.community_id, room_id=world.room_id, title='扫雪', client_id=token(), shifts=[
            ShiftDraft(title='清扫主路', starts_at=now + timedelta(hours=20), ends_at=now + timedelta(hours=22), capacity=CAPACITY)]))
    await c.jobs.run_due()
    return Scene(world.room_id, ballot_id, options, call.id, call.shifts[0].id, CAPACITY, tuple(actor.member_id for actor in world.actors))


class Services:
    """The container in a process of its own, asked through a pipe."""

    def __init__(self, folder: Path, scene: Scene, **env: str) -> None:
        self._scene = scene
        self._env = environment(folder, YUNSHEQU_ASSISTANT='false', YUNSHEQU_LOG_LEVEL='WARNING', **env)
        self._log = folder / 'services.log'
        self._process: asyncio.subprocess.Process | None = None
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._listener: asyncio.Task[None] | None = None
        self._last = 0

    async def spawn(self) -> None:
        """Start the process."""
        with self._log.open('ab') as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, '-m', 'tests.e2e.crash_server', cwd=ROOT, env=self._env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)

    async def ready(self) -> None:
        """Wait until it answers."""
        assert self._process is not None
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if json.loads(line or '""') != READY:
            raise RuntimeError(f'the services did not start: {self._log.read_text()[-3000:]}')
        self._listener = asyncio.create_task(self._listen(self._process.stdout))

    async def ask(self, who: int, name: str, args: Mapping[str, Any], _act_id: str) -> dict[str, Any]:
        """See ``crash_tellers.Server``."""
        assert self._process is not None
        assert self._process.stdin is not None
        if self._listener is None or self._listener.done():
            raise LostError
        self._last += 1
        future = self._waiting[self._last] = asyncio.get_running_loop().create_future()
        asked = {'id': self._last, 'member': self._scene.members[who], 'name': name, 'args': dict(args)}
        self._process.stdin.write(json.dumps(asked).encode() + b'\n')
        answer = await future
        if not answer['ok']:
            raise RefusedError(answer['code'])
        found: dict[str, Any] = answer['data']
        return found

    async def _listen(self, output: asyncio.StreamReader) -> None:
        while line := await output.readline():
            if not line.endswith(b'\n'):
                break  # cut off in the middle: nobody was told
            answer = json.loads(line)
            self._waiting.pop(answer['id']).set_result(answer)
        waiting, self._waiting = self._waiting, {}
        for future in waiting.values():
            future.set_exception(LostError())

    async def kill(self) -> None:
        """SIGKILL; what it had already said is still heard."""
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        if self._listener is not None:
            await self._listener
            self._listener = None

    async def stop(self) -> None:
        """End it in order."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()
        if await self._process.wait() != 0:
            raise RuntimeError(f'the services ended badly: {self._log.read_text()[-3000:]}')


class FullServer:
    """main.py, asked by browsers through pages and sockets; their acts carry the same ids."""

    def __init__(self, folder: Path, scene: Scene, tokens: list[str], **env: str) -> None:
        self._site = Site(folder, **env)
        self._path = f'/rooms/{scene.room_id}'
        self._tokens = tokens
        self._browsers: list[BrowserClient] = []

    async def spawn(self) -> None:
        """Start the process."""
        self._site.launch()

    async def ready(self) -> None:
        """Wait until it answers and everybody has the room open again."""
        await self._site.answers()
        self._browsers = [BrowserClient(self._site.base, cookie=f'ys_session={one}', keep=False) for one in self._tokens]
        await asyncio.gather(*(browser.open(self._path) for browser in self._browsers))

    async def ask(self, who: int, name: str, args: Mapping[str, Any], act_id: str) -> dict[str, Any]:
        """See ``crash_tellers.Server``."""
        browser = self._browsers[who]
        if browser.closed.is_set():
            raise LostError
        asking = asyncio.create_task(browser.act(name, args, tag='room', act_id=act_id, timeout=60))
        gone = asyncio.create_task(browser.closed.wait())
        await asyncio.wait((asking, gone), return_when=asyncio.FIRST_COMPLETED)
        gone.cancel()
        if not asking.done():
            asking.cancel()
            raise LostError
        try:
            found: dict[str, Any] = asking.result()
        except ActRefusedError as refusal:
            raise RefusedError(refusal.error['code']) from refusal
        return found

    async def kill(self) -> None:
        """SIGKILL."""
        await asyncio.to_thread(self._site.kill)
        await asyncio.gather(*(browser.closed.wait() for browser in self._browsers))

    async def stop(self) -> None:
        """End it in order."""
        await asyncio.to_thread(self._site.stop)


@dataclass(slots=True)
class Outcome:
    """What came of it."""

    kills: int
    told: int
    retried: int
    audit: Audit
    seconds: float

    def as_json(self, **more: Any) -> str:
        """Return the last line."""
        return json.dumps({
            'kills': self.kills, 'told': self.told, 'retried': self.retried, 'missing': self.audit.missing, 'twice': self.audit.twice,
            'findings': self.audit.findings[:20], 'seconds': round(self.seconds, 1), **more}, ensure_ascii=False)


async def run(
    folder: Path, *, kills: int, people: int, kind: str, full: bool, seed: int, say: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Make a world in ``folder``, kill its server ``kills`` times, compare."""
    began = time.monotonic()
    chance = random.Random(seed)
    with database(kind) as url:
        async with open_world(folder, members=people, sessions=people if full else 0, database_url=url) as world:
            scene, tokens = await make_scene(world), list(world.tokens)
        env = {'YUNSHEQU_DATABASE_URL': url}
        server = FullServer(folder, scene, tokens, **env) if full else Services(folder, scene, **env)
        tellers = [Teller(number, scene, random.Random(chance.random())) for number in range(people)]
        for number in range(kills):
            await _life(server, tellers, chance)
            say(f'kill {number + 1}: {sum(teller.told for teller in tellers)} told, {sum(t.retries for t in tellers)} asked again')
        resolved = url or f'sqlite:///{folder / "yunshequ.db"}'
        await server.spawn()
        await server.ready()
        await asyncio.gather(*(teller.settle(server) for teller in tellers))
        await _jobs_done(resolved)
        await server.stop()
        return Outcome(
            kills, sum(teller.told for teller in tellers), sum(teller.retries for teller in tellers), Audit(resolved, scene, tellers),
            time.monotonic() - began)


async def _life(server: Services | FullServer, tellers: list[Teller], chance: random.Random) -> None:
    await server.spawn()
    if chance.random() < WHILE_STARTING:
        await asyncio.sleep(chance.uniform(0.2, 1.5))
        await server.kill()
        return
    await server.ready()
    living = [asyncio.create_task(teller.live(server, pause=0.03)) for teller in tellers]
    await asyncio.sleep(chance.uniform(0.01, LONGEST_LIFE))
    await server.kill()
    await asyncio.gather(*living)


async def _jobs_done(url: str) -> None:
    deadline = time.monotonic() + JOBS_SECONDS
    while jobs_waiting(url):
        if time.monotonic() > deadline:
            raise RuntimeError('wishes are left unanswered')
        await asyncio.sleep(0.2)


def main() -> None:
    """Run as the arguments say."""
    parser = argparse.ArgumentParser(description='Kill the server at random moments and compare.')
    parser.add_argument('--kills', type=int, default=100)
    parser.add_argument('--people', type=int, default=24)
    parser.add_argument('--database', choices=('sqlite', 'postgresql'), default='sqlite')
    parser.add_argument('--full', action='store_true', help='main.py with real sockets instead of the services alone')
    parser.add_argument('--seed', type=int, default=random.SystemRandom().randrange(10**6))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix='ys-crash-') as folder:
        outcome = asyncio.run(run(
            Path(folder), kills=options.kills, people=options.people, kind=options.database, full=options.full, seed=options.seed,
            say=lambda line: print(line, flush=True)))
    print(outcome.as_json(server='full' if options.full else 'services', database=options.database, seed=options.seed))
    sys.exit(bool(outcome.audit.findings))


if __name__ == '__main__':
    main()
