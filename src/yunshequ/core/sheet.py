"""Tables for spreadsheets (CSV), harmless to open: no cell can become a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

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
