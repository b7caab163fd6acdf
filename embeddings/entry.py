"""What goes into the hybrid index and what comes out of it."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One answer's ways to be asked (条目): its question and accepted similar questions (相似问)."""

    key: int
    question: str
    similar: tuple[str, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """All non-empty texts, each once, the question first."""
        return tuple(dict.fromkeys(text for text in (self.question, *self.similar) if text.strip()))

    @property
    def content_hash(self) -> str:
        """Short hash of the texts: equal hashes need no new vectors."""
        return hashlib.sha256('\x00'.join(self.texts).encode('utf-8', 'surrogatepass')).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that may answer a query, with what speaks for it."""

    key: int
    score: float
    """Fused score the list is ordered by; comparable within one query only."""
    cosine: float
    """Best cosine of the main encoder over the entry's texts; 0 when the index has no encoder."""
    lexical: float
    """Best lexical score, 0 to about 1."""
    second: float
    """Best cosine of the second encoder; 0 when there is none."""
    text: str
    """The stored text that matched best."""


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What ``HybridIndex.sync`` had to do, in numbers of entries."""

    added: int
    changed: int
    removed: int
    unchanged: int


def fingerprint_of(entries: Iterable[IndexEntry]) -> str:
    """One hash over keys and texts, whatever the order: equal on both sides means index and database agree."""
    return fingerprint_of_hashes((entry.key, entry.content_hash) for entry in entries)


def fingerprint_of_hashes(hashes: Iterable[tuple[int, str]]) -> str:
    """The same from (key, content hash) pairs."""
    lines = '\n'.join(f'{key}:{digest}' for key, digest in sorted(hashes))
    return hashlib.sha256(lines.encode()).hexdigest()
