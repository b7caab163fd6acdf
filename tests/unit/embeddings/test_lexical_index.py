"""The lexical index against BM25 written out, through any sequence of changes."""

import math
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings import LexicalIndex
from embeddings.lexical_index import terms_of

WORDS = st.text('社保卡补办abc12 ', min_size=0, max_size=8)
CHANGES = st.lists(st.tuples(st.integers(0, 7), st.none() | WORDS), max_size=25)


def bm25(query: str, texts: dict[int, str]) -> dict[int, float]:
    """Scores over the query's own score, straight from the formula."""
    documents = {key: Counter(terms_of(text)) for key, text in texts.items()}
    mean = max(1.0, sum(counts.total() for counts in documents.values()) / max(1, len(documents)))
    asked = Counter(terms_of(query))

    def weight(term: str) -> float:
        found = sum(term in counts for counts in documents.values())
        return asked[term] * math.log(1 + (len(documents) - found + 0.5) / (found + 0.5))

    def score(counts: Counter[str]) -> float:
        norm = 1.2 * (0.25 + 0.75 * counts.total() / mean)
        return sum(weight(term) * counts[term] / (counts[term] + norm) for term in asked if counts[term])

    own = score(asked)
    return {key: score(counts) / own for key, counts in documents.items() if score(counts) > 0}


@given(CHANGES, WORDS)
@settings(max_examples=150, deadline=None)
def test_any_changes_then_search_equals_the_formula(changes: list[tuple[int, str | None]], query: str) -> None:
    index, plain = LexicalIndex(), {}
    for key, text in changes:
        if text is None:
            assert index.remove([key]) == (plain.pop(key, None) is not None)
        else:
            index.replace([key], [text])
            plain[key] = text
    expected = bm25(query, plain)
    keys, scores = index.search(query, 10)
    assert len(index) == len(plain)
    assert dict(zip(keys.tolist(), scores.tolist(), strict=True)) == pytest.approx(expected, rel=1e-4)
    assert scores.tolist() == sorted(scores.tolist(), reverse=True)


def test_the_same_text_scores_one_and_nothing_in_common_is_not_found() -> None:
    index = LexicalIndex()
    index.add([1, 2, 3], ['社保卡怎么补办', '停车位怎么申请', '垃圾分类'])
    keys, scores = index.search('社保卡怎么補辦', 1)
    assert keys.tolist() == [1]
    assert scores[0] == pytest.approx(1, abs=0.01)
    assert index.search('xyz', 3)[0].tolist() == []
    assert index.search('', 3)[0].tolist() == []


def test_terms() -> None:
    assert terms_of('ETC卡丢了12天') == ['etc', '卡', '丢', '了', '卡丢', '丢了', '12', '天']


def test_a_key_is_added_once() -> None:
    index = LexicalIndex()
    index.add([1], ['社保'])
    with pytest.raises(KeyError):
        index.add([1], ['社保'])
