"""Every benchmark, small, one after the other, and one table: ``python -m tests.bench`` (``make bench``), under five minutes."""

import json
import os
import subprocess
import sys
import time
from tempfile import TemporaryDirectory

SMALL = (
    ('this machine, bare', 'floor'),
    ('room, delay at 10 posts/s', 'rooms --clients 200 --rate 10 --seconds 6'),
    ('room, most deliveries', 'rooms --clients 200 --ladder --start 600 --climb 2'),
    ('room while pages load', 'rooms --clients 100 --rate 10 --seconds 6 --while-loading 8'),
    ('room pages', 'pages --visits 300'),
    ('long log, slow phone', 'scroll --messages 500'),
    ('memory', 'memory --clients 200'),
    ('posts in a burst', 'posts --posts 5000 --rounds 2'),
    ('restart', 'restart --clients 100'),
    ('two processes', 'processes --clients 100 --rate 20 --seconds 5'),
    ('ballots', 'ballots --voters 200 --seconds 6 --watchers 100'),
    ('seats', 'seats'),
    ('district, a twentieth', 'district --rounds 200'),
)
SHOWN = (
    'sends_per_s',
    'longest_frame_ms', 'dom_nodes',
    'p50_ms', 'p99_ms', 'deliveries_per_s', 'ratio_to_websockets', 'ratio_to_plain_insert', 'lost', 'doubled', 'server_cpu_percent',
    'mb_per_client', 'pages_per_s', 'ttfb_p99_ms', 'first_visit_kb', 'repeat_visit_kb', 'recovered_s', 'open_room_p99_ms',
    'room_list_p99_ms', 'search_p99_ms', 'accepted_p99_ms', 'tick_p99_ms', 'confirmed', 'waitlisted', 'skipped',
)


def run(arguments: str, env: dict[str, str]) -> dict[str, object]:
    """Run one benchmark and return its JSON line, or what went wrong."""
    name, *rest = arguments.split()
    done = subprocess.run(
        [sys.executable, '-m', f'tests.bench.{name}', *rest], capture_output=True, text=True, check=False, env=env, timeout=280)
    lines = done.stdout.strip().splitlines()
    try:
        result: dict[str, object] = json.loads(lines[-1])
    except (IndexError, ValueError):
        return {'failed': (done.stderr or done.stdout).strip().splitlines()[-1:]}
    return result


def main() -> None:
    """Run all and print the table; the last line is one JSON object with every result by name."""
    began = time.monotonic()
    results: dict[str, dict[str, object]] = {}
    with TemporaryDirectory() as folder:
        env = {**os.environ, 'YUNSHEQU_DATA_DIR': folder}
        for command in (['migrate'], ['seed', 'district', '--members', '11000', '--rooms', '300', '--messages', '100000']):
            subprocess.run([sys.executable, '-m', 'yunshequ.cli', *command], env=env, check=True, capture_output=True)
        for title, arguments in SMALL:
            results[title] = found = run(arguments, env)
            figures = '  '.join(f'{name} {found[name]}' for name in SHOWN if name in found) or str(found)
            print(f'{title:28} {figures}', flush=True)
    print(f'{time.monotonic() - began:.0f} s')
    print(json.dumps(results, ensure_ascii=False, default=str))


if __name__ == '__main__':
    main()
