"""小栖's answers in conversations: what their buttons ask, and how a chat shows that a person has taken over."""

from collections.abc import Callable
from typing import Any

from pages.cards import LiveCards
from pages.live import Acts, Args, Call, Fanout, number
from yunshequ.assistant.events import (
    HandoffClosed,
    HandoffMoved,
    HandoffOpened,
    HandoffOverdue,
    HandoffRated,
    HandoffReleased,
    HandoffTaken,
)
from yunshequ.assistant.schemas import CaseCard, CaseState, CaseView
from yunshequ.bootstrap import Container
from yunshequ.core.bus import Event
from yunshequ.core.i18n import SOURCE_LOCALE, _, in_locale
from yunshequ.core.policy import Actor


def answer_acts(acts: Acts, c: Container, room_of: Callable[[Call], int]) -> None:
    """Register what answers ask: ``rate`` {seq, useful}, ``ask`` {seq, entry_id}, ``handoff`` {seq}."""

    async def log_of(actor: Actor, args: Args, call: Call) -> int:
        return await c.assistant.log_of(actor, room_of(call), number(args, 'seq'))

    @acts.on('rate')
    async def rate(actor: Actor, args: Args, call: Call) -> dict[str, Any]:
        word = await c.assistant.feedback(actor, await log_of(actor, args, call), helpful=bool(args.get('useful')))
        return {'useful': word.helpful}

    @acts.on('ask')
    async def ask(actor: Actor, args: Args, call: Call) -> dict[str, Any]:
        answer = await c.assistant.pick(actor, await log_of(actor, args, call), number(args, 'entry_id'))
        return {'seq': answer.seq}

    @acts.on('handoff')
    async def handoff(actor: Actor, args: Args, call: Call) -> dict[str, Any]:
        view = await c.assistant.handoff(actor, room_of(call), log_id=await log_of(actor, args, call))
        return {'case_id': view.case.id, 'href': '/assistant', **mode(view.case)}


def mode(case: CaseView | None) -> dict[str, Any]:
    """Return how the head of a private chat shows who answers there: 小栖, nobody yet, or a person."""
    if case is None or case.state is CaseState.CLOSED:
        return {'mode': '', 'mode_words': ''}
    if case.worker is None:
        return {'mode': 'waiting', 'mode_words': _('等待工作人员')}
    return {'mode': 'person', 'mode_words': _('{name} 正在答复', name=case.worker.name)}


def card_data(card: CaseCard) -> dict[str, Any]:
    """Return a hand-off as its card takes it."""
    return {
        'kind': 'handoff', 'id': card.id, 'state': card.state.value, 'worker': card.worker.name if card.worker else None,
        'department': card.department, 'due_at': card.due_at.isoformat(), 'stars': card.stars, 'may_rate': card.may_rate,
        'may_reopen': card.may_reopen,
    }


def add_cards(cards: LiveCards, c: Container) -> None:
    """Let chats show how a hand-off stands, and let its resident rate it or open it again."""

    async def state(actor: Actor, case_id: int) -> dict[str, Any]:
        return card_data(await c.assistant.rating.card(actor, case_id))

    def add_acts(acts: Acts) -> None:
        @acts.on('case.rate')
        async def rate(actor: Actor, args: Args) -> dict[str, Any]:
            return card_data(await c.assistant.rating.rate(actor, number(args, 'case_id'), number(args, 'stars')))

        @acts.on('case.reopen')
        async def reopen(actor: Actor, args: Args) -> dict[str, Any]:
            return card_data(await c.assistant.rating.reopen(actor, number(args, 'case_id')))

    cards.add('handoff', state, add_acts)


def bridge(c: Container, fanout: Fanout) -> None:
    """Send what happens to cases to the open chats (frame ``room``) and desks (frame ``changed`` on ``desk:{place}``)."""

    async def on_case(event: Event) -> None:
        if not isinstance(event, HandoffOpened | HandoffTaken | HandoffReleased | HandoffMoved | HandoffOverdue | HandoffClosed | HandoffRated):
            return
        fanout.publish(f'handoff:{event.case_id}', 'changed', {})
        fanout.publish(event.topic, 'changed', {'case_id': event.case_id})
        topic = f'room:{event.room_id}'
        if isinstance(event, HandoffOverdue | HandoffRated) or not fanout.listeners(topic):
            return
        case = await c.assistant.desk.case_of(Actor(event.asker_id), event.room_id)
        with in_locale(SOURCE_LOCALE):
            fanout.publish(topic, 'room', mode(case))

    c.bus.subscribe('desk:', on_case)
