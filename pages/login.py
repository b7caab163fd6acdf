"""/login: a phone with a one-time code or a password; in the demo, people to enter as."""

from dataclasses import replace
from textwrap import wrap
from typing import Any
from urllib.parse import urlencode

import segno
from nicegui import Client, ui
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pages import guards, live, shell
from pages.components.login import LoginForm
from pages.live import Acts, Args, Call, text
from yunshequ.accounts.codes import PAUSE
from yunshequ.accounts.schemas import PendingSignIn, SignIn
from yunshequ.bootstrap import Container
from yunshequ.core.errors import SignedOut
from yunshequ.core.i18n import _, current_locale
from yunshequ.core.policy import Actor
from yunshequ.gateway.session import safe_path


def request_of(call: Call) -> Request:
    """Return the request of the page an act comes from.

    :raises SignedOut: the page is gone.
    """
    client = Client.instances.get(call.client_id)
    if client is None:
        raise SignedOut
    return client.request


class Door:
    """The login form wherever it stands: on its own page and on an invitation."""

    def __init__(self, c: Container, acts: Acts) -> None:
        self._c = c
        self._acts = acts
        acts.on('code', ordered=False)(self._code)
        acts.on('enter')(self._enter)
        acts.on('password')(self._password)
        acts.on('demo')(self._demo)
        acts.on('prove')(self._prove)

    async def form(self, next_path: str, *, offer_demo: bool = False, **words: str) -> None:
        """Put the form on the page being built; ``offer_demo`` adds the demo's people, where there are any."""
        demo = [account.model_dump() for account in await self._c.accounts.demo_accounts()] if offer_demo else []
        form = LoginForm(next_path=safe_path(next_path), demo=demo, edition=self._c.privacy.rules.notice.version, **words)
        self._acts.bind(form, replace(guards.NOBODY, locale=current_locale()))

    async def _code(self, _actor: Actor, args: Args, call: Call) -> dict[str, Any]:
        sent = await self._c.accounts.request_code(text(args, 'phone'), guards.address(request_of(call)))
        return {'again': int(PAUSE.total_seconds()), 'shown': sent.shown}

    async def _enter(self, _actor: Actor, args: Args, call: Call) -> dict[str, Any]:
        request = request_of(call)
        return await self._answered(args, await self._c.accounts.sign_in_code(
            text(args, 'phone'), text(args, 'code'), guards.address(request), guards.device(request)))

    async def _password(self, _actor: Actor, args: Args, call: Call) -> dict[str, Any]:
        request = request_of(call)
        return await self._answered(args, await self._c.accounts.sign_in_password(
            text(args, 'phone'), text(args, 'password'), guards.address(request), guards.device(request)))

    async def _prove(self, _actor: Actor, args: Args) -> dict[str, Any]:
        proven = await self._c.accounts.prove(text(args, 'pending'), text(args, 'factor'))
        return await self._accepted(args, proven.sign_in) | {'recovery': list(proven.recovery)}

    async def _answered(self, args: Args, answer: SignIn | PendingSignIn) -> dict[str, Any]:
        if isinstance(answer, SignIn):
            return await self._accepted(args, answer)
        picture = segno.make(answer.uri, error='m', micro=False).svg_data_uri(scale=5, border=3, light='#fff') if answer.uri else ''
        return {'pending': answer.token, 'key': ' '.join(wrap(answer.key or '', 4)), 'picture': picture}

    async def _demo(self, _actor: Actor, args: Args, call: Call) -> dict[str, Any]:
        member_id = args.get('member_id')
        return await self._accepted(args, await self._c.accounts.sign_in_demo(
            member_id if isinstance(member_id, int) else 0, guards.device(request_of(call))))

    async def _accepted(self, args: Args, sign_in: SignIn) -> dict[str, Any]:
        await self._c.privacy.consents.note_notice(sign_in.actor)
        ticket = await self._c.accounts.issue_ticket(sign_in)
        return {'href': '/session/enter?' + urlencode({'ticket': ticket, 'next': safe_path(text(args, 'next'))})}


def register(c: Container) -> Door:
    """Add the page; the door it returns may stand on other pages too."""
    door = Door(c, Acts(live.fanout()))

    @ui.page('/login')
    async def login(request: Request, next: str = '/', expired: str = '') -> Response | None:  # noqa: A002 - the parameter's public name
        if await guards.actor(request) is not None:
            ui.context.client.delete()
            return RedirectResponse(safe_path(next), 303, {'Cache-Control': 'no-store'})
        with shell.plain(_('登录')):
            await door.form(next, offer_demo=True, notice=_('刚才的登录链接已过期，请再登录一次') if expired else '')
        return None

    return door
