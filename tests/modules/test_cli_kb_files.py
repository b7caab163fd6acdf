"""`yunshequ kb import` and `kb export`: a dry run that writes nothing, an import, an export that can be read again."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from yunshequ.assistant.exchange_file import read
from yunshequ.cli import app

PHONE = '13900000001'
FILE = '编号,问题,答案,分类\nlib-1,图书室几点开门,早上九点。,文化\n,缺答案的问题,,\nlib-2,健身房怎么约,前台登记。,体育\n'
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A house with an administrator of its district, and no model."""
    (tmp_path / 'yunshequ.db').write_bytes(sqlite_template.read_bytes())
    monkeypatch.setenv('YUNSHEQU_DATA_DIR', str(tmp_path))
    monkeypatch.setenv('YUNSHEQU_DATABASE_URL', f'sqlite:///{tmp_path / "yunshequ.db"}')
    monkeypatch.setenv('YUNSHEQU_ASSISTANT', 'false')

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(app, [str(word) for word in words])

    made = invoke('create-admin', PHONE, '区管理员', '--password', 'a long password of ours')
    assert made.exit_code == 0, made.output
    return invoke


def test_a_dry_run_names_bad_lines_and_writes_nothing(run: Run, tmp_path: Path) -> None:
    file = tmp_path / '知识.csv'
    file.write_bytes(FILE.encode('gb18030'))
    said = run('kb', 'import', file, '--by', PHONE, '--dry-run', '--publish')
    assert said.exit_code == 0, said.output
    assert '试运行，什么都没有写入：新增 2 条，改动 0 条，不变 0 条' in said.output
    assert '第 3 行不导入：没有写“答案”' in said.output
    assert '回放最近 0 个问题' in said.output
    again = run('kb', 'import', file, '--by', PHONE, '--dry-run', '--json')
    plan = json.loads(again.output.strip().splitlines()[-1])
    assert (plan['added'], [problem['line'] for problem in plan['problems']]) == (2, [3])


def test_an_import_twice_and_an_export(run: Run, tmp_path: Path) -> None:
    file = tmp_path / '知识.csv'
    file.write_text(FILE, encoding='utf-8')
    for added, unchanged in ((2, 0), (0, 2)):
        said = run('kb', 'import', file, '--by', PHONE, '--place', '栖霞区', '--publish')
        assert said.exit_code == 0, said.output
        assert f'导入好了：新增 {added} 条，改动 0 条，不变 {unchanged} 条' in said.output
    for kind in ('xlsx', 'csv', 'jsonl'):
        out = tmp_path / f'out.{kind}'
        said = run('kb', 'export', out, '--by', PHONE)
        assert said.exit_code == 0, said.output
        assert [row.key for row in read(out.read_bytes()).rows] == ['lib-1', 'lib-2']


def test_who_may_not_and_what_is_not_there_is_said_in_words(run: Run, tmp_path: Path) -> None:
    file = tmp_path / '知识.csv'
    file.write_text(FILE, encoding='utf-8')
    for words, said in (
        (('kb', 'import', file, '--by', '13900000002'), '没有用这个手机号登记的人'),
        (('kb', 'import', file, '--by', PHONE, '--place', '别处'), '没有找到“别处”'),
        (('kb', 'export', tmp_path / 'out.pdf', '--by', PHONE), '只能导出'),
    ):
        refused = run(*words)
        assert refused.exit_code == 1
        assert said in refused.output
    assert not (tmp_path / 'out.pdf').exists()
    broken = tmp_path / 'broken.xlsx'
    broken.write_bytes(b'PK\x03\x04')
    assert '打不开' in run('kb', 'import', broken, '--by', PHONE).output
