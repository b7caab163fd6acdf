"""知识文件: entries as a file, looked at before they are imported; and what is there, to take along."""

from collections.abc import Mapping

from yunshequ.core.i18n import _

from .base import Labels, LiveElement, per_locale


@per_locale
def kb_file_labels() -> Labels:
    """Return the texts of the component."""
    return {
        'about': _('把整理好的知识一次导进来：先看会改什么，再按“导入”。同一个文件导两次，第二次什么也不会变。'),
        'columns': _(
            '表头要有：问题、答案；还可以有：编号、相似问法、步骤、分类、部门、来源、适用范围、生效日期、失效日期、状态。'
            '没有的列，原来的内容不动。相似问法和步骤写在一格里，一行一个。'),
        'place': _('没写适用范围的，在哪里有效'),
        'publish': _('新条目直接发布（不勾就存为草稿）'),
        'choose': _('选择文件'),
        'again': _('换一个文件'),
        'template': _('下载空表'),
        'reading': _('正在读文件、比对现有条目…'),
        'importing': _('正在导入…'),
        'plan': _('导入以后'),
        'done': _('导入好了'),
        'added': _('新增 {n} 条'),
        'changed': _('改动 {n} 条'),
        'unchanged': _('不变 {n} 条'),
        'new': _('新增'),
        'fields': _('改{names}'),
        'live': _('小栖会这样回答'),
        'problems': _('有问题 {n} 行'),
        'bad': _('这些行不会导入，改好后再选一次文件'),
        'twins': _('意思相近 {n} 行'),
        'twins_hint': _('可能只需给已有条目加一个相似问法。不一样的，勾选后仍可导入。'),
        'twin_entry': _('和已有条目“{other}”相近'),
        'twin_line': _('和第 {line} 行“{other}”相近'),
        'looked': _('这些我都看过了，内容不一样'),
        'replay': _('回放最近 {n} 个问题'),
        'replay_none': _('最近的问题，回答都不变。'),
        'replay_words': _('语义检索没有就绪，这次没有回放。'),
        'replay_blocked': _('有 {n} 个答得好的问题会变差。确认要这样改，请写明理由并签字。'),
        'before': _('现在：'),
        'after': _('以后：'),
        'times': _('问过 {n} 次'),
        'reason': _('理由（会记入审计，由您负责）'),
        'line': _('第 {n} 行'),
        'more': _('还有 {n} 行没有列出'),
        'ignored': _('没有读的列：{names}'),
        'nothing': _('文件里的内容和现在的知识库一样，不用导入'),
        'import': _('导入'),
        'sign': _('签字并导入'),
        'failed': _('没有连上，文件还在您这里，请再试一次'),
        'export': _('导出'),
        'export_about': _('导出在那里和下级有效的全部条目，改好后可以再导进来。'),
    }


class KbFile(LiveElement, component='kb_file.js'):
    """Chooses a file, shows what importing it would do, imports it; offers exports. Speaks to ``/api/knowledge``."""

    def __init__(self, *, places: Mapping[int, str], place_id: int) -> None:
        """Show the component for somebody who writes entries at ``places``."""
        super().__init__()
        self.set_props(places=[{'id': one, 'name': name} for one, name in places.items()], start=place_id, labels=kb_file_labels())
