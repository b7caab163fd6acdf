"""Cookies: in by a ticket, out by a button, and what a browser prefers.

A page talks over a socket and cannot set a cookie that scripts must not read; so a login that was accepted there is
exchanged here, once, for the cookie.
"""

from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from yunshequ.bootstrap import Container
from yunshequ.core.errors import NotPermitted
from yunshequ.core.i18n import LOCALES, N_

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
    accounts = container.accounts
    secure = container.settings.secure_cookies

    def set_preference(answer: Response, name: str, value: str) -> None:
        answer.set_cookie(name, value, max_age=YEAR_SECONDS, samesite='lax', secure=secure, path='/')

    @routes.get('/session/enter')
    async def enter(request: Request, ticket: str, next: str = '/') -> Response:  # noqa: A002 - the parameter's public name
        """Exchange a ticket for the cookie. A link on another site cannot sign a visitor in as somebody else."""
        refuse_other_sites(request, proof=False)
        session_token = await accounts.redeem_ticket(ticket)
        if session_token is None:
            return RedirectResponse(f'/login?expired=1&next={quote(safe_path(next), safe="")}', 303, NO_STORE)
        await accounts.sign_out(request.cookies.get(COOKIE, ''))  # a browser holds one login: the one it replaces must not linger
        answer = RedirectResponse(safe_path(next), 303, NO_STORE)
        answer.set_cookie(COOKIE, session_token, max_age=COOKIE_SECONDS, httponly=True, samesite='lax', secure=secure, path='/')
        actor = await accounts.actor_of(session_token)
        if actor is not None and LOCALE_COOKIE not in request.cookies:
            set_preference(answer, LOCALE_COOKIE, actor.locale)
        return answer

    @routes.post('/session/leave')
    async def leave(request: Request) -> Response:
        """Sign this browser out."""
        refuse_other_sites(request, proof=True)
        await accounts.sign_out(request.cookies.get(COOKIE, ''))
        answer = RedirectResponse('/login', 303, NO_STORE)
        answer.delete_cookie(COOKIE, path='/', httponly=True, samesite='lax', secure=secure)
        return answer

    @routes.get('/prefs')
    async def prefs(request: Request, next: str = '/') -> Response:  # noqa: A002
        """Keep ``locale``, ``large`` (1, 0) and ``dark`` (1, 0, auto) in cookies of this browser; a GET changes nothing else."""
        refuse_other_sites(request, proof=False)
        answer = RedirectResponse(safe_path(next), 303, NO_STORE)
        for name, value in preferences(request.query_params).items():
            set_preference(answer, name, value)
        return answer

    return routes


def preferences(query: Mapping[str, str]) -> dict[str, str]:
    """Return the cookies that a request for preferences asks to set; unknown values set none."""
    values = {
        LOCALE_COOKIE: {name: name for name in LOCALES}.get(query.get('locale', '')),
        LARGE_COOKIE: {'0': '0', '1': '1'}.get(query.get('large', '')),
        THEME_COOKIE: {'0': 'light', '1': 'dark', 'auto': 'auto'}.get(query.get('dark', '')),
    }
    return {name: value for name, value in values.items() if value is not None}
