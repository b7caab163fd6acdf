"""Two million messages: open a room, the room list, search; in the service, p50 and p99.

``yunshequ seed district`` first (its data folder by YUNSHEQU_DATA_DIR or ``--data``), then ``python -m tests.bench.district``.
"""

import argparse
import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from sqlalchemy import text

from tests.bench.harness import report, spread
from yunshequ.bootstrap import Container
from yunshequ.core.policy import Actor
from yunshequ.core.settings import Settings

QUERIES = ('停水', '电梯', '居住证', '垃圾', '高龄津贴', '地铁站', '消防通道', '打疫苗', '积水', '快递柜', '公积金', '量子')


async def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', default='')
    parser.add_argument('--rounds', type=int, default=600)
    asked = parser.parse_args()
    settings = Settings(assistant=False)
    if asked.data:
        settings = settings.model_copy(update={'data_dir': Path(asked.data)})
    container = Container(settings)
    await container.db.start()
    dice = random.Random(5)
    members = await container.db.read(lambda s: [row[0] for row in s.connection().execute(
        text('SELECT member_id FROM room_member ORDER BY room_id, member_id'))])
    actors = [Actor(one) for one in dice.sample(members, asked.rounds)]
    rooms = {actor: await container.rooms.rooms_of(actor) for actor in actors}

    async def timed(work: Callable[[Actor], Awaitable[object]]) -> list[float]:
        took = []
        for actor in actors:
            began = time.perf_counter()
            await work(actor)
            took.append(time.perf_counter() - began)
        return took

    opened = spread(await timed(lambda a: container.rooms.open_room(a, dice.choice(rooms[a]).id)))
    listed = spread(await timed(container.rooms.rooms_of))
    found = spread(await timed(lambda a: container.rooms.search(a, dice.choice(rooms[a]).id, dice.choice(QUERIES))))
    count = await container.db.read(lambda s: s.connection().scalar(text('SELECT count(*) FROM message')))
    await container.db.stop()
    report(
        messages=count, open_room_p50_ms=opened['p50_ms'], open_room_p99_ms=opened['p99_ms'], room_list_p50_ms=listed['p50_ms'],
        room_list_p99_ms=listed['p99_ms'], search_p50_ms=found['p50_ms'], search_p99_ms=found['p99_ms'],
        database='sqlite' if container.db.is_sqlite else 'postgresql', arguments=vars(asked))


if __name__ == '__main__':
    asyncio.run(main())
