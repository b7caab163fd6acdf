"""Publishing with open eyes: which answers would change, and who signs where good ones would be lost."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from nicegui import ui

from pages.forms import Fields, attempt, button, text
from yunshequ.assistant.replay import REASON_MAX, NeedsSignature
from yunshequ.assistant.schemas import EntryDraft
from yunshequ.assistant.tool_schemas import Replay, Verdict
from yunshequ.assistant.tool_words import replay_line
from yunshequ.bootstrap import Container
from yunshequ.core.i18n import _
from yunshequ.core.policy import Actor

T = TypeVar('T')
TAGS = {Verdict.REGRESSION: 'ys-tag-red', Verdict.WORSE: 'ys-tag-amber', Verdict.BETTER: 'ys-tag-green'}
SHOWN = 60


def show(replay: Replay) -> None:
    """Show what a replay found, here."""
    ui.label(_('回放最近 {n} 个问题', n=replay.asked)).classes('ys-kb-replay').style('font-weight: 600').props('role=heading aria-level=2')
    if not replay.by_meaning:
        ui.label(_('语义检索没有就绪，这次没有回放。')).classes('ys-hint')
    elif not replay.changes:
        ui.label(_('最近的问题，回答都不变。')).classes('ys-hint')
    with ui.element('ul').classes('ys-kb-rows'):
        for one in replay.changes[:SHOWN]:
            words = replay_line(one)
            with ui.element('li'):
                with ui.element('div'):
                    ui.label(one.text).style('font-weight: 600')
                    said = _('问过 {n} 次', n=one.times) + (f' · {words["judged"]}' if words['judged'] else '')
                    for line in (_('现在：') + words['before'], _('以后：') + words['after'], said):
                        with ui.element('small'):
                            ui.label(line)
                ui.label(words['words']).classes(f'ys-tag {TAGS.get(one.verdict, "")}')
    if len(replay.changes) > SHOWN:
        ui.label(_('还有 {n} 个没有列出', n=len(replay.changes) - SHOWN)).classes('ys-hint')


async def publish(
    c: Container, actor: Actor, draft: Callable[[], EntryDraft], deed: Callable[[], Awaitable[T]], *, entry_id: int = -1,
    fields: Fields | None = None,
) -> T | None:
    """Do ``deed``, which lets a draft be told, after its replay: shown if answers change, signed for if good ones are lost.

    None where it was refused or thought better of.
    """
    replay = await attempt(actor, lambda: c.assistant.replays.try_out(actor, draft(), entry_id), fields)
    if replay is None or (replay.changes and not await agreed(c, actor, replay)):
        return None
    return await attempt(actor, deed, fields)


async def signed(c: Container, actor: Actor, deed: Callable[[], Awaitable[T]], fields: Fields | None = None) -> T | None:
    """Do ``deed``; where it takes good answers away, show which, have that signed for and do it then."""
    refused: list[Replay] = []

    async def careful() -> T | None:
        try:
            return await deed()
        except NeedsSignature as refusal:
            refused.append(refusal.replay)
            return None

    done = await attempt(actor, careful, fields)
    if not refused or not await agreed(c, actor, refused[0]):
        return done
    return await attempt(actor, deed, fields)


async def agreed(c: Container, actor: Actor, replay: Replay) -> bool:
    """Ask whether to go on; a replay with regressions is signed for with a reason."""
    with ui.dialog() as dialog, ui.card().classes('ys-kb-dialog').props('role=dialog aria-modal=true'):
        show(replay)
        reason = None
        if replay.blocked:
            ui.label(_('有 {n} 个答得好的问题会变差。确认要这样改，请写明理由并签字。', n=len(replay.regressions))).classes('ys-error')
            reason = text(_('理由（会记入审计，由您负责）'), most=REASON_MAX)

        async def go_on() -> None:
            if reason is not None:
                await attempt(actor, lambda: c.assistant.replays.sign(actor, replay, reason.value or ''), {'reason': reason})
                if reason.error is not None:
                    return
            dialog.submit(True)

        with ui.element('div').classes('ys-ask-acts'):
            button(_('签字并发布') if replay.blocked else _('照样发布'), go_on, main=True)
            button(_('先不发布'), lambda: dialog.submit(False))
    went_on = await dialog
    dialog.delete()
    return bool(went_on)
