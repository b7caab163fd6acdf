"""The short road is taken only where it is proven to be the same road."""

import pytest

from pages.live import frames, protocol


async def test_the_assumptions_hold_with_the_pinned_versions() -> None:
    assert await protocol.self_test() is None


async def test_a_changed_frame_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, '_HEAD', b'43["live",')
    assert await protocol.self_test() == 'our frame differs from what Socket.IO sends'


async def test_a_changed_scope_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, 'SCOPE_KEY', ['unhashable'])
    assert 'TypeError' in (await protocol.self_test() or '') or (await protocol.self_test()) is not None


async def test_a_changed_handshake_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol.LiveWebSocketProtocol.__base__, 'handle_connect', lambda *_: None)
    assert 'AttributeError' in (await protocol.self_test() or '')


@pytest.mark.parametrize('size', [0, 50, 113, 114, 115, 60_000, 65_523, 65_524, 65_525, 70_000])
def test_frame_lengths_follow_the_rfc(size: int) -> None:
    from websockets.frames import Frame, Opcode

    body = b'"' + b'x' * size + b'"'
    assert frames.frame(body) == Frame(Opcode.TEXT, b'42["live",' + body + b']').serialize(mask=False)
