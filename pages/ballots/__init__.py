"""表决: a vote as a page, as a card in rooms, and the form that prepares one."""

from pages.ballots.acts import add_ballot_acts, as_receipt
from pages.ballots.data import ballot_data
from pages.ballots.live import Bridge
from pages.ballots.views import register
from pages.cards import LiveCards
from pages.live import Acts, Fanout
from yunshequ.bootstrap import Container
from yunshequ.core.policy import Actor

__all__ = ['add_ballot_acts', 'add_cards', 'bridge', 'register']


def add_cards(cards: LiveCards, c: Container) -> None:
    """Let rooms show votes."""

    async def state(actor: Actor, ballot_id: int) -> dict[str, object]:
        return ballot_data(await c.ballots.card_state(actor, ballot_id))

    async def own(actor: Actor, ballot_id: int, receipt: str) -> dict[str, object]:
        return ballot_data(await c.ballots.card_state(actor, ballot_id, receipt=as_receipt(receipt)))

    def acts(table: Acts) -> None:
        add_ballot_acts(table, c)

    cards.add('ballot', state, acts, own)


def bridge(c: Container, fanout: Fanout) -> None:
    """Send what happens to votes to the pages of this process."""
    Bridge(c, fanout).listen()
