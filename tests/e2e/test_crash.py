"""Killed at random moments under load: what people were told is what the database holds, once (``tests.e2e.crash``)."""

from pathlib import Path

import pytest

from tests.conftest import HAS_POSTGRES
from tests.e2e.crash import run


@pytest.mark.parametrize('kind', ['sqlite', 'postgresql'])
async def test_the_services_lose_and_double_nothing(tmp_path: Path, kind: str) -> None:
    if kind == 'postgresql' and not HAS_POSTGRES:
        pytest.skip('PostgreSQL does not answer')
    outcome = await run(tmp_path, kills=8, people=16, kind=kind, full=False, seed=20260302)
    assert outcome.audit.findings == []
    assert outcome.told > 100
    assert outcome.retried > 0


async def test_the_whole_server_loses_and_doubles_nothing(tmp_path: Path) -> None:
    outcome = await run(tmp_path, kills=3, people=6, kind='sqlite', full=True, seed=20260303)
    assert outcome.audit.findings == []
    assert outcome.told > 30
    assert outcome.retried > 0
