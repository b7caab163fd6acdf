"""The module's tables for Core statements."""

from sqlalchemy import Table

from yunshequ.ballots.models import (
    Ballot,
    BallotOption,
    NamedVote,
    NamedVoteEntry,
    RollUnit,
    RollVoter,
    SecretVote,
    Tally,
)

ballot: Table = Ballot.__table__  # type: ignore[attr-defined]
option: Table = BallotOption.__table__  # type: ignore[attr-defined]
roll: Table = RollUnit.__table__  # type: ignore[attr-defined]
voter: Table = RollVoter.__table__  # type: ignore[attr-defined]
named_vote: Table = NamedVote.__table__  # type: ignore[attr-defined]
named_vote_entry: Table = NamedVoteEntry.__table__  # type: ignore[attr-defined]
secret_vote: Table = SecretVote.__table__  # type: ignore[attr-defined]
tally: Table = Tally.__table__  # type: ignore[attr-defined]
