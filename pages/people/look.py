"""The few rules of style and small parts these pages share; tokens and cards come from ``pages/static``."""

from datetime import datetime
from html import escape

from nicegui import ui

from yunshequ.core.clock import local

CSS = """
.ys-desk { display: flex; flex-direction: column; gap: 1rem; max-width: 64rem; width: 100%; }
.ys-desk .ys-card { padding: 1.1rem; width: 100%; box-sizing: border-box; }
.ys-desk h2, .ys-desk h3, .ys-form h2 { font-size: 1.125rem; font-weight: 600; line-height: 1.4; margin: 0; }
.ys-acts { align-items: center; display: flex; flex-wrap: wrap; gap: .6rem; }
.ys-people-head { display: flex; flex-direction: column; gap: .75rem; }
.ys-people-place { max-width: 28rem; width: 100%; }
.ys-form.q-card { min-width: min(30rem, 90vw); padding: 1.25rem; }
.ys-form { display: flex; flex-direction: column; gap: 1rem; max-width: 40rem; }
.ys-form .q-field { width: 100%; }
.ys-pair { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); }
.ys-lines { display: flex; flex-direction: column; list-style: none; margin: 0; padding: 0; }
.ys-lines > li {
  align-items: center; border-block-end: 1px solid var(--ys-line); display: flex; flex-wrap: wrap;
  gap: .4rem 1rem; padding: .7rem 0;
}
.ys-lines > li:last-child { border-block-end: 0; }
.ys-lines-what { flex: 1 1 14rem; min-width: 0; overflow-wrap: anywhere; }
.ys-lines-what small { color: var(--ys-ink-2); display: block; font-size: .875rem; }
.ys-desk .q-btn--outline, .ys-form .q-btn--outline { --q-primary: var(--ys-primary-ink); }
.q-dialog__inner > .ys-form { position: relative; z-index: 1; }
.ys-roll-file { display: flex; flex-direction: column; gap: .75rem; }
.ys-roll-file p { margin: 0; }
.ys-roll-file h3 { margin-block-start: .75rem; }
.ys-roll-file .ys-lines-what { flex-basis: 60%; }
.ys-roll-file > .ys-btn { align-self: start; }
.ys-roll-file label.ys-btn { cursor: pointer; position: relative; }
.ys-roll-file label.ys-btn:focus-within { outline: 3px solid var(--ys-link); outline-offset: 2px; }
.ys-papers { border: 0; display: flex; flex-wrap: wrap; gap: 0 1rem; margin: 0; padding: 0; }
.ys-papers .q-checkbox { min-height: 44px; }
.ys-scroll { overflow-x: auto; width: 100%; }
.ys-roll td small { display: none; }
@media (max-width: 599px) {
  .ys-roll thead { display: none; }
  .ys-roll table, .ys-roll tbody { display: block; }
  .ys-roll tbody tr { border-block-end: 1px solid var(--ys-line); display: grid; gap: .1rem .75rem; grid-template-columns: 1fr auto; padding: .7rem 0; }
  .ys-roll tbody tr:last-child { border-block-end: 0; }
  .ys-roll tbody td { border: 0; grid-column: 1; height: auto; overflow-wrap: anywhere; padding: 0; white-space: normal; }
  .ys-roll tbody td::before { display: none; }
  .ys-roll tbody td.is-name { font-weight: 600; }
  .ys-roll tbody td.is-open { align-self: center; grid-column: 2; grid-row: 1 / span 5; }
  .ys-roll td:not(.is-name) small { color: var(--ys-ink-2); display: inline; font-size: .875rem; margin-inline-end: .4em; }
}
.ys-code { font-size: 1.25rem; font-variant-numeric: tabular-nums; font-weight: 600; letter-spacing: .06em; }
"""


def add_look() -> None:
    """Add the rules to the page being built."""
    ui.add_css(CSS)


def heading(words: str, tag: str = 'h2') -> None:
    """Write a heading."""
    ui.html(escape(words), tag=tag, sanitize=False)


def what(first: str, second: str = '') -> None:
    """Write the words of a line: what it is, and smaller what belongs to it."""
    ui.html(f'{escape(first)}<small>{escape(second)}</small>' if second else escape(first), sanitize=False).classes('ys-lines-what')


def day(at: datetime) -> str:
    """Return a date in Nanjing."""
    return f'{local(at):%Y-%m-%d}'


def moment(at: datetime) -> str:
    """Return a date and time in Nanjing."""
    return f'{local(at):%Y-%m-%d %H:%M}'
