"""Tables for spreadsheets (CSV, xlsx), harmless to open: no cell can become a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

import xlsxwriter

_FORMULA = ('=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠')
"""What makes a spreadsheet compute; their full-width forms too, which some programs treat alike."""


def cell(value: object) -> object:
    """Return a value as it may stand in a cell: text that would be a formula gets an apostrophe before it."""
    if isinstance(value, str) and value.lstrip(' ').startswith(_FORMULA):
        return "'" + value
    return '' if value is None else value


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Return rows as CSV with a byte-order mark, so that spreadsheet programs read Chinese, and CRLF line ends."""
    out = io.StringIO()
    csv.writer(out).writerows([cell(value) for value in row] for row in rows)
    return '\ufeff' + out.getvalue()


def xlsx_bytes(rows: Sequence[Sequence[str]], *, sheet: str) -> bytes:
    """Return rows as a workbook of one sheet, the first row as its headings; every cell is text, so that nothing is computed or rounded."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {'in_memory': True}) as book:
        page = book.add_worksheet(sheet)
        text, bold = book.add_format({'num_format': '@'}), book.add_format({'num_format': '@', 'bold': True})
        for column in range(max((len(row) for row in rows), default=0)):
            page.set_column(column, column, 16, text)
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                page.write_string(number, column, str(cell(value)), bold if number == 0 else text)
        page.freeze_panes(1, 0)
        page.ignore_errors({'number_stored_as_text': 'A1:XFD1048576'})
    return out.getvalue()
