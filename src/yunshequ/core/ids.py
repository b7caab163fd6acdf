"""Identifiers that must not be guessed. (Row ids are plain integers given by the database.)"""

import hashlib
import hmac
import secrets

_UNMISTAKABLE = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'


def token(n_bytes: int = 18) -> str:
    """Return a URL-safe random token of ``n_bytes`` bytes of entropy (18 bytes: 24 characters)."""
    return secrets.token_urlsafe(n_bytes)


def short_code(length: int = 8) -> str:
    """Return a random code a person can read from a noticeboard: no 0/O, no 1/I."""
    return ''.join(secrets.choice(_UNMISTAKABLE) for _ in range(length))


def digits(length: int = 6) -> str:
    """Return a random decimal code, e.g. for a text message."""
    return ''.join(secrets.choice('0123456789') for _ in range(length))


def keyed_hash(key: bytes, *parts: str) -> str:
    """Return HMAC-SHA256 over ``parts`` in hex: equal inputs are found again, without the key nothing can be tried out."""
    return hmac.new(key, '\x1f'.join(parts).encode(), hashlib.sha256).hexdigest()


def digest(text: str) -> str:
    """Return SHA-256 of ``text`` in hex, for tokens whose entropy is high enough to need no key."""
    return hashlib.sha256(text.encode()).hexdigest()
