"""/staff/knowledge/files: the knowledge base as a file, in and out."""

from nicegui import ui

from pages import guards
from pages.components.kb_file import KbFile
from pages.knowledge.around import PATH, desk_page, enter, scopes, workplace
from pages.model_note import Note
from pages.theme import Addresses
from yunshequ.bootstrap import Container
from yunshequ.core.errors import NotPermitted
from yunshequ.core.i18n import N_, _
from yunshequ.core.policy import Actor


def register(c: Container, assets: Addresses, note: Note) -> None:
    """Register the page."""

    @ui.page(f'{PATH}/files')
    @guards.in_office
    async def files(actor: Actor) -> None:
        around = await enter(c, actor, assets)
        places = await scopes(c, actor, 'assistant.import_knowledge')
        if not places:
            raise NotPermitted(N_('知识条目由所属社区或上级部门导入'), rule='assistant.import_knowledge')
        home = await workplace(c, actor)
        with desk_page(note, actor, 'files', _('导入导出'), around):
            KbFile(places=places, place_id=home if home in places else next(iter(places)))
