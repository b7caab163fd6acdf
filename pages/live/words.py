"""What the page's script needs from Python: its words in every language, and the icons Quasar's widgets draw."""

from typing import Final

from pages import icons
from pages.live import frames
from yunshequ.core.i18n import LOCALES, N_, translate

WORDS: Final[dict[str, str]] = {
    'bar_connecting': N_('连接中…'),
    'bar_offline': N_('网络已断开，写下的内容都在，联网后会自动补上'),
    'offline': N_('现在没有网络，联网后请再试'),
    'timeout': N_('服务器没有回应，请再试一次'),
}
"""Words of the connection bar, and of acts the server never answered."""


def boot_script(icons_url: str) -> bytes:
    """Return ``boot.js``: data only. The icons are fetched from ``icons_url`` when Quasar first draws one."""
    words = {locale: {name: translate(msgid, locale) for name, msgid in WORDS.items()} for locale in LOCALES}
    return b'(window.YS=window.YS||{}).words=%s;YS.iconsUrl="%s";' % (frames.encode(words), icons_url.encode())


def icons_script() -> bytes:
    """Return ``icons.js``, a module with everything Quasar may ask for by name."""
    return b'export default %s;' % frames.encode({'style': icons.STYLE, 'paths': icons.STROKES, 'aliases': icons.ALIASES})
