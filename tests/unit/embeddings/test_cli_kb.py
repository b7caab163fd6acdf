"""`yunshequ kb eval`: the agreed figures on one line, a table without, and what is wrong said in one line."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from embeddings import CONFIDENCE_FILE, FIGURES, Confidence, ModelMissing, adapted
from tests.unit.embeddings.fakes import HashEncoder
from tests.unit.embeddings.test_evaluation import ENTRIES, QUERIES, lines
from yunshequ import cli_kb
from yunshequ.assistant.retriever import Model, load_confidence
from yunshequ.cli import app
from yunshequ.core.settings import Settings


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


def test_fit_writes_what_the_site_uses_from_its_next_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('YUNSHEQU_DATA_DIR', str(tmp_path / 'data'))
    encoder = HashEncoder()
    monkeypatch.setattr(cli_kb, 'open_encoders', lambda *_: (encoder, None))
    words = ['居住证', '医保卡', '老年卡', '停车位', '垃圾桶', '路灯', '电梯', '水表', '门禁', '宠物', '噪音', '消防']
    rows = [{'id': word, 'question': f'{word}怎么办理', 'similar': [f'{word}在哪办', f'俺的{word}咋整', '咋整']} for word in words]
    outside = lines(tmp_path / 'o', [{'question': '今天天气好'}, {'question': '讲个笑话'}, {'question': '唱首歌'}])
    kb = lines(tmp_path / 'kb', rows)
    said = CliRunner().invoke(app, ['kb', 'fit', '--kb', str(kb), '--out-of-scope', str(outside)])
    assert said.exit_code == 0, said.output
    learnt = tmp_path / 'data' / 'index'
    assert Confidence.load(learnt / 'confidence.json').bands.direct > 0
    assert adapted(encoder, learnt).name.startswith('hash+')

    few = lines(tmp_path / 'few', ENTRIES)
    said = CliRunner().invoke(app, ['kb', 'fit', '--kb', str(few), '--out-of-scope', str(outside)])
    assert said.exit_code == 1
    assert '带相似问的条目太少' in said.stderr


def test_a_calibration_of_another_release_gives_way_to_the_shipped_one(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path)
    (tmp_path / 'index').mkdir()
    (tmp_path / 'index' / CONFIDENCE_FILE).write_text(json.dumps({'features': ['cosine']}), encoding='utf-8')
    assert load_confidence(settings).bands == Confidence.default().bands
