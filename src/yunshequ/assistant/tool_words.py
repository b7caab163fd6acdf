"""The keepers' tools in words: what a replay found, for pages, downloads and the command line."""

from typing import Any

from yunshequ.assistant.schemas import Band
from yunshequ.assistant.tool_schemas import Replayed, Said, Verdict
from yunshequ.core.i18n import N_, _

FIELD_WORDS = (
    N_('编号'), N_('问题'), N_('相似问法'), N_('答案'), N_('步骤'), N_('分类'), N_('部门'), N_('来源'), N_('文号'),
    N_('适用范围'), N_('生效日期'), N_('失效日期'),
    N_('状态'), N_('责任人'),
)
"""The headings of a file and what else an edit can change, as they are marked for translation."""
VERDICT_WORDS = {
    Verdict.REGRESSION: N_('变差'), Verdict.WORSE: N_('可能变差'), Verdict.CHANGED: N_('换了回答'), Verdict.REWORDED: N_('措辞有变'),
    Verdict.BETTER: N_('变好'),
}


def said_words(said: Said) -> str:
    """Return in one line what 小栖 says."""
    if said.band is Band.DIRECT:
        return _('答“{question}”', question=said.question)
    if said.band is Band.SUGGEST:
        return _('给出选项：{questions}', questions='；'.join(said.offered))
    return _('答不上')


def replay_line(one: Replayed) -> dict[str, Any]:
    """Return a question of a replay as pages show it."""
    judged = _('{helpful} 人说有用，{useless} 人说没用', helpful=one.helpful, useless=one.useless) if one.helpful or one.useless else ''
    reworded = one.verdict is Verdict.REWORDED
    return {
        'id': one.log_id, 'text': one.text, 'times': one.times, 'verdict': one.verdict.value, 'words': _(VERDICT_WORDS[one.verdict]),
        'before': one.before.answer if reworded else said_words(one.before), 'after': one.after.answer if reworded else said_words(one.after),
        'judged': judged}
