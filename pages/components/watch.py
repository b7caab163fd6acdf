"""What keeps a page drawn by the server fresh: it listens in the browser and has the server draw again."""

from collections.abc import Awaitable, Callable, Sequence

from .base import LiveElement


class Watch(LiveElement, component='watch.js'):
    """Unseen. Any of ``frames`` on any of ``topics``, or a line that is back, calls ``redraw``."""

    def __init__(self, topics: Sequence[str], redraw: Callable[[], Awaitable[None]], *, frames: Sequence[str] = ('changed',)) -> None:
        """Listen from now on."""
        super().__init__()
        self.set_props(topics=list(topics), frames=list(frames))
        self.on('news', lambda _event: redraw(), args=[])
