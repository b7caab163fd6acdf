"""The command line tells who runs it what to do next."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from yunshequ.cli import app


@pytest.mark.parametrize('command', [
    ['seed', 'demo'], ['seed', 'district'], ['create-admin', '13900000000', '管理员', '--password', 'long-enough-7']])
def test_a_database_that_was_never_migrated_is_named_and_left_alone(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv('YUNSHEQU_DATA_DIR', str(tmp_path))
    monkeypatch.delenv('YUNSHEQU_DATABASE_URL', raising=False)
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 1
    assert '请先运行 yunshequ migrate' in done.output
    assert 'Traceback' not in done.output
