"""导入导出: the committee's roll as a file."""

from nicegui import ui
from starlette.requests import Request

from pages.components.roll_file import RollFile
from pages.people.export import panel
from yunshequ.bootstrap import Container
from yunshequ.community.schemas import PlaceView
from yunshequ.core.i18n import _
from yunshequ.core.policy import Actor
from yunshequ.privacy.schemas import Exportable


async def show(c: Container, actor: Actor, place: PlaceView, _request: Request) -> None:
    """Build the view."""
    RollFile(place_id=place.id)
    if await c.policy.may(actor, 'community.export_roll', place.id):
        await panel(c, actor, Exportable.ROLL, place.id)
    ui.link(_('等我批准的导出、到期清理'), '/staff/privacy').classes('ys-btn')
