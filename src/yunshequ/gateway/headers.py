"""Headers that keep a page to itself, and one request id for each request's log lines."""

import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from yunshequ.core.ids import token
from yunshequ.core.logging import bound

CSP = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'self'{sockets}; font-src 'self' data:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
"""NiceGUI builds its pages with inline scripts and compiles Vue templates in the browser, so script-src cannot be
stricter; nothing may be loaded from or sent to another host. Older phones do not count sockets as ``'self'``: they are named."""

_HOST = re.compile(rb'[A-Za-z0-9.-]+(:\d+)?|\[[0-9A-Fa-f:]+\](:\d+)?')

_ALWAYS = [
    (b'x-content-type-options', b'nosniff'), (b'referrer-policy', b'same-origin'), (b'x-frame-options', b'SAMEORIGIN'),
    (b'permissions-policy', b'geolocation=(self), camera=(self), microphone=(self)'),
]


def policy(scope: Scope) -> bytes:
    """Return the content security policy for the host a page was asked of."""
    host = next((value for name, value in scope['headers'] if name == b'host'), b'')
    sockets = ' ws://{0} wss://{0}'.format(host.decode()) if _HOST.fullmatch(host) else ''
    return CSP.format(sockets=sockets).encode()


class SecurityHeaders:
    """ASGI layer around everything."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope['type'] != 'http':
            await self._app(scope, receive, send)
            return

        async def dressed(message: Message) -> None:
            if message['type'] == 'http.response.start':
                headers = message.setdefault('headers', [])
                names = {name.lower() for name, _ in headers}
                headers.extend(pair for pair in _ALWAYS if pair[0] not in names)
                if b'content-security-policy' not in names:
                    headers.append((b'content-security-policy', policy(scope)))
            await send(message)

        with bound(request=token(6)):
            await self._app(scope, receive, dressed)
