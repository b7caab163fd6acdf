"""What the card of a chain shows, asks and hears."""

from typing import Any

from pages.cards import LiveCards
from pages.live import Acts, Args, Fanout, number, text
from yunshequ.bootstrap import Container
from yunshequ.chains.events import ChainTurned, LineSet, LineTaken
from yunshequ.chains.schemas import ChainView
from yunshequ.core.bus import Event
from yunshequ.core.policy import Actor


def chain_data(view: ChainView, me: str) -> dict[str, Any]:
    """Return a chain as its card takes it; ``me`` is the reader's name, the line most people join with."""
    return {
        'kind': 'chain', 'id': view.id, 'room': view.room_id, 'title': view.title, 'example': view.example, 'most': view.most,
        'closes_at': view.closes_at.isoformat() if view.closes_at else None, 'closed': view.closed, 'version': view.version,
        'starter': view.starter.name, 'starter_id': view.starter.id, 'may_manage': view.may_manage, 'me': me,
        'lines': [{'id': one.id, 'member_id': one.member.id, 'name': one.member.name, 'text': one.text} for one in view.lines],
    }


def add_cards(cards: LiveCards, c: Container) -> None:
    """Let rooms show chains as live cards."""

    async def state(actor: Actor, chain_id: int) -> dict[str, Any]:
        view = await c.chains.view(actor, chain_id)
        return chain_data(view, (await c.rooms.card(view.room_id, actor.member_id)).name)

    def add_acts(acts: Acts) -> None:
        @acts.on('chain.put')
        async def put(actor: Actor, args: Args) -> dict[str, Any]:
            await c.chains.put(actor, number(args, 'chain_id'), text(args, 'text'))
            return await state(actor, number(args, 'chain_id'))

        @acts.on('chain.take')
        async def take(actor: Actor, args: Args) -> dict[str, Any]:
            await c.chains.take(actor, number(args, 'chain_id'))
            return await state(actor, number(args, 'chain_id'))

        @acts.on('chain.turn')
        async def turn(actor: Actor, args: Args) -> dict[str, Any]:
            await c.chains.turn(actor, number(args, 'chain_id'), closed=args.get('closed') is True)
            return await state(actor, number(args, 'chain_id'))

    cards.add('chain', state, add_acts)


def bridge(c: Container, fanout: Fanout) -> None:
    """Send what happens to chains to the cards that show them."""

    def on_change(event: Event) -> None:
        if isinstance(event, LineSet):
            line = {'id': event.line_id, 'member_id': event.member_id, 'name': event.name, 'text': event.text}
            fanout.publish(event.topic, 'line', {'version': event.version, 'line': line})
        elif isinstance(event, LineTaken):
            fanout.publish(event.topic, 'gone', {'version': event.version, 'line_id': event.line_id})
        elif isinstance(event, ChainTurned):
            fanout.publish(event.topic, 'turned', {'version': event.version, 'closed': event.closed})

    c.bus.subscribe('chain:', on_change)
