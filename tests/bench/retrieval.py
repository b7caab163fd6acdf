"""Index alone, then with the model: ``python -m tests.bench.retrieval [--entries 100000] [--no-model]``.

Texts are recombined from the seed knowledge base, vectors of the large index drawn at random (their values do not
change the work). Prints one JSON object on its last line: load_s, search_p50_ms and search_p99_ms without encoding,
change_p99_ms of one entry, index_mb; with the model query_p50_ms, query_p99_ms from text to candidates, mb of the process.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from embeddings import (
    HybridIndex,
    IndexEntry,
    UseEncoder,
    Vectors,
    build_packaged_model,
    open_encoder,
)

ROOT = Path(__file__).resolve().parents[2]
QUERIES = 300
CHANGES = 50


class RandomEncoder:
    """Vectors as long as the packaged model's, drawn from the text's checksum: costs nothing to make."""

    name = 'random'

    def __init__(self, dimension: int = 384) -> None:
        self.dimension = dimension

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        drawn = [np.random.default_rng(zlib.crc32(text.encode())).normal(size=self.dimension) for text in texts]
        vectors = np.array(drawn, np.float32)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)

    encode_documents = encode_queries


def seed_rows() -> list[dict[str, Any]]:
    """The rows of the seed knowledge base."""
    return [json.loads(line) for path in sorted((ROOT / 'data/seed/kb').glob('*.jsonl')) for line in path.open(encoding='utf-8')]


def questions() -> list[str]:
    """All questions of the seed knowledge base."""
    return [text for row in seed_rows() for text in (row['question'], *row['similar'])]


def recombined(texts: list[str], count: int) -> list[IndexEntry]:
    """``count`` entries whose texts are halves of real ones, so that characters are as frequent as in life."""
    draw = random.Random(7)
    return [
        IndexEntry(key, first[: len(first) // 2] + second[len(second) // 2 :])
        for key, (first, second) in enumerate((draw.choice(texts), draw.choice(texts)) for _ in range(count))
    ]


def milliseconds(work: Sequence[Callable[[], object]]) -> list[float]:
    """How long each piece of work took."""
    timings = []
    for piece in work:
        started = time.perf_counter()
        piece()
        timings.append(1000 * (time.perf_counter() - started))
    return timings


def index_alone(entries: int, asked: list[str]) -> dict[str, float]:
    """Load, search and change a large index, encoding left out."""
    encoder, second = RandomEncoder(), RandomEncoder(512)
    index = HybridIndex(encoder, second)
    index.replace(recombined(asked, entries))
    with tempfile.TemporaryDirectory() as folder:
        index.save(Path(folder) / 'kb')
        size = sum(path.stat().st_size for path in Path(folder).rglob('*') if path.is_file())
        started = time.perf_counter()
        index = HybridIndex.load(Path(folder) / 'kb', encoder, second)
        loaded = time.perf_counter() - started
    searches = milliseconds([lambda text=text: index.search(text) for text in asked[:QUERIES]])  # type: ignore[misc]
    fresh = recombined(asked, CHANGES)
    changes = milliseconds([lambda entry=entry: index.replace([entry]) for entry in fresh])  # type: ignore[misc]
    return {
        'load_s': loaded,
        'search_p50_ms': float(np.percentile(searches, 50)),
        'search_p99_ms': float(np.percentile(searches, 99)),
        'change_p99_ms': float(np.percentile(changes, 99)),
        'index_mb': size / 2**20,
    }


def with_model(asked: list[str], threads: int) -> dict[str, float]:
    """One query at a time over the seed base, from text to candidates."""
    encoder = open_encoder(build_packaged_model(ROOT / 'data/models'), threads=threads)
    index = HybridIndex(encoder, UseEncoder(threads=threads))
    index.replace(IndexEntry(key, text) for key, text in enumerate(asked))
    chosen = asked[:: max(1, len(asked) // QUERIES)][:QUERIES]
    timings = milliseconds([lambda text=text: index.search(text + '呀') for text in chosen])[10:]  # type: ignore[misc]
    return {
        'query_p50_ms': float(np.percentile(timings, 50)),
        'query_p99_ms': float(np.percentile(timings, 99)),
        'mb': psutil.Process().memory_info().rss / 2**20,
    }


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--entries', type=int, default=5200)
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--no-model', action='store_true')
    chosen = parser.parse_args()
    asked = questions()
    figures = {} if chosen.no_model else with_model(asked, chosen.threads)
    figures |= index_alone(chosen.entries, asked)
    print(json.dumps({'entries': chosen.entries, 'threads': chosen.threads} | {k: round(v, 2) for k, v in figures.items()}))


if __name__ == '__main__':
    main()
