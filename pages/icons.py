"""Our own icons 图标: strokes on a 24 × 24 grid, drawn for this project, a few kilobytes instead of an icon font.

Names are those Quasar's widgets and Material pages use, so ``ui.icon('send')``, ``ui.button(icon='send')`` and what
Quasar draws by itself (arrows, clear buttons) all find theirs; the browser side maps them (``pages/static/live.js``).
"""

from typing import Final

STYLE: Final = 'fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round'
_CIRCLE = 'M12 21a9 9 0 1 0 0-18a9 9 0 0 0 0 18z'

STROKES: Final[dict[str, str]] = {
    # places of the app
    'checklist': 'M4 6l1.5 1.5L8 5M4 12l1.5 1.5L8 11M4 18l1.5 1.5L8 17M11 6.5h9M11 12.5h9M11 18.5h9',
    'chat': 'M4 5h16v11h-9l-5 4v-4H4z',
    'forum': 'M3 4h12v9H9l-4 3v-3H3zM18 9h3v8h-2v3l-4-3h-4',
    'apps': 'M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h6v6h-6z',
    'how_to_vote': 'M4 13h16v7H4zM7 13V4h10v9M9.5 8l2 2 3.5-4',
    'person': 'M12 12a4 4 0 1 0 0-8a4 4 0 0 0 0 8zM4 20c1-4 4-6 8-6s7 2 8 6',
    'group': (
        'M9 11a3.5 3.5 0 1 0 0-7a3.5 3.5 0 0 0 0 7zM3 20c.5-4 2.5-6 6-6s5.5 2 6 6M16 4.5a3.5 3.5 0 0 1 0 6'
        'M18 14.5c2 1 3 3 3 5.5'
    ),
    'home': 'M4 11l8-7 8 7v9h-5v-6H9v6H4z',
    'apartment': 'M5 20V4h9v16M14 10h5v10M3 20h18M8 8h3M8 12h3M8 16h3',
    'dashboard': 'M4 4h7v9H4zM14 4h6v5h-6zM14 12h6v8h-6zM4 16h7v4H4z',
    'assignment': 'M6 5h12v16H6zM9 5V3h6v2M9 10h6M9 14h6M9 18h4',
    'menu_book': 'M12 6C9 4 6 4 3 5v14c3-1 6-1 9 1 3-2 6-2 9-1V5c-3-1-6-1-9 1zM12 6v14',
    'bar_chart': 'M5 20v-9M12 20V4M19 20v-6M3 20h18',
    'trending_up': 'M4 17l5-6 4 3 7-9M15 5h5v5',
    'settings': 'M4 7h9M17 7h3M15 5v4M4 17h3M11 17h9M9 15v4',
    'tune': 'M4 7h9M17 7h3M15 5v4M4 17h3M11 17h9M9 15v4',
    'menu': 'M4 6h16M4 12h16M4 18h16',
    'logout': 'M10 4H5v16h5M14 8l4 4-4 4M18 12H9',
    'login': 'M14 4h5v16h-5M10 8l4 4-4 4M14 12H4',
    # talking
    'send': 'M4 11l16-7-6 16-3-7zM11 13l9-9',
    'image': 'M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9h.01',
    'photo_camera': 'M4 8h4l2-3h4l2 3h4v11H4zM12 16.5a3 3 0 1 0 0-6a3 3 0 0 0 0 6z',
    'mic': 'M12 15a3 3 0 0 0 3-3V6a3 3 0 0 0-6 0v6a3 3 0 0 0 3 3zM6 12a6 6 0 0 0 12 0M12 18v3',
    'mood': _CIRCLE + 'M9 10h.01M15 10h.01M8 14c2 3 6 3 8 0',
    'alternate_email': 'M16 12a4 4 0 1 0-4 4c2 0 4-1.5 4-4V8M16 12.5a2.5 2.5 0 0 0 5 0V12a9 9 0 1 0-4 7.5',
    'format_quote': 'M9 7c-3 1-4 3-4 6v4h5v-5H6M19 7c-3 1-4 3-4 6v4h5v-5h-4',
    'reply': 'M10 6l-6 5 6 5v-3c4 0 7 1 10 5-1-6-4-9-10-9z',
    'forward': 'M14 6l6 5-6 5v-3c-4 0-7 1-10 5 1-6 4-9 10-9z',
    'flag': 'M6 21V4h11l-2.5 4 2.5 4H6',
    'undo': 'M9 5L4 10l5 5M4 10h10a5 5 0 0 1 0 10h-3',
    'push_pin': 'M9 4h6l-1 6 3 3H7l3-3zM12 13v7',
    'notifications': 'M6 17v-6a6 6 0 0 1 12 0v6l1.5 1h-15zM10 21h4',
    'notifications_off': 'M6 17v-6c0-1 .3-2.2.8-3.1M10 5.4A6 6 0 0 1 18 11v3M4.5 18H16M10 21h4M4 4l16 16',
    'campaign': 'M4 10v4h3l8 4V6l-8 4zM18 9.5a4 4 0 0 1 0 5M7 14v5h3',
    'content_copy': 'M9 9h11v11H9zM5 15H4V4h11v1',
    'link': 'M10 14l4-4M8 11l-3 3a3.5 3.5 0 0 0 5 5l3-3M16 13l3-3a3.5 3.5 0 0 0-5-5l-3 3',
    'share': 'M12 15V4M8 8l4-4 4 4M6 12v8h12v-8',
    'thumb_up': 'M4 11h4v9H4zM8 11l4-7c2 0 2.5 1.5 2 3l-.5 3H20l-2 10H8',
    'thumb_down': 'M4 13h4V4H4zM8 13l4 7c2 0 2.5-1.5 2-3l-.5-3H20L18 4H8',
    'favorite': 'M12 20C6 15 4 12 4 9a4 4 0 0 1 8-1 4 4 0 0 1 8 1c0 3-2 6-8 11z',
    'star': 'M12 4l2.5 5.2 5.5.8-4 4 1 5.8-5-2.8-5 2.8 1-5.8-4-4 5.5-.8z',
    'support_agent': 'M5 14v-2a7 7 0 0 1 14 0v2M5 13h3v5H5zM16 13h3v5h-3zM19 18c0 2-2 3-5 3',
    'smart_toy': 'M6 18C4 9 10 4 20 4c1 10-4 16-12 15l-3 2zM10.5 12h.01M14.5 10h.01',
    'eco': 'M5 19C4 9 10 4 20 4c0 10-5 16-14 14M5 20c2-5 5-8 9-10',
    'description': 'M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6',
    # doing
    'add': 'M12 5v14M5 12h14',
    'remove': 'M5 12h14',
    'add_circle': _CIRCLE + 'M12 8v8M8 12h8',
    'check': 'M5 13l4 4L19 7',
    'done': 'M5 13l4 4L19 7',
    'done_all': 'M2 13l4 4 9-10M11 16l1 1 10-10',
    'check_circle': _CIRCLE + 'M8 12.5l3 3 5-6',
    'close': 'M6 6l12 12M18 6L6 18',
    'clear': 'M6 6l12 12M18 6L6 18',
    'cancel': _CIRCLE + 'M9 9l6 6M15 9l-6 6',
    'gavel': 'M12 4l6 6M9 7l6 6M10.5 5.5l6 6M11 11l-7 7M4 21h9',
    'block': _CIRCLE + 'M6 6l12 12',
    'edit': 'M4 20l1-4L16 5l3 3L8 19zM14 7l3 3',
    'delete': 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10 11v5M14 11v5',
    'search': 'M10.5 17a6.5 6.5 0 1 0 0-13a6.5 6.5 0 0 0 0 13zM15.5 15.5L20 20',
    'filter_list': 'M4 6h16M7 12h10M10 18h4',
    'refresh': 'M20 11a8 8 0 1 0-2 6M20 4v7h-7',
    'download': 'M12 4v11M7 11l5 5 5-5M5 20h14',
    'upload': 'M12 16V5M7 9l5-5 5 5M5 20h14',
    'cloud_upload': 'M12 19v-8M8.5 14l3.5-3.5 3.5 3.5M7 18a4 4 0 0 1 0-8 5.5 5.5 0 0 1 10.5 0A4 4 0 0 1 17 18',
    'print': 'M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z',
    'open_in_new': 'M10 5H5v14h14v-5M14 4h6v6M20 4l-9 9',
    'qr_code': 'M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2M20 14v2M14 20h2M18 18h2v2',
    'build': 'M14 7a4.5 4.5 0 0 1 5-3l-2.5 3 1 1.5 2 .5L21 7.5A4.5 4.5 0 0 1 15 12l-8 8-3-3 8-8c0-.8.8-1.5 2-2z',
    'shopping_basket': 'M4 10h16l-2 10H6zM8 10l4-6 4 6M9 14v3M12 14v3M15 14v3',
    'volunteer_activism': (
        'M13 10c-3-2.5-4-4-4-5.5A2 2 0 0 1 13 4a2 2 0 0 1 4 .5C17 6 16 7.5 13 10zM3 13h4v7H3z'
        'M7 14h3l4 1.5c1 .5.8 2-.5 2H10M7 19l6 2 8-4.5c-.5-1.5-2-1.5-3-1l-3 1.5'
    ),
    # state
    'warning': 'M12 4l9 16H3zM12 10v4M12 17h.01',
    'error': _CIRCLE + 'M12 8v5M12 16h.01',
    'info': _CIRCLE + 'M12 11v5M12 8h.01',
    'help': _CIRCLE + 'M9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.4-1 .8-1 1.7M12 17h.01',
    'schedule': _CIRCLE + 'M12 7v5l3 2',
    'event': 'M4 6h16v14H4zM4 10h16M8 3v4M16 3v4',
    'history': 'M4 12a8 8 0 1 0 3-6L4 8M4 4v4h4M12 8v4l3 2',
    'place': 'M12 21c-4-5-6-8-6-11a6 6 0 0 1 12 0c0 3-2 6-6 11zM12 12a2 2 0 1 0 0-4a2 2 0 0 0 0 4z',
    'call': 'M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a1 1 0 0 1-1 1A15 15 0 0 1 4 5a1 1 0 0 1 1-1z',
    'lock': 'M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3',
    'verified_user': 'M12 3l7 3v6c0 4-3 7-7 9-4-2-7-5-7-9V6zM9 12l2 2 4-4',
    'visibility': 'M2 12c3-5 6-7 10-7s7 2 10 7c-3 5-6 7-10 7s-7-2-10-7zM12 15a3 3 0 1 0 0-6a3 3 0 0 0 0 6z',
    'visibility_off': (
        'M6 7c-1.5 1.2-2.8 2.8-4 5 3 5 6 7 10 7 1.5 0 2.9-.3 4.2-.9M10 5.2c4.6-.8 8.5 1.2 12 6.8-.6 1-1.3 1.9-2 2.7'
        'M4 4l16 16'
    ),
    'dark_mode': 'M20 14A8 8 0 1 1 10 4a6.5 6.5 0 0 0 10 10z',
    'light_mode': (
        'M12 16a4 4 0 1 0 0-8a4 4 0 0 0 0 8zM12 3v1M12 20v1M3 12h1M20 12h1M5.6 5.6l.7.7M17.7 17.7l.7.7M18.4 5.6l-.7.7'
        'M6.3 17.7l-.7.7'
    ),
    'text_fields': 'M4 6h10M9 6v13M14 11h7M17.5 11v8',
    'language': _CIRCLE + 'M3 12h18M12 3c-5 5-5 13 0 18M12 3c5 5 5 13 0 18',
    'bolt': 'M13 3L5 14h6l-1 7 8-11h-6z',
    'water_drop': 'M12 4c4 5 6 8 6 11a6 6 0 0 1-12 0c0-3 2-6 6-11z',
    'local_fire_department': 'M12 3c1 4 6 6 6 11a6 6 0 0 1-12 0c0-2 1-4 3-5 0 2 1 3 2 3 1-3 0-6 1-9z',
    # directions; Quasar's widgets draw these by themselves
    'arrow_back': 'M20 12H5M11 6l-6 6 6 6',
    'arrow_forward': 'M4 12h15M13 6l6 6-6 6',
    'arrow_upward': 'M12 20V5M6 11l6-6 6 6',
    'arrow_downward': 'M12 4v15M6 13l6 6 6-6',
    'chevron_left': 'M14 6l-6 6 6 6',
    'chevron_right': 'M10 6l6 6-6 6',
    'expand_more': 'M6 9l6 6 6-6',
    'expand_less': 'M6 15l6-6 6 6',
    'arrow_drop_down': 'M8 10l4 4 4-4z',
    'arrow_drop_up': 'M8 14l4-4 4 4z',
    'first_page': 'M17 6l-6 6 6 6M7 6v12',
    'last_page': 'M7 6l6 6-6 6M17 6v12',
    'more_horiz': 'M5 12a1 1 0 1 0 2 0a1 1 0 1 0-2 0M11 12a1 1 0 1 0 2 0a1 1 0 1 0-2 0M17 12a1 1 0 1 0 2 0a1 1 0 1 0-2 0',
    'more_vert': 'M12 5a1 1 0 1 0 0 2a1 1 0 1 0 0-2M12 11a1 1 0 1 0 0 2a1 1 0 1 0 0-2M12 17a1 1 0 1 0 0 2a1 1 0 1 0 0-2',
}
"""Path of each icon, by name."""

