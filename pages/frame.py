"""What stands around every page for the one who looks at it: red numbers, the incident bar, and what keeps both fresh."""

from typing import Any

from nicegui import Client, ui
from nicegui.element import Element

from pages import live
from pages.emergency.data import incident_data
from pages.live import Acts, Args, Call, Fanout
from yunshequ.bootstrap import Container
from yunshequ.core.policy import Actor
from yunshequ.emergency.reading import gravest

_acts: list[tuple[Container, Acts]] = []


def _answers(c: Container) -> Acts:
    """Return what answers the frames of open pages; made once for each application."""
    fanout = live.fanout()
    if not _acts or _acts[0][0] is not c or _acts[0][1].fanout is not fanout:
        _acts[:] = [(c, _made(c, fanout))]
    return _acts[0][1]


def _made(c: Container, fanout: Fanout) -> Acts:
    acts = Acts(fanout)

    @acts.on('frame.numbers', ordered=False)
    async def asked_numbers(actor: Actor, _args: Args, call: Call) -> dict[str, Any]:
        found = await _numbers(c, actor)
        client = Client.instances.get(call.client_id)
        if client is not None:
            _hear_rooms(fanout, client, found['rooms'])
        return found

    @acts.on('frame.alarm', ordered=False)
    async def asked_alarm(actor: Actor, _args: Args) -> dict[str, Any]:
        return {'incident': await _alarm(c, actor)}

    return acts


async def hear(c: Container, fanout: Fanout, client: Client, actor: Actor) -> None:
    """Join the topics every page of a person listens to: their own, their login's, their communities' (the red bar)."""
    fanout.join(client, f'member:{actor.member_id}')
    if actor.session_id is not None:
        fanout.join(client, f'session:{actor.session_id}')
    for grant in await c.community.grants_of(actor.member_id):
        place_id = int(grant.path.strip('/').rsplit('/', 1)[-1])
        fanout.join(client, *(f'place:{one}' for one in await c.emergency.communities_of(place_id)))


async def alone(c: Container, actor: Actor) -> dict[str, Any]:
    """Return the arguments of a page without tabs (a conversation on a phone): the incident bar only, no numbers to count."""
    topics = live.fanout().topics_of(ui.context.client)

    def bind(frame: Element) -> None:
        _answers(c).bind(frame, actor)

    return {
        'incident': await _alarm(c, actor), 'topics': sorted(one for one in topics if one.startswith(('member:', 'place:'))),
        'me': actor.member_id, 'bind': bind}


async def around(c: Container, actor: Actor, *, listed: bool = False) -> dict[str, Any]:
    """Return the arguments of ``shell.resident`` and ``shell.staff`` that depend on the person.

    :param listed: the list of rooms stands on the page: it counts what is unread.
    """
    fanout, client = live.fanout(), ui.context.client
    if not listed:  # listen first, load second: what is said in between is in the second answer
        _hear_rooms(fanout, client, (await _numbers(c, actor))['rooms'])
    numbers = await _numbers(c, actor)
    unread = {'messages': sum(one['unread'] for one in numbers['rooms'] if not one['muted']), 'deliberate': numbers['deliberate']}
    return await alone(c, actor) | {
        'unread': unread, 'rooms': [] if listed else numbers['rooms'], 'office': bool(await c.community.offices(actor.member_id))}


def _hear_rooms(fanout: Fanout, client: Client, rooms: list[dict[str, Any]]) -> None:
    fanout.join(client, *(f'room:{one["id"]}' for one in rooms))


async def _numbers(c: Container, actor: Actor) -> dict[str, Any]:
    rooms = await c.rooms.rooms_of(actor)
    return {
        'rooms': [{'id': one.id, 'last_n': one.last_n, 'unread': one.unread, 'muted': one.muted} for one in rooms],
        'deliberate': await c.ballots.to_do(actor)}


async def _alarm(c: Container, actor: Actor) -> dict[str, Any] | None:
    alarm = gravest(await c.emergency.red_bar(actor))
    return incident_data(alarm) if alarm else None
