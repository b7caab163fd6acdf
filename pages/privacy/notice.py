"""/privacy 隐私说明: what everybody may read before and after signing in."""

from html import escape

from nicegui import ui
from starlette.requests import Request

from pages import guards, shell
from pages.people.look import heading
from pages.privacy.look import add_look
from yunshequ.bootstrap import Container
from yunshequ.core.i18n import _

PATH = '/privacy'


def register(c: Container) -> None:
    """Add the page."""

    @ui.page(PATH)
    async def notice(request: Request) -> None:
        actor = await guards.actor(request)
        add_look()
        text = c.privacy.rules.notice
        with shell.plain(_(text.title)), ui.element('section').classes('ys-rights'):
            heading(_(text.title), 'h1')
            ui.label(_('版本 {version}', version=text.version)).classes('ys-hint')
            with ui.element('div').classes('ys-card'):
                for paragraph in text.paragraphs:
                    ui.html(escape(_(paragraph)), tag='p', sanitize=False)
            ui.link(_('返回'), '/me/privacy' if actor else '/login').classes('ys-btn')
