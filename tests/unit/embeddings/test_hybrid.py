"""The hybrid index: the same answers after any changes, never half an update, exactly what the database holds."""

import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings import Candidate, HybridIndex, IndexEntry, IndexMismatch, SyncReport, fingerprint_of
from tests.unit.embeddings.fakes import HashEncoder

TEXT = st.text('居住证社保卡怎么办补', max_size=8)
CHANGES = st.lists(st.tuples(st.integers(0, 6), st.none() | st.lists(TEXT, min_size=1, max_size=4)), max_size=12)

RESIDENCE = IndexEntry(1, '居住证怎么办理', ('暂住证去哪办', '居住证咋办'))
PENSION = IndexEntry(2, '高龄老人津贴怎么领')
WASTE = IndexEntry(3, '垃圾分类怎么分')


def an_index(*entries: IndexEntry) -> HybridIndex:
    index = HybridIndex(HashEncoder(), HashEncoder(32, 'second'))
    index.replace(entries)
    return index


def comparable(found: list[Candidate]) -> list[tuple[int, float]]:
    return [(candidate.key, pytest.approx(candidate.score, abs=1e-4)) for candidate in found]


@given(CHANGES, TEXT)
@settings(max_examples=60, deadline=None)
def test_changed_in_place_equals_built_anew(changes: list[tuple[int, list[str] | None]], query: str) -> None:
    index, plain = an_index(), {}
    for key, texts in changes:
        if texts is None:
            assert index.remove([key]) == (plain.pop(key, None) is not None)
            continue
        entry = IndexEntry(key, texts[0], tuple(texts[1:]))
        index.replace([entry])
        plain.pop(key, None)
        if entry.texts:
            plain[key] = entry
    fresh = an_index(*plain.values())
    assert len(index) == len(fresh) == len(plain)
    assert index.fingerprint() == fresh.fingerprint() == fingerprint_of(plain.values())
    found, expected = index.search(query), fresh.search(query)
    assert sorted(c.key for c in found) == sorted(c.key for c in expected)
    assert {c.key: c.score for c in found} == pytest.approx({c.key: c.score for c in expected}, abs=1e-4)


def test_a_similar_question_finds_its_entry_and_is_named() -> None:
    best = an_index(RESIDENCE, PENSION, WASTE).search('暂住证哪里办')[0]
    assert (best.key, best.text) == (1, '暂住证去哪办')
    assert 0 < best.lexical <= 1.05
    assert 0 < best.cosine <= 1.001
    assert 0 < best.second <= 1.001


def test_only_allowed_entries_are_seen_however_many_stand_before() -> None:
    hidden = [IndexEntry(key, f'居住证怎么办理{key}') for key in range(10, 400)]
    index = an_index(*hidden, WASTE, PENSION)
    found = index.search('居住证怎么办理', 2, allowed=lambda key: key < 10)
    assert {candidate.key for candidate in found} == {2, 3}


def test_sync_encodes_only_what_differs() -> None:
    encoder = HashEncoder()
    index = HybridIndex(encoder)
    index.replace([RESIDENCE, PENSION])
    encoder.encoded.clear()
    report = index.sync([RESIDENCE, IndexEntry(2, '高龄津贴'), WASTE, IndexEntry(4, ' ')])
    assert report == SyncReport(added=1, changed=1, removed=0, unchanged=1)
    assert encoder.encoded == ['高龄津贴', '垃圾分类怎么分']
    assert index.sync([WASTE]) == SyncReport(added=0, changed=0, removed=2, unchanged=1)
    assert index.fingerprint() == fingerprint_of([WASTE])


def test_saved_and_loaded_answers_the_same_and_can_be_changed(tmp_path: Path) -> None:
    index = an_index(RESIDENCE, PENSION, WASTE)
    index.remove([2])
    index.replace([IndexEntry(9, '养狗证怎么办')])
    index.save(tmp_path / 'kb')
    loaded = HybridIndex.load(tmp_path / 'kb', HashEncoder(), HashEncoder(32, 'second'))
    assert loaded.fingerprint() == index.fingerprint()
    assert comparable(loaded.search('居住证')) == comparable(index.search('居住证'))
    loaded.replace([PENSION, IndexEntry(9, '养猫')])
    assert loaded.search('高龄老人津贴')[0].key == 2
    assert len(loaded) == 4


