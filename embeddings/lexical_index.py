"""Lexical search (字面检索): BM25 on Chinese characters and their pairs, changed in place.

Characters 1+2-grams beat dictionary words on short colloquial questions and need no dictionary. A score is divided by
what the query would score against itself, so it lies between 0 (nothing in common) and about 1 (the same text) and
can be added to a cosine.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from embeddings.normalise import normalise
from embeddings.slips import is_chinese, mended, sound_of

Floats = NDArray[np.float32]
Keys = NDArray[np.int64]

_K1 = 1.2
_B = 0.75
_RUNS = re.compile(r'[a-z0-9]+|[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0002ffff]+')


def terms_of(text: str) -> list[str]:
    """Index terms of a text: Latin words and numbers whole; of Chinese runs each character and each pair."""
    terms: list[str] = []
    for run in _RUNS.findall(normalise(text)):
        terms.extend(run if run[0] > '\u3000' else [run])
        if run[0] > '\u3000':
            terms.extend(run[i : i + 2] for i in range(len(run) - 1))
    return terms


class _Posting:
    """Slots in which one term occurs, and how often; grows by doubling, removes by swapping with the last."""

    __slots__ = ('counts', 'size', 'slots')

    def __init__(self) -> None:
        self.slots = np.empty(1, np.int32)
        self.counts = np.empty(1, np.float32)
        self.size = 0

    def extend(self, slots: Sequence[int], counts: Sequence[int]) -> None:
        needed = self.size + len(slots)
        if needed > len(self.slots):
            room = max(needed, 2 * len(self.slots))
            self.slots = np.resize(self.slots, room)
            self.counts = np.resize(self.counts, room)
        self.slots[self.size : needed] = slots
        self.counts[self.size : needed] = counts
        self.size = needed

    def copy(self) -> '_Posting':
        made = _Posting()
        made.slots, made.counts, made.size = self.slots.copy(), self.counts.copy(), self.size
        return made

    def remove(self, slot: int) -> None:
        at = int(np.flatnonzero(self.slots[: self.size] == slot)[0])
        self.size -= 1
        self.slots[at] = self.slots[self.size]
        self.counts[at] = self.counts[self.size]


class LexicalIndex:
    """Texts by int key. Not locked: its owner does that."""

    def __init__(self) -> None:
        """An empty index."""
        self._postings: dict[str, _Posting] = {}
        self._alike: dict[str, set[str]] = {}
        self._texts: dict[int, str] = {}
        self._slot_of: dict[int, int] = {}
        self._free: list[int] = []
        self._keys: Keys = np.full(16, -1, np.int64)
        self._lengths: Floats = np.zeros(16, np.float32)
        self._used = 0
        self._total_length = 0

    def __len__(self) -> int:
        """Number of texts."""
        return len(self._texts)

    def copy(self) -> 'LexicalIndex':
        """An index of its own with the same texts."""
        made = LexicalIndex()
        made._postings = {term: posting.copy() for term, posting in self._postings.items()}
        made._alike = {sound: set(chars) for sound, chars in self._alike.items()}
        made._texts, made._slot_of, made._free = dict(self._texts), dict(self._slot_of), list(self._free)
        made._keys, made._lengths = self._keys.copy(), self._lengths.copy()
        made._used, made._total_length = self._used, self._total_length
        return made

    def add(self, keys: Sequence[int], texts: Sequence[str]) -> None:
        """Add texts under keys that are not in the index yet. Raises KeyError for one that is."""
        additions: dict[str, tuple[list[int], list[int]]] = {}
        for key, text in zip(keys, texts, strict=True):
            if key in self._texts:
                raise KeyError(f'key {key} is in the index')
            counts = Counter(terms_of(text))
            slot = self._take_slot(key, counts.total())
            self._texts[key] = text
            for term, count in counts.items():
                slots, often = additions.setdefault(term, ([], []))
                slots.append(slot)
                often.append(count)
        for term, (slots, often) in additions.items():
            if len(term) == 1 and term not in self._postings and is_chinese(term):
                self._alike.setdefault(sound_of(term), set()).add(term)
            self._postings.setdefault(term, _Posting()).extend(slots, often)

    def remove(self, keys: Iterable[int]) -> int:
        """Remove keys, those unknown are passed over; returns how many texts went."""
        gone = 0
        for key in keys:
            text = self._texts.pop(key, None)
            if text is None:
                continue
            slot = self._slot_of.pop(key)
            for term in set(terms_of(text)):
                posting = self._postings[term]
                posting.remove(slot)
                if not posting.size:
                    del self._postings[term]
            self._total_length -= int(self._lengths[slot])
            self._keys[slot] = -1
            self._free.append(slot)
            gone += 1
        return gone

    def replace(self, keys: Sequence[int], texts: Sequence[str]) -> None:
        """Set the texts of ``keys``, whether known or not."""
        self.remove(keys)
        self.add(keys, texts)

    def search(self, query: str, limit: int) -> tuple[Keys, Floats]:
        """The ``limit`` best keys with scores of 0 to about 1, best first; only those sharing a term."""
        scored = self.score_all(query)
        best = scored.best(limit)
        return best, scored.of(best)

    def score_all(self, query: str) -> 'LexicalScores':
        """Scores of all texts for one query; valid until the index is changed."""
        return LexicalScores(self._scores(query), self._keys, self._slot_of)

    def mended(self, text: str) -> str:
        """A normalised query without slips that the stored texts can mend, see ``embeddings.slips``."""
        return mended(text, self._texts_with, self._alike)

    def _texts_with(self, term: str) -> int:
        posting = self._postings.get(term)
        return posting.size if posting else 0

    def _take_slot(self, key: int, length: int) -> int:
        if self._free:
            slot = self._free.pop()
        else:
            slot = self._used
            self._used += 1
            if slot == len(self._keys):
                self._keys = np.resize(self._keys, 2 * slot)
                self._lengths = np.resize(self._lengths, 2 * slot)
        self._keys[slot] = key
        self._lengths[slot] = length
        self._slot_of[key] = slot
        self._total_length += length
        return slot

    def _scores(self, query: str) -> Floats:
        """Score of every slot; free slots score 0 because no posting names them."""
        scores: Floats = np.zeros(self._used, np.float32)
        counts = Counter(terms_of(query))
        if not counts or not self._texts:
            return scores
        mean_length = max(1.0, self._total_length / len(self._texts))
        norms = _K1 * (1 - _B + _B / mean_length * self._lengths[: self._used])
        own_norm = _K1 * (1 - _B + _B / mean_length * counts.total())
        own_score = 0.0
        for term, count in counts.items():
            posting = self._postings.get(term)
            found = posting.size if posting else 0
            weight = count * math.log(1 + (len(self._texts) - found + 0.5) / (found + 0.5))
            own_score += weight * count / (count + own_norm)
            if posting:
                slots = posting.slots[:found]
                often = posting.counts[:found]
                scores[slots] += np.float32(weight) * often / (often + norms[slots])
        scores /= np.float32(own_score)
        return scores


class LexicalScores:
    """The scores of one query."""

    def __init__(self, scores: Floats, keys: Keys, slot_of: dict[int, int]) -> None:
        """Made by ``LexicalIndex.score_all``."""
        self._scores = scores
        self._keys = keys
        self._slot_of = slot_of

    def best(self, limit: int) -> Keys:
        """The ``limit`` best keys, best first; only those sharing a term with the query."""
        limit = min(limit, len(self._scores))
        if limit <= 0:
            return np.empty(0, np.int64)
        slots = np.argpartition(-self._scores, limit - 1)[:limit]
        slots = slots[np.argsort(-self._scores[slots], kind='stable')]
        return self._keys[slots[self._scores[slots] > 0]]

    def of(self, keys: Sequence[int] | Keys) -> Floats:
        """Scores of given keys, in that order. Raises KeyError when one is unknown."""
        slots = np.fromiter(map(self._slot_of.__getitem__, np.asarray(keys, np.int64).tolist()), np.int64, len(keys))
        return self._scores[slots]
