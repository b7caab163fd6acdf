"""What crosses the border of the ballots module."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from yunshequ.ballots.quorum import Measure, Totals
from yunshequ.community.levels import Level

Choice = tuple[tuple[int, int], ...]
"""A choice as pairs of option id and value, ordered by option. The value is 1, or the score given."""


class Method(StrEnum):
    """How options are chosen."""

    SINGLE = 'single'  # 单选
    MULTIPLE = 'multiple'  # 多选: at most ``max_choices``
    APPROVAL = 'approval'  # 赞成投票: as many as one likes, none included
    SCORE = 'score'  # 打分: 0 to ``max_score`` for each option


class Unit(StrEnum):
    """What has one vote."""

    PERSON = 'person'  # 一人一票
    HOUSEHOLD = 'household'  # 一户一票
    AREA_HEADS = 'area_heads'  # 按专有部分面积和业主人数


class State(StrEnum):
    """Where a vote stands."""

    DRAFT = 'draft'  # made, not yet open; opens by job if it has ``opens_at``
    OPEN = 'open'  # 表决中
    CLOSED = 'closed'  # 已截止
    CANCELLED = 'cancelled'  # 已取消


class Stance(StrEnum):
    """What an option means where the vote is on a proposal."""

    YES = 'yes'  # 同意
    NO = 'no'  # 不同意
    ABSTAIN = 'abstain'  # 弃权


class Verdict(StrEnum):
    """How a vote ended."""

    PASSED = 'passed'  # the proposal is adopted
    REJECTED = 'rejected'  # it is not
    CHOSEN = 'chosen'  # one option leads and reaches what the rule asks
    TIED = 'tied'  # several lead together; the rule does not decide between them
    SHORT = 'short'  # an option leads but does not reach what the rule asks
    NO_QUORUM = 'no_quorum'  # too few took part
    NO_VOTES = 'no_votes'  # nobody did


class View(BaseModel):
    """A frozen picture of rows."""

    model_config = ConfigDict(frozen=True)


class OptionDraft(View):
    """An option to be offered."""

    text: str
    stance: Stance | None = None


class BallotDraft(View):
    """What somebody who prepares a vote has entered. Without ``opens_at`` it waits until it is opened by hand."""

    client_id: str
    place_id: int
    title: str
    body: str = ''
    options: tuple[OptionDraft, ...]
    method: Method = Method.SINGLE
    unit: Unit = Unit.PERSON
    level: Level = Level.VERIFIED
    secret: bool = False
    max_choices: int = 1
    max_score: int = 0
    rule: str
    opens_at: datetime | None = None
    closes_at: datetime
    room_id: int | None = None
    topic_id: int | None = None
    draft_number: int | None = None


class RuleChoice(View):
    """A rule as a form offers it."""

    key: str
    name: str
    source: str
    note: str
    units: tuple[Unit, ...]
    secret_allowed: bool


class OptionView(View):
    """An option and what it has. The figures are None while nobody may see them."""

    id: int
    text: str
    stance: Stance | None
    votes: int | None
    area: int | None
    heads: int | None
    score: int | None


class CheckView(View):
    """One figure a rule asks for, in words; ``needed`` in what ``measure`` counts."""

    stage: Literal['participation', 'approval']
    measure: Measure
    needed: int
    met: bool
    words: str


class OutcomeView(View):
    """How a vote ended, in words: the verdict first, then each figure."""

    verdict: Verdict
    option_ids: tuple[int, ...]
    words: str
    lines: tuple[str, ...]


class MyUnit(View):
    """One vote that is mine to give: for myself or for a household."""

    unit: str
    label: str
    voted: bool
    choice: Choice | None
    """What stands; None when nothing does, or when only the browser that voted secretly can know."""
    version: int
    by_me: bool
    by_name: str | None
    """Who of the household cast what stands (named votes only)."""
    helper_name: str | None = None
    """Who gave it for them (代办)."""
    principal_id: int | None = None
    """For whom the reader may give it; None: it is the reader's own."""
    principal_name: str = ''
    at: datetime | None


class Link(View):
    """An address and the words on it."""

    href: str
    words: str


class Standing(View):
    """What I can do in a vote. ``why`` says why not, in words."""

    may_vote: bool
    why: str
    way_out: 'Link | None' = None
    """Where what is missing can be got."""
    units: tuple[MyUnit, ...] = ()


class BallotView(View):
    """A vote as one person sees it."""

    id: int
    place_id: int
    place_name: str
    topic_id: int | None
    draft_number: int | None
    room_id: int | None
    title: str
    body: str
    method: Method
    unit: Unit
    level: Level
    secret: bool
    max_choices: int
    max_score: int
    state: State
    opens_at: datetime | None
    closes_at: datetime
    opened_at: datetime | None
    closed_at: datetime | None
    cancel_reason: str
    rule_name: str
    rule_source: str
    rule_note: str
    roll: Totals
    cast: Totals
    options: tuple[OptionView, ...]
    seq: int
    results_visible: bool
    checks: tuple[CheckView, ...]
    outcome: OutcomeView | None
    mine: Standing
    may_manage: bool
    now: datetime


class BallotListItem(View):
    """A vote in a list. ``to_do``: it is open and I have a vote I have not given."""

    id: int
    place_name: str
    topic_id: int | None
    title: str
    secret: bool
    unit: Unit
    state: State
    opens_at: datetime | None
    closes_at: datetime
    closed_at: datetime | None
    roll: Totals
    cast: Totals
    to_do: bool
    voted: bool
    verdict: Verdict | None
    words: str


class MyVote(View):
    """A vote of mine in 我的. ``choice`` is None for secret votes: only the browser that voted can show it."""

    ballot: BallotListItem
    unit: str
    label: str
    choice: Choice | None
    choice_words: str
    version: int
    at: datetime | None


class CastVote(View):
    """A vote as everybody may see it: in a named vote whose it is, in a secret one, after the close, its number."""

    name: str
    label: str
    choice: str


class CastReceipt(View):
    """What a voter is told: the vote is durable. ``repeated`` marks the answer to a request that was already carried out."""

    ballot_id: int
    unit: str
    choice: Choice
    version: int
    cast: Totals
    seq: int
    repeated: bool


def as_choice(given: object) -> Choice:
    """Read a choice that came from a browser: ``[3, 5]``, or ``{"3": 4}`` with scores.

    :raises ValueError: it is neither.
    """
    if isinstance(given, Mapping):
        pairs = [(key, value) for key, value in given.items()]
    elif isinstance(given, list | tuple):
        pairs = [(one, 1) if not isinstance(one, list | tuple) else (one[0], one[1]) for one in given]
    else:
        raise ValueError('a choice is a list of options or a mapping of option to score')
    try:
        return tuple(sorted((int(key), int(value)) for key, value in pairs))
    except (TypeError, IndexError) as error:
        raise ValueError('options and scores are integers') from error
