"""The door and the receipts with two people looking: each hears at once what the other has done."""


import pytest

from tests.bench.browser import ActRefusedError
from tests.pages.site import Site
from yunshequ.core.ids import token
from yunshequ.rooms.schemas import MessageKind, PostDraft


async def test_applicant_and_office_hear_of_each_other(site: Site) -> None:
    world, door = site.world, site.c.rooms.door
    code = await site.c.community.create_join_code(world['worker'], world.building, room_id=world.room.id)
    await door.set_entry(world['worker'], world.room.id, asks=True, question='您住几栋几号？')
    applicant, lead, room_page = await site.browser('stranger'), await site.browser('lead'), await site.browser('grid')
    page = await applicant.open(f'/join/{code.token}')
    assert page.props('join')['invite']['question'] == '您住几栋几号？'
    assert (await lead.open('/staff')).props('workbench')['lines'] == []
    await room_page.open(f'/staff/rooms/{world.room.id}')
    given = {'token': code.token, 'nickname': '3栋-小林', 'room_no': '702', 'relation': 'tenant'}
    with pytest.raises(ActRefusedError) as refused:
        await applicant.act('join', given, tag='join')
    assert refused.value.error['field'] == 'answer'
    answered = await applicant.act('join', given | {'answer': '3栋702'}, tag='join')
    assert answered['request']['state'] == 'waiting'
    await lead.wait_for(lambda frame: frame['k'] == 'changed' and frame['t'].startswith('work:'))
    await room_page.wait_for(lambda frame: frame['k'] == 'changed' and frame['t'] == f'door:{world.room.id}')
    [line] = (await lead.act('workbench.list', {}, tag='workbench'))['lines']
    assert (line['title'], line['href']) == ('3栋-小林 申请加入景和园3栋楼栋群', '')
    assert line['detail'] == '房号 702 租客 · 您住几栋几号？ 3栋702'
    [listed] = (await room_page.act('entry.list', {'room': world.room.id}, tag='door'))['entries']
    assert listed['state'] == 'waiting'

    await lead.act('entry.refuse', {'id': line['entry']['id'], 'reason': '请写清房号'}, tag='workbench')
    await applicant.wait_for(lambda frame: frame['k'] == 'entry' and frame['state'] == 'refused')
    told = await applicant.act('request', {'room': world.room.id}, tag='join')
    assert (told['request']['state'], told['request']['reason']) == ('refused', '请写清房号')
    assert (await lead.act('workbench.list', {}, tag='workbench'))['lines'] == []
    await lead.act('entry.undo', {'id': line['entry']['id']}, tag='workbench')
    await applicant.wait_for(lambda frame: frame['k'] == 'entry' and frame['state'] == 'waiting')
    await lead.act('entry.accept', {'id': line['entry']['id']}, tag='workbench')
    await applicant.wait_for(lambda frame: frame['k'] == 'entry' and frame['state'] == 'accepted')
    assert world['stranger'].member_id in await site.c.rooms.member_ids(world.room.id)
    for browser in (applicant, lead, room_page):
        await browser.close()


async def test_others_cannot_decide_by_sending_the_act_themselves(site: Site) -> None:
    world = site.world
    code = await site.c.community.create_join_code(world['worker'], world.building, room_id=world.room.id)
    await site.c.rooms.door.set_entry(world['worker'], world.room.id, asks=True)
    await site.c.rooms.join_by_code(world['stranger'], code.token)
    [request] = await site.c.rooms.door.mine(world['stranger'])
    other = await site.browser('other_worker')
    await other.open('/staff')
    for act, args in (('entry.accept', {}), ('entry.refuse', {'reason': '不行'}), ('entry.undo', {})):
        with pytest.raises(ActRefusedError):
            await other.act(act, {'id': request.id} | args, tag='workbench')
    await other.close()
    assert (await site.c.rooms.door.mine(world['stranger']))[0].state == 'waiting'


async def test_receipts_move_while_the_office_looks(site: Site) -> None:
    world = site.world
    room = world.community_room.id
    posted = await site.c.rooms.post(world['worker'], PostDraft(
        room_id=room, client_id=token(), kind=MessageKind.NOTICE, body='明早停水'))
    office, bob = await site.browser('worker'), await site.browser('bob')
    page = await office.open(f'/staff/rooms/{room}/notices/{posted.seq}')
    assert page.props('receipts')['state']['received'] == 0
    shown = await bob.open(f'/rooms/{room}')
    assert shown.props('room')['room']['notice']['list_href'] == ''  # counts only
    await bob.act('ack', {'seq': posted.seq}, tag='room')
    await office.wait_for(lambda frame: frame['k'] == 'changed' and frame['t'] == f'receipts:{room}')
    state = (await office.act('receipts.state', {'room': room, 'seq': posted.seq}, tag='receipts'))['state']
    assert state['received'] == 1
    refused = await bob.load(f'/staff/rooms/{room}/notices/{posted.seq}')
    with pytest.raises(LookupError):
        refused.props('receipts')
    await office.close()
    await bob.close()


async def test_rules_are_shown_until_they_have_been_seen(site: Site) -> None:
    world = site.world
    await site.c.rooms.welcome.set_words(world['worker'], world.room.id, welcome='', rules='不发广告')
    bob = await site.browser('bob')
    page = await bob.open(f'/rooms/{world.room.id}')
    assert page.props('room')['room']['rules_due']
    await bob.act('rules_seen', {}, tag='room')
    assert not (await bob.load(f'/rooms/{world.room.id}')).props('room')['room']['rules_due']
    await bob.close()


async def test_the_gallery_is_for_those_inside(site: Site) -> None:
    room = site.world.room.id
    bob, carol = await site.browser('bob'), await site.browser('carol')
    assert (await bob.open(f'/rooms/{room}/gallery')).props('gallery')['pictures'] == {'before': None, 'items': []}
    assert (await bob.act('gallery', {'room': room, 'files': True}, tag='gallery'))['items'] == []
    with pytest.raises(ActRefusedError):
        await bob.act('gallery', {'room': room + 50, 'files': True}, tag='gallery')
    with pytest.raises(LookupError):
        (await carol.load(f'/rooms/{room}/gallery')).props('gallery')
    await bob.close()
    await carol.close()


async def test_a_new_name_in_the_room_is_heard_by_whoever_has_it_open(site: Site) -> None:
    room = site.world.room.id
    alice, bob = await site.browser('alice'), await site.browser('bob')
    page = await alice.open(f'/rooms/{room}')
    await bob.open(f'/rooms/{room}')
    account = page.props('room')['me']['name']
    assert (await alice.act('my_name', {}, tag='room'))['account'] == account
    with pytest.raises(ActRefusedError) as refused:
        await alice.act('call_me', {'name': '小栖'}, tag='room')
    assert refused.value.error['field'] == 'nickname'
    assert await alice.act('call_me', {'name': ' 3栋-张阿姨 '}, tag='room') == {'name': '3栋-张阿姨'}
    for browser in (alice, bob):
        frame = await browser.wait_for(lambda frame: frame['k'] == 'named')
        assert (frame['id'], frame['name'], frame['was']) == (site.world['alice'].member_id, '3栋-张阿姨', account)
    assert (await bob.act('who', {'id': site.world['alice'].member_id}, tag='room'))['account'] == account
    assert (await alice.open(f'/rooms/{room}')).props('room')['me']['name'] == '3栋-张阿姨'
    for browser in (alice, bob):
        await browser.close()
