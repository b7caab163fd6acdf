"""Links to our own pages inside conversations (链接卡片): a title for the reader who may see the page, nothing for others.

Nothing outside is ever fetched: a link that leads elsewhere stays a link.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from nicegui import Client
from starlette.routing import compile_path

from pages.live import Acts, Args, Call
from yunshequ.bootstrap import Container
from yunshequ.core.errors import AppError, Invalid, NotFound, NotPermitted
from yunshequ.core.i18n import N_, _
from yunshequ.core.policy import Actor

AT_ONCE = 20
"""Links one question may ask about."""

Title = Callable[[Actor, int], Awaitable[str]]
"""Returns the title of a page for a reader, or refuses as the page itself would."""


@dataclass(frozen=True, slots=True)
class _Kind:
    pattern: re.Pattern[str]
    icon: str
    what: str
    title: Title


class OwnLinks:
    """The kinds of pages that show as cards."""

    def __init__(self) -> None:
        self._kinds: list[_Kind] = []

    def add(self, folder: str, icon: str, what: str, title: Title) -> None:
        """Let ``/{folder}/{number}`` show as a card; ``what`` is a message id that says what it is."""
        self._kinds.append(_Kind(re.compile(rf'/{folder}/(\d{{1,18}})/?'), icon, what, title))

    async def card(self, actor: Actor, path: str) -> dict[str, str] | None:
        """Return ``{title, icon, what}`` of a page, or None if it is no such page or none of the reader's business."""
        for kind in self._kinds:
            if (found := kind.pattern.fullmatch(path)) is not None:
                try:
                    return {'title': await kind.title(actor, int(found.group(1))), 'icon': kind.icon, 'what': _(kind.what)}
                except AppError:
                    return None
        return None

    async def gone(self, actor: Actor, hrefs: Sequence[str]) -> frozenset[str]:
        """Return those addresses of our own that are no page for people, or none that the reader may see."""
        return frozenset([href for href in hrefs if await self._is_gone(actor, urlsplit(href).path)])

    async def _is_gone(self, actor: Actor, path: str) -> bool:
        for kind in self._kinds:
            if (found := kind.pattern.fullmatch(path)) is not None:
                try:
                    await kind.title(actor, int(found.group(1)))
                except (NotFound, NotPermitted):
                    return True
                except AppError:
                    return False  # busy, or another trouble that passes
                return False
        if path.startswith('/staff'):
            return True
        return not any(compile_path(page)[0].fullmatch(path) for page in set(Client.page_routes.values()))

    def acts(self, acts: Acts) -> None:
        """Register ``links`` {paths} -> {cards: {path: card}}."""

        @acts.on('links', ordered=False)
        async def links(actor: Actor, args: Args, _call: Call) -> dict[str, Any]:
            paths = args.get('paths')
            if not isinstance(paths, list) or len(paths) > AT_ONCE or not all(isinstance(one, str) for one in paths):
                raise Invalid(N_('一次最多查看 20 个链接'), field='paths')
            return {'cards': {path: card for path in paths if (card := await self.card(actor, path)) is not None}}


def own_links(c: Container) -> OwnLinks:
    """Return the pages people send each other: rooms, votes, topics, incidents, calls for volunteers."""
    links = OwnLinks()

    async def room(actor: Actor, key: int) -> str:
        return (await c.rooms.require_inside(actor, key)).title

    async def ballot(actor: Actor, key: int) -> str:
        return (await c.ballots.state(actor, key)).title

    async def topic(actor: Actor, key: int) -> str:
        return (await c.deliberation.topic(actor, key)).title

    async def incident(actor: Actor, key: int) -> str:
        return (await c.emergency.incident(actor, key)).incident.title

    async def guide(actor: Actor, key: int) -> str:
        return (await c.assistant.guide(actor, key)).question

    async def call(actor: Actor, key: int) -> str:
        return (await c.emergency.card_state(actor, key)).title

    links.add('rooms', 'forum', N_('群'), room)
    links.add('ballots', 'how_to_vote', N_('表决'), ballot)
    links.add('deliberate', 'forum', N_('议事'), topic)
    links.add('emergency', 'campaign', N_('应急'), incident)
    links.add('services/guide', 'menu_book', N_('办事指南'), guide)
    links.add('calls', 'volunteer_activism', N_('志愿者招募'), call)
    return links
