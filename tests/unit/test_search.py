"""Bigrams: whatever two characters stand in a row in a text are found again."""

from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from yunshequ.core.database import sqlite_engine
from yunshequ.rooms import search

TEXT = st.text(st.sampled_from('医保上海网格员停水了abＡ１2 ,。-_'), max_size=40)


def _find(body: str, query: str) -> bool:
    engine = sqlite_engine('sqlite://', writing=True)
    with Session(engine) as session:
        search.create(session)
        search.index(session.connection(), [(1, body), (2, '毫不相干')])
        return search.find(session, query, 0, 9, 10) == [1]


@given(TEXT, st.integers(0, 40), st.integers(2, 6))
def test_every_pair_and_longer_piece_of_a_run_is_found(body: str, start: int, length: int) -> None:
    for run in search.runs(body):
        piece = run[start % len(run):][:length]
        if len(piece) >= 2:
            assert _find(body, piece)


@given(TEXT)
def test_no_query_breaks_the_index(query: str) -> None:
    assert _find('网格员说医保', query) in {True, False}


def test_quotes_and_operators_in_a_query_are_only_text() -> None:
    assert not _find('医保怎么办', '"医保" OR NOT *')
    assert _find('医保怎么办', '医保" ')
