"""工作台: one queue of what needs somebody in office now, by deadline; every line opens the page behind it."""

from nicegui import Client, ui

from pages import frame, guards, live, shell
from pages.components.workbench import Workbench
from pages.live import Acts, Args, Call, identify
from pages.rooms.door import entry_acts
from pages.workbench.confirm import confirm_acts
from pages.workbench.lines import Line, queue
from pages.workbench.news import bridge, topics_of
from yunshequ.bootstrap import Container
from yunshequ.core.i18n import _
from yunshequ.core.policy import Actor

__all__ = ['queue', 'register']

PATH = '/staff'


def register(c: Container) -> None:
    """Add the page, what it asks, and what it hears."""
    fanout = live.fanout()
    acts = Acts(fanout)
    bridge(c, fanout)
    entry_acts(acts, c)
    confirm_acts(acts, c)

    def hear(client: Client | None, lines: list[Line]) -> None:
        if client is not None:
            fanout.join(client, *(line['topic'] for line in lines if line['topic']))

    @acts.on('workbench.list', ordered=False)
    async def listed(actor: Actor, _args: Args, call: Call) -> dict[str, list[Line]]:
        lines = await queue(c, actor)
        hear(Client.instances.get(call.client_id), lines)
        return {'lines': lines}

    @ui.page(PATH)
    @guards.in_office
    async def workbench(actor: Actor) -> None:
        identify(actor)
        client = ui.context.client
        await frame.hear(c, fanout, client, actor)
        topics = await topics_of(c, actor)
        fanout.join(client, *topics)
        lines = await queue(c, actor)
        hear(client, lines)
        with shell.staff(active='workbench', title=_('工作台'), **await frame.around(c, actor)):
            acts.bind(Workbench(topics=topics, lines=lines), actor)
