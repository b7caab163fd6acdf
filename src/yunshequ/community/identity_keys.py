"""Names and numbers for matching (实名比对): normalised, then only keyed hashes and a mask go on."""

import re
import unicodedata
from dataclasses import dataclass

from yunshequ.core.errors import Invalid
from yunshequ.core.i18n import N_
from yunshequ.core.ids import keyed_hash

_NAME = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffffA-Za-z·'. -]{2,30}")
_NUMBER = re.compile(r'\d{17}[\dX]')
_TAIL = re.compile(r'\d{3}[\dX]')
_MOBILE = re.compile(r'1\d{10}')
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = '10X98765432'


def plain_name(name: str) -> str:
    """Return a name as it is compared: width, spaces and the kind of middle dot do not matter."""
    text = unicodedata.normalize('NFKC', name)
    return ''.join(re.sub(r'[•・‧∙]', '·', text).split()).upper()


def clean_name(name: str) -> str:
    """Return a name as it stands in papers.

    :raises Invalid: it is none.
    """
    if _NAME.fullmatch(unicodedata.normalize('NFKC', name).strip()) is None:
        raise Invalid(N_('请填写身份证上的姓名'), field='name')
    return plain_name(name)


def mask_name(name: str) -> str:
    """Return a name of which the first sign is left, e.g. ``陈**``."""
    plain = plain_name(name)
    return plain[:1] + '*' * (min(len(plain), 4) - 1)


def clean_number(number: str) -> str:
    """Return an identity number (居民身份证号码, GB 11643) whose check digit is right.

    :raises Invalid: it is none; the number is not repeated in the refusal.
    """
    text = _digits(number)
    if _NUMBER.fullmatch(text) is None:
        raise Invalid(N_('请填写 18 位身份证号码'), field='number')
    if _CHECK[sum(int(d) * w for d, w in zip(text, _WEIGHTS, strict=False)) % 11] != text[-1]:
        raise Invalid(N_('身份证号码有一位写错了，请对照证件再看一遍'), field='number')
    return text


def clean_tail(tail: str) -> str:
    """Return the last four of an identity number.

    :raises Invalid: they are not four.
    """
    text = _digits(tail)
    if _TAIL.fullmatch(text) is None:
        raise Invalid(N_('请填写身份证号码的最后四位'), field='tail')
    return text


def tail_of(text: str) -> str:
    """Return the last four of what a roll file holds (a number or its end), nothing where it holds neither."""
    found = _digits(text)
    return found[-4:] if _NUMBER.fullmatch(found) or _TAIL.fullmatch(found) else ''


def phone_of(text: str) -> str:
    """Return the phone number a roll file holds, nothing where it holds none (a masked one is none)."""
    found = _digits(text).removeprefix('+86')
    return found if _MOBILE.fullmatch(found) else ''


def _digits(text: str) -> str:
    return ''.join(c for c in unicodedata.normalize('NFKC', text).upper() if not c.isspace() and c != '-')


@dataclass(frozen=True, slots=True)
class Keys:
    """Makes the hashes; the key comes from the settings and is in no row."""

    secret: bytes

    def __repr__(self) -> str:
        return 'Keys()'

    def name(self, name: str) -> str:
        """Return the hash of a name."""
        return keyed_hash(self.secret, 'real-name', plain_name(name))

    def number(self, number: str) -> str:
        """Return the hash of a whole identity number."""
        return keyed_hash(self.secret, 'id-number', number)

    def tail(self, name: str, tail: str) -> str:
        """Return the hash of a name with the end of its number: four digits alone would be tried out too soon."""
        return keyed_hash(self.secret, 'id-tail', plain_name(name), tail)

    def phone(self, number: str) -> str:
        """Return the hash of a phone number, the same that accounts keep."""
        return keyed_hash(self.secret, 'phone', number)
