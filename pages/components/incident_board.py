"""What is going on: the active incidents and open calls around somebody, or one incident with its timeline."""

from collections.abc import Sequence

from yunshequ.core.i18n import _

from .base import Data, Labels, LiveElement, per_locale, time_labels
from .shift_board import call_labels


@per_locale
def incident_labels() -> Labels:
    """Return the texts of incidents."""
    return {
        'time': time_labels(),
        'call': call_labels(),
        'incidents': _('正在进行的突发事件'),
        'calls': _('正在招募志愿者'),
        'timeline': _('情况进展'),
        'opened': _('发布于'),
        'over': _('已结束'),
        'corrects': _('针对：'),
        'by': _('记录人：'),
        'none': _('现在一切平安'),
        'none_hint': _('附近有突发事件或招募志愿者时，会显示在这里；有急事请先联系社区。'),
        'no_calls': _('这件事目前没有在招募志愿者'),
    }


class IncidentBoard(LiveElement, component='incident_board.js'):
    """Incidents and calls that stay current by themselves.

    Live topics given as ``topics``: a frame ``changed``, ``incident`` or ``call`` makes it ask again, as a reconnect does. Acts:
    ``emergency.board`` {} -> {incidents, calls}, or ``emergency.incident`` {incident_id} -> {incident, timeline, calls};
    and what the calls ask (see ``ShiftBoard``).
    """

    def __init__(
        self, *, me: Data, topics: Sequence[str], calls: Sequence[Data], incidents: Sequence[Data] = (),
        incident: Data | None = None, timeline: Sequence[Data] = (), base: str = '/emergency', call_base: str = '/calls',
    ) -> None:
        """Show the list, or one incident when ``incident`` is given.

        :param me: ``{id}``
        :param topics: live topics to ask again on
        :param calls: as ``ShiftBoard`` takes them
        :param incidents: ``{id, title, level, level_word, place, opened_at, closed}``
        :param incident: the one this page is about
        :param base: address the incidents' pages stand under
        :param call_base: address the calls' pages stand under
        :param timeline: ``{id, at, kind, word, text, level, level_word, corrects, by}``, oldest first
        """
        super().__init__()
        self.set_props(
            me=dict(me), topics=list(topics), calls=list(calls), incidents=list(incidents), incident=incident,
            timeline=list(timeline), base=base, callBase=call_base, labels=incident_labels(),
        )
