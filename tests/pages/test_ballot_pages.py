"""Votes and topics with two people looking: what one does, the other sees, without a reload."""

from datetime import timedelta
from typing import Any

import pytest

from tests.bench.browser import ActRefusedError, BrowserClient
from tests.pages.site import Site
from yunshequ.ballots.schemas import BallotDraft, OptionDraft, Stance, Unit
from yunshequ.core.ids import token
from yunshequ.deliberation.schemas import NewTopic, Outcome

RESIDENT_ELEMENTS = 20
YES_NO = (OptionDraft(text='同意', stance=Stance.YES), OptionDraft(text='不同意', stance=Stance.NO))


async def open_vote(site: Site, **changes: Any) -> tuple[int, list[int]]:
    """Open a vote of the building; return its id and its options'."""
    worker = site.world['worker']
    ballot_id = await site.c.ballots.create(worker, BallotDraft(**({
        'client_id': token(), 'place_id': site.world.building, 'title': '要不要装充电桩', 'options': YES_NO,
        'unit': Unit.HOUSEHOLD, 'rule': 'consultation.two_thirds_present',
        'closes_at': site.clock.now() + timedelta(days=1)} | changes)))
    await site.c.ballots.open(worker, ballot_id)
    return ballot_id, [option.id for option in (await site.c.ballots.state(worker, ballot_id)).options]


async def close_vote(site: Site) -> None:
    site.clock.move(timedelta(days=1))
    await site.c.jobs.run_due()


async def test_the_bars_move_for_who_is_looking(site: Site) -> None:
    ballot_id, (yes, no) = await open_vote(site)
    alice, bob = await site.browser('alice'), await site.browser('bob')
    page = await alice.open(f'/ballots/{ballot_id}')
    assert len(page.elements) <= RESIDENT_ELEMENTS
    shown = page.props('ballot')['ballot']
    assert (shown['turnout'], shown['eligible'], shown['can_vote'], shown['quorum']) == (0, 2, True, {'need': 2})
    await bob.open(f'/ballots/{ballot_id}')
    answer = await alice.act(
        'ballot.vote', {'ballot_id': ballot_id, 'choices': [yes], 'client_id': token(), 'version': 0}, tag='ballot')
    assert (answer['version'], answer['turnout']) == (1, 1)
    await alice.wait_for(lambda frame: frame['k'] == 'voted')  # the frame of her pages asks how many wait for her now
    assert (await alice.act('frame.numbers', tag='shell'))['deliberate'] == 0
    tick = await bob.wait_for(lambda frame: frame['k'] == 'tick')
    assert (tick['t'], tick['turnout']) == (f'ballot:{ballot_id}', 1)
    assert {n['id']: n['count'] for n in tick['counts']} == {yes: 1, no: 0}
    assert tick['checks']['zh-CN'][0]['words'].startswith('同意 1 户，需 1 户')
    assert 'reached' in tick['checks']['en'][0]['words']
    await bob.act('ballot.vote', {'ballot_id': ballot_id, 'choices': [no], 'client_id': token(), 'version': 0}, tag='ballot')
    voters = (await alice.act('ballot.voters', {'ballot_id': ballot_id}, tag='ballot'))['voters']
    assert [voter['choice'] for voter in voters] == ['同意', '不同意']
    await close_vote(site)
    closed = await alice.wait_for(lambda frame: frame['k'] == 'closed')
    assert closed['ballot']['state'] == 'closed'
    assert closed['ballot']['result']['zh-CN']['title'] == '表决未通过'
    assert closed['ballot']['result']['en']['title'] == 'Not adopted'
    fresh = (await alice.act('ballot.state', {'ballot_id': ballot_id}, tag='ballot'))
    assert fresh['result'] == closed['ballot']['result']['zh-CN']
    assert [o['count'] for o in fresh['options']] == [o['count'] for o in closed['ballot']['options']] == [1, 1]
    await alice.close()
    await bob.close()


