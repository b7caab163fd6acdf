"""The hybrid index (混合检索): meaning and wording together, by entry, changed in place while it is searched."""

import json
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from embeddings.atomic_folder import readable_folder, replaced_folder
from embeddings.encoder import Encoder, Vectors
from embeddings.entry import Candidate, IndexEntry, SyncReport, fingerprint_of_hashes
from embeddings.fusion import FusionWeights
from embeddings.lexical_index import LexicalIndex, LexicalScores
from embeddings.normalise import normalise
from embeddings.reranker import LOOKED_AT, Reranker, reordered
from embeddings.vector_index import IndexMismatch, Keys, VectorIndex

_ENTRIES = 'entries.jsonl'
_MAIN = 'main'
_SECOND = 'second'
_BATCH = 128
_LEAST_POOL = 64


@dataclass(frozen=True, slots=True)
class _Row:
    key: int
    text: str


@dataclass(frozen=True, slots=True)
class _Query:
    text: str
    main: Vectors | None
    second: Vectors | None


class _Side:
    """One encoder with its vectors."""

    def __init__(self, encoder: Encoder, vectors: VectorIndex | None = None) -> None:
        self.encoder = encoder
        self.vectors = vectors or VectorIndex(encoder.dimension)


class HybridIndex:
    """Entries by int key, searched by meaning and wording.

    Safe for threads: a search sees all of an update or nothing of it, and waits for the moment it is applied only, not
    for its encoding. Updates wait for each other. Without an encoder it searches by wording alone.
    """

    def __init__(
        self,
        encoder: Encoder | None,
        second: Encoder | None = None,
        weights: FusionWeights | None = None,
        reranker: Reranker | None = None,
    ) -> None:
        """An empty index; ``second`` is an optional fast second opinion, ``reranker`` an optional slow last one."""
        self.weights = weights or FusionWeights()
        self._reranker = reranker
        self._main = _Side(encoder) if encoder else None
        self._second = _Side(second) if second else None
        self._lexical = LexicalIndex()
        self._rows: dict[int, _Row] = {}
        self._row_ids: dict[int, list[int]] = {}
        self._entries: dict[int, IndexEntry] = {}
        self._next_row = 0
        self._lock = threading.Lock()
        self._updating = threading.Lock()

    def __len__(self) -> int:
        """Number of entries."""
        return len(self._entries)

    def __contains__(self, key: int) -> bool:
        """Whether an entry of this key can be found."""
        return key in self._entries

    @property
    def has_meaning(self) -> bool:
        """False when it searches by wording alone, because no model is there (yet)."""
        return self._main is not None

    def fingerprint(self) -> str:
        """Hash of all keys and texts; compare with ``fingerprint_of`` the database's entries."""
        with self._lock:
            hashes = [(key, entry.content_hash) for key, entry in self._entries.items()]
        return fingerprint_of_hashes(hashes)

    def replace(self, entries: Iterable[IndexEntry], progress: Callable[[int, int], None] | None = None) -> None:
        """Add entries, or put them in the place of those with the same keys; searchable batch by batch.

        ``progress`` is called with the number of entries done and of all. Entries without any text are removed.
        """
        wanted = list({entry.key: entry for entry in entries}.values())
        with self._updating:
            for start in range(0, len(wanted), _BATCH):
                batch = wanted[start : start + _BATCH]
                self._put(batch)
                if progress:
                    progress(start + len(batch), len(wanted))

    def remove(self, keys: Iterable[int]) -> int:
        """Remove entries, unknown keys are passed over; returns how many went."""
        wanted = list(keys)
        with self._updating, self._lock:
            return sum(self._drop(key) for key in wanted)

    def sync(self, entries: Iterable[IndexEntry], progress: Callable[[int, int], None] | None = None) -> SyncReport:
        """Make the index hold exactly ``entries``, encoding only what is new or changed."""
        wanted = {entry.key: entry for entry in entries if entry.texts}
        with self._lock:
            held = {key: entry.content_hash for key, entry in self._entries.items()}
        gone = held.keys() - wanted.keys()
        new = wanted.keys() - held.keys()
        changed = {key for key in wanted.keys() & held.keys() if wanted[key].content_hash != held[key]}
        self.remove(gone)
        self.replace((wanted[key] for key in sorted(new | changed)), progress)
        return SyncReport(len(new), len(changed), len(gone), len(wanted) - len(new) - len(changed))

    def search(self, query: str, limit: int = 10, allowed: Callable[[int], bool] | None = None) -> list[Candidate]:
        """The ``limit`` entries that fit ``query`` best, best first; only keys for which ``allowed`` is true.

        Empty when the query says nothing or the index is empty.
        """
        return self.search_many([query], limit, allowed)[0]

    def as_searched(self, query: str) -> str:
        """The form in which ``query`` is encoded and looked up: normalised, and without slips the stored texts can mend."""
        text = normalise(query)
        with self._lock:
            return self._lexical.mended(text)

    def search_many(
        self, queries: Sequence[str], limit: int = 10, allowed: Callable[[int], bool] | None = None
    ) -> list[list[Candidate]]:
        """``search`` for many queries, encoded together: to replay questions, or to measure."""
        texts = [self.as_searched(query) for query in queries]
        main = self._main.encoder.encode_queries(texts) if self._main else None
        second = self._second.encoder.encode_queries(texts) if self._second else None
        found = []
        depth = max(limit, LOOKED_AT) if self._reranker else limit
        for at, text in enumerate(texts):
            query = _Query(text, None if main is None else main[at], None if second is None else second[at])
            with self._lock:
                best = self._best(query, depth, allowed) if text and limit > 0 else []
            if self._reranker and best:
                best = reordered(self._reranker, text, best)[:limit]
            found.append(best)
        return found

    def _best(self, query: _Query, limit: int, allowed: Callable[[int], bool] | None) -> list[Candidate]:
        """The best entries out of a pool of rows, enlarged while rows of few or of hidden entries fill it."""
        pool = max(_LEAST_POOL, 8 * limit)
        while True:
            rows, lexical = self._nearest(query, pool)
            keys = {self._rows[row].key for row in rows}
            visible = [key for key in keys if not allowed or allowed(key)]
            if len(visible) >= limit or len(rows) < pool:
                return self._ranked(query, visible, lexical, limit)
            pool *= 4

    def copy(self, encoder: Encoder | None, second: Encoder | None = None) -> 'HybridIndex':
        """An index of its own with the same entries, to try a change nobody shall see; the encoders must be the same models.

        Takes about 50 ms and the memory of the vectors for 5,000 entries; nothing is encoded.
        """
        made = HybridIndex(encoder, second, self.weights)
        with self._lock:
            made._lexical = self._lexical.copy()
            made._rows, made._entries, made._next_row = dict(self._rows), dict(self._entries), self._next_row
            made._row_ids = dict(self._row_ids)  # its lists are never changed, only replaced
            for mine, theirs in ((self._main, made._main), (self._second, made._second)):
                if mine and theirs:
                    theirs.vectors = mine.vectors.copy()
        return made

    def save(self, folder: Path) -> None:
        """Write everything to ``folder``, replacing it as a whole."""
        with self._updating:
            fingerprint = self.fingerprint()
            with replaced_folder(folder) as work:
                with (work / _ENTRIES).open('w', encoding='utf-8') as file:
                    for key, entry in self._entries.items():
                        row = [key, entry.question, list(entry.similar), self._row_ids[key]]
                        file.write(json.dumps(row, ensure_ascii=False) + '\n')
                for side, name in ((self._main, _MAIN), (self._second, _SECOND)):
                    if side:
                        side.vectors.save(work / name, side.encoder.name, fingerprint)

    @classmethod
    def load(
        cls,
        folder: Path,
        encoder: Encoder | None,
        second: Encoder | None = None,
        weights: FusionWeights | None = None,
        reranker: Reranker | None = None,
    ) -> 'HybridIndex':
        """Read what ``save`` wrote, to be searched with the same encoders.

        Raises FileNotFoundError when there is nothing, IndexMismatch when it was made with another model or is damaged.
        """
        place = readable_folder(folder)
        index = cls(encoder, second, weights, reranker)
        try:
            with (place / _ENTRIES).open(encoding='utf-8') as file:
                rows = [json.loads(line) for line in file]
            index._enter([(IndexEntry(key, asked, tuple(similar)), row_ids) for key, asked, similar, row_ids in rows])
        except (ValueError, TypeError) as error:
            raise IndexMismatch(f'{place} holds unreadable entries') from error
        for side, name in ((index._main, _MAIN), (index._second, _SECOND)):
            if side:
                side.vectors = _checked(place / name, side.encoder, index)
        return index

    def _put(self, batch: Sequence[IndexEntry]) -> None:
        """Encode a batch outside the lock, then exchange its entries in one step."""
        texts = [normalise(text) for entry in batch for text in entry.texts]
        main = self._main.encoder.encode_documents(texts) if self._main else None
        second = self._second.encoder.encode_documents(texts) if self._second else None
        with self._lock:
            fresh: list[tuple[IndexEntry, list[int]]] = []
            following = self._next_row
            for entry in batch:
                self._drop(entry.key)
                if entry.texts:
                    fresh.append((entry, list(range(following, following + len(entry.texts)))))
                    following += len(entry.texts)
            self._enter(fresh)
            rows = [row for _, row_ids in fresh for row in row_ids]
            for side, vectors in ((self._main, main), (self._second, second)):
                if side and vectors is not None:
                    side.vectors.add(rows, vectors)

    def _enter(self, fresh: Sequence[tuple[IndexEntry, list[int]]]) -> None:
        """Note entries under their row ids, and their words; their vectors are added by the caller."""
        texts: dict[int, str] = {}
        for entry, row_ids in fresh:
            if len(entry.texts) != len(row_ids):
                raise ValueError(f'entry {entry.key} has {len(entry.texts)} texts and {len(row_ids)} rows')
            self._entries[entry.key] = entry
            self._row_ids[entry.key] = row_ids
            self._rows.update((row, _Row(entry.key, text)) for row, text in zip(row_ids, entry.texts, strict=True))
            texts.update(zip(row_ids, entry.texts, strict=True))
        self._lexical.add(list(texts), list(texts.values()))
        self._next_row = max(self._next_row, max(texts, default=-1) + 1)

    def _drop(self, key: int) -> bool:
        if self._entries.pop(key, None) is None:
            return False
        rows = self._row_ids.pop(key)
        for row in rows:
            del self._rows[row]
        self._lexical.remove(rows)
        for side in (self._main, self._second):
            if side:
                side.vectors.remove(rows)
        return True

    def _nearest(self, query: _Query, pool: int) -> tuple[set[int], LexicalScores]:
        """The ``pool`` best rows of each side, and the lexical scores of all."""
        lexical = self._lexical.score_all(query.text)
        rows = set(lexical.best(pool).tolist())
        for side, vector in ((self._main, query.main), (self._second, query.second)):
            if side and vector is not None:
                rows.update(side.vectors.search(vector, pool)[0].tolist())
        return rows, lexical

    def _ranked(self, query: _Query, keys: Sequence[int], lexical: LexicalScores, limit: int) -> list[Candidate]:
        """The best ``limit`` of the entries ``keys``, by the exact scores of all their rows."""
        rows = np.array([row for key in keys for row in self._row_ids[key]], np.int64)
        if not len(rows):
            return []
        cosines = _cosines(self._main, query.main, rows)
        seconds = _cosines(self._second, query.second, rows)
        words = lexical.of(rows)
        lexical_weight, second_weight = self.weights.of_length(len(query.text))
        scores = (cosines + lexical_weight * words + second_weight * seconds).astype(np.float64)

        owners = np.array(keys, np.int64)
        starts = np.cumsum([0, *(len(self._row_ids[key]) for key in keys)])
        grouped = self.weights.grouped(scores, starts[:-1])
        best = np.lexsort((owners, -grouped))[:limit].tolist()
        found = []
        for at in best:
            part = slice(starts[at], starts[at + 1])
            found.append(Candidate(
                key=keys[at],
                score=float(grouped[at]),
                cosine=float(cosines[part].max()),
                lexical=float(words[part].max()),
                second=float(seconds[part].max()),
                text=self._rows[int(rows[part][int(np.argmax(scores[part]))])].text,
            ))
        return found


def _cosines(side: _Side | None, vector: Vectors | None, rows: Keys) -> Vectors:
    if side is None or vector is None:
        return np.zeros(len(rows), np.float32)
    return np.asarray(side.vectors.vectors(rows) @ vector, np.float32)


def _checked(folder: Path, encoder: Encoder, index: HybridIndex) -> VectorIndex:
    vectors, manifest = VectorIndex.load(folder)
    if (manifest.model, manifest.dimension) != (encoder.name, encoder.dimension):
        raise IndexMismatch(f'{folder} was made with {manifest.model}, not {encoder.name}')
    if manifest.fingerprint != index.fingerprint():
        raise IndexMismatch(f'{folder} does not belong to the entries beside it')
    return vectors
