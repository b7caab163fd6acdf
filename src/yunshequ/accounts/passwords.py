"""Passwords: argon2 in threads of its own, so that neither the event loop nor the database waits for it."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from yunshequ.core.errors import Invalid
from yunshequ.core.i18n import N_

PASSWORD_MIN = 8
PASSWORD_MAX = 128
_TOO_COMMON = frozenset({
    '12345678', '123456789', '1234567890', '87654321', '11223344', 'password', 'qwertyuiop', 'a1234567', '5201314520',
})


def check_password(password: str) -> None:
    """Refuse a password that is too short, too long or the first one anybody would try.

    :raises Invalid: so it is.
    """
    if len(password) < PASSWORD_MIN:
        raise Invalid(N_('密码至少 {n} 位'), field='password', n=PASSWORD_MIN)
    if len(password) > PASSWORD_MAX:
        raise Invalid(N_('密码最多 {n} 位'), field='password', n=PASSWORD_MAX)
    if password.lower() in _TOO_COMMON or len(set(password)) == 1:
        raise Invalid(N_('这个密码太容易被猜到，请换一个'), field='password')


class Passwords:
    """Hashes and verifies. Two at a time: each needs 64 MiB."""

    def __init__(self, hasher: Argon2Hasher | None = None, *, threads: int = 2) -> None:
        self._hash = PasswordHash((hasher or Argon2Hasher(),))
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix='password')
        self._decoy: str | None = None

    async def hash(self, password: str) -> str:
        """Return an argon2 hash."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._hash.hash, password)

    async def verify(self, password: str, hashed: str | None) -> tuple[bool, str | None]:
        """Tell whether the password fits, and give a new hash where the old one's cost is out of date.

        ``hashed`` None (no such account): the same work is done against a decoy and the answer is no.
        """
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._verify, password[:PASSWORD_MAX], hashed)

    def _verify(self, password: str, hashed: str | None) -> tuple[bool, str | None]:
        if hashed is not None:
            return self._hash.verify_and_update(password, hashed)
        if self._decoy is None:
            self._decoy = self._hash.hash('decoy')
        self._hash.verify(password, self._decoy)
        return False, None

    async def warm(self) -> None:
        """Make the decoy now, so that the first unknown account takes no longer than the next."""
        await self.verify('', None)
