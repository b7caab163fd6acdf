"""Words: Chinese (Simplified) is the source, other languages are Babel catalogues in ``yunshequ/locale``.

The Chinese text itself is the message id, so code reads as the page does. Each module keeps its own ``.po`` file;
they are merged when first used. ``tests/unit/test_i18n.py`` finds what is untranslated.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

SOURCE_LOCALE = 'zh-CN'
LOCALES = ('zh-CN', 'en')
LOCALE_DIR = Path(__file__).parent.parent / 'locale'

_current: ContextVar[str] = ContextVar('yunshequ_locale', default=SOURCE_LOCALE)


@cache
def catalogue(locale: str) -> dict[str, str]:
    """Return all translations of a locale, message id -> text; empty for the source locale or an unknown one."""
    texts: dict[str, str] = {}
    for path in sorted((LOCALE_DIR / locale).glob('*.po')):
        with path.open('rb') as file:
            for message in read_po(file, locale=locale.replace('-', '_')):
                if isinstance(message.id, str) and message.id and isinstance(message.string, str) and message.string:
                    texts[message.id] = message.string
    return texts


def translate(msgid: str, locale: str, /, **params: object) -> str:
    """Return ``msgid`` in ``locale`` with ``{name}`` places filled from ``params``; falls back to the Chinese text."""
    text = msgid if locale == SOURCE_LOCALE else catalogue(locale).get(msgid, msgid)
    return text.format(**params) if params else text


def _(msgid: str, /, **params: object) -> str:
    """Return ``msgid`` in the language of the person being served."""
    return translate(msgid, _current.get(), **params)


def N_(msgid: str, /) -> str:  # noqa: N802 - the name every gettext user knows
    """Mark a text for translation without translating it yet."""
    return msgid


def current_locale() -> str:
    """Return the locale of the person being served."""
    return _current.get()


def set_locale(locale: str) -> None:
    """Set the locale for the rest of this task; an unknown one becomes Chinese."""
    _current.set(locale if locale in LOCALES else SOURCE_LOCALE)


@contextmanager
def in_locale(locale: str) -> Iterator[None]:
    """Speak ``locale`` inside the block."""
    reset = _current.set(locale if locale in LOCALES else SOURCE_LOCALE)
    try:
        yield
    finally:
        _current.reset(reset)
