"""The few rules of style and small parts these pages share."""

from nicegui import ui

from pages.people import look

CSS = """
.ys-rights { display: flex; flex-direction: column; gap: 1rem; max-width: 45rem; width: 100%; }
.ys-rights .ys-card { box-sizing: border-box; padding: 1.1rem; width: 100%; }
.ys-rights h2 { font-size: 1.125rem; font-weight: 600; line-height: 1.4; margin: 0 0 .3rem; }
.ys-rights h3 { font-size: 1rem; font-weight: 600; line-height: 1.4; margin: .9rem 0 0; }
.ys-rights p { line-height: 1.65; margin: .3rem 0; overflow-wrap: anywhere; }
.ys-rights details > summary { align-items: center; cursor: pointer; display: flex; font-weight: 500; gap: .6rem;
  justify-content: space-between; min-height: var(--ys-touch); }
.ys-rights details + details { border-block-start: 1px solid var(--ys-line); }
.ys-rights summary small { color: var(--ys-ink-2); font-size: .875rem; font-weight: 400; margin-inline-start: auto; }
.ys-rights summary::after { border: solid currentcolor; border-width: 0 2px 2px 0; content: ''; flex: none; height: .45rem;
  margin-inline-end: .3rem; transform: rotate(45deg); width: .45rem; }
.ys-rights details[open] > summary::after { transform: rotate(-135deg); }
.ys-rights .ys-acts { margin-block-start: .7rem; }
.ys-rights .ys-switch { padding-inline: 0; width: 100%; }
.ys-rights .ys-switch + p { color: var(--ys-ink-2); font-size: .9375rem; margin-block: 0 .6rem; }
.ys-rights .ys-lines-what { flex-basis: 100%; }
.ys-rights .ys-lines-what small { line-height: 1.55; margin-block-start: .15rem; }
"""


def add_look() -> None:
    """Add the rules to the page being built."""
    look.add_look()
    ui.add_css(CSS)
