"""`yunshequ kb eval`: the agreed figures on one line, a table without, and what is wrong said in one line."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from embeddings import FIGURES, Confidence, ModelMissing
from tests.unit.embeddings.fakes import HashEncoder
from tests.unit.embeddings.test_evaluation import ENTRIES, QUERIES, lines
from yunshequ import cli_kb
from yunshequ.assistant.retriever import Model
from yunshequ.cli import app


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Options for a small base, asked of a fake encoder."""
    monkeypatch.setenv('YUNSHEQU_DATA_DIR', str(tmp_path / 'data'))
    monkeypatch.setattr(cli_kb, 'open_model', lambda *_: Model(HashEncoder(), Confidence.default()))
    return [
        '--kb', str(lines(tmp_path / 'kb', ENTRIES[:2])),
        '--kb', str(lines(tmp_path / 'more', ENTRIES[2:])),
        '--queries', str(lines(tmp_path / 'q', QUERIES)),
    ]


def test_json_on_the_last_line_holds_exactly_the_figures(tmp_path: Path, files: list[str]) -> None:
    outside = lines(tmp_path / 'o', [{'question': '唱首歌'}, {'question': 'xyz'}])
    said = CliRunner().invoke(app, ['kb', 'eval', *files, '--out-of-scope', str(outside), '--json'])
    assert said.exit_code == 0
    figures = json.loads(said.stdout.splitlines()[-1])
    assert tuple(figures) == FIGURES
    assert figures['recall_at_1'] == 0.75


def test_the_table_names_every_figure(files: list[str]) -> None:
    said = CliRunner().invoke(app, ['kb', 'eval', *files])
    assert said.exit_code == 0
    assert all(name in said.stdout for name in FIGURES)
    assert '75.0 %' in said.stdout
    assert '条目 3，问题 4，题外问题 0' in said.stdout


def test_a_bad_line_is_named_with_what_to_do(tmp_path: Path, files: list[str]) -> None:
    lines(tmp_path / 'q', [QUERIES[0], {'question': '?', 'gold': 'z'}])
    said = CliRunner().invoke(app, ['kb', 'eval', *files])
    assert said.exit_code == 1
    assert "q:2: gold 'z' is no id of the entries; put the id of the right entry there" in said.stderr
    assert 'Traceback' not in said.output


def test_without_a_model_it_says_how_to_get_one(files: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> Model:
        raise ModelMissing('build it with `yunshequ model build`')

    monkeypatch.setattr(cli_kb, 'open_model', none)
    said = CliRunner().invoke(app, ['kb', 'eval', *files])
    assert said.exit_code == 1
    assert 'yunshequ model build' in said.stderr
