"""Sensitive words (敏感词), matched on normalised text so that spaces, width and punctuation between letters do not help."""

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HOUSE_LIST = Path(__file__).parents[3] / 'data' / 'rules' / 'words' / 'house.json'
"""The list every room starts with; what a place adds to it stands in the database."""

_KEEP = re.compile(r'[^\w]+|_', re.UNICODE)


@dataclass(frozen=True, slots=True)
class Match:
    """A term found in a text."""

    term: str
    category: str


def normalise(text: str) -> str:
    """Return ``text`` folded for matching: width, case, and everything that is no letter or digit taken out."""
    return _KEEP.sub('', unicodedata.normalize('NFKC', text)).lower()


@cache
def house_terms() -> tuple[tuple[str, str], ...]:
    """Return the terms that hold everywhere, each with its category: phrases of adverts, not words a neighbour in need would use."""
    terms = json.loads(HOUSE_LIST.read_text(encoding='utf-8'))['terms']
    return tuple((term, category) for category, listed in terms.items() for term in listed)


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
