"""Trying a change on a copy of the index: questions are encoded once, and no more of them are kept than were meant to be."""

import pytest

from embeddings import HybridIndex, IndexEntry
from tests.modules.assistant_kit import FakeEncoder
from yunshequ.assistant import rehearsal
from yunshequ.assistant.ports import Trial
from yunshequ.assistant.rehearsal import Rehearsal, Remembering


class Counting(FakeEncoder):
    """Counts the questions it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.queries: list[str] = []

    def encode_queries(self, texts: list[str]) -> object:  # type: ignore[override]
        self.queries += texts
        return super().encode_queries(texts)


def test_each_question_is_encoded_once_in_all_rehearsals() -> None:
    encoder = Counting()
    index = HybridIndex(encoder)  # type: ignore[arg-type]
    index.replace([IndexEntry(1, '居住证怎么办'), IndexEntry(2, '垃圾怎么分')])
    trying = Rehearsal(encoder, None, lambda _text, found: 1.0 if found else 0.0)  # type: ignore[arg-type]
    everything = [Trial(text, lambda _key: True, lambda key: key != 1) for text in ('居住证怎么办', '垃圾怎么分', '居住证怎么办')]
    for _ in range(2):
        found = trying.run(index, everything, [IndexEntry(-1, '居住证怎么办呀')], [2])
        assert [(was.hits[0].key, will.hits[0].key) for was, will in found] == [(1, -1), (2, -1), (1, -1)]
    assert sorted(encoder.queries) == sorted({'居住证怎么办', '垃圾怎么分'})
    assert len(index) == 2


def test_questions_of_long_ago_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsal, 'REMEMBERED', 2)
    encoder = Counting()
    memory = Remembering(encoder)  # type: ignore[arg-type]
    assert memory.encode_queries(['甲', '乙', '丙']).shape == (3, encoder.dimension)
    memory.encode_queries(['丙', '甲'])
    assert encoder.queries == ['甲', '乙', '丙', '甲']
