"""What the chains announce."""

from typing import ClassVar

from yunshequ.core.bus import Event


class _OfChain(Event):
    chain_id: int
    version: int

    @property
    def topic(self) -> str:
        """``chain:{id}``."""
        return f'chain:{self.chain_id}'


class LineSet(_OfChain):
    """Somebody joined, or changed their line."""

    kind: ClassVar[str] = 'chains.line_set'
    line_id: int
    member_id: int
    name: str
    text: str


class LineTaken(_OfChain):
    """Somebody took their line back."""

    kind: ClassVar[str] = 'chains.line_taken'
    line_id: int


class ChainTurned(_OfChain):
    """The chain was closed or opened again."""

    kind: ClassVar[str] = 'chains.turned'
    closed: bool
