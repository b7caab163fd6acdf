"""The evaluation contract: files in, the agreed figures out, bad lines named."""

import json
from pathlib import Path
from typing import Any

import pytest

from embeddings import FIGURES, BadEvaluationData, evaluate
from tests.unit.embeddings.fakes import HashEncoder

CONTRACT = {
    'recall_at_1', 'recall_at_3', 'recall_at_10', 'mrr_at_10', 'auroc', 'answered_at_95', 'out_of_scope_answered',
    'query_p50_ms', 'query_p99_ms', 'build_s', 'index_mb',
}
ENTRIES = [
    {'id': 'a', 'question': '居住证怎么办理', 'answer': '…', 'similar': ['暂住证去哪办']},
    {'id': 'b', 'question': '垃圾分类怎么分', 'answer': '…'},
    {'id': 'c', 'question': '高龄津贴怎么领', 'answer': '…'},
]
QUERIES = [
    {'question': '居住证怎么办', 'gold': 'a'},
    {'question': '暂住证哪里办', 'gold': 'a'},
    {'question': '高龄津贴', 'gold': 'c'},
    {'question': '垃圾分类怎么分', 'gold': 'c'},
]


def lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text('\n'.join(json.dumps(row, ensure_ascii=False) for row in rows) + '\n\n', encoding='utf-8')
    return path


def test_figures_of_a_small_base(tmp_path: Path) -> None:
    figures = evaluate(
        lines(tmp_path / 'kb', ENTRIES),
        lines(tmp_path / 'q', QUERIES),
        lines(tmp_path / 'o', [{'question': 'xyz 123'}, {'question': '唱首歌'}]),
        HashEncoder(),
    )
    assert set(FIGURES) == CONTRACT
    assert figures.keys() >= CONTRACT
    assert figures['recall_at_1'] == 0.75
    assert figures['recall_at_3'] == figures['recall_at_10'] == 1
    assert 0.75 < (figures['mrr_at_10'] or 0) < 1
    assert 0 <= (figures['auroc'] or 0) <= 1
    assert (figures['entries'], figures['queries'], figures['out_of_scope']) == (3, 4, 2)
    assert (figures['query_p99_ms'] or 0) >= (figures['query_p50_ms'] or 0) > 0
    assert (figures['index_mb'] or 0) > 0
    json.dumps(figures)


def test_without_out_of_scope_lines(tmp_path: Path) -> None:
    figures = evaluate(lines(tmp_path / 'kb', ENTRIES), lines(tmp_path / 'q', QUERIES[:3]), None, HashEncoder())
    assert figures['out_of_scope_answered'] is None
    assert figures['answered_at_95'] == 1
    assert figures['auroc'] is None


@pytest.mark.parametrize(
    ('entries', 'queries', 'named'),
    [
        ([{'id': 'a'}], QUERIES, 'kb:1'),
        ([*ENTRIES, ENTRIES[0]], QUERIES, 'kb:4'),
        (ENTRIES, [{'question': '?', 'gold': 'unknown'}], 'q:1'),
        (ENTRIES, [{'gold': 'a'}], 'q:1'),
    ],
)
def test_bad_rows_are_named(
    tmp_path: Path, entries: list[dict[str, Any]], queries: list[dict[str, Any]], named: str
) -> None:
    with pytest.raises(BadEvaluationData, match=named):
        evaluate(lines(tmp_path / 'kb', entries), lines(tmp_path / 'q', queries), None, HashEncoder())


@pytest.mark.parametrize(
    ('content', 'said'),
    [
        (b'{"id": "a", "question": "\xe5\xb1"}', r'kb:1: .*UTF-8'),
        (b'{"id": "a", "question": "?"}\n\n\xff', r'kb:3: .*UTF-8'),
        (b'[1]', r'kb:1: .*JSON object'),
        (b'{"id": "a", "question": "?", "similar": "one text"}', r'kb:1: .*list of texts'),
        (b'{"id": "a", "question": " "}', r'kb:1: question is missing'),
        (b'{"question": "?"}', r'kb:1: id is missing'),
        (b'', r'kb:1: no entry'),
    ],
)
def test_bad_files_are_named_with_what_to_do(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / 'kb').write_bytes(content)
    with pytest.raises(BadEvaluationData, match=said):
        evaluate(tmp_path / 'kb', lines(tmp_path / 'q', QUERIES), None, HashEncoder())


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadEvaluationData, match=r'none:1: .*check the path'):
        evaluate(tmp_path / 'none', lines(tmp_path / 'q', QUERIES), None, HashEncoder())
    with pytest.raises(BadEvaluationData, match=r'empty:1: no question'):
        evaluate(lines(tmp_path / 'kb', ENTRIES), lines(tmp_path / 'empty', []), None, HashEncoder())


def test_several_files_make_one_base(tmp_path: Path) -> None:
    files = [lines(tmp_path / 'one', ENTRIES[:1]), lines(tmp_path / 'two', ENTRIES[1:])]
    figures = evaluate(files, lines(tmp_path / 'q', QUERIES), None, HashEncoder())
    assert figures['entries'] == 3
    with pytest.raises(BadEvaluationData, match=r'two:2: id a occurs twice'):
        evaluate([files[0], lines(tmp_path / 'two', [ENTRIES[1], ENTRIES[0]])], tmp_path / 'q', None, HashEncoder())


def test_no_json_is_named(tmp_path: Path) -> None:
    (tmp_path / 'kb').write_text('{"id": \n', encoding='utf-8')
    with pytest.raises(BadEvaluationData, match='kb:1'):
        evaluate(tmp_path / 'kb', lines(tmp_path / 'q', QUERIES), None, HashEncoder())