async def test_a_card_in_a_room_opens_the_own_secret_vote_to_the_browser_that_gave_it(site: Site) -> None:
    assert site.world.room is not None
    room = site.world.room.id
    ballot_id, (yes, _no) = await open_vote(site, secret=True, room_id=room)
    await site.c.jobs.run_due()
    alice, receipt = await site.browser('alice'), token()
    page = await alice.open(f'/rooms/{room}')
    [card] = [message['card'] for message in page.props('room')['messages'] if message.get('card')]
    assert (card['id'], card['mode'], card['units'][0]['voted']) == (ballot_id, 'secret', False)
    await alice.act('ballot.vote', {'ballot_id': ballot_id, 'choices': [yes], 'receipt': receipt}, tag='room')
    asked = {'kind': 'ballot', 'id': ballot_id}
    [mine] = (await alice.act('card', {**asked, 'receipt': receipt}, tag='room'))['units']
    assert (mine['voted'], mine['choices']) == (True, [yes])
    for other in ({}, {'receipt': token()}, {'receipt': 'x'}, {'receipt': 7}):
        [known] = (await alice.act('card', {**asked, **other}, tag='room'))['units']
        assert known['voted']
        assert 'choices' not in known
    await alice.close()


async def test_of_a_secret_vote_only_turnout_moves_and_only_the_token_opens_it(site: Site) -> None:
    ballot_id, (yes, no) = await open_vote(site, secret=True)
    alice, bob = await site.browser('alice'), await site.browser('bob')
    await alice.open(f'/ballots/{ballot_id}')
    await bob.open(f'/ballots/{ballot_id}')
    key = token()
    vote = {'ballot_id': ballot_id, 'choices': [yes], 'receipt': key}
    await alice.act('ballot.vote', vote, tag='ballot')
    tick = await bob.wait_for(lambda frame: frame['k'] == 'tick')
    assert tick['turnout'] == 1
    assert 'counts' not in tick
    mine = (await alice.act('ballot.state', {'ballot_id': ballot_id, 'receipt': key}, tag='ballot'))['units'][0]
    assert (mine['voted'], mine['choices']) == (True, [yes])
    blind = (await alice.load(f'/ballots/{ballot_id}')).props('ballot')['ballot']
    assert 'choices' not in blind['units'][0]
    assert all('count' not in option for option in blind['options'])
    again = await site.browser('alice')
    await again.open(f'/ballots/{ballot_id}')
    with pytest.raises(ActRefusedError) as other_device:
        await again.act('ballot.vote', vote | {'receipt': token(), 'choices': [no]}, tag='ballot')
    assert other_device.value.error['code'] == 'conflict'
    with pytest.raises(ActRefusedError):
        await bob.act('ballot.voters', {'ballot_id': ballot_id}, tag='ballot')
    for one in (alice, bob, again):
        await one.close()


async def test_a_stranger_and_a_late_vote_are_refused_in_words(site: Site) -> None:
    ballot_id, (yes, _) = await open_vote(site)
    stranger, alice = await site.browser('stranger'), await site.browser('alice')
    assert (await stranger.get(f'/ballots/{ballot_id}')).status == 403
    await alice.open(f'/ballots/{ballot_id}')
    site.clock.move(timedelta(days=1))
    with pytest.raises(ActRefusedError) as late:
        await alice.act('ballot.vote', {'ballot_id': ballot_id, 'choices': [yes], 'client_id': token()}, tag='ballot')
    assert '截止' in late.value.error['words']
    with pytest.raises(ActRefusedError) as nonsense:
        await alice.act('ballot.vote', {'ballot_id': ballot_id, 'choices': 'x', 'client_id': token()}, tag='ballot')
    assert nonsense.value.error['field'] == 'choice'
    await alice.close()


async def test_the_export_is_for_staff(site: Site) -> None:
    ballot_id, _ = await open_vote(site)
    worker, alice = await site.browser('worker'), await site.browser('alice')
    answer = await worker.get(f'/export/ballots/{ballot_id}.csv')
    assert answer.status == 200
    assert '要不要装充电桩' in answer.body.decode('utf-8-sig')
    assert (await alice.get(f'/export/ballots/{ballot_id}.csv')).status == 403
    assert (await BrowserClient(site.base).get(f'/export/ballots/{ballot_id}.csv')).status == 401


