"""Votes: what can be done with them. Every act asks the policy; who may vote is settled by the roll frozen at opening."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, insert, select
from sqlmodel import Session

from yunshequ.ballots import listing
from yunshequ.ballots import tables as t
from yunshequ.ballots.casting import Vote, cast_many, secret_key
from yunshequ.ballots.closing import (
    ANNOUNCE_JOB,
    CLOSE_JOB,
    OPEN_JOB,
    cancel_ballot,
    close_ballot,
    open_ballot,
)
from yunshequ.ballots.drafting import checked as checked_draft
from yunshequ.ballots.events import BallotPrepared, BallotTick
from yunshequ.ballots.export import result_csv
from yunshequ.ballots.models import Ballot
from yunshequ.ballots.ports import Electorate, Helpers, RoomPoster
from yunshequ.ballots.reading import (
    AnyRow,
    Mine,
    Option,
    as_pairs,
    counts_of,
    held_under,
    named_votes,
    options_of,
    row_of,
    secret_votes,
    units_of,
)
from yunshequ.ballots.roll import draw_up
from yunshequ.ballots.rules import Rule, RuleBook
from yunshequ.ballots.schemas import (
    BallotDraft,
    BallotListItem,
    BallotView,
    CastReceipt,
    CastVote,
    CheckView,
    Choice,
    Method,
    MyVote,
    RuleChoice,
    State,
    Unit,
)
from yunshequ.ballots.tally import Count, checked
from yunshequ.ballots.viewing import Facts, choice_words, live_checks, view
from yunshequ.community.acting import Purpose
from yunshequ.community.levels import Level, missing, way_out
from yunshequ.core.clock import Clock
from yunshequ.core.database import Database
from yunshequ.core.errors import Conflict, Invalid, NotFound, NotPermitted, WayOut
from yunshequ.core.i18n import N_, translate
from yunshequ.core.policy import Actor, Policy
from yunshequ.core.reach import reach
from yunshequ.core.recent import Recent
from yunshequ.core.unit import Tx, insert_ignore

SHAPES_KEPT = timedelta(hours=1)
"""How long the unchanging part of a ballot is remembered."""
REASON_MAX = 200


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a ballot never changes once it is made."""

    place_id: int
    method: Method
    secret: bool
    max_choices: int
    max_score: int
    unit: Unit
    rule: Rule
    options: tuple[Option, ...]


