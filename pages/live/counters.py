"""What the fan-out has done, for metrics."""

from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Counters:
    """Running totals since start; frames and bytes are counted as handed to transports."""

    published: int = 0
    """Payloads encoded."""
    frames: int = 0
    """Frames written, one for each payload and browser."""
    bytes: int = 0
    """Bytes written."""
    fallback_frames: int = 0
    """Frames sent through Socket.IO."""
    skipped: int = 0
    """Frames not written, because the browser was away or behind; it asks for them."""
    slow_readers: int = 0
    """Times a browser's buffer was full."""
    resyncs: int = 0
    """Times a slow reader caught up and was told to ask for what it missed."""
    closed_slow: int = 0
    """Connections closed because they never caught up."""
    failed: int = 0
    """Writes that raised; the connection was let go."""

    def snapshot(self) -> dict[str, int]:
        """Return the totals as plain numbers."""
        return asdict(self)
