"""Every page and every plain route, asked for by everybody, members and staff of another community included; and what outsiders try.

The tables hold what each may see. A page or a route without a line fails here.
"""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e import site as sites
from tests.e2e.site import Site
from tests.e2e.test_accessibility import ELSEWHERE, VISITS, find
from yunshequ.bootstrap import Container
from yunshequ.core.settings import Settings
from yunshequ.gateway.app import create
from yunshequ.gateway.session import COOKIE

WHO = ('', '3栋-张阿姨', '社区小沈', '夏书记', '网格员-小宋', '东埂组-仇阿姨', '社区小葛', '孙书记', '区网格中心-陈主任')
"""Nobody; a resident, a worker, the secretary and a grid officer of 景和园; a resident, a worker and the secretary of 花园村; the district."""

OPEN, OWN, MEMBERS, STAFF = '.........', 'L........', 'L....NNNN', 'LF...F...'
NOT_GRID = 'LF..FF...'
"""What each of ``WHO`` gets: . the page, L the login, F refused, N as if it were not there, R another page of their own."""
HERE = {
    '/login': ['.RRRRRRRR'], '/join': [OWN], '/join/{token}': ['.RR.R....', '.....RRR.', OPEN], '/join-sheet/{token}': ['LF...FFF.'],
    '/messages': [OWN, OWN], '/rooms/{room_id}': ['L..N.NNNN', MEMBERS], '/rooms/{room_id}/gallery': [MEMBERS], '/services': [OWN],
    '/assistant': [OWN], '/deliberate': [OWN, OWN], '/deliberate/{topic_id}': ['LFFFF....', 'LFFFFFFF.'],
    '/ballots/{ballot_id}': ['LFFFF....', 'LFFFFFFF.', 'L....FFF.'], '/ballots/new': [STAFF], '/emergency': [OWN],
    '/emergency/{incident_id}': ['L....FFF.'], '/calls/{call_id}': ['L....FFF.', 'L....FFF.'], '/me/helpers': [OWN],
    '/me/identity': [OWN, OWN], '/me': [OWN, OWN], '/me/privacy': [OWN], '/me/privacy/leave': [OWN], '/privacy': [OPEN], '/staff': [STAFF],
    '/staff/rooms': [STAFF], '/rooms/{room_id}/log': ['L..N.NNNN'], '/me/order': [OWN], '/staff/order': [STAFF],
    '/staff/rooms/{room_id}': ['LF..FFFF.'], '/staff/rooms/{room_id}/notices/{seq}': ['LF...FFF.'], '/staff/words': [STAFF],
    '/staff/deliberate': [STAFF], '/staff/deliberate/new': [STAFF], '/staff/knowledge': [NOT_GRID], '/staff/knowledge/new': [NOT_GRID],
    '/staff/knowledge/files': [NOT_GRID], '/staff/knowledge/bulk': [NOT_GRID],
    '/staff/knowledge/due': [STAFF], '/staff/knowledge/departments': [NOT_GRID], '/staff/knowledge/{entry_id}': [STAFF, STAFF],
    '/staff/knowledge/desk': [NOT_GRID], '/staff/knowledge/asked': [NOT_GRID],
    '/services/guide/{entry_id}': [OWN], '/staff/knowledge/duty': [NOT_GRID],
    '/rooms/{room_id}/chains/new': [MEMBERS], '/staff/knowledge/figures': [NOT_GRID], '/staff/emergency': [STAFF],
    '/staff/emergency/new': [STAFF], '/staff/emergency/{incident_id}': ['LF...FFF.'], '/staff/emergency/{incident_id}/call': ['LF...FFF.'],
    '/staff/calls/{call_id}': ['LF...FFF.'], '/staff/shifts/{shift_id}': ['LF..FFFF.'], '/staff/privacy': [NOT_GRID],
    '/staff/people': [STAFF] * 9,
}
SIGNED_OUT = 'A'
"""What a plain route tells nobody: log in first (401)."""
ROUTES = {
    'GET /health': ('/health', OPEN),
    'GET /export/ballots/{ballot_id}.csv': ('/export/ballots/{closed_ballot}.csv', 'AF..FFFF.'),
    'GET /export/chains/{chain_id}.csv': ('/export/chains/{chain}.csv', 'ANNNNNNNN'),
    'GET /export/chains/{chain_id}.xlsx': ('/export/chains/{chain}.xlsx', 'ANNNNNNNN'),
    'GET /export/rooms/{room_id}/notices/{seq}.csv': ('/export/rooms/{community_room}/notices/{notice}.csv', 'AF...FFF.'),
    'GET /api/files/{key}': ('/api/files/' + 'a' * 24, 'ANNNNNNNN'),
    'GET /api/images/{name}': ('/api/images/' + 'a' * 24, 'ANNNNNNNN'),
    'GET /api/images/{name}/thumb': ('/api/images/' + 'a' * 24 + '/thumb', 'ANNNNNNNN'),
    'GET /export/my-data/{copy_id}.zip': ('/export/my-data/1.zip', 'ANNNNNNNN'),
    'GET /export/approved/{request_id}': ('/export/approved/1', 'ANNNNNNNN'),
    'GET /export/roll-template.{kind}': ('/export/roll-template.csv', 'A........'),
    'GET /export/knowledge-template.{kind}': ('/export/knowledge-template.csv', 'A........'),
    'GET /export/knowledge.{kind}': ('/export/knowledge.csv?place={community}', 'AF..FFFF.'),
    'GET /session/enter': ('/session/enter?ticket=nobodys', 'LLLLLLLLL'),
    'GET /prefs': ('/prefs?next=/messages', 'RRRRRRRRR'),
}
PORTS = {'POST /api/files', 'POST /api/images', 'POST /api/rolls/check', 'POST /api/rolls/import', 'POST /api/knowledge/check',
         'POST /api/knowledge/import', 'POST /session/leave'}
