"""Smaller files without a build step: what browsers never read is left out before compression.

Only whole lines of comment, indentation and unused colour classes go; nothing is renamed or joined, so an error message
still names the right place.
"""

import re
from typing import Final

_LINES = re.compile(r'^[ \t]*(?://[^\n]*|/\*(?:(?!\*/).)*\*/[ \t]*)\n', re.MULTILINE | re.DOTALL)
_CSS_COMMENT = re.compile(r'/\*.*?\*/', re.DOTALL)
_INDENT = re.compile(r'\n\s+')
_SHADES = re.compile(
    r'\.(?:text|bg)-(?:red|pink|purple|deep-purple|indigo|blue|light-blue|cyan|teal|green|light-green|lime|yellow|amber|orange'
    r'|deep-orange|brown|blue-grey)-\d+\{[^}]*\}',
)
PALETTE: Final = 'quasar.important.prod.css'
"""Quasar's file of colour classes; our colours are design tokens, so the 250 numbered shades (all but grey) are not sent."""


def script(text: str) -> str:
    """Return JavaScript without indentation and without comments that fill whole lines."""
    return _INDENT.sub('\n', _LINES.sub('', text))


def style(text: str) -> str:
    """Return a style sheet without comments and indentation."""
    return _INDENT.sub('\n', _CSS_COMMENT.sub('', text)).lstrip()


def palette(text: str) -> str:
    """Return Quasar's colour classes without the numbered shades."""
    return _SHADES.sub('', text)


def file(name: str, body: bytes) -> bytes:
    """Return a file by its name, slimmer where that is safe; minified ones and other kinds stay as they are."""
    if name.endswith(PALETTE):
        return palette(body.decode()).encode()
    if '.min.' in name or '.prod.' in name or '/lang/' in name:
        return body
    if name.endswith('.js'):
        return script(body.decode()).encode()
    return style(body.decode()).encode() if name.endswith('.css') else body