ALIASES: Final[dict[str, str]] = {
    'keyboard_arrow_down': 'expand_more', 'keyboard_arrow_up': 'expand_less', 'keyboard_arrow_left': 'chevron_left',
    'keyboard_arrow_right': 'chevron_right', 'navigate_next': 'chevron_right', 'navigate_before': 'chevron_left',
    'people': 'group', 'groups': 'group', 'account_circle': 'person', 'phone': 'call', 'access_time': 'schedule', 'timer': 'schedule',
    'today': 'event', 'file_download': 'download', 'file_upload': 'upload', 'photo': 'image', 'add_photo_alternate': 'image',
    'report_problem': 'warning', 'poll': 'bar_chart', 'ballot': 'how_to_vote', 'insights': 'trending_up', 'eye': 'visibility',
}
"""Other names of the same icons."""


def path(name: str) -> str:
    """Return the strokes of an icon.

    :raises KeyError: there is no such icon.
    """
    return STROKES[ALIASES.get(name, name)]


def quasar(name: str) -> str:
    """Return an icon the way Quasar's components take one in place of a name."""
    return f'{path(name)}@@{STYLE}'


def svg(name: str, *, size: int = 24, title: str = '') -> str:
    """Return an icon as an inline ``<svg>``; without ``title`` it is hidden from screen readers."""
    hidden = '' if title else ' aria-hidden="true"'
    inner = f'<title>{title}</title>' if title else ''
    return f'<svg viewBox="0 0 24 24" width="{size}" height="{size}" style="{STYLE}"{hidden}>{inner}<path d="{path(name)}"/></svg>'
