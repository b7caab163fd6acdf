"""Acting for somebody: by their consent, for what they said, until they say otherwise; on both databases."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from tests.modules.people_kit import House, open_house
from yunshequ.community import tables as t
from yunshequ.community.acting import Purpose, record
from yunshequ.community.identity_schemas import CheckDraft, Paper
from yunshequ.community.schemas import Relation
from yunshequ.core.errors import Conflict, Invalid, NotFound, NotPermitted
from yunshequ.core.ids import keyed_hash

TODAY = date(2026, 11, 23)
LATER = TODAY + timedelta(days=30)


@pytest.fixture(params=['sqlite', 'postgresql'])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(request.param, tmp_path) as opened:
        worker = opened.people['worker']
        await opened.community.settle(worker, opened.flats['502'], opened.people['bob'].member_id, Relation.FAMILY)
        yield opened


async def give(house: House, *purposes: Purpose, **more: Any) -> int:
    """Alice lets Bob, of her household, act for her."""
    chosen = purposes or (Purpose.VOTE,)
    return await house.acting.give(house.people['alice'], chosen, LATER, helper_id=house.people['bob'].member_id, **more)


async def test_consent_holds_for_its_purpose_until_its_day(house: House) -> None:
    alice, bob = house.people['alice'], house.people['bob']
    await give(house)
    may = house.acting.may_act_for
    assert await may(bob, alice.member_id, Purpose.VOTE)
    assert not await may(bob, alice.member_id, Purpose.SIGN_UP)
    assert not await may(alice, bob.member_id, Purpose.VOTE)
    assert not await may(house.people['carol'], alice.member_id, Purpose.VOTE)
    await give(house, Purpose.SIGN_UP)  # what she says now stands for what she said before
    assert not await may(bob, alice.member_id, Purpose.VOTE)
    house.clock.move(timedelta(days=31))
    assert not await may(bob, alice.member_id, Purpose.SIGN_UP)


@pytest.mark.parametrize('who', ['alice', 'bob'])
async def test_either_side_ends_it_at_once_and_nobody_else(house: House, who: str) -> None:
    alice, bob, consent_id = house.people['alice'], house.people['bob'], await give(house)
    with pytest.raises(NotFound):
        await house.acting.withdraw(house.people['worker'], consent_id)
    await house.acting.withdraw(house.people[who], consent_id)
    assert not await house.acting.may_act_for(bob, alice.member_id, Purpose.VOTE)
    with pytest.raises(NotPermitted):
        await house.db.write(lambda tx: record(tx, alice.member_id, bob.member_id, Purpose.VOTE, 'ballot:1', '一项表决'))
    assert (await house.acting.mine(alice)).deeds == ()


async def test_what_was_done_is_seen_by_both_and_by_nobody_else(house: House) -> None:
    alice, bob = house.people['alice'], house.people['bob']
    await give(house)
    await house.db.write(lambda tx: record(tx, alice.member_id, bob.member_id, Purpose.VOTE, 'ballot:1', '一项表决'))
    for who in (alice, bob):
        (deed,) = (await house.acting.mine(who)).deeds
        assert (deed.principal_name, deed.helper_name, deed.words) == ('alice', 'bob', '一项表决')
    assert (await house.acting.mine(house.people['carol'])).deeds == ()


async def test_whoever_lives_elsewhere_is_found_by_phone(house: House) -> None:
    alice, carol, key = house.people['alice'], house.people['carol'], house.settings.secret_key()
    with pytest.raises(NotFound):
        await house.acting.give(alice, [Purpose.VOTE], LATER, helper_id=carol.member_id)
    with pytest.raises(Invalid):
        await house.acting.give(alice, [Purpose.VOTE], LATER, phone='13800000001')
    await house.db.write(lambda tx: tx.connection.execute(update(t.member).where(t.member.c.id == carol.member_id).values(
        phone_hash=keyed_hash(key, 'phone', '13800000001'))))
    await house.acting.give(alice, [Purpose.VOTE], LATER, phone='138 0000 0001')
    assert await house.acting.may_act_for(carol, alice.member_id, Purpose.VOTE)


async def test_paper_needs_two_of_the_staff_and_a_helper_with_a_verified_name(house: House) -> None:
    worker, secretary, place = house.people['worker'], house.people['secretary'], house.at('community')
    alice, bob = house.people['alice'], house.people['bob']
    asked = (worker, place, alice.member_id, bob.member_id, [Purpose.VOTE], LATER)
    with pytest.raises(Invalid):
        await house.acting.propose_paper(*asked)
    check = await house.identity.propose(worker, place, CheckDraft(
        member_id=bob.member_id, name='王建国', number='320113195403071239', papers=(Paper.ID_CARD,)))
    await house.identity.decide(secretary, check, confirmed=True)
    consent_id = await house.acting.propose_paper(*asked)
    assert not await house.acting.may_act_for(bob, alice.member_id, Purpose.VOTE)
    with pytest.raises(NotPermitted):
        await house.acting.confirm_paper(worker, consent_id)
    assert [one.id for one in await house.acting.waiting(secretary, place)] == [consent_id]
    await house.acting.confirm_paper(secretary, consent_id)
    assert await house.acting.may_act_for(bob, alice.member_id, Purpose.VOTE)
    with pytest.raises(Conflict):
        await house.acting.confirm_paper(secretary, consent_id)
    await house.acting.withdraw(alice, consent_id)
    assert not await house.acting.may_act_for(bob, alice.member_id, Purpose.VOTE)


@pytest.mark.parametrize(('purposes', 'until'), [
    ([], LATER), ([Purpose.VOTE], TODAY - timedelta(days=1)), ([Purpose.VOTE], TODAY + timedelta(days=367))])
async def test_a_consent_to_nothing_or_for_ever_is_refused(house: House, purposes: list[Purpose], until: date) -> None:
    with pytest.raises(Invalid):
        await house.acting.give(house.people['alice'], purposes, until, helper_id=house.people['bob'].member_id)
