"""Characters mistaken for others that sound the same (同音错字): 居主证 is meant for 居住证.

What people type with an input method by sound is mended by the knowledge base itself: a character whose pairs with both neighbours
occur in no stored text gives way to one of the same sound whose pairs do. So what the base knows is never touched, and there is no list to keep.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache

from pypinyin import lazy_pinyin

_BETWEEN = 2
"""Stored texts in which both new pairs must occur."""
_AT_AN_END = 5
"""The same where there is one neighbour only, which tells less."""
_LONGEST = 200
"""Characters of a query that are looked at: what is longer tells enough without."""


@lru_cache(8192)
def sound_of(char: str) -> str:
    """Syllable of a Chinese character without its tone, in its usual reading."""
    return str(lazy_pinyin(char)[0])


def is_chinese(char: str) -> bool:
    """Whether it is a character that has a sound."""
    return '\u4e00' <= char <= '\u9fff'


def mended(text: str, texts_with: Callable[[str], int], alike: Mapping[str, set[str]]) -> str:
    """``text``, normalised, with the characters exchanged that can only be slips.

    ``texts_with`` counts the stored texts a pair occurs in; ``alike`` holds the stored characters by their sounds.
    """
    chars = list(text[:_LONGEST])
    for at, char in enumerate(chars):
        if not is_chinese(char):
            continue
        before = chars[at - 1] if at and is_chinese(chars[at - 1]) else ''
        after = chars[at + 1] if at + 1 < len(chars) and is_chinese(chars[at + 1]) else ''
        if not (before or after) or (before and texts_with(before + char)) or (after and texts_with(char + after)):
            continue
        often, best = (_BETWEEN if before and after else _AT_AN_END) - 1, char
        for other in sorted(alike.get(sound_of(char), ())):
            pairs = [pair for pair in (before and before + other, after and other + after) if pair]
            found = min(map(texts_with, pairs))
            if found > often:
                often, best = found, other
        chars[at] = best
    return ''.join(chars) + text[_LONGEST:]
