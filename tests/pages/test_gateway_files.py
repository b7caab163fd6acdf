"""Documents over HTTP: capped before they are held, for members of the room only, always a download, gone once recalled."""


import httpx

from tests.conftest import World
from tests.modules.test_room_life import PDF, XLSX, office
from tests.pages.site import OURS, cookie
from yunshequ.bootstrap import Container
from yunshequ.core.ids import token
from yunshequ.rooms.schemas import MessageKind, PostDraft


async def test_a_document_is_a_download_for_the_members_of_its_room(
    container: Container, world: World, http: httpx.AsyncClient,
) -> None:
    alice, room = await cookie(container, world, 'alice'), {'room_id': str(world.room.id)}
    sent = await http.post('/api/files', headers=alice | OURS, data=room, files={'file': ('停水"安排\r\n.pdf', PDF)})
    assert sent.status_code == 200
    url, bob = sent.json()['url'], await cookie(container, world, 'bob')
    posted = await container.rooms.post(world['alice'], PostDraft(
        room_id=world.room.id, client_id=token(), kind=MessageKind.FILE, file=sent.json()['token']))
    got = await http.get(url, headers=bob)
    assert (got.status_code, got.content) == (200, PDF)
    assert got.headers['content-type'] == 'application/octet-stream'
    assert got.headers['x-content-type-options'] == 'nosniff'
    assert got.headers['content-disposition'].startswith('attachment; filename="file.pdf"; filename*=UTF-8\'\'%E5%81%9C')
    assert 'sandbox' in got.headers['content-security-policy']
    assert (await http.get(url, headers=await cookie(container, world, 'stranger'))).status_code == 404
    assert (await http.get(url)).status_code == 401
    await container.rooms.leave(world['bob'], world.room.id)
    assert (await http.get(url, headers=bob)).status_code == 404
    await container.rooms.recall(world['alice'], world.room.id, posted.seq)
    assert (await http.get(url, headers=alice)).status_code == 404


async def test_an_upload_needs_membership_our_own_page_and_a_document(
    container: Container, world: World, http: httpx.AsyncClient,
) -> None:
    room = {'room_id': str(world.room.id)}
    alice, stranger = await cookie(container, world, 'alice'), await cookie(container, world, 'stranger')
    assert (await http.post('/api/files', headers=stranger | OURS, data=room, files={'file': ('a.pdf', PDF)})).status_code == 404
    elsewhere = alice | {'sec-fetch-site': 'cross-site'}
    assert (await http.post('/api/files', headers=elsewhere, data=room, files={'file': ('a.pdf', PDF)})).status_code == 403
    macros = office(XLSX, more={'xl/vbaProject.bin': b'x'})
    refused = await http.post('/api/files', headers=alice | OURS, data=room, files={'file': ('a.xlsx', macros)})
    assert (refused.status_code, '宏' in refused.json()['error']['words']) == (422, True)
    limit = container.settings.file_max_mb << 20
    large = await http.post('/api/files', headers=alice | OURS | {'content-length': str(limit + 1)}, content=b'')
    assert (large.status_code, large.json()['error']['field']) == (413, 'file')


async def test_the_list_of_who_has_read_goes_to_those_in_office(
    container: Container, world: World, http: httpx.AsyncClient,
) -> None:
    posted = await container.rooms.post(world['worker'], PostDraft(
        room_id=world.community_room.id, client_id=token(), kind=MessageKind.NOTICE, body='停水'))
    path = f'/export/rooms/{world.community_room.id}/notices/{posted.seq}.csv'
    got = await http.get(path, headers=await cookie(container, world, 'worker'))
    assert '3栋,bob先生,未收到,' in got.text
    assert got.headers['content-disposition'].startswith('attachment')
    assert (await http.get(path, headers=await cookie(container, world, 'alice'))).status_code == 403
    assert (await http.get(path)).status_code == 401
