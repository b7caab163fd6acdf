"""Killed under load, what was accepted is there once; the long run is ``python -m tests.e2e.crash --kills 100``."""

from tests.e2e.crash import play


async def test_nothing_accepted_is_missing_and_nothing_is_twice() -> None:
    found = await play(kills=4)
    assert found['sent'] > 4
    assert found['told'] == found['sent']
    assert (found['missing'], found['doubled'], found['gaps'], found['contradicted'], found['unsent']) == (0, 0, 0, 0, 0)
