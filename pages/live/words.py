"""What the page's script needs from Python: its words in every language, and the icons."""

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


def boot_script() -> bytes:
    """Return ``boot.js``: data only, so it compresses well and needs no build step."""
    words = {locale: {name: translate(msgid, locale) for name, msgid in WORDS.items()} for locale in LOCALES}
    drawn = {'style': icons.STYLE, 'paths': icons.STROKES, 'aliases': icons.ALIASES}
    return b'(window.YS=window.YS||{}).words=%s;YS.icons=%s;' % (frames.encode(words), frames.encode(drawn))
