"""The plain HTTP side of the process: routes, refusals in words, security headers. Pages are mounted on it later."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from yunshequ.bootstrap import Container
from yunshequ.core.errors import AppError
from yunshequ.gateway import exports, files, health, images, knowledge, my_data, rolls, session, uploads
from yunshequ.gateway.headers import SecurityHeaders
from yunshequ.gateway.limits import BodyLimit
from yunshequ.gateway.origin import OwnPagesOnly


def create(container: Container) -> FastAPI:
    """Return the application; its lifespan starts and stops the container."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await container.start()
        yield
        await container.stop()

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)

    @app.exception_handler(AppError)
    async def refuse(_request: Request, error: AppError) -> JSONResponse:
        body: dict[str, Any] = {'code': error.code, 'words': error.words(), 'field': error.field, 'rule': error.rule}
        return JSONResponse({'error': body}, error.status)

    for part in (session, images, files, rolls, knowledge, exports, my_data, health):
        app.include_router(part.router(container))
    app.add_middleware(OwnPagesOnly)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(BodyLimit, uploads={
        '/api/images': container.settings.upload_max_mb << 20, files.UPLOAD: container.settings.file_max_mb << 20,
        rolls.CHECK: uploads.BODY_BYTES, rolls.IMPORT: uploads.BODY_BYTES,
        knowledge.CHECK: uploads.BODY_BYTES, knowledge.IMPORT: uploads.BODY_BYTES})
    return app