@pytest.mark.parametrize('damage', ['model', 'entries', 'garbage'])
def test_what_does_not_fit_is_not_loaded(tmp_path: Path, damage: str) -> None:
    index = HybridIndex(HashEncoder())
    index.replace([RESIDENCE])
    index.save(tmp_path / 'kb')
    file = tmp_path / 'kb' / 'entries.jsonl'
    if damage == 'entries':
        file.write_text(file.read_text(encoding='utf-8').replace('居住证咋办', '居住证'), encoding='utf-8')
    if damage == 'garbage':
        file.write_text('[1', encoding='utf-8')
    with pytest.raises(IndexMismatch):
        HybridIndex.load(tmp_path / 'kb', HashEncoder(name='other' if damage == 'model' else 'hash'))


def test_without_a_model_it_searches_by_wording() -> None:
    index = HybridIndex(None)
    index.replace([RESIDENCE, PENSION])
    found = index.search('居住证')
    assert not index.has_meaning
    assert [candidate.key for candidate in found] == [1]
    assert found[0].cosine == 0


def test_silence_finds_nothing() -> None:
    assert an_index(RESIDENCE).search(' ') == []
    assert an_index().search('居住证') == []
    assert an_index(RESIDENCE).search('居住证', 0) == []


def test_many_queries_at_once_equal_single_ones() -> None:
    index = an_index(RESIDENCE, PENSION, WASTE)
    together = index.search_many(['居住证', '', '津贴'])
    assert [comparable(found) for found in together] == [comparable(index.search(q)) for q in ('居住证', '', '津贴')]


def test_progress_is_told_in_entries() -> None:
    told: list[tuple[int, int]] = []
    HybridIndex(HashEncoder()).replace(
        (IndexEntry(key, f'问题{key}') for key in range(200)), lambda done, total: told.append((done, total))
    )
    assert told[-1] == (200, 200)


def test_a_search_never_sees_half_an_update() -> None:
    """Two entries exchange their texts again and again; each search must find exactly one owner of the text."""
    states = ([IndexEntry(1, '居住证'), IndexEntry(2, '垃圾')], [IndexEntry(1, '垃圾'), IndexEntry(2, '居住证')])
    index = an_index(*states[0])
    stop = threading.Event()
    turns = 0

    def exchange() -> None:
        nonlocal turns
        while not stop.is_set():
            turns += 1
            index.replace(states[turns % 2])

    worker = threading.Thread(target=exchange)
    worker.start()
    try:
        for _ in range(300):
            found = index.search('居住证')
            assert sorted(candidate.key for candidate in found) == [1, 2]
            assert found[0].text == '居住证'
    finally:
        stop.set()
        worker.join()
    assert turns > 1


@given(CHANGES, CHANGES, TEXT)
@settings(max_examples=40, deadline=None)
def test_a_copy_is_tried_without_touching_the_original(
    before: list[tuple[int, list[str] | None]], after: list[tuple[int, list[str] | None]], query: str,
) -> None:
    index = an_index(RESIDENCE, PENSION, WASTE)

    def change(one: HybridIndex, changes: list[tuple[int, list[str] | None]]) -> None:
        for key, texts in changes:
            if texts is None:
                one.remove([key])
            else:
                one.replace([IndexEntry(key, texts[0], tuple(texts[1:]))])

    change(index, before)
    was, found = index.fingerprint(), index.search(query)
    copy = index.copy(HashEncoder(), HashEncoder(32, 'second'))
    assert (copy.fingerprint(), comparable(copy.search(query))) == (was, comparable(found))
    change(copy, after)
    assert (index.fingerprint(), comparable(index.search(query))) == (was, comparable(found))
    change(index, after)
    assert (copy.fingerprint(), comparable(copy.search(query))) == (index.fingerprint(), comparable(index.search(query)))
