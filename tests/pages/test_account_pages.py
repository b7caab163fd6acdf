"""Signing in, joining, 我的 and the people's desk, as browsers see them."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from pages.people import role_form
from pages.people.places import read_flats, split_names
from tests.bench.browser import ActRefusedError, BrowserClient
from tests.modules.people_kit import KeptSms
from tests.pages.site import OURS, Site
from yunshequ.bootstrap import Container
from yunshequ.community import tables as t
from yunshequ.core.errors import Invalid
from yunshequ.core.policy import Role

PHONE = '13800000000'
RESIDENT_ELEMENTS = 20


@pytest.fixture
def sms(container: Container) -> KeptSms:
    """The messages sent to phones."""
    container.accounts._sms = sms = KeptSms()
    return sms


async def enter(browser: BrowserClient, href: str) -> str:
    """Follow the way to the cookie, as the page does; return where it leads."""
    answer = await browser.get(href, **OURS)
    assert answer.status == 303
    browser.cookie = answer.cookies()
    return answer.header('location')


async def labels(browser: BrowserClient, props: dict[str, Any]) -> dict[str, str]:
    """Return the labels of a component, which travel as a file."""
    key = props[':labels'].removeprefix('YS.shared.')
    body = (await browser.get(f'/static/shared/{key}.js')).body.decode()
    return dict(json.loads(body.partition(f'.{key}=')[2].rstrip(';')))


@pytest.mark.parametrize('path', ['/nowhere', '/rooms/abc', '/rooms/99999999999999999999999', '/rooms/-1'])
async def test_addresses_that_lead_nowhere_are_answered_in_our_words(site: Site, path: str) -> None:
    answer = await (await site.browser('alice')).get(path)
    body = answer.body.decode()
    assert answer.status == 404
    assert '回到首页' in body
    assert 'Error' not in body.split('<body', 1)[1]


async def test_a_page_that_breaks_says_nothing_of_the_program(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaks(*_: object) -> None:
        raise RuntimeError('secret words')

    monkeypatch.setattr(site.c.rooms, 'rooms_of', breaks)
    answer = await (await site.browser('alice')).get('/messages')
    assert answer.status == 500
    assert 'secret words' not in answer.body.decode()
    assert '请稍后再试' in answer.body.decode()


async def test_whoever_holds_an_office_finds_the_way_between_desk_and_messages(site: Site) -> None:
    for who, found in (('worker', True), ('alice', False)):
        page = await (await site.browser(who)).load('/messages')
        assert ('/staff' in [tab['href'] for tab in page.props('shell')['tabs']]) is found
    desk = await (await site.browser('worker')).load('/staff/people')
    assert [one['href'] for one in desk.props('shell')['actions']] == ['/me']


# login


@pytest.mark.parametrize('path', ['/me', '/messages', '/staff/people?view=codes', '/join', '/join-sheet/ABC'])
async def test_pages_send_strangers_to_the_login_and_back(site: Site, path: str) -> None:
    answer = await BrowserClient(site.base).get(path)
    assert answer.status == 303
    way = urlsplit(answer.header('location'))
    assert way.path == '/login'
    assert parse_qs(way.query)['next'] == [path]


async def test_login_by_code(site: Site, sms: KeptSms) -> None:
    browser = BrowserClient(site.base)
    page = await browser.open('/login?next=/me')
    assert len(page.elements) <= RESIDENT_ELEMENTS
    assert page.props('login')['demo'] == []
    sent = await browser.act('code', {'phone': '138 0000 0000'})
    assert sent == {'again': 60, 'shown': None}
    with pytest.raises(ActRefusedError) as refusal:
        await browser.act('code', {'phone': PHONE})
    assert refusal.value.error['code'] == 'too_many'
    code = sms.code()
    with pytest.raises(ActRefusedError) as refusal:
        await browser.act('enter', {'phone': PHONE, 'code': '000000' if code != '000000' else '1', 'next': '/me'})
    assert refusal.value.error['field'] == 'code'
    way = await browser.act('enter', {'phone': PHONE, 'code': code, 'next': '/me'})
    await browser.close()
    assert await enter(browser, way['href']) == '/me'
    me_page = await browser.load('/me')
    assert me_page.props('profile')['me']['phone'] == '138****0000'
    assert PHONE not in me_page.response.body.decode()
    assert (await browser.get('/login')).status == 303


@pytest.mark.parametrize(('act', 'args', 'field'), [
    ('code', {'phone': '123'}, 'phone'), ('code', {}, 'phone'), ('code', {'phone': {'a': 1}}, 'phone'),
    ('password', {'phone': PHONE, 'password': 'nobody knows 1'}, 'password'), ('enter', {'phone': PHONE, 'code': '123456'}, 'code'),
    ('demo', {'member_id': 1}, None), ('demo', {'member_id': 'x'}, None),
])
async def test_refusals_stand_beside_their_field(site: Site, act: str, args: dict[str, object], field: str | None) -> None:
    browser = BrowserClient(site.base)
    await browser.open('/login')
    with pytest.raises(ActRefusedError) as refusal:
        await browser.act(act, args)
    assert refusal.value.error['field'] == field
    assert refusal.value.error['words']
    await browser.close()


async def test_login_leads_nowhere_else(site: Site, sms: KeptSms) -> None:
    browser = BrowserClient(site.base)
    page = await browser.open('/login?next=https://evil.test/')
    assert page.props('login')['next'] == '/'
    await browser.act('code', {'phone': PHONE})
    way = await browser.act('enter', {'phone': PHONE, 'code': sms.code(), 'next': '//evil.test'})
    await browser.close()
    assert await enter(browser, way['href']) == '/'


async def test_demo_people(site: Site, sms: KeptSms) -> None:
    site.c.settings.demo = True
    await site.c.accounts.seed_demo_account(site.world['alice'].member_id, '居民', 1)
    browser = BrowserClient(site.base)
    page = await browser.open('/login')
    assert page.props('login')['demo'] == [{'member_id': site.world['alice'].member_id, 'title': '居民'}]
    assert (await browser.act('code', {'phone': PHONE}))['shown'] == sms.code()
    way = await browser.act('demo', {'member_id': site.world['alice'].member_id, 'next': '/me'})
    await browser.close()
    await enter(browser, way['href'])
    assert (await browser.load('/me')).props('profile')['me']['name'] == 'alice先生'


async def test_pages_speak_english(site: Site) -> None:
    browser = BrowserClient(site.base, cookie='ys_locale=en')
    page = await browser.open('/login')
    assert (await labels(browser, page.props('login')))['phone'] == 'Phone number'
    with pytest.raises(ActRefusedError) as refusal:
        await browser.act('code', {'phone': '1'})
    assert refusal.value.error['words'].startswith('Please')
    await browser.close()


# joining


async def test_join_from_the_noticeboard(site: Site, sms: KeptSms) -> None:
    """Scan, sign in on the same page, give a name, stand in the room; a neighbour sees the welcome without a reload."""
    assert site.world.room is not None
    room = site.world.room.id
    code = await site.c.community.create_join_code(site.world['lead'], site.world.building, room_id=room)
    neighbour = await site.browser('alice')
    await neighbour.open(f'/rooms/{room}')
    newcomer = BrowserClient(site.base)
    page = await newcomer.open(f'/join/{code.token}')
    assert len(page.elements) <= RESIDENT_ELEMENTS
    assert page.props('login')['title'] == '景和园3栋楼栋群'
    assert page.props('login')['next'] == f'/join/{code.token}'
    await newcomer.act('code', {'phone': PHONE})
    way = await newcomer.act('enter', {'phone': PHONE, 'code': sms.code(), 'next': f'/join/{code.token}'})
    await newcomer.close()
    assert await enter(newcomer, way['href']) == f'/join/{code.token}'
    page = await newcomer.open(f'/join/{code.token}')
    invite = page.props('join')['invite']
    assert (invite['title'], invite['where'], invite['takes_flats']) == ('景和园3栋楼栋群', '景和园社区 3栋', True)
    assert page.props('join')['me'] == {'name': ''}
    assert invite['nickname'] == '3栋-'
    with pytest.raises(ActRefusedError) as refusal:
        await newcomer.act('join', {'token': code.token, 'nickname': '3栋-'})
    assert '3栋-张阿姨' in refusal.value.error['words']
    with pytest.raises(ActRefusedError) as refusal:
        await newcomer.act('join', {'token': code.token, 'nickname': '小栖'})
    assert refusal.value.error['field'] == 'nickname'
    joined = await newcomer.act('join', {'token': code.token, 'nickname': '3栋-张阿姨', 'room_no': '303', 'relation': 'tenant'})
    assert joined == {'href': f'/rooms/{room}', 'pending': True}
    await newcomer.close()
    await site.c.jobs.run_due()
    welcome = await neighbour.wait_for(lambda frame: frame.get('k') == 'message' and '3栋-张阿姨' in str(frame))
    assert welcome['t'] == f'room:{room}'
    await neighbour.close()
    assert (await newcomer.load(f'/rooms/{room}')).props('room')
    again = await newcomer.get(f'/join/{code.token}')
    assert (again.status, again.header('location')) == (303, f'/rooms/{room}')
    [claim] = await site.c.community.claims(site.world['worker'], site.world.building)
    assert (claim.label, claim.relation) == ('3栋-303', 'tenant')


async def test_a_code_typed_by_hand(site: Site) -> None:
    code = await site.c.community.create_join_code(site.world['lead'], site.world.building)
    browser = await site.browser('stranger')
    await browser.open('/join')
    typed = f' {code.token[:5].lower()}-{code.token[5:]} '
    assert (await browser.act('look', {'code': typed}, tag='join'))['invite']['token'] == code.token
    with pytest.raises(ActRefusedError) as refusal:
        await browser.act('look', {'code': 'WRONG'}, tag='join')
    assert refusal.value.error['code'] == 'not_found'
    assert await browser.act('join', {'token': code.token, 'nickname': '陌生人'}, tag='join') == {'href': '/messages', 'pending': False}
    await browser.close()
    assert Role.MEMBER in await site.c.policy.roles_at(site.world['stranger'], site.world.building)


async def test_nobody_joins_without_signing_in(site: Site) -> None:
    code = await site.c.community.create_join_code(site.world['lead'], site.world.building)
    browser = BrowserClient(site.base)
    page = await browser.open('/join/GUESS')
    assert page.props('join')['problem_words'] == '这个入群码不存在，请核对后再扫一次'
    found = await browser.act('look', {'code': code.token})
    assert found['invite']['login_href'] == f'/join/{code.token}'
    with pytest.raises(ActRefusedError) as refusal:
        await browser.act('join', {'token': code.token, 'nickname': '谁'})
    assert refusal.value.error['code'] == 'signed_out'
    await browser.close()
    assert await site.c.db.read(lambda s: s.connection().execute(select(t.join_use)).all()) == []


async def test_codes_are_not_guessed(site: Site) -> None:
    browser = BrowserClient(site.base)
    await browser.open('/join/GUESS')
    for n in range(29):
        with pytest.raises(ActRefusedError) as refusal:
            await browser.act('look', {'code': f'GUESS{n}'})
        assert refusal.value.error['code'] == 'not_found'
    with pytest.raises(ActRefusedError) as refusal:
        await browser.act('look', {'code': 'GUESSX'})
    assert refusal.value.error['code'] == 'too_many'
    await browser.close()


# 我的, sessions, rights


async def test_me(site: Site) -> None:
    alice = await site.browser('alice', '微信 · Android')
    await site.c.community.set_party_member(
        site.world['worker'], site.world['alice'].member_id, site.world.community, party_member=True)
    page = await alice.open('/me')
    assert len(page.elements) <= RESIDENT_ELEMENTS
    shown = page.props('profile')
    assert shown['me']['homes'] == [{'label': '3栋-502', 'relation': '业主', 'verified': True}]
    assert [s['device'] for s in shown['sessions']] == ['微信 · Android']
    assert [(one['key'], one['on']) for one in shown['consents']] == [('party_visible', False)]
    await alice.act('save', {'nickname': '3栋-王阿姨'}, tag='profile')
    assert await alice.act('save', {'skills': '急救，电工;急救'}, tag='profile') == {'skills': '急救、电工'}
    await alice.act('save', {'party_visible': True}, tag='profile')
    card = await site.c.community.card(site.world['alice'].member_id)
    assert (card.name, card.party) == ('3栋-王阿姨', True)
    with pytest.raises(ActRefusedError) as refusal:
        await alice.act('set_password', {'password': '12345678'}, tag='profile')
    assert refusal.value.error['field'] == 'password'
    await alice.act('set_password', {'password': 'correct horse 7'}, tag='profile')
    await alice.close()


async def test_a_language_becomes_the_members_when_chosen_not_when_a_page_is_opened(site: Site) -> None:
    alice = await site.browser('alice')
    alice.cookie += '; ys_locale=en'
    page = await alice.open('/me')
    assert (await labels(alice, page.props('profile')))['leave'] == 'Sign out'
    assert (await site.c.community.profile(site.world['alice'])).locale == 'zh-CN'
    await alice.act('save', {'locale': 'en'}, tag='profile')
    assert (await site.c.community.profile(site.world['alice'])).locale == 'en'
    await alice.close()


async def test_a_revoked_session_ends_its_open_pages(site: Site) -> None:
    """Two phones of one person: what one signs out stops at once on the other."""
    here, lost = await site.browser('alice', '这里'), await site.browser('alice', '丢了的手机')
    await lost.open('/me')
    page = await here.open('/me')
    [device] = [one for one in page.props('profile')['sessions'] if not one['current']]
    assert device['device'] == '丢了的手机'
    await here.act('revoke', {'session_id': device['id']}, tag='profile')
    told = await lost.wait_for(lambda frame: frame['k'] == 'reload')
    assert told['t'] == f'session:{device["id"]}'
    with pytest.raises(ActRefusedError) as refusal:
        await lost.act('save', {'nickname': '小偷'}, tag='profile')
    assert refusal.value.error['code'] == 'signed_out'
    assert (await lost.get('/me')).status == 303
    assert (await site.c.community.card(site.world['alice'].member_id)).name == 'alice先生'
    await here.act('save', {'nickname': '王阿姨'}, tag='profile')
    for tab in (here, lost):
        await tab.close()


async def test_nobody_revokes_another_persons_session(site: Site) -> None:
    alice, bob = await site.browser('alice'), await site.browser('bob')
    [theirs] = await site.c.accounts.sessions(site.world['bob'])
    await alice.open('/me')
    with pytest.raises(ActRefusedError) as refusal:
        await alice.act('revoke', {'session_id': theirs.id}, tag='profile')
    assert refusal.value.error['code'] == 'not_found'
    assert (await bob.get('/me')).status == 200
    await alice.close()


async def test_a_demotion_takes_effect_on_an_open_page(site: Site) -> None:
    worker = await site.browser('worker')
    page = await worker.open('/staff/people')
    assert page.response.status == 200
    holders = await site.c.community.office_holders(site.world['secretary'], site.world.community)
    grant = next(one.grant for one in holders if one.grant.member_id == site.world['worker'].member_id)
    await site.c.community.revoke_role(site.world['secretary'], grant.id)
    told = await worker.wait_for(lambda frame: frame['k'] == 'reload')
    assert told['t'] == f'member:{site.world["worker"].member_id}'
    worker.event(page.find('input', 'update:value'), 'alice')  # the search box of the page that is still open
    async with asyncio.timeout(5):
        while not any(name == 'notify' and '名册只对' in str(payload) for name, payload in worker.messages):
            await asyncio.sleep(0.02)
    assert 'alice先生' not in str(worker.messages)
    await worker.close()
    refused = await worker.load('/staff/people')
    assert refused.response.status == 403
    assert 'alice先生' not in refused.response.body.decode()


# people's desk


@pytest.mark.parametrize(('who', 'status'), [
    ('alice', 403), ('stranger', 403), ('lead', 200), ('grid', 200), ('worker', 200), ('secretary', 200), ('street', 200), ('admin', 200),
])
async def test_who_sees_the_desk(site: Site, who: str, status: int) -> None:
    answer = await (await site.browser(who)).get('/staff/people')
    assert answer.status == status


@pytest.mark.parametrize('view', ['roll', 'claims', 'holders', 'codes', 'places'])
async def test_views_of_a_place_and_never_of_anothers(site: Site, view: str) -> None:
    worker = await site.browser('worker')
    ours = await worker.load(f'/staff/people?place={site.world.building}&view={view}')
    assert ours.response.status == 200
    theirs = await worker.load(f'/staff/people?place={site.world.other_community}&view={view}')
    assert theirs.response.status == 403
    assert 'stranger' not in theirs.response.body.decode()
    assert (await worker.get(f'/staff/people?place=99999&view={view}')).status == 404


async def test_the_roll_shows_no_name_and_no_phone_before_somebody_says_why(site: Site, sms: KeptSms) -> None:
    await site.c.accounts.request_code(PHONE, '192.0.2.1')
    sign_in = await site.c.accounts.sign_in_code(PHONE, sms.code(), '192.0.2.1', 'x', nickname='新来的')
    code = await site.c.community.create_join_code(site.world['lead'], site.world.building)
    await site.c.community.join(sign_in.actor, code.token)
    page = await (await site.browser('worker')).load('/staff/people')
    rows = page.props('table')['rows']
    assert next(row['phone'] for row in rows if row['name'] == '新**') == '*' * 11
    assert '138****0000' not in page.response.body.decode()
    assert PHONE not in page.response.body.decode()


def test_flats_and_names_as_people_write_them() -> None:
    assert read_flats('502\n 503 89.35 \n\n2-504，120') == [('502', 0), ('503', 8935), ('2-504', 12000)]
    for wrong in ('', '\n', '502 eighty', '502 -3', '502 89.351'):
        with pytest.raises(Invalid):
            read_flats(wrong)
    assert split_names('1栋、2栋,3栋\n4栋') == ['1栋', '2栋', '3栋', '4栋']
    assert split_names('') == ['']  # the service says what a name must be
    with pytest.raises(Invalid):
        split_names('、'.join(f'{n}栋' for n in range(51)))


@pytest.mark.parametrize(('text', 'until'), [('', None), ('2026-03-31', datetime(2026, 3, 31, 16, tzinfo=UTC))])
def test_a_term_ends_with_its_last_day_in_nanjing(text: str, until: datetime | None) -> None:
    assert role_form.until(text) == until
    with pytest.raises(Invalid):
        role_form.until('tomorrow')


async def test_building_leads_see_codes_only(site: Site) -> None:
    page = await (await site.browser('lead')).load(f'/staff/people?place={site.world.building}')
    html = page.response.body.decode()
    assert 'view=codes' in html
    assert 'view=roll' not in html


async def test_the_sheet(site: Site) -> None:
    code = await site.c.community.create_join_code(site.world['worker'], site.world.building)
    site.c.settings.base_url = 'https://sq.example.cn/'
    page = await (await site.browser('lead')).load(f'/join-sheet/{code.token}')
    html = page.response.body.decode()
    assert '<svg' in html or 'svg' in str(page.elements)
    assert f'{code.token[:5]}-{code.token[5:]}' in html
    assert 'https://sq.example.cn/join' in html
    assert (await (await site.browser('other_worker')).get(f'/join-sheet/{code.token}')).status == 403
    assert (await (await site.browser('alice')).get(f'/join-sheet/{code.token}')).status == 403
    assert (await (await site.browser('worker')).get('/join-sheet/NONE')).status == 404
