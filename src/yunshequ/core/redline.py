"""Comparison of two editions (修订对照), of drafts and of knowledge: pure, and bounded for long texts."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

FINE_LIMIT = 4000
"""Characters of changed lines that are compared word by word; beyond it whole lines are."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a comparison: ``same``, ``cut`` (only in the old text) or ``add`` (only in the new one)."""

    kind: str
    text: str


_WORDS = re.compile(r'[A-Za-z0-9]+|\s+|.', re.DOTALL)


def redline(old: str, new: str) -> tuple[Segment, ...]:
    """Return the pieces that lead from ``old`` to ``new``, in reading order, neighbours of one kind joined.

    All ``same`` and ``cut`` together are the old text, all ``same`` and ``add`` the new one.
    """
    joined: list[tuple[str, str]] = []
    for kind, text in _by_line(old, new):
        if joined and joined[-1][0] == kind:
            joined[-1] = (kind, joined[-1][1] + text)
        elif text:
            joined.append((kind, text))
    return tuple(Segment(kind=kind, text=text) for kind, text in joined)


def _by_line(old: str, new: str) -> Iterator[tuple[str, str]]:
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    for kind, cut, add in _steps(before, after):
        if kind == 'replace' and len(cut) + len(add) <= FINE_LIMIT:
            for inner, gone, come in _steps(_WORDS.findall(cut), _WORDS.findall(add)):
                yield from _pieces(inner, gone, come)
        else:
            yield from _pieces(kind, cut, add)


def _steps(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        yield kind, ''.join(before[a:b]), ''.join(after[c:d])


def _pieces(kind: str, cut: str, add: str) -> Iterator[tuple[str, str]]:
    if kind == 'equal':
        yield 'same', cut
        return
    if cut:
        yield 'cut', cut
    if add:
        yield 'add', add
