"""What we compare with: ``websockets``' ``broadcast``, same frames and loop: ``python -m tests.bench.broadcast PORT``."""

import asyncio
import sys
from http import HTTPStatus

import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from pages.live import frames
from tests.bench.fanout import TEXT


async def main(port: int) -> None:
    """Broadcast what anybody says to everybody."""
    everybody: set[ServerConnection] = set()
    said = 0

    async def serve_one(connection: ServerConnection) -> None:
        nonlocal said
        everybody.add(connection)
        try:
            async for message in connection:
                said += 1
                body = frames.encode({
                    't': 'room:1', 'k': 'message', 'seq': said, 'due': float(message), 'client_id': 'x' * 36, 'text': TEXT,
                })
                broadcast(everybody, b'42["live",' .decode() + body.decode() + ']')
        finally:
            everybody.discard(connection)

    def answer(_: ServerConnection, request: Request) -> Response | None:
        return Response(HTTPStatus.OK, 'OK', Headers({'content-length': '0'}), b'') if request.path == '/ready' else None

    async with serve(serve_one, '127.0.0.1', port, compression=None, process_request=answer):
        await asyncio.get_running_loop().create_future()


if __name__ == '__main__':
    uvloop.run(main(int(sys.argv[1])))
