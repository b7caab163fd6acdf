"""What the component of a vote asks: ``ballot.vote``, ``ballot.state``, ``ballot.voters``, and for staff ``.open``, ``.cancel``."""

from typing import Any

from pages.ballots.data import ballot_data
from pages.live import Acts, Args, number, text
from pages.live.args import STALE
from yunshequ.ballots.casting import MAX_TOKEN, MIN_TOKEN
from yunshequ.ballots.schemas import as_choice
from yunshequ.bootstrap import Container
from yunshequ.core.errors import Invalid
from yunshequ.core.policy import Actor

VOTERS_MAX = 2000


def add_ballot_acts(acts: Acts, c: Container) -> None:
    """Answer them on ``acts``."""

    @acts.on('ballot.vote')
    async def vote(actor: Actor, args: Args) -> dict[str, Any]:
        ballot_id, receipt = number(args, 'ballot_id'), text(args, 'receipt')
        try:
            choice = as_choice(args['scores'] if args.get('scores') else args.get('choices'))
        except ValueError:
            raise Invalid(STALE, field='choice') from None
        version = args.get('version')
        taken = await c.ballots.cast(
            actor, ballot_id, choice, client_id=text(args, 'client_id'), receipt=receipt, unit=text(args, 'unit') or None,
            version=version if isinstance(version, int) else None, principal_id=number(args, 'principal') if args.get('principal') else None)
        return {'version': taken.version, 'seq': taken.seq, 'turnout': taken.cast.units}  # the bars come with the tick

    @acts.on('ballot.state', ordered=False)
    async def state(actor: Actor, args: Args) -> dict[str, Any]:
        return ballot_data(await c.ballots.state(actor, number(args, 'ballot_id'), receipt=as_receipt(text(args, 'receipt'))))

    @acts.on('ballot.voters', ordered=False)
    async def voters(actor: Actor, args: Args) -> dict[str, Any]:
        votes = await c.ballots.votes(actor, number(args, 'ballot_id'))
        return {
            'voters': [
                {'name': f'{vote.label} {vote.name}'.strip(), 'choice': vote.choice} for vote in votes[:VOTERS_MAX]
            ],
            'total': len(votes),
        }

    @acts.on('ballot.open')
    async def open_now(actor: Actor, args: Args) -> dict[str, Any]:
        await c.ballots.open(actor, number(args, 'ballot_id'))
        return ballot_data(await c.ballots.state(actor, number(args, 'ballot_id')))

    @acts.on('ballot.cancel')
    async def cancel(actor: Actor, args: Args) -> dict[str, Any]:
        await c.ballots.cancel(actor, number(args, 'ballot_id'), text(args, 'reason'))
        return ballot_data(await c.ballots.state(actor, number(args, 'ballot_id')))


def as_receipt(token: str) -> str:
    """Return the token of a secret vote, nothing if what the browser keeps is not one."""
    return token if MIN_TOKEN <= len(token) <= MAX_TOKEN else ''
