"""Who is looking at a page: asked for every page, and again for every act on a page that stays open.

A page that needs somebody signed in::

    @ui.page('/messages')
    @guards.signed_in
    async def messages(actor: Actor, client: Client) -> None: ...

``signed_in`` sends others to ``/login?next=…``, sets language and logging context, and shows a refusal of the service
(``NotFound``, ``NotPermitted``) as a page of its own. ``in_office`` also wants a role of office somewhere.
"""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import wraps
from html import escape
from typing import Any
from urllib.parse import quote

from nicegui import Client, ui
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pages import live, shell
from pages.live import Fanout
from pages.live.mount import identify
from yunshequ.accounts.events import SessionRevoked
from yunshequ.bootstrap import Container
from yunshequ.community.events import RolesChanged
from yunshequ.core.bus import Event
from yunshequ.core.errors import AppError, NotFound, NotPermitted, SignedOut
from yunshequ.core.i18n import LOCALES, N_, _, set_locale
from yunshequ.core.logging import bound
from yunshequ.core.policy import STAFF_ROLES, Actor, Role
from yunshequ.gateway.session import COOKIE, LOCALE_COOKIE, safe_path

Page = Callable[..., Awaitable[Response | None]]

LARGEST = (1 << 63) - 1
"""The largest number an address may name; none of ours is larger, and no database knows what to do with one."""

NOBODY = Actor(0)
"""Who acts on a page for people who have not signed in; holds no role anywhere."""

_bound: list[Container] = []


def bind(container: Container) -> None:
    """Ask this container from now on; called once by ``pages.mount`` (and by tests) before pages are registered."""
    _bound[:] = [container]


def container() -> Container:
    """Return the container the pages stand on.

    :raises LookupError: ``bind`` has not been called.
    """
    if not _bound:
        raise LookupError('guards.bind(container) comes first')
    return _bound[-1]


def locale_of(request: Request, actor: Actor | None = None) -> str:
    """Return the language to speak: this device's choice, else the member's, else the setting."""
    chosen = request.cookies.get(LOCALE_COOKIE)
    if chosen in LOCALES:
        return chosen
    return actor.locale if actor is not None else container().settings.locale


def address(request: Request) -> str:
    """Return the visitor's network address, for throttles; the server has already applied ``behind_proxy``."""
    return request.client.host if request.client is not None else 'unknown'


def device(request: Request) -> str:
    """Return a short label of the visitor's device, e.g. ``微信 · Android``, for the list of signed-in devices."""
    agent = request.headers.get('user-agent', '')
    systems = (('HarmonyOS', 'HarmonyOS'), ('Android', 'Android'), ('iPhone', 'iPhone'), ('iPad', 'iPad'),
               ('Windows', 'Windows'), ('Macintosh', 'Mac'), ('Linux', 'Linux'))
    programs = (('MicroMessenger', '微信'), ('Edg', 'Edge'), ('Firefox', 'Firefox'), ('Chrome', 'Chrome'), ('Safari', 'Safari'))
    found = [next((name for mark, name in table if mark in agent), '') for table in (programs, systems)]
    return ' · '.join(name for name in found if name)


async def actor(request: Request) -> Actor | None:
    """Return who is signed in on this browser, None if nobody, and speak their language for the rest of this request."""
    found = await container().accounts.actor_of(request.cookies.get(COOKIE))
    locale = locale_of(request, found)
    set_locale(locale)
    return None if found is None else replace(found, locale=locale)


async def actor_of_client(client: Client) -> Actor:
    """Return who is signed in on an open page, looked up afresh: a page may outlive its login.

    :raises SignedOut: nobody any more.
    """
    found = await actor(client.request)
    if found is None:
        raise SignedOut
    return found


async def still_in(acting: Actor) -> None:
    """Return if the login an open page was made for still stands; for whoever keeps only the actor.

    :raises SignedOut: it has ended.
    """
    if acting.member_id != NOBODY.member_id:
        await container().accounts.require_open(acting)


