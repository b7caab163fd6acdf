"""Rolls over HTTP: from our own pages, for the community's own office, capped while they arrive."""


import httpx
import pytest

from tests.conftest import World
from tests.pages.site import OURS, cookie
from yunshequ.bootstrap import Container
from yunshequ.community.roll_file import read
from yunshequ.core.sheet_read import FILE_BYTES
from yunshequ.gateway.rolls import CHECK, IMPORT
from yunshequ.gateway.uploads import BODY_BYTES
from yunshequ.privacy.schemas import Exportable

FILE = '小区,楼栋,室号,面积,姓名,关系,血型\n景和园,3栋,502,88.35,alice先生,业主,1\n景和园,3栋,999,70,,,\n景和园,9栋,1,,,,\n'.encode()


async def test_look_import_and_take_home(container: Container, world: World, http: httpx.AsyncClient) -> None:
    worker = await cookie(container, world, 'worker') | OURS
    form = {'place_id': str(world.community)}
    shown = (await http.post(CHECK, headers=worker, data=form, files={'file': FILE})).json()
    assert shown['counts'] == {'added': 1, 'changed': 0, 'unchanged': 1, 'waiting': 0, 'people': 0, 'problems': 1}
    assert shown['changes'] == [{'line': 3, 'what': '新登记', 'label': '3栋-999', 'detail': '70.00 ㎡', 'rights': False}]
    assert shown['problems'] == [{'line': 4, 'words': '“景和园”下面没有“9栋”，请先在“地点和住户”里添加'}]
    assert shown['ignored'] == ['血型']
    for added in (1, 0):
        done = await http.post(IMPORT, headers=worker, data=form | {'digest': shown['digest']}, files={'file': FILE})
        assert (done.status_code, done.json()['counts']['added']) == (200, added)
    for kind in ('xlsx', 'csv'):
        asked = await container.privacy.exports.ask(world['worker'], Exportable.ROLL, world.community, kind, '核对住户')
        assert (await http.get(f'/export/approved/{asked}', headers=worker)).status_code == 409
        await container.privacy.exports.decide(world['secretary'], asked, approve=True)
        assert (await http.get(f'/export/approved/{asked}', headers=await cookie(container, world, 'secretary'))).status_code == 404
        taken = await http.get(f'/export/approved/{asked}', headers=worker)
        assert (await http.get(f'/export/approved/{asked}', headers=worker)).status_code == 409
        assert taken.headers['cache-control'] == 'no-store'
        assert f'roll-{world.community}.{kind}' in taken.headers['content-disposition']
        assert [row.room_no for row in read(taken.content).rows] == ['502', '803', '999', '201']
        assert read((await http.get(f'/export/roll-template.{kind}', headers=worker)).content).rows
    assert (await http.get('/export/roll-template.exe', headers=worker)).status_code == 404


@pytest.mark.parametrize(('who', 'status'), [('alice', 403), ('lead', 403), ('grid', 403), ('other_worker', 403), ('admin', 403)])
async def test_nobody_else(container: Container, world: World, http: httpx.AsyncClient, who: str, status: int) -> None:
    headers = await cookie(container, world, who) | OURS
    form = {'place_id': str(world.community), 'digest': ''}
    for path in (CHECK, IMPORT):
        assert (await http.post(path, headers=headers, data=form, files={'file': FILE})).status_code == status


async def test_from_our_own_pages_and_signed_in(container: Container, world: World, http: httpx.AsyncClient) -> None:
    form = {'place_id': str(world.community), 'digest': ''}
    elsewhere = await cookie(container, world, 'worker') | {'sec-fetch-site': 'cross-site'}
    for path in (CHECK, IMPORT):
        assert (await http.post(path, headers=elsewhere, data=form, files={'file': FILE})).status_code == 403
        assert (await http.post(path, headers=OURS, data=form, files={'file': FILE})).status_code == 401
    assert (await http.get('/export/approved/1')).status_code == 401


async def test_a_copy_of_ones_data_is_nobody_elses(container: Container, world: World, http: httpx.AsyncClient) -> None:
    asked = await container.privacy.my_data.ask(world['alice'])
    await container.jobs.run_due()
    path = f'/export/my-data/{asked.id}.zip'
    taken = await http.get(path, headers=await cookie(container, world, 'alice'))
    assert (taken.status_code, taken.headers['cache-control'], taken.content[:2]) == (200, 'no-store', b'PK')
    for who in ('bob', 'secretary', 'admin'):
        assert (await http.get(path, headers=await cookie(container, world, who))).status_code == 404
    assert (await http.get(path)).status_code == 401


async def test_sizes(container: Container, world: World, http: httpx.AsyncClient) -> None:
    worker = await cookie(container, world, 'worker') | OURS
    declared = await http.post(CHECK, headers=worker | {'content-length': str(BODY_BYTES + 1)}, content=b'')
    assert (declared.status_code, declared.json()['error']['field']) == (413, 'file')
    form = {'place_id': str(world.community)}
    just = await http.post(CHECK, headers=worker, data=form, files={'file': b'0' * (FILE_BYTES + 1)})
    assert just.status_code == 422
    assert '10 MB' in just.json()['error']['words']
    broken = await http.post(CHECK, headers=worker, data=form, files={'file': b'PK\x03\x04'})
    assert (broken.status_code, broken.json()['error']['field']) == (422, 'file')
