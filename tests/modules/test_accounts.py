"""Signing in: codes, passwords, sessions, throttles; on both databases."""

import asyncio
import contextlib
import json
import re
import threading
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from loguru import logger
from sqlalchemy import inspect, select, text

from tests.modules.people_kit import House, open_house
from yunshequ.accounts import service as accounts_service
from yunshequ.accounts import tables as t
from yunshequ.accounts.events import SessionRevoked
from yunshequ.accounts.phones import parse_phone
from yunshequ.accounts.service import AccountsService
from yunshequ.channels.sms import ConsoleSms, HttpSms, sms_gateway
from yunshequ.core.errors import Invalid, NotFound, NotPermitted, SignedOut, TooMany, Unavailable
from yunshequ.core.policy import Actor, Role
from yunshequ.core.settings import Settings
from yunshequ.core.throttle import Throttle

PHONE = '13800000000'
OTHER = '13900000000'
IP = '192.0.2.7'


@pytest.fixture(params=['sqlite', 'postgresql'])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(request.param, tmp_path) as opened:
        yield opened


@pytest.fixture
async def one(tmp_path: Path) -> AsyncIterator[House]:
    """A house on SQLite only, for what the database has no part in."""
    async with open_house('sqlite', tmp_path) as opened:
        yield opened


async def code_for(house: House, phone: str = PHONE) -> str:
    await house.accounts.request_code(phone, IP)
    return house.sms.code()


async def signed_in(house: House, phone: str = PHONE, device: str = '手机') -> tuple[str, Actor]:
    sign_in = await house.accounts.sign_in_code(phone, await code_for(house, phone), IP, device)
    house.clock.move(timedelta(seconds=61))
    return sign_in.session_token, sign_in.actor


# phones


@pytest.mark.parametrize('text', ['13800000000', '138 0000 0000', '+86 138-0000-0000', '8613800000000', '１３８００００００００'])
def test_phones_as_people_write_them(text: str) -> None:
    phone = parse_phone(text, b'key')
    assert (phone.number, phone.mask) == ('13800000000', '138****0000')
    assert '00000000' not in repr(phone)


