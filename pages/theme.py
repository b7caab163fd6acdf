"""The look of every page: tokens, colours, head, and what a reader prefers (dark, 大字, language)."""

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Protocol

from nicegui import app, ui
from starlette.requests import Request

from pages.components.base import preload
from yunshequ.core.i18n import LOCALES, SOURCE_LOCALE, set_locale

STATIC = Path(__file__).parent / 'static'
VIEWPORT = 'width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content'
FAVICON = STATIC / 'img' / 'favicon.svg'

STYLES = ('ys.css', 'shell.css', 'room.css', 'cards.css', 'life.css')
SCRIPTS = ('ys.js', 'live.js')

COLOURS = {
    'primary': '#B93A2B', 'secondary': '#2E7D5B', 'accent': '#B26A00', 'positive': '#2E7D5B', 'negative': '#B93A2B',
    'warning': '#B26A00', 'info': '#1C5D99', 'dark': '#1E2124', 'dark_page': '#141618',
}

THEME_COOKIE = 'ys_theme'
LARGE_COOKIE = 'ys_large'
LOCALE_COOKIE = 'ys_locale'

# Runs before the body is drawn, so a dark or large page never flashes light or small first.
_BEFORE_PAINT = """<script>(function(d,e){
var c='; '+d.cookie+';',t=/; ys_theme=(\\w+)/.exec(c),l=/; ys_locale=([\\w-]+)/.exec(c);t=t&&t[1];
if(t==='dark'||(t!=='light'&&matchMedia('(prefers-color-scheme: dark)').matches))e.classList.add('ys-dark');
if(c.indexOf('; ys_large=1;')>=0)e.classList.add('ys-large');if(l)e.lang=l[1];
})(document,document.documentElement)</script>"""


# Quasar puts a focusable box between a list and its options, which no list may have.
PLAIN_LISTS = """<script>addEventListener('DOMContentLoaded',()=>new MutationObserver(()=>requestAnimationFrame(()=>
document.querySelectorAll('[role=listbox]>[tabindex]:not([role])').forEach(one=>one.removeAttribute('tabindex'))
)).observe(document.body,{childList:true}))</script>"""


@dataclass(frozen=True, slots=True)
class Preferences:
    """What this browser's reader asked for; kept in cookies, so it holds before login too."""

    theme: str = 'auto'
    large: bool = False
    locale: str = SOURCE_LOCALE


def preferences(request: Request) -> Preferences:
    """Read the preferences from the cookies of a request; unknown values become the defaults."""
    theme = request.cookies.get(THEME_COOKIE, 'auto')
    locale = request.cookies.get(LOCALE_COOKIE, SOURCE_LOCALE)
    return Preferences(
        theme=theme if theme in {'light', 'dark'} else 'auto',
        large=request.cookies.get(LARGE_COOKIE) == '1',
        locale=locale if locale in LOCALES else SOURCE_LOCALE,
    )


def speak(request: Request) -> Preferences:
    """Set the language of this page build from the request and return the preferences."""
    chosen = preferences(request)
    set_locale(chosen.locale)
    return chosen


class Addresses(Protocol):
    """Whoever knows the cacheable address of a static file (``pages.live.assets.Assets``)."""

    def url(self, name: str) -> str:
        """Return the address of a file of ``pages/static``."""
        ...


def head_html(assets: Addresses) -> str:
    """Return what every page carries in its head."""
    return '\n'.join((
        '<meta name="theme-color" content="#ffffff">',
        '<meta name="format-detection" content="telephone=no">',
        _BEFORE_PAINT,
        *(f'<link rel="stylesheet" href="{escape(assets.url(name))}">' for name in STYLES),
        *(f'<script defer src="{escape(assets.url(name))}"></script>' for name in SCRIPTS),
        preload('base'),
    ))


def install(assets: Addresses) -> None:
    """Give every page our colours and shared head; call once, after ``live.mount`` and before the first page is served."""
    app.colors(**COLOURS)
    app.config.quasar_config['loadingBar']['skipHijack'] = True  # no red line for requests nobody waits for
    ui.button.default_props('unelevated no-caps rounded')
    for field in (ui.input, ui.textarea, ui.number, ui.select):
        field.default_props('outlined')
    ui.select.default_props('behavior=menu')  # the same list on every screen; its dialog on phones would have no name
    ui.card.default_props('flat bordered')
    ui.add_head_html(head_html(assets), shared=True)


def run_options() -> dict[str, Any]:
    """Return the look-related options for ``live.mount`` and ``ui.run_with``."""
    return {'title': '掌上云社区', 'viewport': VIEWPORT, 'favicon': FAVICON, 'dark': None, 'language': SOURCE_LOCALE}
