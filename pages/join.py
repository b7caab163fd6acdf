"""/join and /join/{token}: an invitation, from a QR code or typed; signing in happens on the same page."""

from typing import Any

from nicegui import ui
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pages import frame, guards, live, shell
from pages.components.join import JoinForm
from pages.live import Acts, Args, Call, number, text
from pages.login import Door, request_of
from yunshequ.bootstrap import Container
from yunshequ.community.levels import Level
from yunshequ.community.schemas import JoinInvite, PlaceKind, Relation
from yunshequ.core.clock import local
from yunshequ.core.errors import AppError, Conflict, NotFound, SignedOut
from yunshequ.core.i18n import N_, _
from yunshequ.core.policy import Actor
from yunshequ.rooms.schemas import EntryState

WRONG_CODES = '30/10 minutes'
"""Codes that do not exist, for one address: they cannot be guessed, but neither shall anybody try."""
TOO_MANY = N_('试的次数太多了，请 {seconds} 秒后再试')


async def resolve(c: Container, code: str, address: str) -> JoinInvite:
    """Return where a code leads.

    :raises NotFound: there is no such code.
    :raises Conflict: it no longer works.
    :raises TooMany: too many that do not exist from this address.
    """
    await c.throttle.require_room(TOO_MANY, WRONG_CODES, 'join-code', address)
    try:
        return await c.community.invite(code)
    except NotFound:
        await c.throttle.hit(WRONG_CODES, 'join-code', address)
        raise


async def invite_data(c: Container, invite: JoinInvite, actor: Actor | None = None) -> dict[str, Any]:
    """Return an invitation as ``JoinForm`` shows it."""
    room = None if invite.room_id is None else await c.rooms.room(invite.room_id)
    label = await c.community.label_of(invite.place.id)
    return {
        'token': invite.token, 'title': room.title if room else label, 'where': label if room else '',
        'about': room.welcome if room else '', 'rules': room.rules if room else '',
        'members': len(await c.community.residents(invite.place.id, Level.MEMBER)), 'household': invite.household_label,
        'asks': room is not None and room.asks, 'question': room.question if room is not None and room.asks else '',
        'until': f'{local(invite.expires_at):%Y-%m-%d}' if invite.expires_at is not None else '',
        'room': invite.room_id, 'href': f'/rooms/{room.id}' if room else '/messages',
        'request': await request_of_room(c, actor, invite.room_id) if room and room.asks and actor is not None else None,
        'takes_flats': invite.place.kind in {PlaceKind.BUILDING, PlaceKind.ESTATE},
        'nickname': '' if actor is None else await c.community.proposed_nickname(actor, invite.place.id),
    }


async def request_of_room(c: Container, actor: Actor, room_id: int | None) -> dict[str, Any] | None:
    """Return what became of somebody's application to a room; one that let them in counts only while they are inside."""
    if room_id is None:
        return None
    for one in await c.rooms.door.mine(actor, room_id):
        outside = actor.member_id not in await c.rooms.member_ids(room_id)
        if one.state is not EntryState.ACCEPTED or not outside:
            return {'state': one.state.value, 'reason': one.reason, 'at': one.asked_at.isoformat()}
    return None


def topic_of(actor: Actor) -> str:
    """Return the topic on which somebody hears what becomes of their applications; its page joins it by itself."""
    return f'entry:{actor.member_id}'


def signed_in(actor: Actor) -> bool:
    """Tell whether somebody acts, not just whoever holds the page."""
    return actor.member_id != guards.NOBODY.member_id


async def inside(c: Container, actor: Actor, invite: JoinInvite) -> bool:
    """Tell whether somebody is already where the code leads."""
    if invite.room_id is None:
        return False
    try:
        await c.rooms.require_inside(actor, invite.room_id)
    except AppError:
        return False
    return True


def register(c: Container, door: Door) -> None:
    """Add the pages."""
    acts = Acts(live.fanout())

    @acts.on('look')
    async def look(actor: Actor, args: Args, call: Call) -> dict[str, Any]:
        invite = await resolve(c, text(args, 'code'), guards.address(request_of(call)))
        entrance = {} if signed_in(actor) else {'login_href': f'/join/{invite.token}'}  # which begins with the login form
        return {'invite': await invite_data(c, invite, actor if signed_in(actor) else None) | entrance}

    @acts.on('join')
    async def join(actor: Actor, args: Args, call: Call) -> dict[str, Any]:
        if not signed_in(actor):
            raise SignedOut
        invite = await resolve(c, text(args, 'token'), guards.address(request_of(call)))
        relation = text(args, 'relation')
        # New rights make open pages load anew; this one has something to say first.
        live.fanout().leave(call.client_id, f'member:{actor.member_id}')
        result = await c.rooms.join_by_code(
            actor, invite.token, nickname=text(args, 'nickname'), room_no=text(args, 'room_no') or None,
            relation=Relation(relation) if relation in set(Relation) else Relation.FAMILY, answer=text(args, 'answer'))
        if result.waits:
            return {'request': await request_of_room(c, actor, result.room_id)}
        return {
            'href': '/messages' if result.room_id is None else f'/rooms/{result.room_id}',
            'pending': result.claim_pending and result.first_time,
        }

    @acts.on('request', ordered=False)
    async def request(actor: Actor, args: Args) -> dict[str, Any]:
        if not signed_in(actor):
            raise SignedOut
        return {'request': await request_of_room(c, actor, number(args, 'room'))}

    def form(actor: Actor | None, **props: Any) -> None:
        if actor is not None:
            live.fanout().join(ui.context.client, topic_of(actor))
        acts.bind(JoinForm(topic=topic_of(actor) if actor is not None else '', **props), actor or guards.NOBODY)

    @ui.page('/join')
    @guards.signed_in
    async def typed(actor: Actor) -> None:
        await frame.hear(c, live.fanout(), ui.context.client, actor)
        with shell.resident(active='messages', title=_('加入'), back='/messages', **await frame.around(c, actor)):
            form(actor, me={'name': await c.community.proposed_nickname(actor)})

    @ui.page('/join/{token}')
    async def scanned(request: Request, token: str) -> Response | None:
        actor = await guards.actor(request)
        problem, invite = '', None
        try:
            invite = await resolve(c, token, guards.address(request))
        except (NotFound, Conflict) as refusal:
            problem = refusal.words()
        if invite is not None and actor is not None and await inside(c, actor, invite):
            ui.context.client.delete()
            return RedirectResponse(f'/rooms/{invite.room_id}', 303, {'Cache-Control': 'no-store'})
        with shell.plain(_('加入')):
            if invite is not None and actor is None:
                shown = await invite_data(c, invite)
                await door.form(f'/join/{invite.token}', title=shown['title'], intro=_('邀请您加入，先用手机号进入'))
            else:
                name = '' if actor is None else await c.community.proposed_nickname(actor)
                known = None if invite is None else await invite_data(c, invite, actor)
                form(actor, invite=known, token=token, me={'name': name}, problem=problem)
        return None
