"""二次验证: who is in office proves twice; on both databases."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import select

from tests.modules.people_kit import House, open_house
from yunshequ.accounts import tables as t
from yunshequ.accounts.schemas import PendingSignIn, Proven, SignIn
from yunshequ.core.errors import Invalid, SignedOut, TooMany
from yunshequ.core.policy import Role
from yunshequ.core.schedule import DueJob

WORKER, RESIDENT, IP = '13800000001', '13800000002', '192.0.2.9'
PASSWORD = 'correct horse 7'


@pytest.fixture(params=['sqlite', 'postgresql'])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(request.param, tmp_path) as opened:
        yield opened


async def somebody(house: House, phone: str, *, office: bool) -> int:
    number = house.accounts.phone(phone)
    member_id = await house.community.create_member('社区小沈' if office else '老邻居', phone_hash=number.hash, phone_mask=number.mask)
    await house.accounts.seed_password(member_id, PASSWORD)
    if office:
        await house.community.grant_role(house.people['admin'], member_id, house.at('community'), Role.COMMUNITY_WORKER)
    return member_id


async def begin(house: House, phone: str = WORKER, device: str = '电脑') -> PendingSignIn:
    answer = await house.accounts.sign_in_password(phone, PASSWORD, IP, device)
    assert isinstance(answer, PendingSignIn)
    return answer


def app(house: House, key: str | None, ahead: int = 0) -> str:
    assert key is not None
    return pyotp.TOTP(key).at(house.clock.now() + timedelta(seconds=30 * ahead))


@dataclass
class Set:
    """Somebody whose app is set up."""

    member_id: int
    key: str
    first: Proven


async def set_up(house: House) -> Set:
    member_id = await somebody(house, WORKER, office=True)
    pending = await begin(house)
    assert pending.key is not None
    first = await house.accounts.prove(pending.token, app(house, pending.key))
    house.clock.move(timedelta(seconds=60))
    return Set(member_id, pending.key, first)


async def test_the_first_login_sets_an_app_up_and_later_ones_ask_for_its_code(house: House) -> None:
    worker = await set_up(house)
    assert len(worker.first.recovery) == len(set(worker.first.recovery)) == 10
    assert await house.accounts.actor_of(worker.first.sign_in.session_token) is not None
    again = await begin(house)
    assert (again.key, again.uri) == (None, None)
    for wrong in ('', '000000', 'ABCDEFGHJK', '1' * 40):
        with pytest.raises(Invalid):
            await house.accounts.prove(again.token, wrong)
    proven = await house.accounts.prove(again.token, app(house, worker.key))
    assert proven.recovery == ()
    assert proven.sign_in.actor.member_id == worker.member_id


async def test_a_code_counts_once_and_so_does_a_recovery_code(house: House) -> None:
    worker = await set_up(house)
    code = app(house, worker.key)
    await house.accounts.prove((await begin(house)).token, code)
    with pytest.raises(Invalid):
        await house.accounts.prove((await begin(house)).token, code)
    spare = worker.first.recovery[0]
    typed = f' {spare[:5].lower()}-{spare[5:].lower()} '
    assert (await house.accounts.prove((await begin(house)).token, typed)).sign_in.actor.member_id == worker.member_id
    with pytest.raises(Invalid):
        await house.accounts.prove((await begin(house)).token, spare)


async def test_residents_are_not_asked(house: House) -> None:
    await somebody(house, RESIDENT, office=False)
    assert isinstance(await house.accounts.sign_in_password(RESIDENT, PASSWORD, IP, '手机'), SignIn)


async def test_who_comes_into_office_must_prove_it_on_pages_that_are_open(house: House) -> None:
    member_id = await somebody(house, RESIDENT, office=False)
    plain = await house.accounts.sign_in_password(RESIDENT, PASSWORD, IP, '手机')
    assert isinstance(plain, SignIn)
    assert await house.accounts.actor_of(plain.session_token) is not None
    await house.accounts.require_open(plain.actor)
    await house.community.grant_role(house.people['admin'], member_id, house.at('community'), Role.COMMUNITY_WORKER)
    assert await house.accounts.actor_of(plain.session_token) is None
    house.clock.move(timedelta(seconds=31))  # what an act asks is remembered for half a minute
    with pytest.raises(SignedOut):
        await house.accounts.require_open(plain.actor)


async def test_a_waiting_login_is_signed_and_ends(house: House) -> None:
    worker = await set_up(house)
    pending = await begin(house)
    body, _, signature = pending.token.partition('.')
    for forged in ('', body, f'{body}x.{signature}', f'{body}.{signature[:-1]}0'):
        with pytest.raises(Invalid):
            await house.accounts.prove(forged, app(house, worker.key))
    house.clock.move(timedelta(minutes=11))
    with pytest.raises(Invalid):
        await house.accounts.prove(pending.token, app(house, worker.key))


async def test_a_key_shown_to_another_login_before_is_worth_nothing_afterwards(house: House) -> None:
    await somebody(house, WORKER, office=True)
    stolen, own = await begin(house), await begin(house)
    assert stolen.key != own.key
    await house.accounts.prove(own.token, app(house, own.key))
    house.clock.move(timedelta(seconds=60))
    for pending in (stolen, await begin(house)):
        with pytest.raises(Invalid):
            await house.accounts.prove(pending.token, app(house, stolen.key))
    await house.accounts.prove(stolen.token, app(house, own.key))  # the owner in another tab


async def test_guessing_ends_after_a_few_tries(house: House) -> None:
    worker = await set_up(house)
    pending = await begin(house)
    for n in range(6):
        with pytest.raises(Invalid):
            await house.accounts.prove(pending.token, f'00000{n}')
    with pytest.raises(TooMany):
        await house.accounts.prove(pending.token, app(house, worker.key))


async def test_a_reset_ends_all_logins_and_asks_for_a_new_app(house: House) -> None:
    worker = await set_up(house)
    assert await house.accounts.reset_factor(worker.member_id)
    assert await house.accounts.actor_of(worker.first.sign_in.session_token) is None
    fresh = await begin(house)
    assert fresh.key not in {None, worker.key}
    assert not await house.accounts.reset_factor(house.people['alice'].member_id)


async def test_the_tables_hold_nothing_a_code_could_be_made_of(house: House) -> None:
    worker = await set_up(house)
    [row] = await house.rows(select(t.second_factor))
    kept = str(tuple(row))
    assert worker.key not in kept
    assert not any(code in kept for code in worker.first.recovery)


async def test_a_new_device_is_told_once_and_a_known_one_never(house: House) -> None:
    member_id = await somebody(house, RESIDENT, office=False)
    told: list[tuple[int, str]] = []

    class Voice:
        async def tell(self, to: int, words: str, *, client_id: str) -> None:
            told.append((to, words))

    house.accounts.messenger = Voice()
    for device in ('手机', '手机', '网吧', '手机', '网吧'):
        await house.accounts.sign_in_password(RESIDENT, PASSWORD, IP, device)
    due = await house.rows(select(DueJob.__table__).where(DueJob.__table__.c.kind == 'accounts.new_device'))  # type: ignore[attr-defined]
    assert [one.payload['device'] for one in due] == ['网吧']
    await house.accounts.jobs()['accounts.new_device'](due[0].payload)
    assert [one for one, _ in told] == [member_id]
    assert '网吧' in told[0][1]