"""Routes that change something: never from another site's page."""
OUTSIDE = (
    '//evil.test', '///evil.test', '/\\evil.test', '\\\\evil.test', 'https://evil.test', 'javascript:alert(1)', '/%0d%0aSet-Cookie:x=1', ' //evil.test',
    '/\t/evil.test', 'http:evil.test', '//evil.test/%2f..', '/@evil.test/../..//evil.test', 'data:text/html,x', '\r\n//evil.test', '/.//evil.test')


@pytest.fixture(scope='module')
def served(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A running demo."""
    made = Site(sites.copy(filled, tmp_path_factory.mktemp('walk') / 'data'))
    yield made
    made.kill()


@pytest.fixture
async def walkers(served: Site) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    """A client for each of ``WHO``."""
    settings = Settings(_env_file=None, data_dir=served.folder, assistant=False)  # type: ignore[call-arg]
    container = Container(settings)
    await container.db.start()
    tokens = {}
    for who in WHO[1:]:
        member_id = served.value('SELECT id FROM member WHERE nickname = ?', who)
        tokens[who] = (await container.accounts.open_session(member_id)).session_token
    await container.db.stop()
    if served._process is None:
        await served.start()
    clients = {who: httpx.AsyncClient(base_url=served.base, cookies={COOKIE: tokens[who]} if who else {}) for who in WHO}
    yield clients
    for client in clients.values():
        await client.aclose()


def told(answer: httpx.Response) -> str:
    """Return what an answer amounts to, in the letters of the tables."""
    where = answer.headers.get('location', '')
    letters = {200: '.', 401: 'A', 403: 'F', 404: 'N', 303: 'L' if where.startswith('/login') else 'R', 307: 'R'}
    return letters.get(answer.status_code, f'<{answer.status_code}>')


def numbers(site: Site) -> dict[str, Any]:
    """Return what addresses need."""
    return find(site) | {
        'chain': 1,  # the demo has none; who may fetch one is in tests/modules/test_chains.py
        'community': site.value('SELECT place_id FROM room WHERE title = ?', '景和园社区群')}


def plain_routes(folder: Path) -> set[str]:
    """Return every plain route of the application."""
    container = Container(Settings(_env_file=None, data_dir=folder, assistant=False, secret='s' * 32))  # type: ignore[call-arg]
    found = create(container).openapi()['paths']
    return {f'{method.upper()} {path}' for path, methods in found.items() for method in methods}


async def test_every_page_shows_itself_to_those_it_is_for(served: Site, walkers: dict[str, httpx.AsyncClient]) -> None:
    assert set(HERE) == set(VISITS), 'a page without a line'
    names, wrong = numbers(served), []
    for path, visits in VISITS.items():
        for one, expected in zip(visits, HERE[path], strict=True):
            address = one.path.format(**names)
            got = ''.join([told(await walkers[who].get(address)) for who in WHO])
            if got != expected:
                wrong.append(f'{address}: {expected} expected, {got}')
    assert wrong == []
    for path in ELSEWHERE:
        assert [told(await walkers[who].get(path)) for who in WHO if who] == ['R'] * (len(WHO) - 1)


async def test_every_plain_route_answers_those_it_is_for(
    served: Site, walkers: dict[str, httpx.AsyncClient], tmp_path: Path,
) -> None:
    assert plain_routes(tmp_path) == {*ROUTES, *PORTS}, 'a route without a line'
    names, wrong = numbers(served), []
    for route, (address, expected) in ROUTES.items():
        got = ''.join([told(await walkers[who].get(address.format(**names))) for who in WHO])
        if got != expected:
            wrong.append(f'{route}: {expected} expected, {got}')
    assert wrong == []


@pytest.mark.parametrize('port', sorted(PORTS))
async def test_no_other_site_changes_anything(served: Site, walkers: dict[str, httpx.AsyncClient], port: str) -> None:
    worker, path = walkers['社区小沈'], port.split()[1]
    for headers in ({}, {'origin': 'https://evil.test'}, {'origin': 'null'}, {'referer': 'https://evil.test/x'}, {'sec-fetch-site': 'cross-site'},
                    {'sec-fetch-site': 'same-site'}, {'origin': f'{served.base}.evil.test'}):
        answer = await worker.post(path, headers=headers, files={'file': ('a.png', b'x')}, data={'room_id': '3', 'place_id': '1'})
        assert answer.status_code == 403, (headers, answer.status_code)
    assert (await worker.get('/me')).status_code == 200  # nobody was signed out


@pytest.mark.parametrize('beyond', OUTSIDE)
async def test_no_way_leads_to_another_site(walkers: dict[str, httpx.AsyncClient], beyond: str) -> None:
    for path, name in (('/login', 'next'), ('/prefs', 'next'), ('/session/enter', 'next')):
        for who in ('', '3栋-张阿姨'):
            answer = await walkers[who].get(path, params={name: beyond, 'ticket': 'none', 'locale': 'zh-CN'})
            where = answer.headers.get('location', '/')
            assert re.match(r'/(?![/\\])', where), (path, where)
            assert 'x' not in answer.cookies


@pytest.mark.parametrize('guess', [
    '/api/images/../../yunshequ.db', '/api/images/%2e%2e%2f%2e%2e%2fsecret', '/api/files/..%5c..%5csecret', '/api/files/%00', '/static/../main.py',
    '/static/%2e%2e/%2e%2e/main.py', '/_nicegui/../../etc/passwd', '/export/ballots/9223372036854775808.csv', '/export/ballots/-1.csv',
    '/export/my-data/0.zip', '/rooms/99999999999999999999', '/rooms/-1', '/rooms/0', '/rooms/1e3', '/ballots/9223372036854775807',
    '/deliberate/%31', '/calls/0x1', '/staff/knowledge/9999999', '/join/%3Cscript%3E', '/data/secret', '/.env', '/data/yunshequ.db',
])
async def test_guessing_an_address_finds_nothing_and_breaks_nothing(walkers: dict[str, httpx.AsyncClient], guess: str) -> None:
    for who in ('', '东埂组-仇阿姨', '社区小葛'):
        answer = await walkers[who].get(guess)
        assert answer.status_code in {200, 303, 307, 401, 403, 404, 405, 422}, (who, answer.status_code)
        assert b'SQLite format' not in answer.content
        assert b'root:' not in answer.content
        assert b'def main()' not in answer.content


async def test_a_login_somebody_else_has_chosen_is_none(served: Site, walkers: dict[str, httpx.AsyncClient]) -> None:
    chosen = 'a' * 43
    async with httpx.AsyncClient(base_url=served.base, cookies={COOKIE: chosen}) as client:
        assert told(await client.get('/me')) == 'L'
        assert served.rows('SELECT 1 FROM login_session WHERE token_digest = ?', chosen) == []


async def test_every_answer_carries_the_headers_that_bind_browsers(served: Site, walkers: dict[str, httpx.AsyncClient]) -> None:
    names = numbers(served)
    for address in ('/login', '/messages', f'/rooms/{names["room"]}', '/staff/people', '/health', '/nowhere', '/api/images/none'):
        headers = (await walkers['3栋-张阿姨'].get(address)).headers
        csp = headers.get('content-security-policy', '')
        for part in ("default-src 'self'", "object-src 'none'", "frame-ancestors 'self'", "base-uri 'self'", "form-action 'self'"):
            assert part in csp, (address, part, csp)
        assert headers.get('x-content-type-options') == 'nosniff', address
        assert headers.get('referrer-policy'), address
