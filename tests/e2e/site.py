"""The whole application as a process of its own, with the demo in a data folder of its own; killed and started at will."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench.harness import free_port

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / 'data' / 'models'
SEED = ROOT / 'data' / 'seed'
KNOWLEDGE = ('elderly.jsonl', 'waste.jsonl', 'utilities.jsonl')
"""The part of the knowledge base that is loaded: enough for a sourced answer, embedded in seconds on a fresh machine."""
START_SECONDS = 120.0
MODEL_SECONDS = 600.0


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return the environment of a process on ``folder``: the demo, nobody's ``.env``, no network."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith('YUNSHEQU_')}
    return inherited | {
        'YUNSHEQU_DATA_DIR': str(folder), 'YUNSHEQU_DEMO': 'true', 'YUNSHEQU_HOST': '127.0.0.1', 'HF_HUB_OFFLINE': '1',
        'NICEGUI_STORAGE_PATH': str(folder / 'nicegui'), 'PYTHONUNBUFFERED': '1',
    } | more


def seed(folder: Path) -> None:
    """Fill ``folder`` as ``yunshequ migrate`` and ``yunshequ seed demo`` do, with ``KNOWLEDGE`` only."""
    stories = folder / 'seed'
    (stories / 'kb').mkdir(parents=True)
    (stories / 'demo').symlink_to(SEED / 'demo')
    for name in (*KNOWLEDGE, 'departments.json'):
        (stories / 'kb' / name).symlink_to(SEED / 'kb' / name)
    (folder / 'models').symlink_to(MODELS)
    subprocess.run([sys.executable, '-m', 'tests.e2e.seeding', str(stories)], cwd=ROOT, env=environment(folder), check=True)


def copy(template: Path, folder: Path) -> Path:
    """Return a copy of a filled folder to use up."""
    shutil.copytree(template, folder, symlinks=True)
    return folder


class Site:
    """The server of one data folder, always on the same port."""

    def __init__(self, folder: Path, *, assistant: bool = False, port: int | None = None, **env: str) -> None:
        self.folder = folder
        self.assistant = assistant
        self.port = port or free_port()
        self.base = f'http://127.0.0.1:{self.port}'
        self.log = folder / 'server.log'
        self._env = environment(
            folder, YUNSHEQU_PORT=str(self.port), YUNSHEQU_ASSISTANT=str(assistant).lower(), **env)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The running process."""
        assert self._process is not None
        return self._process.pid

    def launch(self) -> None:
        """Start the process; it answers a little later."""
        with self.log.open('ab') as out:
            self._process = subprocess.Popen([sys.executable, 'main.py'], cwd=ROOT, env=self._env, stdout=out, stderr=out)

    async def start(self) -> None:
        """Start and wait until it answers."""
        self.launch()
        await self.answers()

    async def answers(self) -> dict[str, Any]:
        """Wait until the process answers and return its health."""
        assert self._process is not None
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError(f'the server ended with {self._process.returncode}:\n{self.tail()}')
            with contextlib.suppress(OSError):
                return await self.health()
            await asyncio.sleep(0.05)
        raise RuntimeError(f'the server does not answer:\n{self.tail()}')

    async def health(self) -> dict[str, Any]:
        """Return what ``/health`` says."""
        body = await asyncio.to_thread(_get, f'{self.base}/health')
        found: dict[str, Any] = json.loads(body)
        return found

    async def model_ready(self) -> None:
        """Wait until 小栖 answers by meaning."""
        deadline = time.monotonic() + MODEL_SECONDS
        while (state := (await self.health())['assistant']) != 'ready':
            if state not in {'loading'} or time.monotonic() > deadline:
                raise RuntimeError(f'the model is {state}: `yunshequ model build` comes first\n{self.tail()}')
            await asyncio.sleep(0.5)

    def kill(self) -> None:
        """End it as a power cut would: SIGKILL, nothing flushed, nobody told."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def rows(self, statement: str, *values: object) -> list[Any]:
        """Return rows of the database, read beside the server."""
        with contextlib.closing(sqlite3.connect(f'file:{self.folder / "yunshequ.db"}?mode=ro', uri=True, timeout=30)) as connection:
            return connection.execute(statement, values).fetchall()

    def value(self, statement: str, *values: object) -> Any:
        """Return the first value of the first row."""
        return self.rows(statement, *values)[0][0]

    def tail(self, lines: int = 40) -> str:
        """Return the end of the server's log."""
        if not self.log.exists():
            return ''
        return '\n'.join(self.log.read_text(errors='replace').splitlines()[-lines:])

    def complaints(self) -> Sequence[str]:
        """Return lines of the log that say something broke."""
        return [line for line in self.log.read_text(errors='replace').splitlines()
                if ' ERROR ' in line or ' CRITICAL ' in line or line.startswith('Traceback')]


def _get(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            body: bytes = answer.read()
            return body
    except urllib.error.HTTPError as error:
        raise OSError(str(error)) from error
