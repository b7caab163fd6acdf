"""Brings texts to one form (文本规整) before they are encoded or indexed: width, case, script, signs, numbers, usual words."""

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

_DIGITS = {char: number for number, char in enumerate('零一二三四五六七八九')} | {'两': 2}
# counted things only, and no words such as 统一 or 万一: 一 alone means too much
_COUNTED = re.compile(
    '(?<![统唯同单万周期几数百千零一二三四五六七八九十两])[一二三四五六七八九两]?十?[一二三四五六七八九两]?'
    '(?<=[一二三四五六七八九十两])(?=个|周岁|岁|年|天|小时|月|号|次|元|块|人|楼|层|级|孩|胎|类)'
)


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
    """One form of a text: half width, lower case, simplified characters, single spaces, no doubled signs, usual words,
    counts in figures (两个月 is 2个月).

    Applying it twice changes nothing. Never raises; lone surrogates and control characters are dropped.
    """
    plain = unicodedata.normalize('NFKC', text)
    plain = _INVISIBLE.sub('', plain.lower()).translate(_simplified()).translate(_PUNCTUATION)
    plain = ''.join(' ' if char.isspace() else char for char in plain if char.isspace() or _is_visible(char))
    plain = _REPEATED.sub(r'\1', plain)
    plain = _SPACE_BESIDE_CHINESE.sub('', _SPACES.sub(' ', plain))
    return _COUNTED.sub(_in_figures, _in_usual_words(plain.strip()))


def _in_usual_words(text: str) -> str:
    """Colloquial words replaced, again where that made a new one; every usual word is final, so it ends."""
    while (replaced := _colloquial().sub(lambda found: _usual()[found[0]], text)) != text:
        text = replaced
    return text


def _in_figures(found: re.Match[str]) -> str:
    """A number below a hundred; what only looks like one stays."""
    tens, ten, ones = found[0].partition('十')
    if ten:
        return str(10 * _DIGITS.get(tens, 1) + _DIGITS.get(ones, 0))
    return str(_DIGITS[tens]) if len(tens) == 1 else found[0]


def _is_visible(char: str) -> bool:
    return char >= ' ' and unicodedata.category(char) not in {'Cc', 'Cs', 'Cf', 'Co', 'Cn'}
