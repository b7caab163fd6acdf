"""Two processes on one PostgreSQL behind one Redis deliver to each other's browsers, and rights taken away hold in both."""

import uuid
from pathlib import Path

import pytest

from tests.bench.harness import ActRefusedError, BrowserClient, ServerProcess, free_port
from tests.bench.small_world import database, open_world
from tests.conftest import HAS_POSTGRES, POSTGRES
from tests.modules.test_bus import REDIS, redis_answers
from yunshequ.bootstrap import Container
from yunshequ.core.settings import Settings


async def test_a_post_in_one_process_is_seen_in_the_other(tmp_path: Path) -> None:
    if not HAS_POSTGRES or not redis_answers():
        pytest.skip(f'needs PostgreSQL at {POSTGRES} and Redis at {REDIS}')
    with database('postgresql') as url:
        async with open_world(tmp_path, members=2, sessions=2, database_url=url) as world:
            room, tokens, second = world.room_id, world.tokens, world.actors[1]
            env = {'YUNSHEQU_DATA_DIR': str(tmp_path), 'YUNSHEQU_DATABASE_URL': url, 'YUNSHEQU_REDIS_URL': REDIS,
                   'YUNSHEQU_ASSISTANT': 'false'}
            servers = []
            try:
                for node in ('a', 'b'):
                    port = free_port()
                    servers.append(await ServerProcess(
                        ['-m', 'tests.bench.app', str(port), node], f'http://127.0.0.1:{port}', env=env).start(120))
                here, there = (
                    BrowserClient(server.base, cookie=f'ys_session={token}') for server, token in zip(servers, tokens, strict=True))
                await here.open(f'/rooms/{room}')
                await there.open(f'/rooms/{room}')
                for speaker, listener, body in ((here, there, '从一号进程说'), (there, here, '从二号进程说')):
                    client_id = str(uuid.uuid4())
                    args = {'room_id': room, 'client_id': client_id, 'kind': 'text', 'body': body, 'mentions': []}
                    for _ in range(2):  # a retry in the other process would do no harm either
                        await speaker.act('post', args)
                    frame = await listener.wait_for(lambda f, body=body: f.get('k') == 'message' and f['m']['body'] == body)
                    assert frame['t'] == f'room:{room}'
                synced = await there.act('sync', {'after': 0})
                assert [m['body'] for m in synced['messages']] == ['从一号进程说', '从二号进程说']
                third = Container(Settings(_env_file=None, data_dir=tmp_path, database_url=url, redis_url=REDIS, assistant=False))
                await third.db.start()
                await third.bus.start()
                await third.rooms.leave(second, room)
                await there.wait_for(lambda f: f.get('k') == 'rooms')
                with pytest.raises(ActRefusedError):
                    await there.act('sync', {'after': 0})
                await third.bus.stop()
                await third.db.stop()
            finally:
                for server in servers:
                    server.kill()
