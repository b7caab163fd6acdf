"""The rotating venue code (签到码): six digits that only who stands at the venue can read.

Pure functions; nothing here touches the database or a clock.
"""

import hashlib
import hmac
from datetime import datetime, timedelta

WINDOW_SECONDS = 60
"""How long one code is shown."""
DIGITS = 6
EARLY = timedelta(minutes=60)
"""How long before the start one may check in."""
LATE = timedelta(minutes=60)
"""How long after the start one may check in; never after the end."""
OVERTIME = timedelta(minutes=30)
"""How long after the end the shift is settled: people on the way home may still be needed."""


def window_of(at: datetime) -> int:
    """Return the number of the window that ``at`` lies in."""
    return int(at.timestamp()) // WINDOW_SECONDS


def code_for(secret: str, window: int) -> str:
    """Return the code of a window: HMAC-SHA256, truncated as in RFC 4226 §5.3."""
    digest = hmac.new(secret.encode(), window.to_bytes(8, 'big'), hashlib.sha256).digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset:offset + 4], 'big') & 0x7FFF_FFFF
    return f'{number % 10 ** DIGITS:0{DIGITS}d}'


def code_at(secret: str, at: datetime) -> str:
    """Return the code shown at ``at``."""
    return code_for(secret, window_of(at))


def seconds_left(at: datetime) -> int:
    """Return for how many more seconds (1–60) the code shown at ``at`` is shown."""
    return WINDOW_SECONDS - int(at.timestamp()) % WINDOW_SECONDS


def accepts(secret: str, code: str, at: datetime) -> bool:
    """Tell whether ``code`` is this window's or the one's before: whoever read it has at least a minute to type it."""
    typed = ''.join(character for character in code if character.isascii() and character.isdigit())
    window = window_of(at)
    now = hmac.compare_digest(typed, code_for(secret, window))
    before = hmac.compare_digest(typed, code_for(secret, window - 1))
    return now or before


def opens_at(starts_at: datetime) -> datetime:
    """Return when check-in opens."""
    return starts_at - EARLY


def closes_at(starts_at: datetime, ends_at: datetime) -> datetime:
    """Return when check-in closes."""
    return min(starts_at + LATE, ends_at)


def is_open(starts_at: datetime, ends_at: datetime, at: datetime) -> bool:
    """Tell whether one may check in at ``at``."""
    return opens_at(starts_at) <= at <= closes_at(starts_at, ends_at)
