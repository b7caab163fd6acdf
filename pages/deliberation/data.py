"""Deliberation as the components take it (``pages/components/deliberation.py``, ``topic.py``)."""

from collections.abc import Iterable
from typing import Any

from pages.rooms.shape import BADGES
from yunshequ.core.i18n import LOCALES, N_, _, translate
from yunshequ.core.redline import Segment
from yunshequ.deliberation.events import OpinionWeighed
from yunshequ.deliberation.schemas import OpinionView, Outcome, TopicListItem, TopicView

Data = dict[str, Any]

OUTCOMES = {Outcome.ADOPTED: N_('已采纳'), Outcome.PARTLY: N_('部分采纳'), Outcome.DECLINED: N_('未采纳')}
"""Message ids of what was made of an opinion."""


def topic_line(item: TopicListItem) -> Data:
    """Return a topic for a list."""
    return {
        'id': item.id, 'title': item.title, 'summary': item.summary, 'place': item.place_name, 'state': item.state.value,
        'drafts': item.drafts, 'opinions': item.opinions, 'decision': item.decision, 'progress': item.progress, 'at': item.at,
        'href': f'/deliberate/{item.id}',
    }


def topic_data(view: TopicView) -> Data:
    """Return a topic for its page."""
    return {
        'id': view.id, 'title': view.title, 'summary': view.summary, 'place': view.place_name, 'state': view.state.value,
        'room_href': f'/rooms/{view.room_id}' if view.room_id else None, 'decision': view.decision, 'decided_at': view.decided_at,
        'body': view.body, 'drafts': [draft.model_dump() for draft in view.drafts],
        'opinions': [opinion_data(opinion) for opinion in view.opinions], 'opinion_count': view.opinion_count,
        'progress': [step.model_dump() for step in view.progress], 'may_speak': view.may_speak, 'may_manage': view.may_manage,
    }


def opinion_data(view: OpinionView) -> Data:
    """Return an opinion."""
    badge = BADGES.get(view.badge) if view.badge is not None else None
    return {
        'id': view.id, 'draft': view.draft_number, 'author': view.author, 'author_id': view.author_id,
        'badge': _(badge) if badge else None, 'body': view.body, 'at': view.at, 'agree': view.agree, 'disagree': view.disagree,
        'skip': view.skip, 'outcome': view.outcome.value if view.outcome else None,
        'outcome_word': _(OUTCOMES[view.outcome]) if view.outcome else '', 'answer': view.answer, 'answered_by': view.answered_by,
        'mine': view.mine.value if view.mine else None,
    }


def opinion_frame(view: OpinionView) -> Data:
    """Return an opinion for a frame to all: without what depends on the reader, its badge in every language."""
    data = opinion_data(view)
    for name in ('mine', 'outcome_word'):
        del data[name]
    badge = BADGES.get(view.badge) if view.badge is not None else None
    return data | {'badge': {locale: translate(badge, locale) for locale in LOCALES} if badge else None}


def weighed_data(event: OpinionWeighed) -> Data:
    """Return what people think of an opinion now."""
    return {'id': event.opinion_id, 'agree': event.agree, 'disagree': event.disagree, 'skip': event.skip}


def redline_data(segments: Iterable[Segment]) -> list[Data]:
    """Return a comparison; every piece is text and is shown as text."""
    return [{'kind': segment.kind, 'text': segment.text} for segment in segments]
