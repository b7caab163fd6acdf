"""People and places: the roll, roles, joining; on both databases."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.modules.people_kit import House, open_house
from yunshequ.community import tables as t
from yunshequ.community.events import Joined, MemberChanged, PlacesChanged, RolesChanged
from yunshequ.community.levels import Level
from yunshequ.community.schemas import PlaceKind, Relation
from yunshequ.core.errors import Conflict, Invalid, NotFound, NotPermitted
from yunshequ.core.policy import Actor, Role


@pytest.fixture(params=['sqlite', 'postgresql'])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(request.param, tmp_path) as opened:
        yield opened


# places


async def test_places_form_a_tree(house: House) -> None:
    community = house.community
    building = await community.place(house.at('building'))
    assert building.path == f'{house.places["grid"].path}{building.id}/'
    assert [p.name for p in await community.ancestors(building.id)] == ['栖霞区', '尧化街道', '翠林社区', '第一网格']
    assert [p.name for p in await community.below(house.at('community'), PlaceKind.BUILDING)] == ['3栋', '5栋']
    assert [p.name for p in await community.children(house.at('community'))] == ['第一网格', '第二网格']
    assert [p.name for p in await community.children(None)] == ['栖霞区']
    found = await community.community_of(building.id)
    assert found is not None
    assert found.id == house.at('community')
    assert await community.community_of(house.at('street')) is None
    assert await community.label_of(building.id) == '翠林社区 3栋'
    with pytest.raises(NotFound):
        await community.place(999_999)


async def test_a_place_is_added_and_renamed_at_once_for_everybody(house: House) -> None:
    worker = house.people['worker']
    added = await house.community.add_place(worker, PlaceKind.BUILDING, ' 7 栋 ', house.at('grid'))
    assert (await house.community.place(added.id)).name == '7 栋'
    assert any(isinstance(event, PlacesChanged) for event in house.events)
    await house.community.rename_place(worker, added.id, '7栋')
    assert (await house.community.place(added.id)).name == '7栋'
    with pytest.raises(Invalid):
        await house.community.add_place(worker, PlaceKind.COMMUNITY, '村中村', house.at('grid'))
    with pytest.raises(NotPermitted):
        await house.community.add_place(worker, PlaceKind.BUILDING, '9栋', house.at('community2'))
    with pytest.raises(NotPermitted):
        await house.community.add_place(house.people['alice'], PlaceKind.BUILDING, '9栋', house.at('grid'))


# roll


async def test_households_and_residents(house: House) -> None:
    community, alice, carol = house.community, house.people['alice'].member_id, house.people['carol'].member_id
    roll = await community.households(house.at('community'))
    assert [(h.label, h.area_cm2, h.member_ids) for h in roll] == [
        ('3栋-502', 8950, (alice,)), ('3栋-601', 12000, (carol,)), ('5栋-101', 7000, ()),
    ]
    assert roll[0].owner_ids == (alice,)
    assert roll[1].owner_ids == ()
    assert [h.label for h in await community.households(house.at('building'))] == ['3栋-502', '3栋-601']
    assert await community.households(house.at('community2')) == []
    assert await community.residents(house.at('community'), Level.OWNER) == [alice]
    assert await community.residents(house.at('community'), Level.VERIFIED) == sorted([alice, carol])
    assert await community.residents(house.at('community'), Level.MEMBER) == sorted([alice, carol, house.people['bob'].member_id])
    assert await community.residents(house.at('building2'), Level.MEMBER) == []
    assert [h.label for h in await community.households_of(alice)] == ['3栋-502']
    assert await community.households_of(house.people['bob'].member_id) == []


async def test_confirmed_households_give_rights_and_moving_out_takes_them(house: House) -> None:
    community, policy, bob, worker = house.community, house.policy, house.people['bob'], house.people['worker']
    assert await policy.roles_at(bob, house.at('community')) == {Role.MEMBER}
    await community.settle(worker, house.flats['601'], bob.member_id, Relation.OWNER)
    assert await policy.roles_at(bob, house.at('community')) == {Role.MEMBER, Role.VERIFIED, Role.OWNER}
    await community.end_residence(worker, house.flats['601'], bob.member_id)
    assert await policy.roles_at(bob, house.at('community')) == {Role.MEMBER}
    assert await community.residents(house.at('building'), Level.OWNER) == [house.people['alice'].member_id]
    with pytest.raises(NotFound):
        await community.end_residence(worker, house.flats['601'], bob.member_id)


async def test_only_staff_of_the_place_touch_the_roll(house: House) -> None:
    community, bob = house.community, house.people['bob']
    for who in ('alice', 'lead', 'worker2', 'stranger'):
        with pytest.raises(NotPermitted):
            await community.settle(house.people[who], house.flats['601'], bob.member_id, Relation.FAMILY)
        with pytest.raises(NotPermitted):
            await community.roll_page(house.people[who], house.at('building'))
        with pytest.raises(NotPermitted):
            await community.claims(house.people[who], house.at('building'))
    with pytest.raises(NotPermitted):
        await community.settle(house.people['grid_officer'], house.flats['101'], bob.member_id, Relation.FAMILY)
    await community.settle(house.people['grid_officer'], house.flats['601'], bob.member_id, Relation.FAMILY)


async def test_roll_page_searches_pages_and_shows_no_phone(house: House) -> None:
    worker = house.people['worker']
    everyone = await house.community.roll_page(worker, house.at('community'))
    names = {entry.name for entry in everyone.entries}
    assert names == {'secretary', 'worker', 'grid_officer', 'lead', 'a***', 'b**', 'c***'}  # residents are masked, offices are not
    assert everyone.total == len(names)
    by_flat = await house.community.roll_page(worker, house.at('community'), search='502')
    assert [entry.member_id for entry in by_flat.entries] == [house.people['alice'].member_id]
    assert by_flat.entries[0].homes[0].label == '3栋-502'
    assert by_flat.entries[0].homes[0].verified
    first, rest = [await house.community.roll_page(worker, house.at('community'), limit=4, offset=o) for o in (0, 4)]
    assert len(first.entries) == 4
    assert {e.member_id for e in first.entries}.isdisjoint(e.member_id for e in rest.entries)
    assert (await house.community.roll_page(worker, house.at('community'), search='%')).total == 0


async def test_add_household_needs_a_building(house: House) -> None:
    worker = house.people['worker']
    first = await house.community.add_household(worker, house.at('building'), '703', area_cm2=9000)
    assert await house.community.add_household(worker, house.at('building'), '703 室') == first
    assert (await house.community.households(house.at('building')))[-1].area_cm2 == 9000
    with pytest.raises(Invalid):
        await house.community.add_household(worker, house.at('community'), '703')
    with pytest.raises(Invalid):
        await house.community.add_household(worker, house.at('building'), '<b>')


async def test_many_households_at_once_all_or_none(house: House) -> None:
    worker, at = house.people['worker'], house.at('building')
    assert await house.community.add_households(worker, at, [('703', 8935), ('704', 0), ('502', 9000)]) == 3
    areas = {h.label: h.area_cm2 for h in await house.community.households(at)}
    assert areas == {'3栋-502': 9000, '3栋-601': 12000, '3栋-703': 8935, '3栋-704': 0}
    with pytest.raises(Invalid):
        await house.community.add_households(worker, at, [('801', 0), ('<x>', 0)])
    with pytest.raises(Invalid):
        await house.community.add_households(worker, at, [(str(n), 0) for n in range(501)])
    with pytest.raises(NotPermitted):
        await house.community.add_households(house.people['lead'], at, [('801', 0)])
    assert len(await house.community.households(at)) == 4


async def test_staff_on_duty(house: House) -> None:
    assert await house.community.staff_on_duty(house.at('building')) == [house.people['worker'].member_id]
    assert await house.community.staff_on_duty(house.at('far')) == [house.people['worker2'].member_id]
    assert await house.community.staff_on_duty(house.at('street')) == []
    grants = (await house.community.roll_page(house.people['secretary'], house.at('community'), search='worker')).entries[0].roles
    await house.community.revoke_role(house.people['secretary'], grants[0].id)
    assert await house.community.staff_on_duty(house.at('building')) == [house.people['secretary'].member_id]


# roles


async def test_a_role_strictly_above_grants_and_revokes(house: House) -> None:
    community, policy, bob = house.community, house.policy, house.people['bob']
    with pytest.raises(NotPermitted):
        await community.grant_role(house.people['worker'], bob.member_id, house.at('community'), Role.COMMUNITY_WORKER)
    with pytest.raises(NotPermitted):
        await community.grant_role(house.people['worker'], bob.member_id, house.at('far'), Role.BUILDING_LEAD)
    with pytest.raises(NotPermitted):
        await community.grant_role(house.people['lead'], bob.member_id, house.at('building'), Role.MEMBER)
    await community.grant_role(house.people['secretary'], bob.member_id, house.at('community'), Role.COMMUNITY_WORKER)
    assert Role.COMMUNITY_WORKER in await policy.roles_at(bob, house.at('building'))
    assert (await community.card(bob.member_id)).badge == Role.COMMUNITY_WORKER
    assert RolesChanged(member_id=bob.member_id) in house.events
    grant = next(g for g in (await community.profile(bob)).roles if g.role == Role.COMMUNITY_WORKER)
    with pytest.raises(NotPermitted):
        await community.revoke_role(house.people['worker'], grant.id)
    with pytest.raises(NotPermitted):
        await community.revoke_role(bob, grant.id)
    await community.revoke_role(house.people['street_officer'], grant.id)
    assert Role.COMMUNITY_WORKER not in await policy.roles_at(bob, house.at('building'))
    assert (await community.card(bob.member_id)).badge is None
    with pytest.raises(Conflict):
        await community.revoke_role(house.people['street_officer'], grant.id)


@pytest.mark.parametrize('role', [Role.VERIFIED, Role.OWNER, Role.ADMIN, Role.BOT])
async def test_some_roles_are_never_given_by_hand(house: House, role: Role) -> None:
    with pytest.raises(Invalid):
        await house.community.grant_role(house.people['admin'], house.people['bob'].member_id, house.at('community'), role)


async def test_roles_belong_to_kinds_of_places(house: House) -> None:
    with pytest.raises(Invalid):
        await house.community.grant_role(
            house.people['street_officer'], house.people['bob'].member_id, house.at('street'), Role.COMMUNITY_WORKER)
    assert await house.community.grantable(house.people['worker'], house.at('building')) == [
        Role.MEMBER, Role.BUILDING_LEAD, Role.GRID_OFFICER]
    assert await house.community.grantable(house.people['worker'], house.at('community2')) == []
    assert await house.community.grantable(house.people['alice'], house.at('building')) == []


async def test_a_role_has_a_period(house: House) -> None:
    bob, now = house.people['bob'], house.clock.now()
    await house.community.grant_role(
        house.people['worker'], bob.member_id, house.at('building'), Role.BUILDING_LEAD,
        valid_from=now + timedelta(days=1), valid_until=now + timedelta(days=3))
    for days, holds in ((0, False), (1, True), (2, True), (3, False)):
        house.clock.move(now + timedelta(days=days) - house.clock.now())
        assert (Role.BUILDING_LEAD in await house.policy.roles_at(bob, house.at('building'))) is holds
    with pytest.raises(Invalid):
        await house.community.grant_role(
            house.people['worker'], bob.member_id, house.at('building'), Role.BUILDING_LEAD, valid_until=now)


async def test_granting_twice_sets_the_period_anew(house: House) -> None:
    bob, worker, at = house.people['bob'], house.people['worker'], house.at('building')
    until = house.clock.now() + timedelta(days=10)
    await house.community.grant_role(worker, bob.member_id, at, Role.BUILDING_LEAD)
    await house.community.grant_role(worker, bob.member_id, at, Role.BUILDING_LEAD, valid_until=until)
    leads = [g for g in (await house.community.profile(bob)).roles if g.role == Role.BUILDING_LEAD]
    assert [g.valid_until for g in leads] == [until]


async def test_a_demotion_while_rights_are_being_read_is_not_overwritten(house: House) -> None:
    """What was read before a demotion must not be remembered after it."""
    bob, worker = house.people['bob'], house.people['worker']
    await house.community.grant_role(worker, bob.member_id, house.at('building'), Role.BUILDING_LEAD)
    grant = next(g for g in (await house.community.profile(bob)).roles if g.role == Role.BUILDING_LEAD)
    for _ in range(20):
        house.community.memories.grants.clear()
        reading = [asyncio.create_task(house.policy.roles_at(bob, house.at('building'))) for _ in range(3)]
        await asyncio.sleep(0)
        if grant is not None:
            await house.community.revoke_role(worker, grant.id)
        await asyncio.gather(*reading)
        assert Role.BUILDING_LEAD not in await house.policy.roles_at(bob, house.at('building'))
        await house.community.grant_role(worker, bob.member_id, house.at('building'), Role.BUILDING_LEAD)
        grant = next(g for g in (await house.community.profile(bob)).roles if g.role == Role.BUILDING_LEAD)


# cards and oneself


async def test_cards_show_consent_and_nothing_private(house: House) -> None:
    community, alice = house.community, house.people['alice']
    await community.set_party_member(house.people['worker'], alice.member_id, house.at('community'), party_member=True)
    assert (await community.card(alice.member_id)).party is False
    await community.set_profile(alice, party_visible=True, nickname='3栋-王阿姨', skills=['急救', '急救', ' 电工 '])
    card = await community.card(alice.member_id)
    assert (card.name, card.party, card.badge) == ('3栋-王阿姨', True, None)
    assert (await community.profile(alice)).skills == ('急救', '电工')
    assert MemberChanged(member_id=alice.member_id) in house.events
    assert set(card.model_dump()) == {'id', 'name', 'badge', 'bot', 'party'}
    with pytest.raises(NotFound):
        await community.set_party_member(
            house.people['worker'], house.people['stranger'].member_id, house.at('community'), party_member=True)


@pytest.mark.parametrize('nickname', ['', '   ', '\u200b', '小栖', '我是机器人', '长' * 21])
async def test_unfit_nicknames(house: House, nickname: str) -> None:
    with pytest.raises(Invalid) as refusal:
        await house.community.set_profile(house.people['alice'], nickname=nickname)
    assert refusal.value.field == 'nickname'


async def test_cards_of_many_in_one_go(house: House) -> None:
    ids = [actor.member_id for actor in house.people.values()]
    cards = await house.community.cards([*ids, *ids, 999_999])
    assert set(cards) == set(ids)
    assert cards[house.people['lead'].member_id].badge == Role.BUILDING_LEAD


async def test_there_is_one_bot(house: House) -> None:
    bots = []
    for _ in range(3):
        house.community.memories.bot = None
        bots.extend(await asyncio.gather(*(house.community.bot() for _ in range(5))))
    assert len(set(bots)) == 1
    card = await house.community.card(bots[0].member_id)
    assert (card.name, card.bot, card.badge) == ('小栖', True, Role.BOT)
    for place in house.places.values():
        assert await house.policy.roles_at(bots[0], place.id) == {Role.BOT}


async def test_somebody_who_left_has_no_rights(house: House) -> None:
    alice = house.people['alice']
    await house.db.write(lambda tx: tx.session.connection().execute(
        t.member.update().where(t.member.c.id == alice.member_id).values(left_at=tx.now)))
    house.community.memories.grants.clear()
    assert await house.policy.roles_at(alice, house.at('building')) == frozenset()
    assert alice.member_id not in await house.community.residents(house.at('building'), Level.MEMBER)


# joining


async def test_join_by_code(house: House) -> None:
    community, stranger = house.community, house.people['stranger']
    code = await community.create_join_code(house.people['lead'], house.at('building'), note='一楼公告栏')
    invite = await community.invite(code.token)
    assert invite.place.name == '3栋'
    assert invite.community is not None
    assert invite.community.name == '翠林社区'
    result = await community.join(stranger, code.token, nickname='3栋-张阿姨', room_no='303')
    assert result.first_time
    assert result.claim_pending
    assert await house.policy.roles_at(stranger, house.at('community')) == {Role.MEMBER}
    assert Joined(member_id=stranger.member_id, place_id=house.at('building')) in house.events
    assert (await community.card(stranger.member_id)).name == '3栋-张阿姨'
    # a flat nobody has on the roll counts in no roll until staff confirm it
    assert '3栋-303' not in [h.label for h in await community.households(house.at('building'))]
    again = await community.join(stranger, code.token)
    assert not again.first_time
    assert (await community.join_codes(house.people['lead'], house.at('building')))[0].uses == 1


async def test_a_claim_is_confirmed_once(house: House) -> None:
    community, stranger, grid_officer = house.community, house.people['stranger'], house.people['grid_officer']
    code = await community.create_join_code(house.people['lead'], house.at('building'))
    await community.join(stranger, code.token, room_no='303')
    [claim] = await community.claims(grid_officer, house.at('building'))
    assert (claim.label, claim.on_roll, claim.member_name) == ('3栋-303', False, 'stranger')
    await community.confirm_claim(grid_officer, claim.id, Relation.OWNER)
    assert Role.OWNER in await house.policy.roles_at(stranger, house.at('building'))
    confirmed = {h.label: h.member_ids for h in await community.households(house.at('building'))}
    assert confirmed['3栋-303'] == (stranger.member_id,)
    with pytest.raises(Conflict):
        await community.confirm_claim(house.people['worker'], claim.id)
    assert await community.claims(grid_officer, house.at('building')) == []


async def test_claiming_again_does_not_undo_a_confirmation(house: House) -> None:
    alice = house.people['alice']
    code = await house.community.create_join_code(house.people['worker'], house.at('building'), household_id=house.flats['502'])
    assert (await house.community.invite(code.token)).household_label == '3栋-502'
    result = await house.community.join(alice, code.token, relation=Relation.TENANT)
    assert not result.claim_pending
    assert Role.OWNER in await house.policy.roles_at(alice, house.at('building'))


async def test_a_code_for_a_household_is_still_a_claim(house: House) -> None:
    code = await house.community.create_join_code(house.people['worker'], house.at('building'), household_id=house.flats['502'])
    await house.community.join(house.people['stranger'], code.token)
    assert await house.policy.roles_at(house.people['stranger'], house.at('building')) == {Role.MEMBER}


@pytest.mark.parametrize('spoil', ['revoked', 'expired', 'used_up', 'unknown'])
async def test_unusable_codes_say_why(house: House, spoil: str) -> None:
    community, worker = house.community, house.people['worker']
    code = await community.create_join_code(worker, house.at('building'), days=1, max_uses=1)
    token, words = code.token, {'revoked': '停用', 'expired': '过期', 'used_up': '用完', 'unknown': '不存在'}[spoil]
    if spoil == 'revoked':
        await community.revoke_join_code(worker, code.id)
    elif spoil == 'expired':
        house.clock.move(timedelta(days=1))
    elif spoil == 'used_up':
        await community.join(house.people['carol'], token)
    else:
        token = 'nothing'
    for attempt in (lambda: community.invite(token), lambda: community.join(house.people['stranger'], token)):
        with pytest.raises((Conflict, NotFound)) as refusal:
            await attempt()
        assert words in refusal.value.words('zh-CN')
        assert refusal.value.words('en') != refusal.value.words('zh-CN')
    assert await house.policy.roles_at(house.people['stranger'], house.at('building')) == frozenset()


async def test_the_last_places_of_a_code_are_taken_once(house: House) -> None:
    """60 people scan at once, 19 may come in; each tries twice."""
    community = house.community
    code = await community.create_join_code(house.people['worker'], house.at('building'), max_uses=19)
    people = [Actor(await community.create_member(f'来客{n}')) for n in range(60)]
    results = await asyncio.gather(*(community.join(p, code.token) for p in [*people, *people]), return_exceptions=True)
    inside = [p for p, first, second in zip(people, results[:60], results[60:], strict=True)
              if not isinstance(first, BaseException) or not isinstance(second, BaseException)]
    assert len(inside) == 19
    assert all(isinstance(r, Conflict) for r in results if isinstance(r, BaseException))
    [(uses,)] = await house.rows(select(t.join_code.c.uses).where(t.join_code.c.id == code.id))
    [(used,)] = await house.rows(select(func.count()).select_from(t.join_use).where(t.join_use.c.code_id == code.id))
    assert (uses, used) == (19, 19)
    roles = [await house.policy.roles_at(p, house.at('building')) for p in people]
    assert sum(r == {Role.MEMBER} for r in roles) == 19
    assert sum(r == frozenset() for r in roles) == 41


async def test_whoever_was_removed_does_not_return_by_the_same_code(house: House) -> None:
    community, stranger, worker = house.community, house.people['stranger'], house.people['worker']
    code = await community.create_join_code(worker, house.at('building'))
    await community.join(stranger, code.token)
    grant = (await community.profile(stranger)).roles[0]
    await community.revoke_role(worker, grant.id)
    with pytest.raises(Conflict):
        await community.join(stranger, code.token)


async def test_codes_for_rooms_stay_on_the_way_up(house: House) -> None:
    """A code for 3栋 may open the room of 3栋 or of its community, never one elsewhere or below."""
    class Rooms:
        async def place_of(self, room_id: int) -> int | None:
            return {1: house.at('building'), 2: house.at('community'), 3: house.at('building2'), 4: house.at('far')}.get(room_id)

    worker = house.people['worker']
    house.community.rooms = Rooms()
    for room_id in (1, 2):
        code = await house.community.create_join_code(worker, house.at('building'), room_id=room_id)
        assert (await house.community.join(house.people['stranger'], code.token)).room_id == room_id
        assert Joined(member_id=house.people['stranger'].member_id, place_id=house.at('building'), room_id=room_id) in house.events
    for room_id in (3, 4, 5):
        with pytest.raises(Invalid):
            await house.community.create_join_code(worker, house.at('building'), room_id=room_id)
    with pytest.raises(Invalid):
        await house.community.create_join_code(worker, house.at('community'), room_id=1)


@pytest.mark.parametrize('wrong', [{'max_uses': 0}, {'days': 0}, {'days': 99999}])
async def test_codes_with_senseless_limits(house: House, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        await house.community.create_join_code(house.people['worker'], house.at('building'), **wrong)


async def test_residents_make_no_codes_and_leads_only_at_home(house: House) -> None:
    with pytest.raises(NotPermitted):
        await house.community.create_join_code(house.people['alice'], house.at('building'))
    with pytest.raises(NotPermitted):
        await house.community.create_join_code(house.people['lead'], house.at('building2'))
    code = await house.community.create_join_code(house.people['worker'], house.at('building2'))
    with pytest.raises(NotPermitted):
        await house.community.revoke_join_code(house.people['lead'], code.id)


async def test_offices(house: House) -> None:
    offices = await house.community.offices(house.people['grid_officer'].member_id)
    assert [(o.role, o.place.name) for o in offices] == [(Role.GRID_OFFICER, '第一网格')]
    assert await house.community.offices(house.people['alice'].member_id) == []
