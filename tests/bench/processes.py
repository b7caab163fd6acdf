"""Two processes behind nginx and one Redis: ``python -m tests.bench.processes [--clients 500 --rate 80]``.

Needs nginx (Debian: nginx-light), PostgreSQL and Redis. Each process is pinned to a core together with a part of the load, so the
figures are those of a machine with two cores in all.
"""

import argparse
import asyncio
import os
import shutil
import subprocess
import time
from array import array
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.harness import Load, ServerProcess, free_port, report, spread
from tests.bench.small_world import database, open_world

NGINX = """
worker_processes auto; worker_cpu_affinity auto; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log warn;
events {{ worker_connections 8192; }}
http {{
  access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  map $arg_node $yunshequ {{ default pages; a unix:{folder}/a.sock; b unix:{folder}/b.sock; }}
  upstream pages {{ server unix:{folder}/a.sock; server unix:{folder}/b.sock; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{
      proxy_pass http://$yunshequ; proxy_http_version 1.1; proxy_set_header Host $host; proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection "upgrade"; proxy_read_timeout 120s; proxy_buffers 16 64k; proxy_buffer_size 64k;
    }}
  }}
}}
"""


async def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--clients', type=int, default=500)
    parser.add_argument('--rate', type=float, default=80.0)
    parser.add_argument('--seconds', type=float, default=10.0)
    asked = parser.parse_args()
    nginx = shutil.which('nginx') or '/usr/sbin/nginx'
    if not Path(nginx).exists():
        report(skipped='nginx is not installed: apt-get install nginx-light', arguments=vars(asked))
        return
    redis = os.environ.get('YUNSHEQU_TEST_REDIS', 'redis://127.0.0.1:6379/0')
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        url = stack.enter_context(database('postgresql'))
        async with open_world(Path(folder), members=asked.clients, sessions=asked.clients, database_url=url) as world:
            options = {'tokens': world.tokens, 'room': world.room_id}
        port = free_port()
        env = {'YUNSHEQU_DATA_DIR': folder, 'YUNSHEQU_DATABASE_URL': url, 'YUNSHEQU_ASSISTANT': 'false', 'YUNSHEQU_REDIS_URL': redis,
               'YUNSHEQU_BEHIND_PROXY': 'true'}
        config = Path(folder) / 'nginx.conf'
        config.write_text(NGINX.format(folder=folder, port=port))
        Path(folder).chmod(0o711)  # nginx's workers are nobody, and must reach the sockets
        proxy = subprocess.Popen([nginx, '-c', str(config), '-p', folder], stderr=subprocess.DEVNULL)
        stack.callback(proxy.terminate)
        base = f'http://127.0.0.1:{port}'
        servers = [
            await stack.enter_async_context(ServerProcess(
                ['-m', 'tests.bench.app', '0', node], base, env=env | {'YUNSHEQU_UNIX_SOCKET': f'{folder}/{node}.sock'}, core=core,
                ready=f'/_live/alive?node={node}', log=f'{folder}/{node}.log'))
            for node, core in (('a', 0), ('b', 1))]
        load = Load('tests.bench.rooms:browsers', clients=asked.clients, processes=2, cores=(0, 1), base=base, **options)
        await load.ready(300)
        for server in servers:
            server.begin()
        load.go({'rate': asked.rate, 'seconds': asked.seconds, 'begin': time.monotonic() + 0.5})
        await asyncio.sleep(asked.seconds + 0.5)
        cpu = [server.cpu_percent for server in servers]
        results = await load.results(120)
    delays = array('d')
    for result in results:
        delays.frombytes(result['delays'])
    sent = sum(result['sent'] for result in results)
    report(
        rate=asked.rate, **spread(delays), deliveries_per_s=round(sum(r['in_time'] for r in results) / asked.seconds),
        lost=max(0, sent * asked.clients - len(delays)), doubled=max(0, len(delays) - sent * asked.clients), server_cpu_percent=cpu,
        database='postgresql', arguments=vars(asked))


if __name__ == '__main__':
    asyncio.run(main())
