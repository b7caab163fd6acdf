"""Pictures over HTTP: capped before they are held, for members of the room only, and from our own pages only."""

import io
from collections.abc import AsyncIterator

import httpx
from PIL import Image

from tests.conftest import World
from tests.pages.site import OURS, cookie
from yunshequ.bootstrap import Container


def photo() -> bytes:
    out = io.BytesIO()
    Image.new('RGB', (40, 30), 'red').save(out, 'JPEG')
    return out.getvalue()


async def test_a_picture_is_for_the_members_of_its_room(container: Container, world: World, http: httpx.AsyncClient) -> None:
    alice = await cookie(container, world, 'alice')
    room = {'room_id': str(world.room.id)}
    sent = await http.post('/api/images', headers=alice | OURS, data=room, files={'file': photo()})
    assert sent.status_code == 200
    for size in ('url', 'thumb'):
        seen = await http.get(sent.json()[size], headers=await cookie(container, world, 'bob'))
        assert (seen.status_code, seen.headers['content-type']) == (200, 'image/webp')
        assert seen.headers['x-content-type-options'] == 'nosniff'
        assert 'sandbox' in seen.headers['content-security-policy']
        assert (await http.get(sent.json()[size], headers=await cookie(container, world, 'stranger'))).status_code == 404
        assert (await http.get(sent.json()[size])).status_code == 401


async def test_an_upload_needs_membership_and_our_own_page(container: Container, world: World, http: httpx.AsyncClient) -> None:
    room = {'room_id': str(world.room.id)}
    stranger = await cookie(container, world, 'stranger')
    assert (await http.post('/api/images', headers=stranger | OURS, data=room, files={'file': photo()})).status_code == 404
    alice = await cookie(container, world, 'alice')
    elsewhere = alice | {'sec-fetch-site': 'cross-site'}
    assert (await http.post('/api/images', headers=elsewhere, data=room, files={'file': photo()})).status_code == 403


async def test_a_body_is_refused_by_its_declared_length_and_while_it_arrives(
    container: Container, world: World, http: httpx.AsyncClient,
) -> None:
    alice = await cookie(container, world, 'alice') | OURS
    limit = container.settings.upload_max_mb << 20
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1 << 16
            yield b'0' * (1 << 16)

    declared = await http.post('/api/images', headers=alice | {'content-length': str(limit + 1)}, content=b'')
    assert declared.status_code == 413
    boundary = {'content-type': 'multipart/form-data; boundary=x'}
    streamed = await http.post('/api/images', headers=alice | boundary, content=endless())
    assert streamed.status_code in {400, 413}
    assert sent <= limit + (1 << 17)
    elsewhere = await http.post('/session/leave', headers=OURS, content=b'0' * ((1 << 20) + 1))
    assert elsewhere.status_code == 413
