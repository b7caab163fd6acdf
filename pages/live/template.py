"""NiceGUI's page template, trimmed: what is the same on every page moves into one cached file, web fonts go.

The trimmed text is derived from the installed template at start. Each cut must find its place exactly once; where it
does not (another NiceGUI), that cut is left out and said so, and the page works as upstream made it.
"""

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import jinja2
from loguru import logger
from nicegui import client as nicegui_client
from nicegui import json as nicegui_json

BASE_CSS = 'base.css'
"""Generated file holding the styles that upstream repeats in every page."""

_FONTS = re.compile(r'\n *@import url\("[^\n"]*static/fonts\.css"\) layer\(base\);')
_STYLES = re.compile(r'(static/nicegui\.css"\) layer\(nicegui\);)\s*(@layer quasar \{.*?)(\n *</style>)', re.DOTALL)
_FALLBACK = re.compile(r'<style>(\s*#esm-fallback \{.*?)</style>', re.DOTALL)
_POPUP = re.compile(r'\s*<span>\{\{ translations\.(?:connection_lost|trying_to_reconnect) \}\}</span>')
_PURIFY = re.compile(
    r'import DOMPurify from "dompurify";\s*Element\.prototype\.setHTML = function \(html\) \{\s*'
    r'this\.innerHTML = DOMPurify\.sanitize\(html\);\s*\};',
)
_PURIFY_LATER = """
let purify = {{ '(await import("dompurify")).default' if '"sanitize":true' in elements else 'null' }};
Element.prototype.setHTML = function (html) {
  const clean = () => { this.innerHTML = purify.sanitize(html); };
  if (purify) clean();
  else import("dompurify").then((found) => { purify = found.default; clean(); });
};"""  # the same sanitising; its 12 KB are fetched by pages that show HTML of their own
_NOTES = re.compile(r'^ *(?:<!--[^\n]*-->|//[^\n]*)\n', re.MULTILINE)
_HEADWIND = re.compile(r'\{\{ headwind_css \| safe \}\}')
_INDENT = re.compile(r'\n\s+')
_COMMENT = re.compile(r'/\*.*?\*/', re.DOTALL)


def _source() -> str:
    """Return the template as installed."""
    environment = nicegui_client.templates.env
    assert environment.loader is not None
    return jinja2.ChoiceLoader(_without_ours(environment.loader)).get_source(environment, 'index.html')[0]


def trim(source: str, base_css_url: str) -> tuple[str, str]:
    """Return the trimmed template and the styles taken out of it."""
    styles: list[str] = []

    def move(found: re.Match[str]) -> str:
        styles.append(_HEADWIND.sub('', found.group(2)))
        return f'{found.group(1)}\n@import url("{{{{ prefix | safe }}}}{base_css_url}");{found.group(3)}'

    def take(found: re.Match[str]) -> str:
        styles.append(found.group(1))
        return ''

    text = source
    cuts: tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], str], int], ...] = (
        ('fonts', _FONTS, lambda _: '', 1), ('styles', _STYLES, move, 1), ('fallback', _FALLBACK, take, 1),
        ('popup', _POPUP, lambda _: '', 2), ('sanitiser', _PURIFY, lambda _: _PURIFY_LATER, 1),
    )
    for name, pattern, how, times in cuts:
        if len(pattern.findall(text)) == times:
            text = pattern.sub(how, text)
        else:
            logger.warning('live: the page template of NiceGUI has changed; {} stays as it is', name)
    text = _INDENT.sub('\n', _NOTES.sub('', text))
    return text, _INDENT.sub('\n', _COMMENT.sub('', '\n'.join(styles))).strip()


def base_css() -> bytes:
    """Return the styles taken out of the template."""
    return trim(_source(), '')[1].encode()


class _Elements(str):
    """A page's elements as JSON: escaped by five searches, not by looking up each Chinese character in a table of five."""

    __slots__ = ()

    def translate(self, table: Any, /) -> str:
        """Return the text with each of ``table``'s characters replaced."""
        text = str(self)
        for code, words in table.items():
            text = text.replace(chr(code), words)
        return text


def _dumps(value: Any) -> str:
    return _Elements(nicegui_json.dumps(value))


def install(base_css_url: str) -> None:
    """Let NiceGUI render the trimmed template from now on."""
    nicegui_client.json = SimpleNamespace(dumps=_dumps, loads=nicegui_json.loads)  # type: ignore[attr-defined, assignment]
    text, _ = trim(_source(), base_css_url)
    environment = nicegui_client.templates.env
    original = environment.loader
    assert original is not None
    environment.loader = jinja2.ChoiceLoader([_Trimmed({'index.html': text}), *_without_ours(original)])
    if environment.cache is not None:
        environment.cache.clear()


class _Trimmed(jinja2.DictLoader):
    """Marks our loader, so that installing twice does not trim twice."""


def _without_ours(loader: jinja2.BaseLoader) -> list[jinja2.BaseLoader]:
    if isinstance(loader, jinja2.ChoiceLoader):
        return [one for one in loader.loaders if not isinstance(one, _Trimmed)]
    return [loader]
