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
)


def redact(text: str) -> str:
    """Return the question without phone, identity, plate and account numbers, addresses of flats and mailboxes.

    Full-width digits are seen too; at most ``MAX_TEXT`` characters are kept.
    """
    text = unicodedata.normalize('NFKC', text)
    for pattern, word in _MASKS:
        text = pattern.sub(word, text)
    return ' '.join(text.split())[:MAX_TEXT]


def pseudonym(key: bytes, member_id: int) -> str:
    """Return a keyed hash that stands for a member: the same for the same person, not to be turned back without the key."""
    return keyed_hash(key, 'assistant', str(member_id))[:32]
