"""What every benchmark stands on: the server in its own process on its own core, the load in others, one JSON line out.

``BrowserClient`` (tests/bench/browser.py) is one browser; ``Load`` runs many of them in other processes;
``ServerProcess`` starts what is measured. All processes of a machine share ``time.monotonic``.
"""

import asyncio
import contextlib
import importlib
import json
import math
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Self

import psutil

from tests.bench.browser import ActRefusedError, BrowserClient, Frame, Page
from tests.bench.wire import Response, WebSocketClient, request

__all__ = [
    'ActRefusedError', 'BrowserClient', 'Frame', 'Load', 'Page', 'Part', 'Response', 'ServerProcess', 'WebSocketClient',
    'free_port', 'gather_in_waves', 'percentile', 'pin', 'pinned', 'report', 'request', 'run_clients', 'spread',
]

SERVER_CORE, LOAD_CORE = 0, 1


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.create_server(('127.0.0.1', 0)) as sock:
        port: int = sock.getsockname()[1]
        return port


def pinned() -> bool:
    """Whether this machine lets processes be pinned to a core each."""
    return hasattr(os, 'sched_setaffinity') and len(os.sched_getaffinity(0)) > 1


def pin(core: int) -> None:
    """Keep this process on one core, where the machine allows it."""
    if pinned() and core in os.sched_getaffinity(0):
        os.sched_setaffinity(0, {core})


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which ``share`` (0 to 1) of ``values`` lie; NaN for none."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """Return p50 and p99 of ``seconds`` in milliseconds, named as benchmarks name them."""
    return {'p50_ms': round(1000 * percentile(seconds, 0.5), 2), 'p99_ms': round(1000 * percentile(seconds, 0.99), 2)}


def report(**figures: Any) -> None:
    """Print the result: one JSON object on the last line."""
    print(json.dumps({**figures, 'pinned': pinned()}, ensure_ascii=False), flush=True)


# -- the server


class ServerProcess:
    """A server started from a command, pinned to its core, watched and killed.

    :param command: arguments after the Python executable, e.g. ``['-m', 'tests.bench.toy', '8080']``.
    :param base: address it will answer at.
    :param ready: path that answers below 500 when it is up.
    """

    def __init__(
        self, command: Sequence[str], base: str, *, env: Mapping[str, str] | None = None, core: int = SERVER_CORE,
        ready: str = '/_live/alive', log: str | None = None,
    ) -> None:
        self.command = [sys.executable, *command]
        self.base = base
        self.env = {**os.environ, **(env or {})}
        self.core = core
        self.ready = ready
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None
        self._cpu: tuple[float, float] = (0.0, 0.0)

    async def start(self, timeout: float = 60.0) -> Self:
        """Start it and wait until it answers.

        :raises RuntimeError: it ended, or never answered.
        """
        with Path(self.log or os.devnull).open('ab') as out:
            self.process = subprocess.Popen(self.command, env=self.env, stdout=out, stderr=subprocess.STDOUT)
        if pinned():
            os.sched_setaffinity(self.process.pid, {self.core})  # before it has threads of its own
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f'the server ended with {self.process.returncode}')
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
                if (await request(self.base, self.ready, timeout=5)).status < 500:
                    self.begin()
                    return self
            await asyncio.sleep(0.05)
        self.kill()
        raise RuntimeError('the server did not answer in time')

    def spread_out(self) -> None:
        """Let it use every core, those of the load too: threads it has already as well."""
        assert self.process is not None
        if pinned():
            for thread in psutil.Process(self.process.pid).threads():
                os.sched_setaffinity(thread.id, os.sched_getaffinity(os.getpid()))

    def begin(self) -> None:
        """Begin to measure processor time."""
        self._cpu = (self._seconds(), time.monotonic())

    @property
    def cpu_percent(self) -> float:
        """Processor time since ``begin``, of one core."""
        seconds, began = self._cpu
        return round(100 * (self._seconds() - seconds) / max(1e-9, time.monotonic() - began), 1)

    @property
    def rss_mb(self) -> float:
        """Memory in use, MB."""
        assert self.process is not None
        return float(psutil.Process(self.process.pid).memory_info().rss) / 1e6

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end, and wait."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def _seconds(self) -> float:
        assert self.process is not None
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        self.stop()


# -- the load


@dataclass(slots=True)
class Part:
    """One process's share of the load, given to the scenario."""

    number: int
    """Which process this is, from 0."""
    indexes: range
    """The clients it plays, of all."""
    options: dict[str, Any]
    _pipe: Connection
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def ready(self, note: Any = None) -> Any:
        """Tell the parent that everything is connected; return what it says when all are."""
        self._pipe.send(('ready', note))
        said = await asyncio.to_thread(self._pipe.recv)
        asyncio.get_running_loop().run_in_executor(None, self._wait_for_stop, asyncio.get_running_loop())
        return said

    def _wait_for_stop(self, loop: asyncio.AbstractEventLoop) -> None:
        with contextlib.suppress(EOFError, OSError):
            self._pipe.recv()
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(self.stopping.set)