@pytest.mark.parametrize('text', ['', '1380000000', '12800000000', '10000000001', '138000000000', 'abc', '02583333333'])
def test_what_is_no_mobile_number(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_phone(text, b'key')
    assert refusal.value.field == 'phone'


def test_demo_numbers_only_in_the_demo() -> None:
    assert parse_phone('10000000001', b'key', demo=True).number == '10000000001'


# codes


async def test_a_code_registers_and_signs_in(house: House) -> None:
    sign_in = await house.accounts.sign_in_code(PHONE, await code_for(house), IP, '张阿姨的手机', nickname='3栋-张阿姨')
    assert sign_in.new_member
    assert await house.accounts.actor_of(sign_in.session_token) == sign_in.actor
    assert (await house.community.card(sign_in.actor.member_id)).name == '3栋-张阿姨'
    house.clock.move(timedelta(seconds=61))
    again = await house.accounts.sign_in_code(PHONE, await code_for(house), IP, '平板')
    assert not again.new_member
    assert again.actor.member_id == sign_in.actor.member_id


async def test_a_code_works_once(house: House) -> None:
    """Ten tries with the right code at once: one gets in."""
    code = await code_for(house)
    results = await asyncio.gather(
        *(house.accounts.sign_in_code(PHONE, code, IP, 'x') for _ in range(5)), return_exceptions=True)
    accepted = [r for r in results if not isinstance(r, BaseException)]
    assert len(accepted) == 1
    assert all(isinstance(r, Invalid) for r in results if isinstance(r, BaseException))


async def test_a_code_has_five_tries(house: House) -> None:
    code = await code_for(house)
    wrong = '000000' if code != '000000' else '111111'
    guesses = await asyncio.gather(
        *(house.accounts.sign_in_code(PHONE, wrong, IP, 'x') for _ in range(12)), return_exceptions=True)
    assert all(isinstance(g, Invalid) and g.field == 'code' for g in guesses)
    assert sum(g.message == accounts_service.WRONG_CODE for g in guesses if isinstance(g, Invalid)) == 5
    with pytest.raises(Invalid) as refusal:
        await house.accounts.sign_in_code(PHONE, code, IP, 'x')
    assert refusal.value.message == accounts_service.SPENT_CODE


async def test_a_code_lasts_five_minutes_and_until_the_next(house: House) -> None:
    first = await code_for(house)
    house.clock.move(timedelta(seconds=61))
    second = await code_for(house)
    if first != second:
        with pytest.raises(Invalid):
            await house.accounts.sign_in_code(PHONE, first, IP, 'x')
    house.clock.move(timedelta(minutes=5))
    with pytest.raises(Invalid):
        await house.accounts.sign_in_code(PHONE, second, IP, 'x')


async def test_a_code_belongs_to_its_phone(one: House) -> None:
    code = await code_for(one, PHONE)
    await code_for(one, OTHER)
    if one.sms.code() != code:
        with pytest.raises(Invalid):
            await one.accounts.sign_in_code(OTHER, code, IP, 'x')


async def test_codes_are_throttled_by_phone_even_after_a_restart(house: House) -> None:
    await code_for(house)
    restarted = AccountsService(house.db, house.community, house.sms, house.bus, house.clock, house.settings, Throttle())
    for accounts in (house.accounts, restarted):
        with pytest.raises(TooMany) as refusal:
            await accounts.request_code(PHONE, IP)
        assert 0 < int(str(refusal.value.params['seconds'])) <= 60
    for _ in range(4):
        house.clock.move(timedelta(seconds=61))
        await code_for(house)
    house.clock.move(timedelta(seconds=61))
    with pytest.raises(TooMany):
        await house.accounts.request_code(PHONE, IP)
    await house.accounts.request_code(OTHER, IP)
    house.clock.move(timedelta(hours=1))
    await code_for(house)


async def test_codes_asked_for_at_once_leave_once(house: House) -> None:
    results = await asyncio.gather(*(house.accounts.request_code(PHONE, IP) for _ in range(6)), return_exceptions=True)
    assert sum(not isinstance(r, BaseException) for r in results) == 1
    assert len(house.sms.sent) == 1


async def test_codes_are_throttled_by_address(one: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts_service, 'CODES_PER_ADDRESS', '3/10 minutes')
    for n in range(3):
        await one.accounts.request_code(f'1380000000{n}', IP)
    with pytest.raises(TooMany):
        await one.accounts.request_code('13800000009', IP)
    await one.accounts.request_code('13800000009', '192.0.2.8')


async def test_a_failed_message_may_be_tried_again_at_once(house: House) -> None:
    house.sms.fails = Unavailable('x')
    with pytest.raises(Unavailable):
        await house.accounts.request_code(PHONE, IP)
    house.sms.fails = None
    await code_for(house)


async def test_codes_are_shown_only_in_the_demo(tmp_path: Path) -> None:
    for demo in (False, True):
        path = tmp_path / str(demo)
        path.mkdir()
        async with open_house('sqlite', path, demo=demo) as house:
            sent = await house.accounts.request_code(PHONE, IP)
            assert (sent.shown is not None) is demo


# passwords


async def test_password_sign_in(house: House) -> None:
    _token, actor = await signed_in(house)
    await house.accounts.set_password(actor, 'correct horse 7')
    sign_in = await house.accounts.sign_in_password('138 0000 0000', 'correct horse 7', IP, '电脑')
    assert sign_in.actor.member_id == actor.member_id
    with pytest.raises(Invalid) as refusal:
        await house.accounts.sign_in_password(PHONE, 'wrong horse 7', IP, '电脑')
    assert refusal.value.field == 'password'


async def test_unknown_accounts_get_the_same_answer_for_the_same_work(one: House) -> None:
    _token, actor = await signed_in(one)
    await one.accounts.set_password(actor, 'correct horse 7')
    verified: list[str | None] = []
    original = one.accounts._passwords.verify

    async def counting(password: str, hashed: str | None) -> tuple[bool, str | None]:
        verified.append(hashed)
        return await original(password, hashed)

    one.accounts._passwords.verify = counting  # type: ignore[method-assign]
    words = []
    for phone in (PHONE, OTHER):
        with pytest.raises(Invalid) as refusal:
            await one.accounts.sign_in_password(phone, 'wrong horse 7', IP, 'x')
        words.append(refusal.value.words())
    assert words[0] == words[1]
    assert len(verified) == 2
    assert verified[1] is None  # the decoy: argon2 ran for the unknown one too
    assert one.accounts._passwords._decoy is not None


async def test_hashing_does_not_hold_the_loop(one: House) -> None:
    from yunshequ.accounts.passwords import Passwords

    threads: set[str] = set()
    passwords = Passwords()
    original = passwords._hash.hash

    def watched(password: str) -> str:
        threads.add(threading.current_thread().name)
        return original(password)

    passwords._hash.hash = watched  # type: ignore[method-assign, assignment]
    assert (await passwords.hash('correct horse 7')).startswith('$argon2id$')
    assert threads
    assert threading.main_thread().name not in threads


@pytest.mark.parametrize('password', ['short', '12345678', 'aaaaaaaaaa', 'x' * 129])
async def test_weak_passwords(one: House, password: str) -> None:
    _token, actor = await signed_in(one)
    with pytest.raises(Invalid) as refusal:
        await one.accounts.set_password(actor, password)
    assert refusal.value.field == 'password'


async def test_changing_a_password_needs_the_old_one_or_a_fresh_code(house: House) -> None:
    accounts = house.accounts
    token, actor = await signed_in(house)
    await accounts.set_password(actor, 'correct horse 7')
    other = await accounts.sign_in_password(PHONE, 'correct horse 7', IP, '电脑')
    assert await accounts.old_password_needed(other.actor)
    with pytest.raises(Invalid) as refusal:
        await accounts.set_password(other.actor, 'battery staple 9', old='no')
    assert refusal.value.field == 'old'
    await accounts.set_password(other.actor, 'battery staple 9', old='correct horse 7')
    assert await accounts.actor_of(token) is None  # other devices are signed out
    assert await accounts.actor_of(other.session_token) == other.actor
    _token, fresh = await signed_in(house)
    assert not await accounts.old_password_needed(fresh)
    house.clock.move(timedelta(minutes=11))
    assert await accounts.old_password_needed(fresh)


async def test_login_is_throttled_by_account(one: House) -> None:
    _token, actor = await signed_in(one)
    await one.accounts.set_password(actor, 'correct horse 7')
    results = await asyncio.gather(
        *(one.accounts.sign_in_password(PHONE, f'guess number {n}', f'192.0.2.{n}', 'x') for n in range(30)),
        return_exceptions=True)
    assert sum(isinstance(r, Invalid) for r in results) == 10
    assert sum(isinstance(r, TooMany) for r in results) == 20
    with pytest.raises(TooMany):
        await one.accounts.sign_in_password(PHONE, 'correct horse 7', IP, 'x')
    # the person herself still gets in by code, and that clears the account
    await one.accounts.sign_in_code(PHONE, await code_for(one), IP, 'x')
    await one.accounts.sign_in_password(PHONE, 'correct horse 7', IP, 'x')


async def test_login_is_throttled_by_address(one: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts_service, 'FAILURES_PER_ADDRESS', '4/15 minutes')
    _token, actor = await signed_in(one)
    await one.accounts.set_password(actor, 'correct horse 7')
    for _ in range(9):  # successes do not count
        await one.accounts.sign_in_password(PHONE, 'correct horse 7', IP, 'x')
    for n in range(4):
        with pytest.raises(Invalid):
            await one.accounts.sign_in_password(f'1390000000{n}', 'guess number 1', IP, 'x')
    with pytest.raises(TooMany):
        await one.accounts.sign_in_password('13900000009', 'guess number 1', IP, 'x')
    with pytest.raises(TooMany):
        await one.accounts.sign_in_code('13900000009', '123456', IP, 'x')
    await one.accounts.sign_in_password(PHONE, 'correct horse 7', '192.0.2.9', 'x')


# sessions


async def test_a_revoked_session_ends_at_once(house: House) -> None:
    accounts = house.accounts
    phone_token, phone = await signed_in(house)
    desk_token, desk = await signed_in(house, device='电脑')
    assert await accounts.actor_of(phone_token) == phone
    await accounts.require_open(phone)
    listed = await accounts.sessions(desk)
    assert [(s.device, s.current) for s in listed] == [('电脑', True), ('手机', False)]
    assert phone.session_id is not None
    await accounts.revoke(desk, phone.session_id)
    assert SessionRevoked(session_id=phone.session_id, member_id=phone.member_id) in house.events
    assert await accounts.actor_of(phone_token) is None
    with pytest.raises(SignedOut):
        await accounts.require_open(phone)
    await accounts.require_open(desk)
    assert await accounts.actor_of(desk_token) == desk
    with pytest.raises(NotFound):
        await accounts.revoke(desk, phone.session_id)


async def test_nobody_revokes_anothers_session(house: House) -> None:
    token, mine = await signed_in(house)
    _other, stranger = await signed_in(house, OTHER)
    assert mine.session_id is not None
    with pytest.raises(NotFound):
        await house.accounts.revoke(stranger, mine.session_id)
    assert await house.accounts.actor_of(token) == mine


async def test_revoking_while_a_session_is_being_looked_up(house: House) -> None:
    """What was read before the revocation must not be remembered after it."""
    for _ in range(10):
        sign_in = await house.accounts.open_session(house.people['alice'].member_id)
        session_id = sign_in.actor.session_id
        assert session_id is not None
        looking = [asyncio.create_task(house.accounts.actor_of(sign_in.session_token)) for _ in range(3)]
        await asyncio.sleep(0)
        await house.accounts.revoke(sign_in.actor, session_id)
        await asyncio.gather(*looking)
        assert await house.accounts.actor_of(sign_in.session_token) is None
        with pytest.raises(SignedOut):
            await house.accounts.require_open(sign_in.actor)


async def test_sign_out_and_all_others(house: House) -> None:
    tokens = [(await house.accounts.open_session(house.people['alice'].member_id, f'd{n}')).session_token for n in range(4)]
    keep = await house.accounts.actor_of(tokens[0])
    assert keep is not None
    assert await house.accounts.revoke_others(keep) == 3
    assert [await house.accounts.actor_of(token) is None for token in tokens] == [False, True, True, True]
    await house.accounts.sign_out(tokens[0])
    await house.accounts.sign_out(tokens[0])
    assert await house.accounts.actor_of(tokens[0]) is None


async def test_sessions_slide_with_rare_writes_and_end_without_use(house: House) -> None:
    sign_in = await house.accounts.open_session(house.people['alice'].member_id)
    writes = 0
    original = house.db.write

    async def counting(work: object) -> object:
        nonlocal writes
        writes += 1
        return await original(work)  # type: ignore[arg-type]

    house.db.write = counting  # type: ignore[method-assign, assignment]
    for _ in range(50):
        house.clock.move(timedelta(seconds=40))
        await house.accounts.actor_of(sign_in.session_token)
    assert writes == 0
    for _ in range(5):
        house.clock.move(timedelta(days=80))
        assert await house.accounts.actor_of(sign_in.session_token) is not None
        await house.accounts.stop()
    assert writes == 5
    house.clock.move(timedelta(days=91))
    assert await house.accounts.actor_of(sign_in.session_token) is None


async def test_a_demotion_takes_effect_for_a_session_that_stays_open(house: House) -> None:
    sign_in = await house.accounts.open_session(house.people['worker'].member_id)
    actor = await house.accounts.actor_of(sign_in.session_token)
    assert actor is not None
    assert await house.policy.may(actor, 'community.view_roll', house.at('building'))
    grant = (await house.community.profile(actor)).roles[0]
    assert grant.role == Role.COMMUNITY_WORKER
    await house.community.revoke_role(house.people['secretary'], grant.id)
    assert not await house.policy.may(actor, 'community.view_roll', house.at('building'))
    with pytest.raises(NotPermitted):
        await house.community.roll_page(actor, house.at('building'))


async def test_language_follows_the_member(house: House) -> None:
    token, actor = await signed_in(house)
    await house.community.set_profile(actor, locale='en')
    found = await house.accounts.actor_of(token)
    assert found is not None
    assert found.locale == 'en'


async def test_a_member_who_left_is_signed_out(house: House) -> None:
    from yunshequ.community import places

    token, actor = await signed_in(house)
    await house.db.write(lambda tx: places.change_member(tx, actor.member_id, left_at=tx.now))
    assert await house.accounts.actor_of(token) is None
    with pytest.raises(NotPermitted):
        await house.accounts.open_session(actor.member_id)


# tickets


async def test_a_ticket_works_once_and_makes_the_token_anew(house: House) -> None:
    sign_in = await house.accounts.open_session(house.people['alice'].member_id)
    ticket = await house.accounts.issue_ticket(sign_in)
    redeemed = await asyncio.gather(*(house.accounts.redeem_ticket(ticket) for _ in range(5)))
    [token] = [r for r in redeemed if r is not None]
    assert await house.accounts.actor_of(token) == sign_in.actor
    assert await house.accounts.actor_of(sign_in.session_token) is None


async def test_a_ticket_lasts_a_minute(house: House) -> None:
    sign_in = await house.accounts.open_session(house.people['alice'].member_id)
    ticket = await house.accounts.issue_ticket(sign_in)
    house.clock.move(timedelta(seconds=60))
    assert await house.accounts.redeem_ticket(ticket) is None
    assert await house.accounts.redeem_ticket('made up') is None


async def test_a_ticket_of_a_revoked_session_is_worthless(house: House) -> None:
    sign_in = await house.accounts.open_session(house.people['alice'].member_id)
    ticket = await house.accounts.issue_ticket(sign_in)
    await house.accounts.sign_out(sign_in.session_token)
    assert await house.accounts.redeem_ticket(ticket) is None


# demo


async def test_demo_accounts_need_the_demo(tmp_path: Path) -> None:
    async with open_house('sqlite', tmp_path) as house:
        alice = house.people['alice'].member_id
        await house.accounts.seed_demo_account(alice, '居民 王阿姨', 1)
        assert await house.accounts.demo_accounts() == []
        with pytest.raises(NotPermitted):
            await house.accounts.sign_in_demo(alice, 'x')
        house.settings.demo = True
        assert [a.title for a in await house.accounts.demo_accounts()] == ['居民 王阿姨']
        assert (await house.accounts.sign_in_demo(alice, 'x')).actor.member_id == alice
        with pytest.raises(NotPermitted):
            await house.accounts.sign_in_demo(house.people['worker'].member_id, 'x')


# what is kept


async def test_no_phone_no_code_no_token_in_database_or_log(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    lines: list[str] = []
    sink = logger.add(lines.append, level=0, format='{message} {extra} {exception}')
    try:
        sign_in = await house.accounts.sign_in_code(PHONE, await code_for(house), IP, '手机')
        await house.accounts.set_password(sign_in.actor, 'correct horse 7')
        ticket = await house.accounts.issue_ticket(sign_in)
        with contextlib.suppress(Invalid):
            await house.accounts.sign_in_password(PHONE, 'correct horse 8', IP, 'x')
        with contextlib.suppress(TooMany):
            await house.accounts.request_code(PHONE, IP)
        code = house.sms.sent[0][1]
    finally:
        logger.remove(sink)
    secrets = [PHONE, sign_in.session_token, ticket, 'correct horse 7', 'correct horse 8']

    def dump(session: object) -> str:
        connection = session.connection()  # type: ignore[attr-defined]
        tables = inspect(connection).get_table_names()
        return '\n'.join(str(row) for name in tables for row in connection.execute(text(f'SELECT * FROM "{name}"')))

    kept = await house.db.read(dump)
    assert '138****0000' in kept
    for secret in secrets:
        assert secret not in kept
    [(code_hash,)] = await house.rows(select(t.one_time_code.c.code_hash))
    assert code not in re.split(r'\W+', kept)
    assert re.fullmatch(r'[0-9a-f]{64}', code_hash)
    logged = ''.join(lines) + capsys.readouterr().out
    for secret in [*secrets, code]:
        assert secret not in logged


# text messages


@pytest.fixture
def carrier() -> Iterator[tuple[str, list[dict[str, object]], list[int]]]:
    """A real HTTP server that plays the carrier: (address, requests it got, answers it gives)."""
    got: list[dict[str, object]] = []
    answers: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers['Content-Length']))
            got.append({'path': self.path, 'auth': self.headers['Authorization'], 'body': json.loads(body)})
            status = answers.pop(0) if answers else 202
            if status == 0:
                time.sleep(1.0)
                status = 200
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self.send_response(status)
                self.send_header('Content-Length', '0')
                self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f'http://127.0.0.1:{server.server_port}/send', got, answers
    server.shutdown()
    server.server_close()


