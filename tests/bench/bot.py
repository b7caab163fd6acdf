"""小栖 under load: question to published answer while a room is talking, ``python -m tests.bench.bot``.

A running application with 5,200 published entries (the seed base, filled up with recombined questions that are for benchmarks only)
and 1,000 residents in one room, who receive 20 posts a second. Beside them 200 more residents ask 小栖 in their private chats, 20
questions a second in all, nobody more than six a minute. p50_ms and p99_ms run from the moment a question was due until its answer
is on the asker's phone, committed; rooms_… from the moment a post was due until the last of the thousand has it.

load_s: reading the saved index of 5,200; search_100k_…: 100,000 entries searched with both sides, after encoding; memory_idle_mb and
memory_mb: the server's resident memory when the model is ready, and with everybody connected after the load. The vectors of the
entries are kept in data/index/bench.sqlite from run to run: the first run takes minutes longer.
"""

import argparse
import asyncio
import json
import multiprocessing
import random
import shutil
import tempfile
import time
import uuid
from array import array
from collections import deque
from pathlib import Path
from typing import Any

from tests.bench.harness import BrowserClient, Load, Part, ServerProcess, free_port, gather_in_waves, report, request, spread
from tests.bench.retrieval import ROOT, index_alone, questions, recombined, seed_rows
from tests.bench.small_world import SmallWorld, open_world

KEPT = ROOT / 'data/index/bench.sqlite'


def knowledge(folder: Path, count: int) -> Path:
    """Write a seed file of ``count`` entries: the project's own, then recombined ones named ``bench-…``."""
    rows = seed_rows()[:count]
    known = {row['question'] for row in rows}
    for entry in recombined(questions(), 2 * count):
        if len(rows) < count and entry.question not in known:
            known.add(entry.question)
            rows.append({
                'key': f'bench-{entry.key}', 'question': entry.question, 'answer': '（压力测试用的填充条目）', 'similar': [],
                'category': '测试', 'department': '测试', 'scope': 'district'})
    path = folder / 'bench.jsonl'
    path.write_text('\n'.join(json.dumps(row, ensure_ascii=False) for row in rows), encoding='utf-8')
    return path


class Asker(BrowserClient):
    """A resident in their private chat; ``due`` are the moments of questions without an answer yet."""

    def __init__(self, base: str, cookie: str, delays: 'array[float]') -> None:
        super().__init__(base, cookie=cookie, keep=False, on_live=self._hear)
        self.due: deque[float] = deque()
        self.room = 0
        self._delays = delays

    async def sit_down(self) -> None:
        """Open the chat."""
        page = await self.open('/assistant')
        self.room = next(props['room']['id'] for one in page.elements.values() if 'room' in (props := one.get('props') or {}))

    def _hear(self, raw: bytes, now: float) -> None:
        if b'"kind":"answer"' in raw and b'"k":"message"' in raw and self.due:
            self._delays.append(now - self.due.popleft())


async def askers(part: Part) -> dict[str, Any]:
    """Open the private chats; all ask in turn at the wanted rate."""
    delays = array('d')
    clients = [Asker(part.options['base'], f'ys_session={part.options["tokens"][n]}', delays) for n in part.indexes]
    await gather_in_waves((client.sit_down for client in clients), 10)
    plan = await part.ready()
    dice, texts, asked = random.Random(11), part.options['texts'], 0
    due = plan['begin']
    while due < plan['begin'] + plan['seconds']:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        client, text = clients[asked % len(clients)], dice.choice(texts)
        assert client.page is not None
        client_id = str(uuid.uuid4())
        client.due.append(due)
        args = {'room_id': client.room, 'client_id': client_id, 'kind': 'text', 'body': text, 'mentions': []}
        client.event(client.page.find(), {'name': 'post', 'id': client_id, 'args': args})
        asked += 1
        due += dice.expovariate(plan['rate'])
    in_time = len(delays)
    patience = time.monotonic() + 15
    while len(delays) < asked and time.monotonic() < patience:
        await asyncio.sleep(0.1)
    return {'asked': asked, 'delays': delays.tobytes(), 'late': asked - in_time, 'unanswered': asked - len(delays)}


def load_index(folder: str, result: Any) -> None:
    """Read the saved index of a site; runs in a process of its own. Sends seconds and entries."""
    from embeddings import HybridIndex, read_manifest

    class Named:
        """Says which model the index was made with; loading encodes nothing."""

        def __init__(self, side: str) -> None:
            manifest = read_manifest(Path(folder) / side)
            self.name, self.dimension = manifest.model, manifest.dimension

        def encode_queries(self, texts: Any) -> Any:
            raise NotImplementedError

        encode_documents = encode_queries

    main, second = Named('main'), Named('second')
    began = time.perf_counter()
    index = HybridIndex.load(Path(folder), main, second)
    result.send((time.perf_counter() - began, len(index)))


def apart(work: Any, *given: Any) -> Any:
    """Run ``work(*given, pipe)`` in a process of its own and return what it sends: its memory and threads are its own."""
    here, there = multiprocessing.get_context('spawn').Pipe()
    process = multiprocessing.get_context('spawn').Process(target=work, args=(*given, there))
    process.start()
    try:
        return here.recv()
    finally:
        process.join()


