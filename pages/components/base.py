"""What all components stand on: the shared script library, and labels built once for each language."""

from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any

from nicegui import __version__
from nicegui.dependencies import compute_key, register_esm
from nicegui.element import Element

from pages.live import share
from yunshequ.core.i18n import _, current_locale

LIBRARY = Path(__file__).parent / 'lib'
# The key of the library carries the newest change inside it: a browser may cache it for ever.
_NEWEST = max(path.stat().st_mtime for path in LIBRARY.glob('*.js'))
register_esm('ys', LIBRARY, max_time=_NEWEST)

Data = Mapping[str, Any]
"""Plain data that goes to the browser as JSON."""

Labels = dict[str, Any]
"""Translated texts of a component; ``{n}`` places are filled in the browser."""


def per_locale(build: Callable[[], Labels]) -> Callable[[], Labels]:
    """Build the labels once for each language and share them between all clients."""
    built: dict[str, Labels] = {}

    @wraps(build)
    def labels() -> Labels:
        locale = current_locale()
        if locale not in built:
            built[locale] = build()
        return built[locale]

    return labels


def time_labels() -> Labels:
    """Return the words of times and deadlines."""
    return {
        'just_now': _('刚刚'),
        'today': _('今天'),
        'yesterday': _('昨天'),
        'tomorrow': _('明天'),
        'date': _('{m}月{d}日'),
        'date_year': _('{y}年{m}月{d}日'),
        'left_seconds': _('还剩 {n} 秒'),
        'left_minutes': _('还剩 {n} 分钟'),
        'left_hours': _('还剩 {n} 小时'),
        'left_days': _('还剩 {n} 天'),
    }


def preload(*modules: str) -> str:
    """Return head HTML that fetches modules of the library at once, not one after the other as they import each other."""
    base = f'/_nicegui/{__version__}/esm/{compute_key(LIBRARY, max_time=_NEWEST)}'
    return '\n'.join(f'<link rel="modulepreload" href="{base}/{name}.js">' for name in modules)


class LiveElement(Element):
    """An element whose Vue component keeps its own state.

    The props are its first state only. Later changes reach it as live frames, or as answers to its ``act`` event
    ``{name, args, id}``, which the page handles with ``.on('act', handler)``.
    """

    def set_props(self, **props: object) -> None:
        """Put data into the Vue props under exactly these names; ``labels`` go as a file the browser keeps.

        They go past NiceGUI's observers, which would wrap every dictionary in them to watch for changes that never come.
        """
        labels = props.pop('labels', None)
        dict.update(self._props, props)
        if isinstance(labels, dict):
            share(self, 'labels', labels)
