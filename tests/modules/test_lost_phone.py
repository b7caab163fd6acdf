"""A lost phone: two of the office set the number anew, the person is told and can stop it; on both databases."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.conftest import World
from yunshequ.accounts import tables as t
from yunshequ.accounts.lost_phone import LIFE
from yunshequ.accounts.schemas import SignIn
from yunshequ.bootstrap import Container
from yunshequ.community import tables as people
from yunshequ.core.audit import AuditEntry
from yunshequ.core.clock import MovableClock
from yunshequ.core.errors import AppError, Conflict, Invalid, NotFound, NotPermitted
from yunshequ.core.policy import Actor
from yunshequ.core.unit import Tx

OLD, NEW = '13800000001', '13900000002'
SEEN = '看过身份证，旧手机昨天丢了'


class Sms:
    """Keeps the last code."""

    code = ''

    async def send_code(self, phone: str, code: str, locale: str) -> str | None:
        self.code = code
        return None


@pytest.fixture
def sms(container: Container) -> Sms:
    container.accounts._sms = Sms()
    return container.accounts._sms


async def code_for(c: Container, sms: Sms, phone: str = NEW) -> str:
    await c.accounts.request_code(phone, '192.0.2.1')
    return sms.code


@pytest.fixture
async def alice(container: Container, world: World) -> SignIn:
    """alice with a number, a password and a login on the phone that is lost."""
    number = container.accounts.phone(OLD)
    await container.db.write(lambda tx: container.community.set_phone(tx, world['alice'].member_id, number.hash, number.mask))
    await container.accounts.seed_password(world['alice'].member_id, 'lama-2026-tianhe')
    return await container.accounts.open_session(world['alice'].member_id, '丢了的手机')


async def ask(c: Container, world: World, sms: Sms, who: str = 'worker', about: str = 'alice', **more: Any) -> int:
    code = more.pop('code', '') or await code_for(c, sms)
    return await c.lost_phones.ask(
        world[who], more.get('place', world.community), world[about].member_id, more.get('phone', NEW), code, more.get('reason', SEEN))


async def told(c: Container, actor: Actor) -> list[str]:
    await c.jobs.run_due()
    chat = await c.assistant.open_chat(actor)
    return [m.body for m in (await c.rooms.open_room(actor, chat.id)).messages]


async def actions(c: Container) -> list[str]:
    entry = AuditEntry.__table__.c
    return await c.db.read(lambda s: list(s.connection().execute(
        select(entry.action).where(entry.action.like('%phone_change')).order_by(entry.id)).scalars()))


async def refused(deed: Any, kind: type[AppError], rule: str | None = None, field: str | None = None) -> AppError:
    with pytest.raises(kind) as caught:
        await deed
    assert (caught.value.rule, caught.value.field) == (rule, field)
    return caught.value


async def test_two_persons_set_the_number_and_all_logins_end(
    container: Container, world: World, alice: SignIn, sms: Sms, clock: MovableClock,
) -> None:
    c = container
    change = await ask(c, world, sms)
    assert await c.accounts.actor_of(alice.session_token) is not None  # nothing has changed yet
    [waits] = await c.lost_phones.waiting(world['secretary'], world.community)
    assert (waits.id, waits.phone_mask, waits.asker_name, waits.reason) == (change, '139****0002', 'worker先生', SEEN)
    [first] = await told(c, world['alice'])
    assert '139****0002' in first
    assert '不是我' in first
    await c.lost_phones.confirm(world['secretary'], change)
    assert await c.accounts.actor_of(alice.session_token) is None
    assert not await c.accounts.has_password(world['alice'])
    assert await c.lost_phones.waiting(world['secretary'], world.community) == []
    [_first, second] = await told(c, world['alice'])
    assert '两位工作人员' in second
    clock.move(timedelta(minutes=2))
    entered = await c.accounts.sign_in_code(NEW, await code_for(c, sms), '192.0.2.1', '新手机')
    assert isinstance(entered, SignIn)
    assert (entered.actor.member_id, entered.new_member) == (world['alice'].member_id, False)
    stranger = await c.accounts.sign_in_code(OLD, await code_for(c, sms, OLD), '192.0.2.1', '捡到的手机')
    assert isinstance(stranger, SignIn)
    assert stranger.actor.member_id != world['alice'].member_id  # the old number leads to nothing of hers
    assert await actions(c) == ['accounts.ask_phone_change', 'accounts.confirm_phone_change']


async def test_never_alone_never_for_oneself_never_for_somebody_in_office(
    container: Container, world: World, alice: SignIn, sms: Sms,
) -> None:
    c = container
    change = await ask(c, world, sms)
    await refused(c.lost_phones.confirm(world['worker'], change), NotPermitted, 'accounts.two_persons')
    for who in ('alice', 'bob', 'lead', 'grid', 'admin', 'district', 'other_worker', 'stranger'):
        await refused(c.lost_phones.confirm(world[who], change), NotPermitted, 'accounts.reset_phone')
        await refused(c.lost_phones.refuse(world[who], change), NotPermitted, 'accounts.reset_phone')
        await refused(c.lost_phones.waiting(world[who], world.community), NotPermitted, 'accounts.reset_phone')
    code = 'any'
    await refused(ask(c, world, sms, about='worker', code=code), NotPermitted, 'accounts.two_persons')
    await refused(ask(c, world, sms, about='secretary', code=code), NotFound)  # lives elsewhere
    await refused(ask(c, world, sms, about='stranger', code=code), NotFound)
    await refused(ask(c, world, sms, who='admin', code=code), NotPermitted, 'accounts.reset_phone')
    await refused(ask(c, world, sms, who='other_worker', code=code), NotPermitted, 'accounts.reset_phone')
    await refused(ask(c, world, sms, who='worker', place=world.other_community, code=code), NotPermitted, 'accounts.reset_phone')

    def settle(tx: Tx) -> None:
        from yunshequ.community import places
        from yunshequ.community.schemas import Relation

        places.settle(tx, world.households['bob'], world['secretary'].member_id, Relation.FAMILY, verified=True)

    await c.db.write(settle)
    await refused(ask(c, world, sms, about='secretary', code=code), NotPermitted, 'accounts.in_office')
    await refused(c.lost_phones.confirm(world['secretary'], 999), NotFound)
    assert await c.accounts.actor_of(alice.session_token) is not None


async def test_the_person_stops_what_they_have_not_asked_for(container: Container, world: World, alice: SignIn, sms: Sms) -> None:
    c = container
    change = await ask(c, world, sms)
    mine = await c.lost_phones.mine(world['alice'])
    assert mine is not None
    assert mine.id == change
    assert await c.lost_phones.mine(world['bob']) is None
    await refused(c.lost_phones.object(world['bob'], change), NotFound)
    await c.jobs.run_due()  # each is told in its turn: what is due at one moment runs side by side
    await c.lost_phones.object(world['alice'], change)
    assert await c.lost_phones.mine(world['alice']) is None
    await refused(c.lost_phones.confirm(world['secretary'], change), Conflict, 'accounts.phone_change_open')
    assert await c.accounts.actor_of(alice.session_token) is not None
    assert '没有变化' in (await told(c, world['alice']))[-1]


async def test_a_request_is_good_for_a_day(container: Container, world: World, alice: SignIn, sms: Sms, clock: MovableClock) -> None:
    c = container
    change = await ask(c, world, sms)
    clock.move(timedelta(minutes=2))
    await refused(ask(c, world, sms), Conflict)  # one at a time
    clock.move(LIFE)
    assert await c.lost_phones.waiting(world['secretary'], world.community) == []
    await refused(c.lost_phones.confirm(world['secretary'], change), Conflict, 'accounts.phone_change_open')
    again = await ask(c, world, sms)
    await c.lost_phones.refuse(world['worker'], again)  # the one who asked may take it back
    await refused(c.lost_phones.confirm(world['secretary'], again), Conflict, 'accounts.phone_change_open')
    number = container.accounts.phone(OLD)
    assert await c.community.member_by_phone(number.hash) == world['alice'].member_id


async def test_bad_input_says_what_to_do_and_wrong_codes_count(
    container: Container, world: World, alice: SignIn, sms: Sms, clock: MovableClock,
) -> None:
    c = container
    await refused(ask(c, world, sms, phone='12345', code='any'), Invalid, field='phone')
    await refused(ask(c, world, sms, reason='丢', code='any'), Invalid, field='reason')
    await code_for(c, sms)
    wrong = '000000' if sms.code != '000000' else '111111'
    for _ in range(5):
        await refused(ask(c, world, sms, code=wrong), Invalid, field='code')
    await refused(ask(c, world, sms, code=sms.code), Invalid, field='code')  # spent by too many tries
    clock.move(timedelta(minutes=2))
    bob = c.accounts.phone(NEW)
    await c.db.write(lambda tx: c.community.set_phone(tx, world['bob'].member_id, bob.hash, bob.mask))
    taken = await refused(ask(c, world, sms), Conflict, field='phone')
    assert '注销' in taken.words('zh-CN')
    assert await c.db.read(lambda s: s.connection().execute(select(t.phone_change)).all()) == []


async def test_a_number_taken_meanwhile_is_not_taken_away(
    container: Container, world: World, alice: SignIn, sms: Sms,
) -> None:
    c = container
    change = await ask(c, world, sms)
    number = c.accounts.phone(NEW)
    await c.db.write(lambda tx: c.community.set_phone(tx, world['bob'].member_id, number.hash, number.mask))
    await refused(c.lost_phones.confirm(world['secretary'], change), Conflict)
    masks = await c.db.read(lambda s: dict(s.connection().execute(select(people.member.c.id, people.member.c.phone_mask)).all()))
    assert (masks[world['alice'].member_id], masks[world['bob'].member_id]) == ('138****0001', '139****0002')
    assert await c.accounts.actor_of(alice.session_token) is not None


async def test_the_command_line_moves_the_number_of_somebody_in_office(container: Container, world: World, alice: SignIn) -> None:
    c = container
    assert not await c.lost_phones.move('13700000000', NEW)
    await refused(c.lost_phones.move(OLD, OLD), Conflict)
    await refused(c.lost_phones.move(OLD, '12'), Invalid, field='phone')
    assert await c.accounts.actor_of(alice.session_token) is not None
    assert await c.lost_phones.move(OLD, NEW)
    assert await c.accounts.actor_of(alice.session_token) is None
    assert await c.community.member_by_phone(c.accounts.phone(NEW).hash) == world['alice'].member_id
    assert not await c.accounts.has_password(world['alice'])