async def test_http_sms(carrier: tuple[str, list[dict[str, object]], list[int]]) -> None:
    url, got, answers = carrier
    sms = HttpSms(url, 'secret-token', timeout=0.3)
    assert await sms.send_code(PHONE, '123456', 'zh-CN') is None
    assert got == [{'path': '/send', 'auth': 'Bearer secret-token', 'body': {'phone': PHONE, 'code': '123456', 'locale': 'zh-CN'}}]
    for answer in (500, 403, 302, 0):
        answers.append(answer)
        with pytest.raises(Unavailable):
            await sms.send_code(PHONE, '123456', 'zh-CN')
    await sms.stop()
    gone = HttpSms('http://127.0.0.1:9/send', '', timeout=0.3)
    with pytest.raises(Unavailable):
        await gone.send_code(PHONE, '123456', 'zh-CN')
    await gone.stop()


async def test_console_sms_prints_a_mask(capsys: pytest.CaptureFixture[str]) -> None:
    assert await ConsoleSms(demo=False).send_code(PHONE, '123456', 'zh-CN') is None
    assert await ConsoleSms(demo=True).send_code(PHONE, '123456', 'zh-CN') == '123456'
    printed = capsys.readouterr().out
    assert '138****0000: 123456' in printed
    assert PHONE not in printed


def test_the_settings_name_the_gateway() -> None:
    assert isinstance(sms_gateway(Settings(_env_file=None)), ConsoleSms)
    assert isinstance(sms_gateway(Settings(_env_file=None, sms='http', sms_url='http://127.0.0.1/')), HttpSms)
    with pytest.raises(ValueError, match='SMS_URL'):
        sms_gateway(Settings(_env_file=None, sms='http'))
