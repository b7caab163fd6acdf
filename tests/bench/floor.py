"""What this machine can do at all: the same 400 bytes sent to 1,000 bare TCP connections, no protocol, no application.

``python -m tests.bench.floor``. Machines differ by a factor of two and more, and the same one from hour to hour: delays of other
benchmarks are to be read beside this figure, taken in the same run of the machine.
"""

import argparse
import multiprocessing
import os
import select
import socket
import statistics
import time
from multiprocessing.connection import Connection

from tests.bench.harness import LOAD_CORE, SERVER_CORE, pin, pinned, report

SIZE = 400
ROUNDS = 60
PAUSE = 0.03


def listen(port: int, clients: int, pipe: Connection) -> None:
    """Read whatever comes on ``clients`` connections until the other side ends them."""
    pin(LOAD_CORE)
    poll = select.epoll()
    connections = {}
    for _ in range(clients):
        connection = socket.create_connection(('127.0.0.1', port))
        connection.setblocking(False)
        connections[connection.fileno()] = connection
        poll.register(connection, select.EPOLLIN)
    pipe.send('ready')
    while True:
        for number, _ in poll.poll(1):
            if not connections[number].recv(65536):
                os._exit(0)


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--clients', type=int, default=1000)
    asked = parser.parse_args()
    allowed = os.sched_getaffinity(0) if pinned() else None
    pin(SERVER_CORE)
    server = socket.create_server(('127.0.0.1', 0), backlog=asked.clients + 10)
    context = multiprocessing.get_context('spawn')
    here, there = context.Pipe()
    process = context.Process(target=listen, args=(server.getsockname()[1], asked.clients, there), daemon=True)
    process.start()
    connections = [server.accept()[0] for _ in range(asked.clients)]
    for connection in connections:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    here.recv()
    payload, took = b'x' * SIZE, []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for connection in connections:
            connection.send(payload)
        took.append(time.perf_counter() - began)
        time.sleep(PAUSE)
    for connection in connections:
        connection.close()
    process.join(5)
    if allowed:
        os.sched_setaffinity(0, allowed)
    each = statistics.median(took) / asked.clients
    report(sends_per_s=round(1 / each), us_per_send=round(1e6 * each, 2), arguments=vars(asked))


if __name__ == '__main__':
    main()
