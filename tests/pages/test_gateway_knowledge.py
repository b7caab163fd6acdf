"""Knowledge over HTTP: from our own pages, for those who keep it, capped while it arrives."""


import httpx
import pytest

from tests.conftest import World
from tests.pages.site import OURS, cookie
from yunshequ.assistant.exchange_file import read
from yunshequ.bootstrap import Container
from yunshequ.core.sheet_read import FILE_BYTES
from yunshequ.gateway.knowledge import CHECK, IMPORT
from yunshequ.gateway.uploads import BODY_BYTES

FILE = '编号,问题,答案,浏览量\nlib-1,图书室几点开门,早上九点。,7\n,缺答案的问题,,\n'.encode()


async def test_look_import_and_take_home(container: Container, world: World, http: httpx.AsyncClient) -> None:
    worker = await cookie(container, world, 'worker') | OURS
    form = {'place_id': str(world.community), 'publish': 'true'}
    shown = (await http.post(CHECK, headers=worker, data=form, files={'file': FILE})).json()
    assert shown['counts'] == {'added': 1, 'changed': 0, 'unchanged': 0}
    assert shown['changes'] == [{'line': 2, 'question': '图书室几点开门', 'added': True, 'fields': [], 'live': True}]
    assert shown['problems'] == [{'line': 3, 'words': '没有写“答案”'}]
    assert (shown['ignored'], shown['twins'], shown['replay']['blocked']) == (['浏览量'], [], False)
    refused = await http.post(IMPORT, headers=worker, data=form | {'digest': 'another'}, files={'file': FILE})
    assert (refused.status_code, refused.json()['error']['code']) == (409, 'conflict')
    for added in (1, 0):
        done = await http.post(IMPORT, headers=worker, data=form | {'digest': shown['digest']}, files={'file': FILE})
        assert (done.status_code, done.json()['counts']['added']) == (200, added)
    for kind in ('xlsx', 'csv', 'jsonl'):
        taken = await http.get(f'/export/knowledge.{kind}?place={world.community}', headers=worker)
        assert taken.headers['cache-control'] == 'no-store'
        assert f'knowledge.{kind}' in taken.headers['content-disposition']
        assert [row.key for row in read(taken.content).rows] == ['lib-1']
        assert read((await http.get(f'/export/knowledge-template.{kind}', headers=worker)).content).rows
    for path in ('/export/knowledge-template.exe', f'/export/knowledge.exe?place={world.community}'):
        assert (await http.get(path, headers=worker)).status_code == 404


async def test_english_headings_of_changes(container: Container, world: World, http: httpx.AsyncClient) -> None:
    worker = await cookie(container, world, 'worker') | OURS
    form = {'place_id': str(world.community)}
    shown = (await http.post(CHECK, headers=worker, data=form, files={'file': FILE})).json()
    await http.post(IMPORT, headers=worker, data=form | {'digest': shown['digest']}, files={'file': FILE})
    changed = FILE.replace('早上九点'.encode(), '早上十点'.encode())
    shown = (await http.post(CHECK, headers=worker, data=form, files={'file': changed})).json()
    assert [one['fields'] for one in shown['changes']] == [['答案']]


@pytest.mark.parametrize('who', ['alice', 'lead', 'grid', 'other_worker'])
async def test_nobody_else(container: Container, world: World, http: httpx.AsyncClient, who: str) -> None:
    headers = await cookie(container, world, who) | OURS
    form = {'place_id': str(world.community), 'digest': ''}
    for path in (CHECK, IMPORT):
        assert (await http.post(path, headers=headers, data=form, files={'file': FILE})).status_code == 403
    assert (await http.get(f'/export/knowledge.csv?place={world.community}', headers=headers)).status_code == 403


async def test_from_our_own_pages_and_signed_in(container: Container, world: World, http: httpx.AsyncClient) -> None:
    form = {'place_id': str(world.community), 'digest': ''}
    elsewhere = await cookie(container, world, 'worker') | {'sec-fetch-site': 'cross-site'}
    for path in (CHECK, IMPORT):
        assert (await http.post(path, headers=elsewhere, data=form, files={'file': FILE})).status_code == 403
        assert (await http.post(path, headers=OURS, data=form, files={'file': FILE})).status_code == 401
    assert (await http.get(f'/export/knowledge.csv?place={world.community}')).status_code == 401


async def test_sizes(container: Container, world: World, http: httpx.AsyncClient) -> None:
    worker = await cookie(container, world, 'worker') | OURS
    declared = await http.post(CHECK, headers=worker | {'content-length': str(BODY_BYTES + 1)}, content=b'')
    assert (declared.status_code, declared.json()['error']['field']) == (413, 'file')
    form = {'place_id': str(world.community)}
    for data in (b'0' * (FILE_BYTES + 1), b'PK\x03\x04'):
        refused = await http.post(CHECK, headers=worker, data=form, files={'file': data})
        assert (refused.status_code, refused.json()['error']['field']) == (422, 'file')
