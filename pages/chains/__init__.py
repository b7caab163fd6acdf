"""接龙: the card in a conversation, and the page on which one is started."""

from pages.chains.live import add_cards, bridge
from pages.chains.start import register

__all__ = ['add_cards', 'bridge', 'register']
