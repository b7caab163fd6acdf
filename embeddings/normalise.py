"""Brings texts to one form (文本规整) before they are encoded or indexed: width, case, script, signs, colloquial words."""

import re
import unicodedata
from functools import cache
from pathlib import Path

_DATA = Path(__file__).parent / 'data'

_INVISIBLE = re.compile(r'[\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ufe00-\ufe0f]')
_REPEATED = re.compile(r'([^\w\s])\1+')
_SPACES = re.compile(r'\s+')
_SPACE_BESIDE_CHINESE = re.compile(r'(?<=[\u3400-\u9fff]) | (?=[\u3400-\u9fff])')
_PUNCTUATION = str.maketrans({'、': ',', '。': '.', '「': '"', '」': '"', '『': '"', '』': '"', '【': '[', '】': ']'})


@cache
def _simplified() -> dict[int, str]:
    """Traditional to simplified, one character for one."""
    return {ord(pair[0]): pair[1] for line in _lines('traditional.txt') for pair in line.split()}


@cache
def _usual() -> dict[str, str]:
    """Usual words by the colloquial ones, longer ones first."""
    pairs = [line.split() for line in _lines('colloquial.txt')]
    return dict(sorted(pairs, key=lambda pair: -len(pair[0])))


@cache
def _colloquial() -> re.Pattern[str]:
    return re.compile('|'.join(map(re.escape, _usual())))


def _lines(name: str) -> list[str]:
    return [line for line in (_DATA / name).read_text(encoding='utf-8').splitlines() if not line.startswith('#')]


def normalise(text: str) -> str:
    """One form of a text: half width, lower case, simplified characters, single spaces, no doubled signs, usual words.

    Applying it twice changes nothing. Never raises; lone surrogates and control characters are dropped.
    """
    plain = unicodedata.normalize('NFKC', text)
    plain = _INVISIBLE.sub('', plain.lower()).translate(_simplified()).translate(_PUNCTUATION)
    plain = ''.join(' ' if char.isspace() else char for char in plain if char.isspace() or _is_visible(char))
    plain = _REPEATED.sub(r'\1', plain)
    plain = _SPACE_BESIDE_CHINESE.sub('', _SPACES.sub(' ', plain))
    return _in_usual_words(plain.strip())


def _in_usual_words(text: str) -> str:
    """Colloquial words replaced, again where that made a new one; every usual word is final, so it ends."""
    while (replaced := _colloquial().sub(lambda found: _usual()[found[0]], text)) != text:
        text = replaced
    return text


def _is_visible(char: str) -> bool:
    return char >= ' ' and unicodedata.category(char) not in {'Cc', 'Cs', 'Cf', 'Co', 'Cn'}
