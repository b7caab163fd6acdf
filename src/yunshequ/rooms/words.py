"""Sensitive words (敏感词), matched on normalised text so that spaces, width and punctuation between letters do not help."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_KEEP = re.compile(r'[^\w]+|_', re.UNICODE)


@dataclass(frozen=True, slots=True)
class Match:
    """A term found in a text."""

    term: str
    category: str


def normalise(text: str) -> str:
    """Return ``text`` folded for matching: width, case, and everything that is no letter or digit taken out."""
    return _KEEP.sub('', unicodedata.normalize('NFKC', text)).lower()


class WordFilter:
    """A compiled list of terms."""

    def __init__(self, terms: Iterable[tuple[str, str]]) -> None:
        self._terms = {normalise(term): (term, category) for term, category in terms if normalise(term)}
        longest_first = sorted(self._terms, key=len, reverse=True)
        self._pattern = re.compile('|'.join(map(re.escape, longest_first))) if longest_first else None

    def find(self, text: str) -> Match | None:
        """Return the first term that ``text`` holds, or None."""
        if self._pattern is None:
            return None
        found = self._pattern.search(normalise(text))
        if found is None:
            return None
        term, category = self._terms[found.group()]
        return Match(term, category)