async def test_the_board_tells_of_a_new_vote(site: Site) -> None:
    alice = await site.browser('alice')
    page = await alice.open('/deliberate')
    assert len(page.elements) <= RESIDENT_ELEMENTS
    assert page.props('deliberation')['open'] == []
    ballot_id, _ = await open_vote(site)
    told = await alice.wait_for(lambda frame: frame['k'] == 'deliberation')
    assert told['t'] in page.props('deliberation')['live']
    board = await alice.act('deliberation.overview', {}, tag='deliberation')
    assert [(one['id'], one['to_do'], one['turnout']) for one in board['open']] == [(ballot_id, True, 0)]
    bob = await site.browser('bob')
    await bob.open(f'/ballots/{ballot_id}')
    yes = (await site.c.ballots.state(site.world['bob'], ballot_id)).options[0].id
    await bob.act('ballot.vote', {'ballot_id': ballot_id, 'choices': [yes], 'client_id': token()}, tag='ballot')
    tick = await alice.wait_for(lambda frame: frame['k'] == 'tick')
    assert tick['turnout'] == 1
    await alice.close()
    await bob.close()


async def test_two_people_talk_a_draft_over(site: Site) -> None:
    worker, service = site.world['worker'], site.c.deliberation
    topic_id = await service.create_topic(worker, NewTopic(
        client_id=token(), place_id=site.world.community, title='修订居民公约', body='第一条 22 点以后安静。<b>'))
    alice, bob = await site.browser('alice'), await site.browser('bob')
    page = await alice.open(f'/deliberate/{topic_id}')
    assert len(page.elements) <= RESIDENT_ELEMENTS
    await bob.open(f'/deliberate/{topic_id}')
    said = await alice.act('opinion.post', {'topic_id': topic_id, 'body': '提前到 21 点', 'client_id': 'o1'}, tag='topic')
    heard = await bob.wait_for(lambda frame: frame['k'] == 'opinion')
    assert heard['opinion']['body'] == '提前到 21 点'
    assert 'mine' not in heard['opinion']
    weighed = await bob.act('opinion.weigh', {'opinion_id': said['id'], 'stance': 'agree'}, tag='topic')
    assert weighed == {'agree': 1, 'disagree': 0, 'skip': 0, 'mine': 'agree'}
    assert (await alice.wait_for(lambda frame: frame['k'] == 'weighed'))['agree'] == 1
    await service.answer(worker, said['id'], Outcome.ADOPTED, '写进第二稿')
    await service.publish_draft(worker, topic_id, '第一条 21 点以后安静。<b>', note='提前一小时', after=1)
    await bob.wait_for(lambda frame: frame['k'] == 'changed')
    fresh = await bob.act('topic.state', {'topic_id': topic_id}, tag='topic')
    assert (fresh['drafts'][0]['number'], fresh['opinions'][0]['outcome'], fresh['opinions'][0]['mine']) == (2, 'adopted', 'agree')
    pieces = (await bob.act('topic.compare', {'topic_id': topic_id, 'old': 1, 'new': 2}, tag='topic'))['pieces']
    assert [(p['kind'], p['text']) for p in pieces][1:3] == [('cut', '22'), ('add', '21')]
    with pytest.raises(ActRefusedError):
        await bob.act('opinion.weigh', {'opinion_id': said['id'], 'stance': 'hate'}, tag='topic')
    stranger = await site.browser('stranger')
    assert (await stranger.get(f'/deliberate/{topic_id}')).status == 403
    await alice.close()
    await bob.close()


async def test_staff_pages_open_for_staff_only(site: Site) -> None:
    worker, alice = await site.browser('worker'), await site.browser('alice')
    topic_id = await site.c.deliberation.create_topic(
        site.world['worker'], NewTopic(client_id=token(), place_id=site.world.community, title='修订居民公约', body='一稿'))
    for path in ('/staff/deliberate', '/staff/deliberate/new', '/ballots/new', f'/ballots/new?topic={topic_id}', f'/deliberate/{topic_id}'):
        assert (await worker.get(path)).status == 200, path
    for path in ('/staff/deliberate', '/staff/deliberate/new', '/ballots/new'):
        assert (await alice.get(path)).status == 403, path
