"""What a document may be (群文件): pdf, xlsx or docx by its own bytes, without macros, embedded objects or hidden code.

Nothing is executed, unpacked to disk or trusted by its name; a document is only ever handed out as a download.
"""

import io
import re
import zipfile
from pathlib import PurePosixPath

from yunshequ.core.errors import Invalid
from yunshequ.core.i18n import N_

LONGEST_NAME = 80
"""Characters of a kept name, its ending included."""
MOST_PARTS = 5000
LARGEST_INSIDE = 300 << 20
"""Bytes a workbook or text may unpack to: a zip bomb says so in its own directory."""
LARGEST_PART_READ = 4 << 20

_OLE = b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'
_ZIP = b'PK\x03\x04'
_MAIN = {'xlsx': 'xl/workbook.xml', 'docx': 'word/document.xml'}
_ACTIVE = ('vbaproject', 'vbadata', 'activex/', 'embeddings/', 'oleobject', 'customui/', 'xl/macrosheets/', 'xl/dialogsheets/')
"""Parts that carry code or other files, by what their names hold."""
_PDF_ACTIVE = re.compile(rb'/(?:JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|Encrypt)(?![A-Za-z])')
_PDF_ESCAPE = re.compile(rb'#([0-9A-Fa-f]{2})')
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]')
"""What no name of a file may hold; also signs that turn the reading direction and so hide the real ending."""

WRONG_KIND = N_('只能发送 PDF、Excel（xlsx）和 Word（docx）文件；照片请用“图片”发送')
OLD_KIND = N_('这是旧版 Office 格式，或者加了密码。请在 Excel 或 Word 里另存为不加密的 xlsx 或 docx 再发')
MACROS = N_('这个文件里有宏或嵌入的对象，可能不安全。请另存为不带宏、不带嵌入对象的文件再发')
PDF_ACTIVE = N_('这个 PDF 加了密码，或带有脚本、附件。请重新导出为普通 PDF 再发')
BROKEN = N_('这个文件打不开，可能没有传完整。请在电脑或手机上确认能打开后再发')


def kind_of(data: bytes) -> str:
    """Return ``pdf``, ``xlsx`` or ``docx``.

    :raises Invalid: it is something else, or it holds what nobody shall send to neighbours.
    """
    if data.startswith(b'%PDF-'):
        return _pdf(data)
    if data.startswith(_OLE):
        raise Invalid(OLD_KIND, field='file')
    if data.startswith(_ZIP):
        return _office(data)
    raise Invalid(WRONG_KIND, field='file')


def safe_name(written: str, kind: str) -> str:
    """Return the name to keep: no folder, no control or direction signs, not too long, with the ending its bytes deserve."""
    bare = written.replace('\\', '/').rpartition('/')[2]
    stem = PurePosixPath(_UNSAFE.sub('', bare)).stem.strip(' .') if bare.strip(' .') else ''
    return f'{stem[:LONGEST_NAME - len(kind) - 1].rstrip(" .") or "file"}.{kind}'


def _pdf(data: bytes) -> str:
    if b'%%EOF' not in data[-2048:]:
        raise Invalid(BROKEN, field='file')
    plain = _PDF_ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), data)  # /J#53 is /JS to a reader
    if _PDF_ACTIVE.search(plain):
        raise Invalid(PDF_ACTIVE, field='file')
    return 'pdf'


def _office(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _office_kind(archive)
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError, EOFError) as error:
        raise Invalid(BROKEN, field='file') from error


def _office_kind(archive: zipfile.ZipFile) -> str:
    parts = archive.infolist()
    names = {part.filename for part in parts}
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_INSIDE:
        raise Invalid(BROKEN, field='file')
    if any(part.flag_bits & 1 for part in parts):
        raise Invalid(OLD_KIND, field='file')
    if len(names) != len(parts) or any(name.startswith('/') or '..' in name.split('/') or '\\' in name for name in names):
        raise Invalid(BROKEN, field='file')
    kinds = [kind for kind, main in _MAIN.items() if main in names]
    if len(kinds) != 1 or '[Content_Types].xml' not in names:
        raise Invalid(WRONG_KIND, field='file')
    if any(mark in name.lower() for name in names for mark in _ACTIVE) or b'macroenabled' in _part(archive, '[Content_Types].xml').lower():
        raise Invalid(MACROS, field='file')
    for name in names:
        if name.endswith('.rels') and _fetches(_part(archive, name)):
            raise Invalid(MACROS, field='file')
    return kinds[0]


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as part:
        read = part.read(LARGEST_PART_READ + 1)
    if len(read) > LARGEST_PART_READ:
        raise Invalid(BROKEN, field='file')
    return read


def _fetches(relations: bytes) -> bool:
    """Tell whether a document loads a template, frame or object from elsewhere when it is opened (links to click are fine)."""
    text = relations.decode('utf-8', 'replace').lower()
    return any(
        'targetmode="external"' in one and not re.search(r'type="[^"]*/hyperlink"', one)
        for one in re.findall(r'<relationship\b[^>]*>', text.replace("'", '"')))
