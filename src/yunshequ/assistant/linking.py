"""Links of entries to our own pages (办事链接): those that lead a reader nowhere are not shown, and come onto the keeper's desk.

What a page is, and who may see it, the pages know: they say it through ``Linking.look``. Nothing outside is ever fetched.
"""

from collections.abc import Awaitable, Callable, Sequence

from yunshequ.assistant import rich
from yunshequ.assistant.catalogue import Published
from yunshequ.assistant.schemas import EntryDraft, EntryView
from yunshequ.core.policy import Actor

Look = Callable[[Actor, Sequence[str]], Awaitable[frozenset[str]]]
"""Returns those of some addresses of our own that are no page, or none of the reader's business."""


async def nothing_gone(_actor: Actor, _hrefs: Sequence[str]) -> frozenset[str]:
    """Know no pages: a process that serves none."""
    return frozenset()


class Linking:
    """Asks the pages."""

    def __init__(self) -> None:
        self.look: Look = nothing_gone

    async def gone(self, actor: Actor, entry: Published | EntryView | EntryDraft) -> frozenset[str]:
        """Return the addresses of our own that an entry links to and that ``actor`` cannot open."""
        hrefs = own(entry)
        return await self.look(actor, hrefs) if hrefs else frozenset()


def own(entry: Published | EntryView | EntryDraft) -> tuple[str, ...]:
    """Return the addresses of our own that an entry links to, below its answer and in it."""
    return tuple(dict.fromkeys(href for href in (*(link.href for link in entry.links), *rich.links_of(entry.answer)) if href.startswith('/')))
