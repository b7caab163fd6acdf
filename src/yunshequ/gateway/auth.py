"""Who asks over plain HTTP, and from whose page."""

from collections.abc import Awaitable, Callable

from fastapi import Request

from yunshequ.bootstrap import Container
from yunshequ.core.errors import SignedOut
from yunshequ.core.i18n import set_locale
from yunshequ.core.policy import Actor
from yunshequ.gateway.session import COOKIE, refuse_other_sites


def require_actor(container: Container) -> Callable[[Request], Awaitable[Actor]]:
    """Return a dependency that gives the signed-in actor of a request, or refuses with ``SignedOut``."""

    async def actor_of(request: Request) -> Actor:
        actor = await container.accounts.actor_of(request.cookies.get(COOKIE))
        if actor is None:
            raise SignedOut
        set_locale(actor.locale)
        return actor

    return actor_of


def same_site(request: Request) -> None:
    """Refuse a changing request that another site's page has started (CSRF)."""
    refuse_other_sites(request, proof=True)
