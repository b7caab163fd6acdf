"""Values that are the same on every page (labels above all): sent once as a cached file, not again with each page.

A room page repeats 3.7 KB of labels otherwise, nearly half of a repeat visit.
"""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from nicegui import ui
from nicegui.element import Element

from pages.live import frames

FOLDER = '/static/shared/'
KEYS = 256
"""Values whose key is remembered: labels are built once for each language and are the same object ever after."""
_bodies: dict[str, bytes] = {}
_keys: dict[int, tuple[Mapping[str, Any], str]] = {}


def share(element: Element, name: str, value: Mapping[str, Any]) -> None:
    """Give ``element`` the prop ``name`` = ``value`` by reference to a file the browser keeps for ever.

    Call while the page is built; on a page already open the value is sent as an ordinary prop.
    """
    client = element.client
    if client.has_socket_connection:
        element._props[name] = value  # noqa: SLF001 - the only way to a prop under exactly this name
        return
    key = _key_of(value)
    element._props[f':{name}'] = f'YS.shared.{key}'  # noqa: SLF001
    script = f'<script defer src="{FOLDER}{key}.js"></script>'
    if script not in client.head_html:
        ui.add_head_html(script)


def _key_of(value: Mapping[str, Any]) -> str:
    known = _keys.get(id(value))
    if known is not None and known[0] is value:
        return known[1]
    body = frames.encode(value)
    key = 'k' + blake2b(body, digest_size=6).hexdigest()
    _bodies.setdefault(key, b'((window.YS=window.YS||{}).shared=YS.shared||{}).%s=%s;' % (key.encode(), body))
    if len(_keys) >= KEYS:
        _keys.clear()
    _keys[id(value)] = value, key
    return key


def body(path: str) -> bytes | None:
    """Return the file at ``path``, if it is one of ours."""
    return _bodies.get(path.removeprefix(FOLDER).removesuffix('.js')) if path.startswith(FOLDER) else None
