"""Brings texts to one form (文本规整) before they are encoded or indexed: width, case, script, spaces, punctuation."""

import re
import unicodedata
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).parent / 'data' / 'traditional.txt'

_INVISIBLE = re.compile(r'[\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ufe00-\ufe0f]')
_REPEATED = re.compile(r'([^\w\s])\1+')
_SPACES = re.compile(r'\s+')
_SPACE_BESIDE_CHINESE = re.compile(r'(?<=[\u3400-\u9fff]) | (?=[\u3400-\u9fff])')
_PUNCTUATION = str.maketrans({'、': ',', '。': '.', '「': '"', '」': '"', '『': '"', '』': '"', '【': '[', '】': ']'})


@cache
def _simplified() -> dict[int, str]:
    """Traditional to simplified, one character for one."""
    lines = _TABLE.read_text(encoding='utf-8').splitlines()
    pairs = [pair for line in lines if not line.startswith('#') for pair in line.split()]
    return {ord(pair[0]): pair[1] for pair in pairs}


def normalise(text: str) -> str:
    """One form of a text: half width, lower case, simplified characters, single spaces, no doubled punctuation.

    Applying it twice changes nothing. Never raises; lone surrogates and control characters are dropped.
    """
    plain = unicodedata.normalize('NFKC', text)
    plain = _INVISIBLE.sub('', plain.lower()).translate(_simplified()).translate(_PUNCTUATION)
    plain = ''.join(' ' if char.isspace() else char for char in plain if char.isspace() or _is_visible(char))
    plain = _REPEATED.sub(r'\1', plain)
    plain = _SPACE_BESIDE_CHINESE.sub('', _SPACES.sub(' ', plain))
    return plain.strip()


def _is_visible(char: str) -> bool:
    return char >= ' ' and unicodedata.category(char) not in {'Cc', 'Cs', 'Cf', 'Co', 'Cn'}
