"""The few rules of style that only these pages need; tokens and cards come from ``pages/static``."""

from nicegui import ui

CSS = """
.ys-talk { display: flex; flex-direction: column; gap: .75rem; width: 100%; }
.ys-talk > section { display: flex; flex-direction: column; gap: .6rem; }
.ys-talk h2 { font-size: 1.0625rem; font-weight: 600; line-height: 1.4; margin: .5rem 0 0; }
.ys-talk-line { color: inherit; display: block; padding: .9rem 1.1rem; text-decoration: none; }
.ys-talk-line strong { display: block; font-size: 1.0625rem; font-weight: 600; line-height: 1.45; margin: .35rem 0 .2rem; }
.ys-talk-line strong, .ys-talk-line p { overflow-wrap: anywhere; }
.ys-talk-line p { color: var(--ys-ink-2); line-height: 1.5; margin: .1rem 0 0; }
.ys-talk-line .ys-bar { margin-block-start: .5rem; }
.ys-talk-line .ys-bar i { background: var(--ys-amber); }
.ys-talk-meta { align-items: center; color: var(--ys-ink-2); display: flex; flex-wrap: wrap; font-size: .875rem; gap: .35rem .6rem; }
.ys-topic { display: flex; flex-direction: column; gap: 1rem; width: 100%; }
.ys-topic .ys-card { padding: 1.1rem; }
.ys-topic h2 { font-size: 1.125rem; font-weight: 600; line-height: 1.4; margin: 0 0 .4rem; }
.ys-topic-text { background: var(--ys-sunken); border-radius: 10px; font-size: 1rem; line-height: 1.75; margin: .6rem 0 0;
  overflow-wrap: anywhere; padding: .8rem 1rem; white-space: pre-wrap; }
.ys-topic-text ins { background: var(--ys-leaf-soft); color: var(--ys-leaf-ink); text-decoration: underline; }
.ys-topic-text del { background: var(--ys-primary-soft); color: var(--ys-primary-ink); }
.ys-editions { display: flex; flex-wrap: wrap; gap: .4rem; margin-block: .5rem 0; }
.ys-edition { background: var(--ys-surface); border: 1px solid var(--ys-line-strong); border-radius: 999px; color: var(--ys-ink);
  cursor: pointer; font: inherit; min-height: var(--ys-touch); padding: .25rem .9rem; }
.ys-edition[aria-pressed='true'] { background: var(--ys-leaf-soft); border-color: var(--ys-leaf); color: var(--ys-leaf-ink);
  font-weight: 600; }
.ys-opinions { display: grid; gap: .25rem; list-style: none; margin: .5rem 0 0; padding: 0; }
.ys-opinions > li { border-block-start: 1px solid var(--ys-line); padding: .8rem 0 .4rem; }
.ys-opinion-body { line-height: 1.65; margin: .35rem 0; overflow-wrap: anywhere; white-space: pre-wrap; }
.ys-opinion-answer { background: var(--ys-leaf-soft); border-radius: 10px; margin: .4rem 0; padding: .6rem .8rem; }
.ys-opinion-answer p { line-height: 1.6; margin: .2rem 0 0; overflow-wrap: anywhere; white-space: pre-wrap; }
.ys-weigh { display: flex; flex-wrap: wrap; gap: .4rem; }
.ys-weigh button { align-items: center; background: none; border: 1px solid var(--ys-line-strong); border-radius: 999px;
  color: var(--ys-ink); cursor: pointer; display: inline-flex; font: inherit; gap: .35rem; min-height: var(--ys-touch);
  padding: .2rem .9rem; }
.ys-weigh button[aria-pressed='true'] { background: var(--ys-leaf-soft); border-color: var(--ys-leaf); color: var(--ys-leaf-ink);
  font-weight: 600; }
.ys-weigh b { font-variant-numeric: tabular-nums; font-weight: 500; }
.ys-opine { display: flex; flex-direction: column; gap: .6rem; margin-block-start: .6rem; }
.ys-opine .ys-btn { align-self: flex-start; }
.ys-manage { padding: 1.1rem; width: 100%; }
.ys-manage h2 { font-size: 1.125rem; font-weight: 600; line-height: 1.4; margin: 0; }
.ys-manage summary { align-items: center; cursor: pointer; display: flex; font-weight: 600; justify-content: space-between;
  min-height: var(--ys-touch); }
.ys-manage summary::after { border: solid currentcolor; border-width: 0 2px 2px 0; content: ''; height: .5rem; margin-inline-end: .4rem;
  transform: rotate(45deg); width: .5rem; }
.ys-manage[open] summary::after { transform: rotate(-135deg); }
.ys-desk { display: flex; flex-direction: column; gap: 1rem; max-width: 64rem; width: 100%; }
.ys-desk > .ys-form { padding: 1.1rem; width: 100%; }
.ys-form { display: flex; flex-direction: column; gap: 1rem; max-width: 40rem; }
.ys-form .q-field { width: 100%; }
.ys-acts { align-items: center; display: flex; flex-wrap: wrap; gap: .6rem; }
.ys-pair { display: grid; gap: 0 1rem; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); }
"""


def add_look() -> None:
    """Add the rules to the page being built."""
    ui.add_css(CSS)
