"""The way to a page, short: one look into a table instead of asking every route of two applications.

NiceGUI's pages are routes of an application of its own, mounted last: a request for one was matched against every route
of ours and theirs, and its few numbers went through FastAPI's dependencies. That was a fifth of what a page cost
(``python -m tests.bench.pages``). What the table does not know (other methods, arguments that do not fit) goes the old way.
"""

import inspect
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from nicegui import Client
from nicegui import app as nicegui_app
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

Endpoint = Callable[..., Coroutine[Any, Any, Response]]
Read = Callable[[str], Any]

_READ: dict[Any, Read] = {int: int, str: str}
_FOUND = 'yunshequ.page'


@dataclass(frozen=True, slots=True)
class _Page:
    route: Route
    endpoint: Endpoint
    takes: dict[str, Read]
    needs: frozenset[str]

    def arguments(self, given: dict[str, Any], request: Request) -> dict[str, Any] | None:
        """Return what the page is called with; None if something is missing or no number."""
        words = {**request.query_params, **given} if request.scope['query_string'] else given
        if not self.needs <= words.keys():
            return None
        try:
            return {name: read(words[name]) for name, read in self.takes.items() if name in words}
        except ValueError:
            return None


class PageRoutes(BaseRoute):
    """All pages registered so far, by the first part of their path."""

    def __init__(self) -> None:
        self._pages: dict[str, list[_Page]] = {}
        pages = set(Client.page_routes)
        for route in nicegui_app.routes:
            if isinstance(route, Route) and inspect.unwrap(route.endpoint, stop=pages.__contains__) in pages:
                page = _page(route)
                if page is not None:
                    self._pages.setdefault(_first(route.path), []).append(page)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As Starlette asks; a page is found together with its arguments."""
        if scope['type'] != 'http' or scope['method'] != 'GET':
            return Match.NONE, {}
        path = scope['path']
        for page in self._pages.get(_first(path), ()):
            found = page.route.path_regex.match(path)
            if found is not None:
                request = Request(scope)
                arguments = page.arguments(found.groupdict(), request)
                if arguments is None:
                    return Match.NONE, {}
                return Match.FULL, {'endpoint': page.endpoint, 'path_params': found.groupdict(), _FOUND: (page, arguments)}
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Build the page and send it; one that breaks is answered as NiceGUI's own application would answer."""
        page, arguments = scope.pop(_FOUND)
        request = Request(scope, receive, send)
        try:
            response = await page.endpoint(request=request, **arguments)
        except Exception as error:
            handler = _handler(error)
            if handler is None:
                raise
            response = await handler(request, error)
        await response(scope, receive, send)


def install(app: FastAPI) -> None:
    """Let pages registered so far be found first; call when all are."""
    app.router.routes.insert(0, PageRoutes())


def _handler(error: Exception) -> Any:
    handlers = nicegui_app.exception_handlers
    keys = [*([error.status_code] if isinstance(error, HTTPException) else []), *type(error).__mro__]
    return next((handlers[key] for key in keys if key in handlers), None)


def _first(path: str) -> str:
    return path[1:].partition('/')[0]


def _page(route: Route) -> _Page | None:
    """Return a page whose arguments are numbers and words only, None for another."""
    parameters = [p for name, p in inspect.signature(route.endpoint).parameters.items() if name != 'request']
    if any(p.annotation not in _READ for p in parameters):
        return None
    needs = frozenset(p.name for p in parameters if p.default is p.empty)
    return _Page(route, route.endpoint, {p.name: _READ[p.annotation] for p in parameters}, needs)
