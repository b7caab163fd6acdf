"""Verifying who somebody is and where they live: by the roll, by two of the staff; on both databases."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.modules.people_kit import House, open_house
from yunshequ.community import tables as t
from yunshequ.community.identity_schemas import CheckDraft, How, Paper
from yunshequ.community.levels import Fact, Level
from yunshequ.community.schemas import Relation
from yunshequ.core.audit import AuditEntry
from yunshequ.core.errors import AppError, Conflict, Invalid, NotFound, NotPermitted, TooMany
from yunshequ.core.ids import keyed_hash
from yunshequ.core.policy import Role

NUMBER, OTHER = '320113195403071239', '320113196001012345'
HEAD = '楼栋,小区,室号,面积,姓名,关系,手机,身份证号\n'
FILE = (HEAD + '3栋,,502,89.5,陈秀兰,业主,13800000001,\n3栋,,601,120,王　建国,租户,,320113195403071239\n'
        '3栋,,601,,李娜,家属,138****0002,\n').encode()


@pytest.fixture(params=['sqlite', 'postgresql'])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(request.param, tmp_path) as opened:
        yield opened


async def import_(house: House, data: bytes = FILE) -> int:
    worker, place = house.people['worker'], house.at('community')
    plan = await house.community.check_roll(worker, place, data)
    return (await house.community.import_roll(worker, place, data, plan.digest)).people


async def give_phone(house: House, who: str, number: str) -> None:
    key = house.settings.secret_key()
    await house.db.write(lambda tx: tx.connection.execute(update(t.member).where(t.member.c.id == house.people[who].member_id).values(
        phone_hash=keyed_hash(key, 'phone', number), phone_mask=number[:3] + '****' + number[-4:])))


def draft(house: House, who: str, **more: Any) -> CheckDraft:
    given: dict[str, Any] = {'member_id': house.people[who].member_id, 'name': '王建国', 'number': NUMBER, 'papers': (Paper.ID_CARD,)}
    return CheckDraft(**given | more)


async def everything(house: House) -> str:
    """All rows of all tables of people, and the audit, as one text."""
    tables = [t.member, t.roll_person, t.real_name, t.identity_check, t.household_member, AuditEntry.__table__]
    return repr([await house.rows(select(table)) for table in tables])


async def test_the_roll_enters_people_once_and_keeps_no_number(house: House) -> None:
    assert await import_(house) == 2
    assert await import_(house) == 0
    kept = await everything(house)
    for secret in ('陈秀兰', '王建国', '李娜', '13800000001', NUMBER, NUMBER[-4:]):
        assert secret not in kept
    assert '陈**' in kept
    assert await import_(house, FILE.replace('租户'.encode(), '业主'.encode())) == 1


async def test_name_and_phone_verify_identity_and_residence(house: House) -> None:
    await import_(house)
    bob, place = house.people['bob'], house.at('community')
    await give_phone(house, 'bob', '13800000001')
    found = await house.identity.match(bob, ' 陈秀兰')
    assert (found.label, found.relation, found.name_mask) == ('3栋-502', Relation.OWNER, '陈**')
    known = await house.community.known(bob.member_id, place)
    assert (known.level, known.identity) == (Level.OWNER, Fact.VERIFIED)
    assert Role.OWNER in await house.policy.roles_at(bob, place)
    mine = await house.identity.mine(bob)
    assert (mine.name.state, mine.name.how, mine.name.name_mask) == (Fact.VERIFIED, How.ROLL, '陈**')
    await give_phone(house, 'bob', '13800000009')
    await give_phone(house, 'carol', '13800000001')  # the number went on to somebody else
    with pytest.raises(Conflict):
        await house.identity.match(house.people['carol'], '陈秀兰')


async def test_name_flat_and_the_end_of_the_number_do_too_and_nothing_less(house: House) -> None:
    await import_(house)
    bob = house.people['bob']
    for name, flat, tail in (('王建国', '502', NUMBER[-4:]), ('王建军', '601', NUMBER[-4:]), ('王建国', '601', '0000'), ('王建国', '601', '')):
        with pytest.raises(Invalid) as refused:
            await house.identity.match(bob, name, household_id=house.flats[flat], tail=tail)
        assert refused.value.words('zh-CN').startswith('与社区名册对不上')
    assert (await house.identity.match(bob, '王建国', household_id=house.flats['601'], tail=NUMBER[-4:])).relation is Relation.TENANT
    with pytest.raises(TooMany):
        await house.identity.match(bob, '王建国', household_id=house.flats['601'], tail=NUMBER[-4:])


async def test_both_expire_on_their_own(house: House) -> None:
    await import_(house)
    bob, place = house.people['bob'], house.at('community')
    await give_phone(house, 'bob', '13800000001')
    await house.identity.match(bob, '陈秀兰')
    house.clock.move(timedelta(days=731))
    known = await house.community.known(bob.member_id, place)
    assert (known.residence, known.identity, known.level) == (Fact.EXPIRED, Fact.EXPIRED, Level.MEMBER)
    roles = await house.policy.roles_at(bob, place)
    assert (Role.VERIFIED in roles, Role.MEMBER in roles) == (False, True)
    assert all(bob.member_id not in home.member_ids for home in await house.community.households(place))
    (claim,) = [one for one in await house.community.claims(house.people['worker'], place) if one.member_id == bob.member_id]
    await house.community.confirm_claim(house.people['worker'], claim.id)
    known = await house.community.known(bob.member_id, place)
    assert (known.residence, known.identity) == (Fact.VERIFIED, Fact.EXPIRED)


async def test_two_of_the_staff_make_an_owner_and_never_one_alone(house: House) -> None:
    worker, secretary, bob, place = *(house.people[who] for who in ('worker', 'secretary', 'bob')), house.at('community')
    check_id = await house.identity.propose(worker, place, draft(
        house, 'bob', papers=(Paper.ID_CARD, Paper.DEED), household_id=house.flats['601'], relation=Relation.OWNER, share=5000))
    assert (await house.community.known(bob.member_id, place)).identity is Fact.WAITING
    assert (await house.community.known(bob.member_id, place)).level is Level.MEMBER
    with pytest.raises(NotPermitted):
        await house.identity.decide(worker, check_id, confirmed=True)
    with pytest.raises(NotPermitted):
        await house.identity.decide(house.people['worker2'], check_id, confirmed=True)
    with pytest.raises(Conflict):
        await house.identity.propose(secretary, place, draft(house, 'bob'))
    (seen,) = await house.identity.waiting(secretary, place)
    assert (seen.name_mask, seen.label, seen.share, seen.proposer_name) == ('王**', '3栋-601', 5000, 'worker')
    await house.identity.decide(secretary, check_id, confirmed=True)
    assert (await house.community.known(bob.member_id, place)).level is Level.OWNER
    with pytest.raises(Conflict):
        await house.identity.decide(secretary, check_id, confirmed=True)
    kept = await everything(house)
    assert '王建国' not in kept
    assert NUMBER not in kept
    entry = AuditEntry.__table__.c
    rows = await house.rows(select(entry.action, entry.actor_id).where(entry.action.like('%identity')))
    assert [tuple(row) for row in rows] == [
        ('community.propose_identity', worker.member_id), ('community.decide_identity', secretary.member_id)]


async def test_one_number_belongs_to_one_account(house: House) -> None:
    worker, secretary, place = house.people['worker'], house.people['secretary'], house.at('community')
    first = await house.identity.propose(worker, place, draft(house, 'bob'))
    second = await house.identity.propose(worker, place, draft(house, 'carol'))
    outcomes = await asyncio.gather(
        house.identity.decide(secretary, first, confirmed=True), house.identity.decide(secretary, second, confirmed=True),
        return_exceptions=True)
    assert sorted(type(one).__name__ for one in outcomes) == ['Conflict', 'NoneType']
    assert len(await house.rows(select(t.real_name))) == 1


@pytest.mark.parametrize(('who', 'more', 'error'), [
    ('bob', {'number': NUMBER[:-1] + '5'}, Invalid), ('bob', {'papers': (Paper.DEED,)}, Invalid), ('stranger', {}, NotFound),
    ('bob', {'household': '502', 'relation': Relation.OWNER}, Invalid), ('worker', {}, NotPermitted),
    ('bob', {'household': '502', 'relation': Relation.FAMILY, 'share': 5000}, Invalid),
])
async def test_what_cannot_be_proposed(house: House, who: str, more: dict[str, Any], error: type[AppError]) -> None:
    given = {key: value for key, value in more.items() if key != 'household'}
    if 'household' in more:
        given['household_id'] = house.flats[more['household']]
    with pytest.raises(error):
        await house.identity.propose(house.people['worker'], house.at('community'), draft(house, who, **given))
    assert await house.rows(select(t.identity_check)) == []


async def test_shares_of_a_flat_are_never_more_than_the_whole(house: House) -> None:
    worker, secretary, place = house.people['worker'], house.people['secretary'], house.at('community')
    for who, number, share in (('bob', NUMBER, 6000), ('carol', OTHER, 4001)):
        check_id = await house.identity.propose(worker, place, draft(
            house, who, number=number, papers=(Paper.ID_CARD, Paper.DEED), household_id=house.flats['601'],
            relation=Relation.OWNER, share=share))
        if who == 'bob':
            await house.identity.decide(secretary, check_id, confirmed=True)
    with pytest.raises(Invalid):
        await house.identity.decide(secretary, check_id, confirmed=True)
    await house.identity.decide(secretary, check_id, confirmed=False, reason='份额与房产证不符')


async def test_a_refusal_says_what_is_missing_and_leads_there(house: House) -> None:
    house.policy.explainer = house.community
    place = house.at('community')
    with pytest.raises(NotPermitted) as refused:
        await house.policy.require(house.people['stranger'], 'community.view_roll', place)
    assert refused.value.way_out is None
    for who, level, href in (('stranger', frozenset({Role.MEMBER}), '/join'), ('bob', frozenset({Role.VERIFIED}), '/me/identity'),
                             ('carol', frozenset({Role.OWNER}), '/me/identity')):
        way = await house.community.explain(house.people[who].member_id, place, level)
        assert way is not None
        assert way.href == href
    assert await house.community.explain(house.people['alice'].member_id, place, frozenset({Role.OWNER})) is None