def to_login(request: Request) -> RedirectResponse:
    """Return the way to the login page and back."""
    here = request.url.path + (f'?{request.url.query}' if request.url.query else '')
    return RedirectResponse(f'/login?next={quote(safe_path(here), safe="")}', 303, {'Cache-Control': 'no-store'})


def signed_in(page: Page) -> Page:
    """Let only signed-in people onto ``page``, which takes ``actor`` and may take ``request``."""
    return _guarded(page, None)


def in_office(page: Page) -> Page:
    """Let only people in office (楼栋长 and staff) onto ``page``; what they may do there is the services' affair."""
    return _guarded(page, STAFF_ROLES | {Role.BUILDING_LEAD})


def _guarded(page: Page, offices: frozenset[Role] | None) -> Page:
    given = inspect.signature(page).parameters

    @wraps(page)
    async def guarded(*, request: Request, **arguments: Any) -> Response | None:
        acting = await actor(request)
        if acting is None:
            ui.context.client.delete()
            return to_login(request)
        if 'request' in given:
            arguments['request'] = request
        identify(acting)
        live.fanout().join(ui.context.client, f'session:{acting.session_id}', f'member:{acting.member_id}')
        with bound(actor=acting.member_id):
            try:
                if offices is not None and not await _holds(acting, offices):
                    raise NotPermitted(N_('这一页只对楼栋长、网格员和社区工作人员开放'), rule='pages.in_office')
                if any(isinstance(value, int) and abs(value) > LARGEST for value in arguments.values()):
                    raise NotFound
                return await page(actor=acting, **arguments)
            except AppError as refusal:
                fanout = live.fanout()
                fanout.leave(ui.context.client, *fanout.topics_of(ui.context.client))  # a refused page hears nothing
                refused(refusal)
        return None

    wanted = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for name, p in given.items() if name not in {'actor', 'request'}]
    asking = inspect.Parameter('request', inspect.Parameter.KEYWORD_ONLY, annotation=Request)
    guarded.__signature__ = inspect.Signature([asking, *wanted])  # type: ignore[attr-defined]
    return guarded


async def _holds(acting: Actor, offices: frozenset[Role]) -> bool:
    return any(office.role in offices for office in await container().community.offices(acting.member_id))


def refused(refusal: AppError) -> None:
    """Turn the page being built into one that says what was refused and offers the way back."""
    client = ui.context.client
    client.content.clear()
    for element in list(client.layout.default_slot.children):
        if element is not client.page_container:
            element.delete()
    client.layout.classes(replace='nicegui-layout')
    client.status_code = refusal.status
    with shell.plain(_('暂时不能查看')), ui.element('section').classes('ys-empty'):
        ui.html('<img src="/static/img/xiaoqi.svg" alt="">', sanitize=False)
        ui.html(escape(refusal.words()), tag='h1', sanitize=False).style('font-size: 1.125rem; line-height: 1.5; margin: 0')
        way = refusal.way_out
        if way is not None:
            ui.link(_(way.link), way.href).classes('ys-btn ys-btn-main')
        ui.link(_('回到首页'), '/').classes('ys-btn' if way is not None else 'ys-btn ys-btn-main')


def watch(fanout: Fanout) -> None:
    """Let open pages feel at once what happened to their login or their rights; called once by ``pages.mount``.

    Acts are checked each time whatever the page shows; loading anew makes it show the truth. What was typed is kept.
    A page joins again what it still may when it loads; one that does not load hears nothing more.
    """
    bus = container().bus
    fanout.check = still_in

    def load_anew(event: Event) -> None:
        if not isinstance(event, SessionRevoked | RolesChanged):
            return
        fanout.publish(event.topic, 'reload', {})
        for client_id in fanout.listeners(event.topic):
            fanout.leave(client_id, *(topic for topic in fanout.topics_of(client_id) if topic != event.topic))

    bus.subscribe('session:', load_anew)
    bus.subscribe('member:', load_anew)
