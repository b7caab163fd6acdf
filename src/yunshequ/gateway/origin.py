"""Live lines are opened from our own pages only: a page of another site cannot ride on a visitor's cookies (WebSocket hijacking)."""

from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

SOCKETS = '/_nicegui_ws/'
"""Where NiceGUI's Socket.IO answers; it allows every origin itself, also over polling."""


class OwnPagesOnly:
    """ASGI layer: refuses a socket, or a polling request in its place, whose Origin names another host.

    Ports are not compared: proxies drop them from Host, and cookies do not know them either. Programs send no Origin.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        is_socket = scope['type'] == 'websocket'
        is_live = is_socket or (scope['type'] == 'http' and scope['path'].startswith(SOCKETS))
        if not (is_live and _from_elsewhere(scope)):
            await self._app(scope, receive, send)
        elif is_socket:
            await receive()  # websocket.connect
            await send({'type': 'websocket.close', 'code': 1008})  # before it is accepted: the browser gets 403
        else:
            await PlainTextResponse('', 403)(scope, receive, send)


def _from_elsewhere(scope: Scope) -> bool:
    headers = dict(scope['headers'])
    origin = headers.get(b'origin')
    return origin is not None and _host(origin.decode('latin-1')) != _host('//' + headers.get(b'host', b'').decode('latin-1'))


def _host(address: str) -> str:
    """Return the host of an address without its port, nothing if it cannot be read (Origin may be ``null``)."""
    try:
        return urlsplit(address).hostname or ''
    except ValueError:
        return ''
