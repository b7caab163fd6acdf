"""The 服务 tab: one big box to ask 小栖, and what people nearby ask."""

from collections.abc import Sequence

from yunshequ.core.i18n import _

from .base import Data, Labels, LiveElement, per_locale


@per_locale
def services_labels() -> Labels:
    """Return the texts of the 服务 tab."""
    return {
        'hello': _('您好，我是小栖'),
        'about': _('办证、社保、看病、物业……想办的事直接写下来，我告诉您答案和出处；答不上的请工作人员来答。'),
        'ask': _('问小栖'),
        'hint': _('例如：老人津贴怎么申请'),
        'send': _('问一问'),
        'sending': _('正在发送'),
        'chat': _('看我和小栖的对话'),
        'top': _('{place}这周常问'),
        'top_here': _('大家这周常问'),
        'askers': _('{n} 人问过'),
        'examples': _('可以这样问'),
        'also': _('还可以'),
        'emergency': _('应急与志愿'),
        'emergency_hint': _('看正在发生的事，报名帮一把手'),
        'deliberate': _('议事与表决'),
        'deliberate_hint': _('看正在商量和表决的事'),
        'failed': _('没有成功，请稍后再试'),
    }


class Services(LiveElement, component='services.js'):
    """The big box. Acts: ``services.ask`` {text} -> {href}. The text is kept as the draft ``services.ask`` until it is sent."""

    def __init__(self, *, place: str, top: Sequence[Data], examples: Sequence[str]) -> None:
        """Show the box.

        :param place: name of the reader's community
        :param top: ``{question, askers}``, most asked first
        :param examples: questions one could ask, where nobody has asked yet
        """
        super().__init__()
        self.set_props(place=place, top=list(top), examples=list(examples), labels=services_labels())
