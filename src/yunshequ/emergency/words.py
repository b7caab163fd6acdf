"""What people write under a call (我报名), understood without any model; and the sentences posted into rooms."""

import re
from datetime import datetime

from yunshequ.core.clock import local

_CHINESE = {'一': 1, '二': 2, '两': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9, '十': 10}
_SIGN_UP = re.compile(
    r'^(?:@\S+\s+)?(?:我|算我一个|俺)?[,，\s]*(?:也|想|要|来|能)*\s*报名\s*(?:参加)?\s*'
    r'(?:第?\s*(?P<number>\d{1,2}|[一二两三四五六七八九十])\s*(?:班|个|场|组|号)?)?'
    r'\s*(?P<name>\S{0,12}?)\s*(?:吧|了|啦|哈|呀|哦)?[!！。.~～👋🙋]*$',
)
LONGEST = 24
"""A longer text is talk about signing up, not a sign-up."""


def asks_to_sign_up(text: str) -> tuple[int | None, str] | None:
    """Return the wished shift (its number counting from 1, or None; its name, or '') if ``text`` is a sign-up, else None.

    >>> asks_to_sign_up('我报名！')
    (None, '')
    >>> asks_to_sign_up('我报名第二班')
    (2, '')
    >>> asks_to_sign_up('怎么报名？') is None
    True
    """
    text = text.strip()
    if len(text) > LONGEST or '?' in text or '？' in text:
        return None
    match = _SIGN_UP.match(text)
    if match is None:
        return None
    number = match['number']
    wished = None if number is None else _CHINESE.get(number) or int(number)
    return wished, match['name']


def when(starts_at: datetime, ends_at: datetime) -> str:
    """Return a span as a room reads it: ``7月3日 08:00–12:00`` (Asia/Shanghai)."""
    start, end = local(starts_at), local(ends_at)
    last = f'{end:%H:%M}' if start.date() == end.date() else f'{end.month}月{end.day}日 {end:%H:%M}'
    return f'{start.month}月{start.day}日 {start:%H:%M}–{last}'
