"""The copy of one's data (数据副本) as a file: JSON for programs, a page for people, the pictures beside them."""

import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

from yunshequ.core.clock import local
from yunshequ.core.i18n import _, in_locale
from yunshequ.core.personal import Attachment, Section

PICTURES = 'files'
STYLE = (
    'body{font:16px/1.6 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;margin:0 auto;max-width:60rem;padding:1rem;'
    'color:#1f2328;background:#fff}h1{font-size:1.5rem}h2{border-bottom:2px solid #b93a2b;margin-top:2rem}h3{margin-bottom:.3rem}'
    '.t{overflow-x:auto}table{border-collapse:collapse;width:100%}th,td{border:1px solid #ddd;padding:.4rem .6rem;text-align:left;'
    'vertical-align:top;overflow-wrap:anywhere}th{background:#f7f5f2}img{max-width:12rem;margin:.3rem}')


@dataclass(frozen=True)
class Contents:
    """What goes into a copy: by module, its title and what its tables hold."""

    name: str
    at: datetime
    edition: str
    groups: Sequence[tuple[str, Sequence[Section]]]
    attachments: Sequence[Attachment]


def plain(value: Any) -> Any:
    """Return a value as a person reads it."""
    if isinstance(value, datetime):
        return f'{local(value):%Y-%m-%d %H:%M:%S}'
    if isinstance(value, bool):
        return _('是') if value else _('否')
    return value


def write(path: Path, contents: Contents, locale: str) -> int:
    """Write the copy to ``path`` in one step; return its bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix('.part')
    with in_locale(locale), zipfile.ZipFile(half, 'w', zipfile.ZIP_DEFLATED) as out:
        there = [one for one in contents.attachments if one.path.exists()]
        out.writestr('my-data.json', json.dumps(as_data(contents), ensure_ascii=False, indent=1))
        out.writestr('my-data.html', as_page(contents, there))
        for one in there:
            out.write(one.path, f'{PICTURES}/{one.name}', zipfile.ZIP_STORED)
    half.chmod(0o600)
    half.replace(path)
    return path.stat().st_size


def as_data(contents: Contents) -> dict[str, Any]:
    """Return the copy as plain data, headings in the reader's language."""
    return {
        _('称呼'): contents.name, _('导出时间'): plain(contents.at), _('规则版本'): contents.edition,
        _('数据'): [
            {_('类别'): _(title), _('内容'): [
                {_('名称'): _(section.title), 'table': section.table, _('记录'): [
                    {_(heading): plain(value) for heading, value in zip(section.headings, row, strict=True)} for row in section.rows]}
                for section in sections]}
            for title, sections in contents.groups],
    }


def as_page(contents: Contents, pictures: Sequence[Attachment]) -> str:
    """Return the copy as one page that needs nothing else; whatever people wrote is text in it."""
    title = _('我的数据')
    csp = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' file: data:"
    head = (
        f'<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{csp}"><title>{escape(title)}</title><style>{STYLE}</style>')
    when = f'{escape(_("导出时间"))} {escape(str(plain(contents.at)))}'
    parts = [f'<!doctype html><html lang="zh-CN"><head>{head}</head><body><h1>{escape(title)} · {escape(contents.name)}</h1><p>{when}</p>']
    for group, sections in contents.groups:
        if not sections:
            continue
        parts.append(f'<h2>{escape(_(group))}</h2>')
        parts += [_table(section) for section in sections]
    if pictures:
        parts.append(f'<h2>{escape(_("我的图片和文件"))}</h2><p>')
        parts += [_attached(one.name) for one in pictures]
        parts.append('</p>')
    return ''.join([*parts, '</body></html>'])


def _attached(name: str) -> str:
    where = escape(f'{PICTURES}/{name}')
    shown = f'<img src="{where}" alt="{escape(name)}">' if name.endswith('.webp') else escape(name)
    return f'<a href="{where}">{shown}</a> '


def _table(section: Section) -> str:
    head = ''.join(f'<th>{escape(_(heading))}</th>' for heading in section.headings)
    rows = ''.join('<tr>' + ''.join(f'<td>{escape(_cell(value))}</td>' for value in row) + '</tr>' for row in section.rows)
    return f'<h3>{escape(_(section.title))}（{len(section.rows)}）</h3><div class="t"><table><tr>{head}</tr>{rows}</table></div>'


def _cell(value: Any) -> str:
    shown = plain(value)
    if isinstance(shown, list | dict):
        return '、'.join(map(str, shown)) if isinstance(shown, list) else json.dumps(shown, ensure_ascii=False)
    return '' if shown is None else str(shown)
