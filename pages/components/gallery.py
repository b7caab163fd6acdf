"""图片和文件: what was shown in a room, by month."""

from nicegui import ui

from yunshequ.core.i18n import _

from .base import Data, Labels, LiveElement, per_locale, preload, time_labels

MODULES = preload('viewer', 'file_bubble')


@per_locale
def gallery_labels() -> Labels:
    """Return the texts of the page."""
    return {
        'time': time_labels(),
        'pictures': _('图片'),
        'files': _('文件'),
        'month': _('{y}年{m}月'),
        'no_pictures': _('这个群里还没有图片'),
        'no_pictures_more': _('大家发的照片会按月份排在这里。'),
        'no_files': _('这个群里还没有文件'),
        'no_files_more': _('通知、表格等 PDF、Excel、Word 文件发到群里，就能在这里找到。'),
        'more': _('更早的'),
        'loading': _('正在加载…'),
        'file_download': _('下载 {name}'),
        'picture': _('图片'),
        'image_by': _('图片，来自'),
        'view_image': _('查看大图'),
        'zoom_in': _('放大'),
        'zoom_out': _('缩小'),
        'close': _('关闭'),
        'failed': _('没有成功，请稍后再试'),
    }


class Gallery(LiveElement, component='gallery.js'):
    """Pictures and documents of a room. Topic ``room:{id}``: new ones come in, recalled ones go.

    Act: ``gallery`` {room, files, before?} -> {items, before}.
    """

    def __init__(self, *, room_id: int, pictures: Data) -> None:
        """Show the page.

        :param pictures: first page of pictures: ``{items: [{seq, at, sender, image}], before}``
        """
        super().__init__()
        ui.add_head_html(MODULES)
        self.set_props(room=room_id, pictures=dict(pictures), labels=gallery_labels())
