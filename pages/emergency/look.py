"""The few rules of style that only these pages need; tokens and cards come from ``pages/static``."""

from nicegui import ui

CSS = """
.ys-emergency { display: flex; flex-direction: column; gap: 1rem; width: 100%; }
.ys-emergency section { display: flex; flex-direction: column; gap: .75rem; }
.ys-incident { color: inherit; display: block; text-decoration: none; }
.ys-incident-title { font-size: 1.0625rem; font-weight: 600; line-height: 1.4; margin: 0; overflow-wrap: anywhere; }
.ys-incident-part { font-size: 1.0625rem; font-weight: 600; line-height: 1.4; margin: .5rem 0 0; }
.ys-card > .ys-incident-part { padding: 0 1.1rem; }
.ys-incident-line { align-items: center; color: var(--ys-ink-2); display: flex; flex-wrap: wrap; gap: .25rem .5rem; }
.ys-incident-line { margin: .75rem 1.1rem; }
.ys-incident-time { margin-inline-start: auto; }
.ys-timeline { display: grid; gap: .25rem; list-style: none; margin: .5rem 1.1rem 1rem; padding: 0; }
.ys-timeline li { border-inline-start: 3px solid var(--ys-line); padding: .25rem 0 .5rem 1rem; position: relative; }
.ys-timeline li::before {
  background: var(--ys-line-strong); border-radius: 50%; content: ''; height: .7rem; inset-block-start: .7rem;
  inset-inline-start: -.45rem; position: absolute; width: .7rem;
}
.ys-timeline li:last-child::before { background: var(--ys-primary); }
.ys-timeline-head { align-items: center; color: var(--ys-ink-2); display: flex; flex-wrap: wrap; gap: .5rem; margin: 0; }
.ys-timeline-text { line-height: 1.6; margin: .25rem 0 0; overflow-wrap: anywhere; white-space: pre-wrap; }
.ys-timeline blockquote { background: var(--ys-sunken); border-radius: 8px; color: var(--ys-ink-2); margin: .35rem 0 0; }
.ys-timeline blockquote { padding: .4rem .7rem; }
.ys-emergency.is-drill { position: relative; }
.ys-emergency.is-drill::after {
  background: repeating-linear-gradient(-45deg, transparent 0 4.5rem, rgb(178 106 0 / 9%) 4.5rem 5.5rem); content: ''; inset: 0;
  pointer-events: none; position: absolute; z-index: 3;
}
.ys-desk { display: flex; flex-direction: column; gap: 1rem; max-width: 64rem; width: 100%; }
.ys-desk .ys-card { width: 100%; }
.ys-desk > .ys-card:not(.is-flush) { padding: 1.1rem; }
.ys-desk h2 { font-size: 1.125rem; font-weight: 600; line-height: 1.4; margin: 0 0 .75rem; }
.ys-form { display: flex; flex-direction: column; gap: 1rem; max-width: 40rem; }
.ys-form .q-field { width: 100%; }
.ys-acts { align-items: center; display: flex; flex-wrap: wrap; gap: .6rem; }
.ys-pair { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); }
.ys-venue { font-size: clamp(3.5rem, 18vw, 8rem); font-variant-numeric: tabular-nums; font-weight: 700; line-height: 1.2; }
.ys-venue { letter-spacing: .1em; text-align: center; }
.ys-roster { border-collapse: collapse; width: 100%; }
.ys-roster th, .ys-roster td { border-block-end: 1px solid var(--ys-line); padding: .6rem .5rem; text-align: start; }
.ys-roster th { color: var(--ys-ink-2); font-size: .875rem; font-weight: 600; }
"""


def add_look() -> None:
    """Add the rules to the page being built."""
    ui.add_css(CSS)