Scenario = Callable[[Part], Awaitable[Any]]


def _child(scenario: str, number: int, indexes: range, options: dict[str, Any], pipe: Connection, core: int) -> None:
    pin(core)
    module, _, name = scenario.partition(':')
    play: Scenario = getattr(importlib.import_module(module), name)

    async def main() -> None:
        try:
            pipe.send(('result', await play(Part(number, indexes, options, pipe))))
        except Exception as problem:
            pipe.send(('error', f'{type(problem).__name__}: {problem}'))

    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
    os._exit(0)  # a thread may still wait on the pipe


class Load:
    """Clients in other processes, playing one scenario: ``async def name(part: Part) -> result`` given as ``module:name``.

    ``await ready()``, then ``go(value)``, then ``stop()`` if the scenario waits for it, then ``await results()``.

    :param cores: cores its processes are pinned to, in turn.
    """

    def __init__(
        self, scenario: str, *, clients: int, processes: int = 1, cores: Sequence[int] = (LOAD_CORE,), **options: Any,
    ) -> None:
        context = multiprocessing.get_context('spawn')
        self._pipes: list[Connection] = []
        self._processes = []
        share = math.ceil(clients / processes)
        for number in range(processes):
            here, there = context.Pipe()
            indexes = range(number * share, min(clients, (number + 1) * share))
            process = context.Process(target=_child, args=(scenario, number, indexes, options, there, cores[number % len(cores)]), daemon=True)
            process.start()
            there.close()
            self._pipes.append(here)
            self._processes.append(process)

    async def ready(self, timeout: float = 120.0) -> list[Any]:
        """Wait until every process has its clients connected; return their notes."""
        return await self._hear('ready', timeout)

    def go(self, value: Any = None) -> None:
        """Let all begin."""
        for pipe in self._pipes:
            pipe.send(value)

    def stop(self) -> None:
        """Set every ``part.stopping``."""
        for pipe in self._pipes:
            with contextlib.suppress(OSError):
                pipe.send('stop')

    async def results(self, timeout: float = 300.0) -> list[Any]:
        """Return what each process's scenario returned, and end them."""
        try:
            return await self._hear('result', timeout)
        finally:
            for process in self._processes:
                process.join(2)
                if process.is_alive():
                    process.kill()

    async def _hear(self, wanted: str, timeout: float) -> list[Any]:
        async with asyncio.timeout(timeout):
            heard = await asyncio.gather(*(asyncio.to_thread(_receive, pipe) for pipe in self._pipes))
        for word, value in heard:
            if word != wanted:
                raise RuntimeError(f'the load said {word}: {value}')
        return [value for _, value in heard]


def _receive(pipe: Connection) -> tuple[str, Any]:
    try:
        found: tuple[str, Any] = pipe.recv()
    except EOFError:
        return 'ended', None
    return found


async def run_clients(
    scenario: str, clients: int, *, processes: int = 1, go: Any = None, timeout: float = 300.0, **options: Any,
) -> list[Any]:
    """Play ``scenario`` with ``clients`` over ``processes`` and return each process's result."""
    load = Load(scenario, clients=clients, processes=processes, **options)
    await load.ready(timeout)
    load.go(go)
    return await load.results(timeout)


async def gather_in_waves(work: Iterable[Callable[[], Awaitable[Any]]], at_once: int = 50) -> list[Any]:
    """Run many coroutines, ``at_once`` at a time."""
    gate = asyncio.Semaphore(at_once)

    async def one(start: Callable[[], Awaitable[Any]]) -> Any:
        async with gate:
            return await start()

    return list(await asyncio.gather(*(one(start) for start in work)))
