"""Request bodies are capped while they arrive, before anything holds them in memory."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from yunshequ.core.i18n import N_, _

SMALL = 1 << 20
"""Bytes any request may have that is no upload."""
TOO_LARGE = N_('文件太大，最多 {limit} MB，请压缩或换一张再试')
FIELDS = {'/api/images': 'image'}
"""The field a refusal belongs to, by path; elsewhere ``file``."""


class BodyTooLarge(Exception):
    """More bytes came than the path allows."""


class BodyLimit:
    """ASGI layer: refuses a body by its declared length, and one that lies about it as soon as it is too long."""

    def __init__(self, app: ASGIApp, *, uploads: Mapping[str, int]) -> None:
        """``uploads``: the bytes each path that takes files may have."""
        self._app = app
        self._uploads = dict(uploads)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request under the cap of its path."""
        if scope['type'] != 'http' or scope['method'] in {'GET', 'HEAD', 'OPTIONS'}:
            await self._app(scope, receive, send)
            return
        limit = self._uploads.get(scope['path'], SMALL)
        declared = dict(scope['headers']).get(b'content-length', b'0')
        if not declared.isdigit() or int(declared) > limit:
            await self._refuse(limit, scope, receive, send)
            return
        seen = 0
        started = False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            if message['type'] == 'http.request':
                seen += len(message.get('body', b''))
                if seen > limit:
                    raise BodyTooLarge
            return message

        async def watched(message: Any) -> None:
            nonlocal started
            started = started or message['type'] == 'http.response.start'
            await send(message)

        try:
            await self._app(scope, counted, watched)
        except BodyTooLarge:
            if not started:
                await self._refuse(limit, scope, receive, send)

    @staticmethod
    async def _refuse(limit: int, scope: Scope, receive: Receive, send: Send) -> None:
        words = _(TOO_LARGE, limit=limit >> 20)
        body = {'error': {'code': 'too_large', 'words': words, 'field': FIELDS.get(scope['path'], 'file')}}
        await JSONResponse(body, 413, headers={'Connection': 'close'})(scope, receive, send)