def search_large(entries: int, result: Any) -> None:
    """Search a large index; runs in a process of its own."""
    result.send(index_alone(entries, questions()))


async def ready(server: ServerProcess) -> None:
    """Wait until the model is loaded and every entry embedded: minutes at the first run, seconds later."""
    for _ in range(1200):
        state = json.loads((await request(server.base, '/health')).body)['assistant']
        if state == 'ready':
            return
        if state != 'loading':
            raise RuntimeError(f'the model is {state}; run `yunshequ model build`')
        await asyncio.sleep(0.5)
    raise RuntimeError('the index was not built in ten minutes')


async def fill(world: SmallWorld, folder: Path, entries: int) -> dict[str, Any]:
    """Publish the entries; return what the load needs to know."""
    imported = await world.container.assistant.knowledge.import_seed(knowledge(folder, entries), {'district': world.district_id})
    assert imported.added == entries, imported
    return {'tokens': world.tokens, 'room': world.room_id}


async def measure(server: ServerProcess, asked: argparse.Namespace, options: dict[str, Any]) -> dict[str, Any]:
    """Let the room talk and 小栖 be asked at the same time."""
    in_room = options['tokens'][:asked.clients]
    base = server.base
    room = Load('tests.bench.rooms:browsers', clients=asked.clients, base=base, tokens=in_room, room=options['room'])
    await room.ready(300)
    chats = Load(
        'tests.bench.bot:askers', clients=asked.askers, base=base, tokens=options['tokens'][asked.clients:],
        texts=[f'{text}呀' for text in questions()])
    await chats.ready(300)
    await asyncio.sleep(2.0)
    begin = time.monotonic() + 0.5
    server.begin()
    room.go({'rate': asked.rate, 'seconds': asked.seconds, 'begin': begin})
    chats.go({'rate': asked.questions, 'seconds': asked.seconds, 'begin': begin})
    await asyncio.sleep(asked.seconds + 0.5)
    cpu, rss = server.cpu_percent, server.rss_mb
    posts = (await room.results(120))[0]
    answers = (await chats.results(120))[0]
    of_room, of_chats = array('d'), array('d')
    of_room.frombytes(posts['delays'])
    of_chats.frombytes(answers['delays'])
    delay = spread(of_room)
    return {
        **spread(of_chats), 'questions': answers['asked'], 'late': answers['late'], 'unanswered': answers['unanswered'],
        'rooms_p50_ms': delay['p50_ms'], 'rooms_p99_ms': delay['p99_ms'],
        'rooms_lost': max(0, posts['sent'] * asked.clients - len(of_room)), 'server_cpu_percent': cpu, 'memory_mb': round(rss)}


async def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--clients', type=int, default=1000, help='residents in the room')
    parser.add_argument('--askers', type=int, default=200, help='residents who ask in their private chats')
    parser.add_argument('--rate', type=float, default=20.0, help='posts a second in the room')
    parser.add_argument('--questions', type=float, default=20.0, help='questions a second, of all askers')
    parser.add_argument('--seconds', type=float, default=15.0)
    parser.add_argument('--entries', type=int, default=5200)
    parser.add_argument('--cores', type=int, choices=[1, 2], default=1, help='cores the server may use; the load sits on the second')
    parser.add_argument('--large', type=int, default=100_000, help='entries of the large index; 0 leaves it out')
    asked = parser.parse_args()
    large = apart(search_large, asked.large) if asked.large else {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        people = asked.clients + asked.askers
        async with open_world(folder, members=people, sessions=people) as world:
            options = await fill(world, folder, asked.entries)
        (folder / 'models').symlink_to(ROOT / 'data/models')
        (folder / 'index').mkdir()
        vectors = folder / 'index/vectors.sqlite'
        if KEPT.exists():
            shutil.copy(KEPT, vectors)
        port = free_port()
        env = {'YUNSHEQU_DATA_DIR': name, 'YUNSHEQU_ASSISTANT': 'true', 'HF_HUB_OFFLINE': '1'}
        async with ServerProcess(
            ['-m', 'tests.bench.app', str(port)], f'http://127.0.0.1:{port}', env=env, log=f'{name}/server.log') as server:
            if asked.cores == 2:
                server.spread_out()
            began = time.monotonic()
            await ready(server)
            ready_s, idle_mb = time.monotonic() - began, server.rss_mb
            figures = await measure(server, asked, options)
        KEPT.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(vectors, kept := KEPT.with_suffix('.new'))
        kept.replace(KEPT)
        loaded, entries = apart(load_index, str(folder / 'index/kb'))
    report(
        **figures, entries=entries, load_s=round(loaded, 2), ready_s=round(ready_s, 1), memory_idle_mb=round(idle_mb),
        **{f'search_{asked.large // 1000}k_{key.removeprefix("search_")}': round(large[key], 2) for key in large if 'search' in key},
        arguments=vars(asked))


if __name__ == '__main__':
    asyncio.run(main())
