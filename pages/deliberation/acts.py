"""What the components of 议事 ask."""

from typing import Any

from nicegui import Client

from pages.ballots.data import line_data
from pages.deliberation.data import opinion_data, redline_data, topic_data, topic_line
from pages.live import Acts, Args, Call, Fanout, number, text
from pages.live.args import STALE
from yunshequ.bootstrap import Container
from yunshequ.core.errors import Invalid
from yunshequ.core.policy import Actor
from yunshequ.deliberation.schemas import Stance


async def overview(c: Container, actor: Actor) -> dict[str, Any]:
    """Return what 议事 shows to somebody: open votes, topics, and what was decided, with and without a vote."""
    return {
        'open': [line_data(item) for item in await c.ballots.list_open(actor)],
        'topics': [topic_line(item) for item in await c.deliberation.topics(actor)],
        'decided': [topic_line(item) for item in await c.deliberation.decided(actor)],
        'closed': [line_data(item) for item in await c.ballots.list_decided(actor)],
    }


def add_list_acts(acts: Acts, c: Container, fanout: Fanout) -> None:
    """Answer ``deliberation.overview``."""

    @acts.on('deliberation.overview', ordered=False)
    async def board(actor: Actor, _args: Args, call: Call) -> dict[str, Any]:
        seen = await overview(c, actor)
        client = Client.instances.get(call.client_id)
        if client is not None:
            fanout.join(client, *(f'ballot:{one["id"]}' for one in seen['open']))
        return seen


def add_topic_acts(acts: Acts, c: Container, fanout: Fanout) -> None:
    """Answer ``topic.state``, ``topic.compare``, ``topic.draft``, ``topic.opinions``, ``opinion.post``, ``opinion.weigh``."""

    @acts.on('topic.state', ordered=False)
    async def state(actor: Actor, args: Args, call: Call) -> dict[str, Any]:
        topic_id = number(args, 'topic_id')
        votes = [line_data(item) for item in await c.ballots.of_topic(actor, topic_id)]
        client = Client.instances.get(call.client_id)
        if client is not None:
            fanout.join(client, *(f'ballot:{one["id"]}' for one in votes))
        return topic_data(await c.deliberation.topic(actor, topic_id)) | {'ballots': votes}

    @acts.on('topic.compare', ordered=False)
    async def compare(actor: Actor, args: Args) -> dict[str, Any]:
        pieces = await c.deliberation.compare(actor, number(args, 'topic_id'), number(args, 'old'), number(args, 'new'))
        return {'pieces': redline_data(pieces)}

    @acts.on('topic.draft', ordered=False)
    async def draft(actor: Actor, args: Args) -> dict[str, Any]:
        return {'body': await c.deliberation.draft_text(actor, number(args, 'topic_id'), number(args, 'number'))}

    @acts.on('topic.opinions', ordered=False)
    async def opinions(actor: Actor, args: Args) -> dict[str, Any]:
        found = await c.deliberation.opinions(actor, number(args, 'topic_id'), before=number(args, 'before'))
        return {'opinions': [opinion_data(one) for one in found]}

    @acts.on('opinion.post')
    async def post(actor: Actor, args: Args) -> dict[str, Any]:
        return opinion_data(await c.deliberation.post_opinion(
            actor, number(args, 'topic_id'), text(args, 'body'), client_id=text(args, 'client_id')))

    @acts.on('opinion.weigh')
    async def weigh(actor: Actor, args: Args) -> dict[str, Any]:
        given = args.get('stance')
        if given is not None and given not in set(Stance):
            raise Invalid(STALE, field='stance')
        stance = None if given is None else Stance(given)
        agree, disagree, skip = await c.deliberation.weigh(actor, number(args, 'opinion_id'), stance)
        return {'agree': agree, 'disagree': disagree, 'skip': skip, 'mine': given}
