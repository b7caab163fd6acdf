"""Live cards in conversations: each module says how its card looks to a reader; rooms only carry its kind and id."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from loguru import logger
from nicegui import Client

from pages.live import Acts, Args, Call, Fanout
from yunshequ.core.errors import AppError, NotFound
from yunshequ.core.policy import Actor

State = Callable[[Actor, int], Awaitable[dict[str, Any]]]
OwnState = Callable[[Actor, int, str], Awaitable[dict[str, Any]]]
"""As ``State``, with the word only the reader's browser keeps (a secret vote's receipt)."""

BARE = frozenset({'kind', 'id'})
"""What a message itself knows of its card."""


@dataclass(frozen=True, slots=True)
class Card:
    """A kind of card: what it shows to a reader, and what it may ask."""

    state: State
    add_acts: Callable[[Acts], None]
    own: OwnState | None = None


class LiveCards:
    """The kinds of cards there are. A card's live topic is ``{kind}:{id}``."""

    def __init__(self, fanout: Fanout) -> None:
        self._fanout = fanout
        self._kinds: dict[str, Card] = {}

    def add(self, kind: str, state: State, add_acts: Callable[[Acts], None], own: OwnState | None = None) -> None:
        """Register a kind of card; ``own`` where a receipt shows more of it than its reader's name does."""
        self._kinds[kind] = Card(state, add_acts, own)

    def acts(self, acts: Acts) -> None:
        """Let a component ask whatever its cards ask, and for the state of one that has just arrived."""
        for card in self._kinds.values():
            card.add_acts(acts)

        @acts.on('card', ordered=False)
        async def card_state(actor: Actor, args: Args, call: Call) -> dict[str, Any]:
            kind, card_id = str(args.get('kind')), args.get('id')
            if kind not in self._kinds or not isinstance(card_id, int):
                raise NotFound
            card, receipt = self._kinds[kind], args.get('receipt')
            state = (
                await card.own(actor, card_id, receipt) if card.own is not None and isinstance(receipt, str) and receipt
                else await card.state(actor, card_id))
            client = Client.instances.get(call.client_id)
            if client is not None:
                self._fanout.join(client, f'{kind}:{card_id}')
            return state

    async def fill(self, actor: Actor, messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the messages, those that carry a card with its present state; a card that is gone stays bare.

        What needs a receipt is not in it: the card asks for that itself (act ``card``), as only the browser has the receipt.
        """
        filled = list(messages)
        for index, message in enumerate(messages):
            card = message.get('card')
            if not card or card.get('kind') not in self._kinds:
                continue
            try:
                filled[index] = {**message, 'card': {**card, **await self._kinds[card['kind']].state(actor, card['id'])}}
            except AppError as refusal:
                logger.debug('card {} {} is not shown: {}', card['kind'], card['id'], refusal.code)
        return filled

    @staticmethod
    def topics(messages: list[dict[str, Any]]) -> list[str]:
        """Return the live topics of the cards among messages that ``fill`` has filled: a bare one was refused to the reader."""
        cards = [message['card'] for message in messages if message.get('card')]
        return [f'{card["kind"]}:{card["id"]}' for card in cards if card.keys() > BARE]
