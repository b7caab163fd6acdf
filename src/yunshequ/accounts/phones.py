"""Phone numbers: checked, then only a keyed hash and a mask go on."""

import re
from dataclasses import dataclass

from yunshequ.core.errors import Invalid
from yunshequ.core.i18n import N_
from yunshequ.core.ids import keyed_hash

_MOBILE = re.compile(r'1[3-9]\d{9}')
_DEMO = re.compile(r'100\d{8}')
"""Numbers of demo people: 100 begins no mobile number in China's plan, so they can belong to nobody."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A number that was entered: ``number`` is used to send a message and then forgotten."""

    number: str
    hash: str
    mask: str

    def __repr__(self) -> str:
        return f'Phone({self.mask})'


def parse_phone(text: str, key: bytes, *, demo: bool = False) -> Phone:
    """Read a mainland mobile number as people write it: spaces, hyphens, +86, full-width digits.

    :raises Invalid: it is none.
    """
    number = ''.join(str(int(c)) if c.isdecimal() else c for c in text if c not in ' -\u3000\t')
    number = number.removeprefix('+86')
    if len(number) == 13:
        number = number.removeprefix('86')
    if not (_MOBILE.fullmatch(number) or (demo and _DEMO.fullmatch(number))):
        raise Invalid(N_('请输入 11 位手机号'), field='phone')
    return Phone(number, keyed_hash(key, 'phone', number), f'{number[:3]}****{number[-4:]}')