class BallotsService:
    """The ballots module's face. ``poster`` is wired by bootstrap; without it no cards are posted."""

    def __init__(self, db: Database, policy: Policy, clock: Clock, electorate: Electorate, rules: RuleBook) -> None:
        self._db = db
        self._policy = policy
        self._clock = clock
        self._electorate = electorate
        self._rules = rules
        self._shapes: Recent[int, Shape] = Recent(clock, SHAPES_KEPT, limit=10_000)
        self.poster: RoomPoster | None = None
        self.helpers: Helpers | None = None

    # preparing

    def rules(self, actor: Actor) -> tuple[RuleChoice, ...]:
        """Return the rules a vote can be held by."""
        return self._rules.choices(actor.locale)

    async def create(self, actor: Actor, draft: BallotDraft) -> int:
        """Keep a vote and return its id; the same ``client_id`` gives the same vote. It opens by job at ``opens_at``.

        :raises Invalid: something in it cannot be accepted.
        """
        await self._policy.require(actor, 'ballots.create', draft.place_id)
        rule = self._rules.rule(draft.rule)
        draft = checked_draft(draft, rule, self._clock.now())
        place = await self._electorate.place(draft.place_id)

        def work(tx: Tx) -> int:
            b = t.ballot.c
            fresh = insert_ignore(tx.session, Ballot, [{
                **draft.model_dump(include=_COPIED), 'place_path': place.path, 'place_name': place.name,
                'rule': rule.model_dump(mode='json'), 'state': State.DRAFT, 'created_by': actor.member_id,
                'created_at': tx.now, 'seq': 0, 'cancel_reason': '',
                **dict.fromkeys(('roll_units', 'roll_area', 'roll_heads', 'cast_units', 'cast_area', 'cast_heads'), 0),
            }])
            ballot_id = int(tx.connection.execute(
                select(b.id).where(b.created_by == actor.member_id, b.client_id == draft.client_id)).scalar_one())
            if not fresh:
                return ballot_id
            tx.connection.execute(insert(t.option), [
                {'ballot_id': ballot_id, 'position': position, 'text': option.text, 'stance': option.stance}
                for position, option in enumerate(draft.options)
            ])
            if draft.opens_at is not None:
                tx.schedule(OPEN_JOB, draft.opens_at, {'ballot_id': ballot_id}, key=f'{OPEN_JOB}:{ballot_id}')
            tx.audit(actor.member_id, 'ballots.create', f'ballot:{ballot_id}', place_id=draft.place_id,
                     detail={'rule': rule.key, 'edition': rule.version, 'secret': draft.secret})
            tx.emit(BallotPrepared(ballot_id=ballot_id, seq=0, place_id=draft.place_id, topic_id=draft.topic_id))
            return ballot_id

        return await self._db.write(work)

    async def open(self, actor: Actor, ballot_id: int) -> None:
        """Freeze the roll and open now.

        :raises Conflict: it is open already or over.
        """
        row = await self._row(ballot_id)
        await self._policy.require(actor, 'ballots.manage', row.place_id)
        if not await self._open(row, actor.member_id):
            raise Conflict(N_('这项表决已经开始或已经结束'))

    async def cancel(self, actor: Actor, ballot_id: int, reason: str) -> None:
        """Call off a vote that has not ended; everybody sees why.

        :raises Conflict: it is over.
        """
        row = await self._row(ballot_id)
        await self._policy.require(actor, 'ballots.manage', row.place_id)
        words = reason.strip()
        if not 1 <= len(words) <= REASON_MAX:
            raise Invalid(N_('请写明取消的原因，不超过 {max} 字'), field='reason', max=REASON_MAX)
        if not await self._db.write(lambda tx: cancel_ballot(tx, ballot_id, actor.member_id, words)):
            raise Conflict(N_('这项表决已经结束，不能取消'))

    # voting

    async def cast(
        self, actor: Actor, ballot_id: int, choice: Choice, *, client_id: str = '', receipt: str = '',
        unit: str | None = None, version: int | None = None, principal_id: int | None = None,
    ) -> CastReceipt:
        """Cast or change a vote; return once it is durable.

        Named: ``client_id`` makes a retry harmless, ``version`` is that of the standing vote the voter saw (0: none).
        Secret: ``receipt`` is the token the voter's browser made for this ballot and unit; only with it can the vote be
        changed, and a retry with it is harmless too. ``unit`` says for which household, for who has several.
        ``principal_id``: whose vote it is, where the actor gives it for somebody else (代办) and the rule allows that.

        :raises Conflict: not open by the server's clock, somebody of the household was faster, or another device voted.
        :raises NotPermitted: not a resident there, or not on the roll.
        :raises Invalid: the choice is not one the method allows.
        """
        shape = await self._shape(ballot_id)
        await self._policy.require(Actor(principal_id or actor.member_id, locale=actor.locale), 'ballots.cast', shape.place_id)
        if principal_id is not None:
            await self._require_help(actor, shape, principal_id)
        options = [option.id for option in shape.options]
        normal = checked(shape.method, options, choice, max_choices=shape.max_choices, max_score=shape.max_score)
        if shape.secret:
            secret_key(ballot_id, receipt)  # refused here, not inside the unit of others
            vote = Vote(ballot_id, actor.member_id, normal, unit=unit, token=receipt)
        else:
            if not 1 <= len(client_id) <= 64:
                raise Invalid(N_('页面版本太旧，请刷新后再试'), field='client_id')
            vote = Vote(ballot_id, principal_id or actor.member_id, normal, unit=unit, client_id=client_id, version=version)
            if principal_id is not None:
                vote = replace(vote, helper_id=actor.member_id, note=await self._note(actor, ballot_id, principal_id))
        try:
            return await self._db.batched(cast_many, vote)
        except NotPermitted as refusal:
            refusal.way_out = await self._lacks(actor, await self._row(ballot_id))
            raise

    # looking

    async def state(self, actor: Actor, ballot_id: int, *, receipt: str = '') -> BallotView:
        """Return a vote as the actor may see it. With the ``receipt`` of a secret vote, what it holds is shown too."""
        shape = await self._shape(ballot_id)
        await self._policy.require(actor, 'ballots.view', shape.place_id)
        manages = await self._policy.may(actor, 'ballots.manage', shape.place_id)
        lives_here = await self._policy.may(actor, 'ballots.cast', shape.place_id)
        key = secret_key(ballot_id, receipt) if receipt and shape.secret else None
        facts = await self._db.read(lambda s: _facts(s, ballot_id, actor.member_id, key))
        if facts.row.state == State.OPEN:
            facts = replace(facts, acted=await self._acted(actor, shape, ballot_id, {one.unit for one in facts.mine}))
        if not facts.mine and facts.row.state == State.OPEN:
            facts = replace(facts, lacks=await self._lacks(actor, facts.row))
        shown = [*facts.mine, *(mine for _member, mine in facts.acted)]
        voters = {member for mine in shown if mine.vote is not None for member in (mine.vote.member_id, mine.vote.helper_id) if member}
        voters |= {member for member, _mine in facts.acted}
        cards = await self._electorate.cards(voters) if voters else {}
        names = {member_id: card.name for member_id, card in cards.items()}
        return view(facts, actor, names, may_manage=manages, lives_here=lives_here, now=self._clock.now())

    async def public_state(self, ballot_id: int, locale: str) -> BallotView:
        """Return what everybody who may look at a vote sees of it; for announcements to all, not for answers to one."""
        facts = await self._db.read(lambda s: _facts(s, ballot_id, 0, None))
        return view(facts, Actor(0, locale=locale), {}, may_manage=False, lives_here=False, now=self._clock.now())

    async def votes(self, actor: Actor, ballot_id: int) -> tuple[CastVote, ...]:
        """Return the votes everybody may see: of a named vote all that stand, of a secret one, closed, the numbered ballots.

        :raises Conflict: a secret vote is still open.
        """
        row = await self._row(ballot_id)
        await self._policy.require(actor, 'ballots.view', row.place_id)
        if row.secret and row.state != State.CLOSED:
            raise Conflict(N_('无记名表决在截止之前谁也看不到结果'))
        return await self._cast_votes(row, actor.locale)

    async def checks_at(self, tick: BallotTick, locale: str) -> tuple[CheckView, ...]:
        """Return how far a vote is from each figure its rule asks for, as of a tick; for announcements to all."""
        shape = await self._shape(tick.ballot_id)
        counts = None if tick.counts is None else {n.id: Count(n.votes, n.area, n.heads, n.score) for n in tick.counts}
        return live_checks(shape.rule, shape.unit, shape.options, tick.roll, tick.cast, counts, locale)

    async def card_state(self, actor: Actor, ballot_id: int, *, receipt: str = '') -> BallotView:
        """Return a vote for a live card in a room; the long text is left out. ``receipt`` as for ``state``."""
        return (await self.state(actor, ballot_id, receipt=receipt)).model_copy(update={'body': ''})

    async def list_open(self, actor: Actor) -> list[BallotListItem]:
        """Return votes that are open or announced where the actor lives or serves, those that end first on top."""
        items = await self._list(actor, t.ballot.c.state.in_([State.OPEN, State.DRAFT]), limit=100)
        now = self._clock.now()
        shown = [item for item in items if item.closes_at > now and (item.state is State.OPEN or item.opens_at is not None)]
        return sorted(shown, key=lambda item: (item.state is not State.OPEN, item.closes_at))

    async def to_do(self, actor: Actor) -> int:
        """Return how many open votes wait for the actor: the red number of 议事."""
        now = self._clock.now()
        return await self._db.read(lambda s: listing.waiting_for(s, actor.member_id, now))

    async def list_decided(self, actor: Actor, *, limit: int = 30) -> list[BallotListItem]:
        """Return votes that have ended where the actor lives or serves, the latest first."""
        return await self._list(actor, t.ballot.c.state == State.CLOSED, limit=limit)

    async def list_prepared(self, actor: Actor) -> list[BallotListItem]:
        """Return votes made but not open that the actor may open."""
        return await self._managed(actor, await self._list(actor, t.ballot.c.state == State.DRAFT, limit=100))

    async def list_closing(self, actor: Actor, within: timedelta) -> list[BallotListItem]:
        """Return open votes the actor manages that end ``within`` this time, those that end first on top."""
        now = self._clock.now()
        b = t.ballot.c
        soon = await self._list(actor, and_(b.state == State.OPEN, b.closes_at > now, b.closes_at <= now + within), limit=100)
        return sorted(await self._managed(actor, soon), key=lambda item: item.closes_at)

    async def of_topic(self, actor: Actor, topic_id: int) -> list[BallotListItem]:
        """Return the votes on a topic that the actor may see, the latest first."""
        return await self._list(actor, t.ballot.c.topic_id == topic_id, limit=50)

    async def my_votes(self, actor: Actor, *, limit: int = 50) -> list[MyVote]:
        """Return the votes the actor has given, the latest ballots first. Of secret ones only that, never what."""
        now = self._clock.now()
        return await self._db.read(lambda s: listing.votes_of(s, actor, now, limit=limit))

    async def is_voting_on(self, topic_id: int) -> bool:
        """Tell whether a vote on a topic is open: its text must not change meanwhile."""
        now = self._clock.now()
        b = t.ballot.c
        found = await self._db.read(lambda s: s.connection().execute(
            select(b.id).where(b.topic_id == topic_id, b.state == State.OPEN, b.closes_at > now).limit(1)).scalar())
        return found is not None

    async def export_csv(self, actor: Actor, ballot_id: int) -> str:
        """Return a vote as CSV: figures, and each named vote; of a secret one the ballots without voters, after the close.

        :raises Conflict: a secret vote is still open.
        """
        row = await self._row(ballot_id)
        await self._policy.require(actor, 'ballots.export', row.place_id)
        if row.secret and row.state != State.CLOSED:
            raise Conflict(N_('无记名表决在截止之前谁也看不到结果，截止后再导出'))
        shown = await self.public_state(ballot_id, actor.locale)

        def work(tx: Tx) -> None:
            tx.audit(actor.member_id, 'ballots.export', f'ballot:{ballot_id}', place_id=row.place_id)

        await self._db.write(work)
        return result_csv(shown, await self._cast_votes(row, actor.locale), actor.locale)

    # time

    def jobs(self) -> dict[str, Any]:
        """Return the handlers of this module's due jobs; each may be run again."""
        return {OPEN_JOB: self._job_open, CLOSE_JOB: self._job_close, ANNOUNCE_JOB: self._job_announce}

    async def close_due(self, ballot_id: int) -> bool:
        """Close a vote whose time is over; False when it is not or when it was closed already."""
        return await self._db.write(lambda tx: close_ballot(tx, ballot_id))

    async def _job_open(self, payload: dict[str, Any]) -> None:
        row = await self._row(int(payload['ballot_id']))
        if row.state == State.DRAFT:
            await self._open(row, None)

    async def _job_close(self, payload: dict[str, Any]) -> None:
        await self.close_due(int(payload['ballot_id']))

    async def _job_announce(self, payload: dict[str, Any]) -> None:
        row = await self._row(int(payload['ballot_id']))
        if self.poster is None or row.room_id is None:
            return
        stage = str(payload['stage'])
        text = translate(N_('表决开始：{title}') if stage == 'opened' else N_('表决结果：{title}'), 'zh-CN', title=row.title)
        await self.poster.post_card(
            Actor(row.created_by), row.room_id, 'ballot', int(row.id), f'ballot-{row.id}-{stage}', text)

    # inside

    async def _open(self, row: AnyRow, actor_id: int | None) -> bool:
        entries = await draw_up(self._electorate, row.place_id, Unit(row.unit), Level(row.level))
        if not any(entry.member_ids for entry in entries):
            raise Conflict(N_('名册里还没有可以投票的人，请先核实住户'))
        return await self._db.write(lambda tx: open_ballot(tx, row.id, entries, actor_id))

    async def _cast_votes(self, row: AnyRow, locale: str) -> tuple[CastVote, ...]:
        method, options = Method(row.method), await self._db.read(lambda s: options_of(s, row.id))
        if row.secret:
            ballots = await self._db.read(lambda s: secret_votes(s, row.id))
            return tuple(
                CastVote(name=key, label='', choice=choice_words(choice, method, options, locale)) for key, choice in ballots)
        named = await self._db.read(lambda s: named_votes(s, row.id))
        cards = await self._electorate.cards({member for vote in named for member in (vote.member_id, vote.helper_id) if member})
        names = {member_id: card.name for member_id, card in cards.items()}
        return tuple(
            CastVote(
                name=_voter(names, vote, locale), label=vote.label,
                choice=choice_words(as_pairs(vote.choice), method, options, locale))
            for vote in named
        )

    async def _require_help(self, actor: Actor, shape: Shape, principal_id: int) -> None:
        await self._policy.require(actor, 'ballots.view', shape.place_id)
        if shape.secret:
            raise NotPermitted(N_('无记名表决要由本人在自己的设备上投，不能代办'), rule='ballots.helper')
        if not shape.rule.helpers_allowed:
            raise NotPermitted(N_('这项表决的规则不允许代办，请本人投票'), rule='ballots.helper')
        if self.helpers is None or principal_id not in await self.helpers.principals(actor.member_id, Purpose.VOTE):
            raise NotPermitted(N_('对方没有同意您代办这件事，或者已经收回'), rule='community.acting')

    async def _note(self, actor: Actor, ballot_id: int, principal_id: int) -> Callable[[Tx], None]:
        """Return what asks for the consent once more in the vote's own unit and writes down that it was given for somebody."""
        helpers, title = self.helpers, (await self._row(ballot_id)).title
        assert helpers is not None  # _require_help has asked it
        return lambda tx: helpers.record(tx, principal_id, actor.member_id, Purpose.VOTE, f'ballot:{ballot_id}', title)

    async def _acted(self, actor: Actor, shape: Shape, ballot_id: int, own: set[str]) -> tuple[tuple[int, Mine], ...]:
        """Return the votes of others the actor may give for them, without those that are the actor's own."""
        if self.helpers is None or shape.secret or not shape.rule.helpers_allowed:
            return ()
        principals = await self.helpers.principals(actor.member_id, Purpose.VOTE)
        may = [one for one in principals if await self._policy.may(Actor(one), 'ballots.cast', shape.place_id)]
        if not may:
            return ()
        found = await self._db.read(lambda s: [
            (one, mine) for one in may for mine in units_of(s, one, [ballot_id]).get(ballot_id, [])])
        return tuple({mine.unit: (one, mine) for one, mine in found if mine.unit not in own}.values())

    async def _lacks(self, actor: Actor, row: AnyRow) -> WayOut | None:
        """Return what the actor is missing for votes of this kind here."""
        return way_out(missing(await self._electorate.known(actor.member_id, row.place_id), Level(row.level)))

    async def _row(self, ballot_id: int) -> AnyRow:
        row = await self._db.read(lambda s: row_of(s, ballot_id))
        if row is None:
            raise NotFound
        return row

    async def _shape(self, ballot_id: int) -> Shape:
        async def load() -> Shape:
            row = await self._row(ballot_id)
            options = await self._db.read(lambda s: options_of(s, ballot_id))
            return Shape(row.place_id, Method(row.method), row.secret, row.max_choices, row.max_score, Unit(row.unit),
                         Rule.model_validate(row.rule), options)

        return await self._shapes.fetch(ballot_id, load)

    async def _managed(self, actor: Actor, items: list[BallotListItem]) -> list[BallotListItem]:
        places = await self._db.read(lambda s: listing.places_of(s, [item.id for item in items]))
        return [item for item in items if await self._policy.may(actor, 'ballots.manage', places[item.id])]

    async def _list(self, actor: Actor, which: ColumnElement[bool], *, limit: int) -> list[BallotListItem]:
        now = self._clock.now()
        where = reach(await self._electorate.grants_of(actor.member_id), now)
        return await self._db.read(lambda s: listing.items(s, actor, where, which, now, limit=limit))


_COPIED = {
    'client_id', 'place_id', 'title', 'body', 'method', 'unit', 'level', 'secret', 'max_choices', 'max_score', 'opens_at',
    'closes_at', 'room_id', 'topic_id', 'draft_number',
}


def _voter(names: Mapping[int, str], vote: AnyRow, locale: str) -> str:
    """Return whose vote it is, and who gave it for them."""
    name = names.get(vote.member_id, '')
    if vote.helper_id is None:
        return name
    return translate(N_('{name}（由 {helper} 代办）'), locale, name=name, helper=names.get(vote.helper_id, ''))


def _facts(session: Session, ballot_id: int, member_id: int, key: str | None) -> Facts:
    row = row_of(session, ballot_id)
    if row is None:
        raise NotFound
    visible = row.state == State.CLOSED or (row.state == State.OPEN and not row.secret)
    return Facts(
        row=row, options=options_of(session, ballot_id), counts=counts_of(session, ballot_id) if visible else None,
        mine=units_of(session, member_id, [ballot_id]).get(ballot_id, []), held=None if key is None else held_under(session, key),
    )
