"""What is left out of a question before it is kept: numbers that lead to a person (脱敏)."""

import re
import unicodedata

from yunshequ.core.ids import keyed_hash

MAX_TEXT = 300
"""Characters of a question that are kept; longer ones say no more about what was asked."""

_SEPARATED = r'[\s\-.]?'
_MASKS = (
    (re.compile(r'[\w.+-]+@[\w-]+(?:\.[\w-]+)+', re.ASCII), '[邮箱]'),
    (re.compile(rf'(?<!\d)\d{{6}}{_SEPARATED}(?:19|20)\d{{2}}(?:{_SEPARATED}\d){{7}}[\dXx](?!\d)'), '[证件号]'),
    (re.compile(rf'(?<!\d)(?:\+?86{_SEPARATED})?1[3-9]\d(?:{_SEPARATED}\d){{8}}(?!\d)'), '[电话]'),
    (re.compile(r'[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·\s]?[A-Z0-9]{5,6}'), '[车牌]'),
    (re.compile(r'\d+\s*(?:栋|幢|号楼)\s*(?:\d+\s*单元\s*)?\d{3,4}\s*(?:室|号|户)?'), '[住址]'),
    (re.compile(r'(?<!\d)\d{1,3}-\d{1,2}-\d{3,4}(?!\d)'), '[住址]'),
    (re.compile(r'(?<!\d)0\d{2,3}[\s-]?\d{7,8}(?!\d)'), '[电话]'),
    (re.compile(r'\d(?:[\s-]?\d){6,}'), '[号码]'),
    (re.compile(r'(?:[〇零一幺二两三四五六七八九][\s-]?){7,}'), '[号码]'),
)
_HIDDEN = re.compile(r'[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]')
"""Signs nobody sees, between digits or anywhere."""
_MARK = r'\[(?:邮箱|证件号|电话|车牌|住址|号码)\]'
_TOLD = re.compile(
    rf'(?:(?:我的?|本人|老人)?(?:手机|电话|身份证|证件|银行卡|医保卡|社保卡|车牌|邮箱|住址|家住|住)?(?:号码|号)?[是为:：]?\s*{_MARK})[\s,，。;；、]*')
NEEDLESS = re.compile(r'\[(?:证件号|电话|号码)\]')
"""Marks of numbers that no answer needs."""


def redact(text: str) -> str:
    """Return the question without phone, identity, plate and account numbers, addresses of flats and mailboxes.

    Full-width digits are seen too; at most ``MAX_TEXT`` characters are kept.
    """
    text = _HIDDEN.sub('', unicodedata.normalize('NFKC', text))
    for pattern, word in _MASKS:
        text = pattern.sub(word, text)
    return ' '.join(text.split())[:MAX_TEXT]


def unmarked(text: str) -> str:
    """Return a redacted question without what was left out and the words before it (我的身份证号是…): nobody asks about these."""
    return _TOLD.sub('', text).strip() or text


def pseudonym(key: bytes, member_id: int) -> str:
    """Return a keyed hash that stands for a member: the same for the same person, not to be turned back without the key."""
    return keyed_hash(key, 'assistant', str(member_id))[:32]
