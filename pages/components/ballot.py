"""A ballot as a page of its own; the same view stands as a card in a room."""

from yunshequ.core.i18n import _

from .base import Data, Labels, LiveElement, per_locale, time_labels


@per_locale
def ballot_labels() -> Labels:
    """Return the texts of a ballot."""
    return {
        'time': time_labels(),
        'units': {'person': _('人'), 'household': _('户'), 'area': _('户'), 'area_heads': _('户')},
        'ballot': _('表决'),
        'named': _('记名'),
        'secret': _('无记名'),
        'named_how': _('记名表决：每一票是谁投的，大家都看得到；票数随投随显示。'),
        'secret_how': _('无记名表决：票上不留姓名和时间，邻居和工作人员都看不到您选了什么。截止前只显示参加人数，截止后公布结果。'),
        'secret_short': _('截止前只显示参加人数，截止后公布结果。'),
        'opens': _('{when} 开始'),
        'not_open': _('还没开始'),
        'cancelled': _('已取消'),
        'counting': _('正在计票'),
        'closed': _('已截止'),
        'turnout': _('已有 {n} {unit}参加'),
        'turnout_of': _('已有 {n}/{total} {unit}参加'),
        'quorum_missing': _('满 {need} {unit}才有效，还差 {n} {unit}'),
        'quorum_met': _('已满 {need} {unit}，达到有效人数'),
        'how_single': _('请选一项'),
        'how_multiple': _('最多选 {n} 项'),
        'how_approval': _('同意的都可以选'),
        'how_score': _('给每一项打分，{low} 分最低，{high} 分最高'),
        'too_many': _('最多选 {n} 项，先去掉一项再选'),
        'choose_first': _('请先选一项'),
        'score_all': _('请给每一项都打分'),
        'average': _('平均 {n} 分'),
        'votes': _('{n} 票'),
        'heads_area': _('{n} 户 · {area} ㎡'),
        'for_whom': _('您代表哪一户投票？'),
        'myself': _('我自己'),
        'for_unit': _('您代表 {unit} 投票'),
        'by_other': _('{name} 已代表 {unit} 投票，截止前还可以改'),
        'rule': _('计票规则：{name}'),
        'my_choice': _('您的选择'),
        'passed': _('通过'),
        'valid': _('表决有效'),
        'void': _('表决无效'),
        'more_options': _('还有 {n} 个选项'),
        'cannot': _('您不在这次表决的名单里，可以看，不能投'),
        'you_voted': _('您已投票，截止前可以改'),
        'sealed': _('这一票已经投出。无记名投票只能在当时投票的那台设备上更改'),
        'voted': _('投好了，谢谢您参加'),
        'changed': _('已按您的新选择改好'),
        'change': _('改一下'),
        'keep': _('不改了'),
        'vote': _('投票'),
        'vote_again': _('按新选择投票'),
        'receipt': _('投票回执'),
        'receipt_how': _('回执只存在您这台手机上，截止前凭它才能改票。换手机或退出登录后，这一票仍然有效，但不能再改。'),
        'copy': _('复制'),
        'copied': _('已复制'),
        'details': _('查看详情'),
        'who': _('谁投了什么'),
        'list': _('公布的选票'),
        'who_none': _('还没有人投票'),
        'export': _('导出结果'),
        'close': _('关闭'),
        'gone': _('这张卡片暂时打不开'),
        'failed': _('没有成功，请稍后再试'),
    }


class BallotCard(LiveElement, component='ballot.js'):
    """One ballot. Live topic ``ballot:{id}``.

    Frames: ``tick`` {seq, turnout, counts: [{id, count, area, average}] or {id: n}, checks} (only what changed; texts by language) and ``closed`` or
    ``state`` {ballot?} (without it the state is asked for). Acts: ``ballot.vote`` {ballot_id, choices | scores, unit, version,
    client_id, receipt} -> {mine?, version, turnout?, counts?}; ``ballot.state`` {ballot_id, receipt} -> the ballot (in a room:
    ``card`` {kind, id, receipt}); ``ballot.voters`` {ballot_id} -> {voters: [{name, choice}]} (named only). Of a secret vote the
    browser makes the receipt and keeps it, with the choice; the server cannot know either without it.
    """

    def __init__(self, *, ballot: Data, me: Data | None = None) -> None:
        """Show a ballot.

        :param ballot: ``{kind: 'ballot', id, seq, title, about, method: single|multiple|approval|score, max_choices,
            scores: [low, high], unit: person|household|area_heads, mode: named|secret, state: upcoming|open|closed|cancelled,
            cancelled, opens_at, closes_at, options: [{id, label, about, count, area, average}], turnout, eligible,
            quorum: {need, words}, checks: [{words, met}], rule: {name, source, note}, can_vote, why_not, can_change,
            mine: {choices, scores, version}, units: [{unit, label, voted, choices, scores, version, by_me, by_name}],
            result: {title, words, lines, valid, winners}, href, export_href, can_see_voters}``; ``units`` instead of ``mine`` where
            one may vote for households
        :param me: ``{id, name}``
        """
        super().__init__()
        self.set_props(ballot=dict(ballot), me=dict(me or {}), labels=ballot_labels())
