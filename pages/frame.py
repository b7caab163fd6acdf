"""What stands around every page for the one who looks at it: red numbers, the incident bar, live topics."""

from typing import Any

from nicegui import Client

from pages.emergency.data import incident_data
from pages.live import Fanout
from yunshequ.bootstrap import Container
from yunshequ.core.policy import Actor
from yunshequ.emergency.reading import gravest


async def hear(c: Container, fanout: Fanout, client: Client, actor: Actor) -> None:
    """Join the topics every page of a person listens to: their own, their login's, their communities' (the red bar)."""
    fanout.join(client, f'member:{actor.member_id}')
    if actor.session_id is not None:
        fanout.join(client, f'session:{actor.session_id}')
    for grant in await c.community.grants_of(actor.member_id):
        place = await c.community.community_of(int(grant.path.strip('/').rsplit('/', 1)[-1]))
        if place is not None:
            fanout.join(client, f'place:{place.id}')


async def alone(c: Container, actor: Actor) -> dict[str, Any]:
    """Return the arguments of a page without tabs (a conversation on a phone): the incident bar only, no numbers to count."""
    alarm = gravest(await c.emergency.red_bar(actor))
    return {'incident': incident_data(alarm) if alarm else None, 'topic': f'member:{actor.member_id}'}


async def around(c: Container, actor: Actor) -> dict[str, Any]:
    """Return the arguments of ``shell.resident`` and ``shell.staff`` that depend on the person."""
    return await alone(c, actor) | {
        'unread': {'messages': await c.rooms.unread_total(actor), 'deliberate': await c.ballots.to_do(actor)},
        'office': bool(await c.community.offices(actor.member_id)),
    }
