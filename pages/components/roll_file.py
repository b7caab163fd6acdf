"""名册文件: the committee's roll as a file, looked at before it is imported."""

from yunshequ.core.i18n import _

from .base import Labels, LiveElement, per_locale


@per_locale
def roll_file_labels() -> Labels:
    """Return the texts of the component."""
    return {
        'about': _('把居委会的住户名册一次导进来：先看会改什么，再按“导入”。同一个文件导两次，第二次什么也不会变。'),
        'columns': _(
            '表头要有：小区、楼栋、室号、面积、姓名、关系（业主、家属、租户），内容可以留空；还可以有：手机、身份证后四位。'
            '别的列不会读，也不会保存。'),
        'names': _(
            '姓名用来核实已经加入、并且自己登记了这一户的人。写了手机或身份证后四位的，本人以后可以自己与名册核对；'
            '系统只留遮住的姓名和加密摘要，号码不保存。'),
        'choose': _('选择文件'),
        'again': _('换一个文件'),
        'template': _('下载空表'),
        'reading': _('正在读文件…'),
        'importing': _('正在导入…'),
        'plan': _('导入以后'),
        'done': _('导入好了'),
        'added': _('新登记 {n} 户'),
        'changed': _('改动 {n} 行'),
        'unchanged': _('不变 {n} 行'),
        'waiting': _('等本人加入 {n} 行'),
        'people': _('可由本人核对 {n} 人'),
        'problems': _('有问题 {n} 行'),
        'rights': _('其中 {n} 人会被核实为住户，从此可以参加表决，请先核对证件'),
        'line': _('第 {n} 行'),
        'bad': _('这些行不会导入，改好后再选一次文件'),
        'more': _('还有 {n} 行没有列出'),
        'ignored': _('没有读的列：{names}'),
        'nothing': _('文件里的内容和现在的名册一样，不用导入'),
        'import': _('导入'),
        'failed': _('没有连上，文件还在您这里，请再试一次'),
    }


class RollFile(LiveElement, component='roll_file.js'):
    """Chooses a file, shows what importing it would do, imports it. Speaks to ``/api/rolls/check`` and ``/api/rolls/import``."""

    def __init__(self, *, place_id: int) -> None:
        """Show the component for a place."""
        super().__init__()
        self.set_props(place=place_id, labels=roll_file_labels())
