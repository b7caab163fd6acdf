"""Cookies: in by a ticket, out by a button, and what a browser prefers.

A page talks over a socket and cannot set a cookie that scripts must not read; so a login that was accepted there is
exchanged here, once, for the cookie.
"""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from yunshequ.bootstrap import Container
from yunshequ.core.errors import NotPermitted, SignedOut
from yunshequ.core.i18n import LOCALES, N_, set_locale

COOKIE = 'ys_session'
COOKIE_SECONDS = 400 * 86400
"""The longest a browser keeps a cookie; the session's own expiry, on the server, is what counts and slides."""

LOCALE_COOKIE, LARGE_COOKIE, THEME_COOKIE = 'ys_locale', 'ys_large', 'ys_theme'
"""Read by pages before anybody has signed in, and by the script that prevents a flash of the wrong theme."""

YEAR_SECONDS = 365 * 86400
NO_STORE = {'Cache-Control': 'no-store'}

ELSEWHERE = N_('这个操作只能从本站页面发起')


def safe_path(path: str | None, default: str = '/') -> str:
    """Return ``path`` if it is one of this site, else ``default``: no other host, scheme, backslash or control sign."""
    if not path or not path.startswith('/') or path.startswith('//') or '\\' in path or not path.isprintable():
        return default
    parts = urlsplit(path)
    return default if parts.scheme or parts.netloc else path


def refuse_other_sites(request: Request, *, proof: bool) -> None:
    """Refuse what another site's page has started.

    Browsers name where a request comes from in Sec-Fetch-Site (over HTTPS and on localhost), Origin (POST) or Referer.
    With ``proof`` one of them must speak for us; without, none may speak against us.

    :raises NotPermitted: so it is.
    """
    fetch_site = request.headers.get('sec-fetch-site')
    if fetch_site is not None:
        if fetch_site != 'same-origin':
            raise NotPermitted(ELSEWHERE, rule='session.same_site')
        return
    source = request.headers.get('origin') or request.headers.get('referer')
    if source is None:
        if proof:
            raise NotPermitted(ELSEWHERE, rule='session.same_site')
        return
    if urlsplit(source).netloc.lower() != request.headers.get('host', '').lower():
        raise NotPermitted(ELSEWHERE, rule='session.same_site')


def router(container: Container) -> APIRouter:
    """Return the routes."""
    routes = APIRouter()
    accounts, settings = container.accounts, container.settings

    @routes.get('/session/enter')
    async def enter(request: Request, ticket: str, next: str = '/') -> Response:  # noqa: A002 - the parameter's public name
        """Exchange a ticket for the cookie. A link on another site cannot sign a visitor in as somebody else."""
        refuse_other_sites(request, proof=False)
        session_token = await accounts.redeem_ticket(ticket)
        if session_token is None:
            return RedirectResponse('/login?expired=1', 303, NO_STORE)
        old = request.cookies.get(COOKIE)
        if old:  # a browser holds one login; the one it replaces must not linger
            await accounts.sign_out(old)
        answer = RedirectResponse(safe_path(next), 303, NO_STORE)
        answer.set_cookie(
            COOKIE, session_token, max_age=COOKIE_SECONDS, httponly=True, samesite='lax', secure=settings.secure_cookies, path='/')
        return answer

    @routes.post('/session/leave')
    async def leave(request: Request) -> Response:
        """Sign this browser out."""
        refuse_other_sites(request, proof=True)
        token = request.cookies.get(COOKIE)
        if token:
            await accounts.sign_out(token)
        answer = RedirectResponse('/login', 303, NO_STORE)
        answer.delete_cookie(COOKIE, path='/', httponly=True, samesite='lax', secure=settings.secure_cookies)
        return answer

    @routes.get('/prefs')
    async def prefs(
        request: Request, locale: str | None = None, large: str | None = None, dark: str | None = None, next: str = '/',  # noqa: A002
    ) -> Response:
        """Keep language, 大字 and theme (``dark``: 1, 0 or auto) in cookies, and the language with the member too."""
        refuse_other_sites(request, proof=False)
        answer = RedirectResponse(safe_path(next), 303, NO_STORE)

        def keep(name: str, value: str) -> None:
            answer.set_cookie(name, value, max_age=YEAR_SECONDS, samesite='lax', secure=settings.secure_cookies, path='/')

        if locale in LOCALES:
            keep(LOCALE_COOKIE, locale)
            actor = await accounts.actor_of(request.cookies.get(COOKIE))
            if actor is not None and actor.locale != locale:
                await container.community.set_profile(actor, locale=locale)
        if large in {'0', '1'}:
            keep(LARGE_COOKIE, large)
        if dark in {'0', '1', 'auto'}:
            keep(THEME_COOKIE, {'0': 'light', '1': 'dark', 'auto': 'auto'}[dark])
        return answer

    return routes
