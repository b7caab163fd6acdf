"""What a browser sees of an address that leads nowhere and of a page that broke: our words, never the program's."""

from fastapi.exceptions import RequestValidationError
from loguru import logger
from nicegui import Client
from nicegui import app as nicegui_app
from nicegui.page import page
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from pages import guards
from yunshequ.core.errors import AppError, NotFound
from yunshequ.core.i18n import N_, set_locale

NOWHERE = N_('没有这个页面，地址可能写错了，或者内容已经撤下')


class BrokenError(AppError):
    """A page could not be built; the log knows why, the browser need not."""

    code = 'error'
    status = 500

    def __init__(self, message: str = N_('这一页暂时打不开，问题已经记下，请稍后再试'), /) -> None:
        super().__init__(message)


def install() -> None:
    """Answer in our words from now on; called once by ``pages.mount``."""
    nicegui_app.exception_handler(404)(_nowhere)
    nicegui_app.exception_handler(RequestValidationError)(_nowhere)
    nicegui_app.exception_handler(Exception)(_broken)


async def _nowhere(request: Request, error: Exception) -> Response:
    """An unknown address, or a number in one that is none."""
    if isinstance(error, HTTPException) and not _is_page(request) and request.scope.get('endpoint') not in {None, nicegui_app}:
        return JSONResponse({'detail': error.detail}, error.status_code)  # a file, asked for by a page
    return _page(request, NotFound(NOWHERE))


async def _broken(request: Request, error: Exception) -> Response:
    if not _is_page(request):
        raise error
    logger.opt(exception=error).error('a page failed')
    return _page(request, BrokenError())


def _is_page(request: Request) -> bool:
    return bool(request.scope.get('nicegui_page_path'))


def _page(request: Request, refusal: AppError) -> Response:
    set_locale(guards.locale_of(request))
    with Client(page(''), request=request) as client:
        guards.refused(refusal)
    return client.build_response(request, refusal.status)
