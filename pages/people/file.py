"""导入导出: the committee's roll as a file."""

from starlette.requests import Request

from pages.components.roll_file import RollFile
from yunshequ.bootstrap import Container
from yunshequ.community.schemas import PlaceView
from yunshequ.core.policy import Actor


async def show(c: Container, actor: Actor, place: PlaceView, _request: Request) -> None:
    """Build the view."""
    RollFile(
        place_id=place.id, may_import=await c.policy.may(actor, 'community.import_roll', place.id),
        may_export=await c.policy.may(actor, 'community.export_roll', place.id))
