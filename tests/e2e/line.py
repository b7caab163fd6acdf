"""A line between a browser and the server that can go dead without a word, as in a lift or behind a forgetful router."""

import asyncio
import contextlib


class Line:
    """Carries bytes to ``target`` (a port here) until it is cut."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._dead = False
        self._connections: list[_Connection] = []
        self._server: asyncio.Server | None = None

    async def open(self) -> str:
        """Begin to carry; return the address to call."""
        self._server = await asyncio.start_server(self._accept, '127.0.0.1', 0)
        return f'http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}'

    def cut(self) -> None:
        """From now on nothing goes through and nobody is told; connections of this time stay silent for ever."""
        self._dead = True
        for connection in self._connections:
            connection.silence()

    def mend(self) -> None:
        """Let new connections through."""
        self._dead = False

    async def close(self) -> None:
        """End everything."""
        if self._server is not None:
            self._server.close()
        for connection in self._connections:
            connection.end()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._dead:
            writer.transport.abort()
            return
        connection = _Connection(reader, writer)
        self._connections.append(connection)
        await connection.carry(self._target)


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._near = (reader, writer)
        self._writers = [writer]
        self._silent = False

    async def carry(self, port: int) -> None:
        try:
            far = await asyncio.open_connection('127.0.0.1', port)
        except OSError:
            self.end()
            return
        self._writers.append(far[1])
        await asyncio.gather(self._pump(self._near[0], far[1]), self._pump(far[0], self._near[1]))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if self._silent:
                    continue  # swallowed
                writer.write(data)
                await writer.drain()
        if not self._silent:
            writer.close()

    def silence(self) -> None:
        self._silent = True

    def end(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
