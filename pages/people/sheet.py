"""/join-sheet/{token}: one page of paper for the noticeboard, with a code that a phone can read from two metres."""

from html import escape

import segno
from nicegui import ui
from starlette.requests import Request

from pages import guards, shell
from pages.people.look import day
from yunshequ.bootstrap import Container
from yunshequ.community.joining import printed_code
from yunshequ.core.i18n import _
from yunshequ.core.policy import Actor

CSS = """
.ys-sheet-paper {
  align-items: center; background: #fff; border-radius: 12px; box-sizing: border-box; color: #1f2328; display: flex;
  flex-direction: column; gap: 1rem; padding: 2.5rem 2rem; text-align: center; width: 100%;
}
.ys-sheet-paper h1 { font-size: 2rem; line-height: 1.3; margin: 0; }
.ys-sheet-paper p { font-size: 1.25rem; line-height: 1.6; margin: 0; }
.ys-sheet-paper svg { height: auto; max-width: 22rem; width: 80%; }
.ys-sheet-paper ol { font-size: 1.25rem; line-height: 1.8; margin: 0; padding-inline-start: 1.6rem; text-align: start; }
.ys-sheet-code { font-size: 1.75rem; font-weight: 700; letter-spacing: .12em; }
.ys-sheet-small { color: #4f555d; font-size: 1rem !important; overflow-wrap: anywhere; }
@media print {
  .ys-sheet-acts, #ys-line { display: none !important; }
  .ys-plain .nicegui-content { max-width: none; padding: 0; }
  body { background: #fff !important; }
  @page { margin: 18mm; size: A4; }
}
"""


def qr(url: str) -> str:
    """Return a QR code as SVG, black on white, that survives a quarter of it being dirty or torn."""
    return str(segno.make(url, error='q', micro=False).svg_inline(scale=8, border=4, dark='#000', light='#fff', omitsize=True))


def join_url(c: Container, request: Request, token: str) -> str:
    """Return the address a join code carries."""
    base = c.settings.base_url.rstrip('/') or f'{request.url.scheme}://{request.url.netloc}'
    return f'{base}/join/{token}'


def register(c: Container) -> None:
    """Add the page."""

    @ui.page('/join-sheet/{token}')
    @guards.in_office
    async def sheet(actor: Actor, request: Request, token: str) -> None:
        ui.add_css(CSS)
        invite = await c.community.invite(token)
        await c.policy.require(actor, 'community.invite', invite.place.id)
        url = join_url(c, request, invite.token)
        where = await c.community.label_of(invite.place.id)
        steps = (_('用微信或手机相机扫一扫'), _('填写手机号和收到的验证码'), _('写下称呼，例如“3栋-张阿姨”，就进群了'))
        words = {'where': where, 'call': _('扫一扫，和邻居们在一个群里'), 'qr': _('入群二维码'), 'typed': _('扫不了？打开网页输入邀请码')}
        until = _('有效期到 {day}', day=day(invite.expires_at)) if invite.expires_at else ''
        parts = {name: escape(text) for name, text in words.items()}
        with shell.plain(_('入群张贴页')):
            with ui.element('div').classes('ys-acts ys-sheet-acts'):
                ui.button(_('打印'), on_click=lambda: ui.run_javascript('window.print()')).props('unelevated no-caps')
                ui.link(_('返回入群码'), f'/staff/people?place={invite.place.id}&view=codes').classes('ys-btn')
            ui.html(
                f'<h1>{parts["where"]}</h1><p>{parts["call"]}</p><div role="img" aria-label="{parts["qr"]}">{qr(url)}</div>'
                f'<ol>{"".join(f"<li>{escape(step)}</li>" for step in steps)}</ol>'
                f'<p>{parts["typed"]}</p><p class="ys-sheet-code">{escape(printed_code(invite.token))}</p>'
                f'<p class="ys-sheet-small">{escape(url.rpartition("/")[0])}</p><p class="ys-sheet-small">{escape(until)}</p>',
                sanitize=False).classes('ys-sheet-paper')
