"""A folder is replaced as a whole or not at all."""

from pathlib import Path

import pytest

from embeddings.atomic_folder import readable_folder, replaced_folder


def test_a_failure_leaves_the_old_folder_and_no_rubbish(tmp_path: Path) -> None:
    target = tmp_path / 'index'
    with replaced_folder(target) as work:
        (work / 'a').write_text('1')
    with pytest.raises(OSError, match='disk'), replaced_folder(target) as work:
        (work / 'a').write_text('2')
        raise OSError('disk full')
    assert (target / 'a').read_text() == '1'
    assert [path.name for path in tmp_path.iterdir()] == ['index']


def test_a_crash_between_the_two_renames_loses_nothing(tmp_path: Path) -> None:
    target = tmp_path / 'index'
    with replaced_folder(target) as work:
        (work / 'a').write_text('1')
    target.rename(tmp_path / 'index.old')
    assert (readable_folder(target) / 'a').read_text() == '1'
    with replaced_folder(target) as work:
        (work / 'a').write_text('2')
    assert (readable_folder(target) / 'a').read_text() == '2'


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        readable_folder(tmp_path / 'index')
