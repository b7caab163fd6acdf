"""/rooms/{id}/gallery: pictures and documents of a room, by month."""

from typing import Any

from nicegui import Client, ui

from pages import frame, guards, live, shell
from pages.components.gallery import Gallery
from pages.live import Acts, Args, identify, number
from pages.rooms.shape import person
from yunshequ.bootstrap import Container
from yunshequ.core.i18n import _
from yunshequ.core.policy import Actor
from yunshequ.rooms.schemas import GalleryPage


def shape(page: GalleryPage) -> dict[str, Any]:
    """Return a page of the gallery as ``Gallery`` shows it."""
    return {'before': page.before, 'items': [
        {'seq': one.seq, 'at': one.at.isoformat(), 'sender': person(one.sender), 'image': one.image, 'file': one.file} for one in page.items]}


def register(c: Container) -> None:
    """Add the page and what it asks."""
    fanout = live.fanout()
    acts = Acts(fanout)

    @acts.on('gallery', ordered=False)
    async def more(actor: Actor, args: Args) -> dict[str, Any]:
        before = number(args, 'before') if args.get('before') is not None else None
        return shape(await c.rooms.gallery(actor, number(args, 'room'), files=args.get('files') is True, before=before))

    @ui.page('/rooms/{room_id}/gallery')
    @guards.signed_in
    async def gallery(actor: Actor, client: Client, room_id: int) -> None:
        identify(actor)
        await c.rooms.require_inside(actor, room_id)  # before joining: a refused page must hear nothing
        fanout.join(client, f'room:{room_id}')
        await frame.hear(c, fanout, client, actor)
        pictures = shape(await c.rooms.gallery(actor, room_id))
        around = await frame.around(c, actor)
        with shell.resident(active='messages', title=_('图片和文件'), back=f'/rooms/{room_id}', **around):
            acts.bind(Gallery(room_id=room_id, pictures=pictures), actor)
