"""`yunshequ kb import` and `kb export`: knowledge as files from a terminal, in the name of somebody who may."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from yunshequ.assistant.replay import NeedsSignature
from yunshequ.assistant.tool_schemas import ImportPlan, Replay
from yunshequ.assistant.tool_words import replay_line
from yunshequ.bootstrap import Container
from yunshequ.community.schemas import PlaceKind
from yunshequ.core import logging
from yunshequ.core.errors import AppError, NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Actor
from yunshequ.core.settings import Settings

T = TypeVar('T')
SHOWN = 50
"""Lines of each list that are printed; ``--json`` prints all."""
SCOPES = (PlaceKind.DISTRICT, PlaceKind.SUBDISTRICT, PlaceKind.COMMUNITY)

By = Annotated[str, typer.Option('--by', help='Telephone of the keeper in whose name it is done; their rights count, the audit names them.')]
Place = Annotated[str, typer.Option('--place', help='Name of the district, street or community; their own office if left out.')]


def import_kb(
    file: Annotated[Path, typer.Argument(help='xlsx, csv (UTF-8 or GB18030) or jsonl.', exists=True, dir_okay=False)],
    by: By,
    place: Place = '',
    dry_run: Annotated[bool, typer.Option('--dry-run', help='Only say what would be done, and every bad line with its reason.')] = False,
    publish: Annotated[bool, typer.Option('--publish', help='New entries are told at once; drafts otherwise.')] = False,
    looked: Annotated[bool, typer.Option('--looked', help='The lines that mean the same as others have been looked at.')] = False,
    reason: Annotated[str, typer.Option('--reason', help='Why answers may get worse: signs for the regressions.')] = '',
    as_json: Annotated[bool, typer.Option('--json', help='One JSON object.')] = False,
) -> None:
    """Bring entries in from a file; the same file twice changes nothing. Look first with --dry-run."""
    data = file.read_bytes()

    async def work(container: Container) -> ImportPlan:
        actor, place_id = await _who_and_where(container, by, place)
        exchange = container.assistant.exchange
        plan = await exchange.check(actor, place_id, data, publish=publish)
        if dry_run or not plan.changes:
            return plan
        if plan.replay is not None and plan.replay.blocked and not reason:
            _say_replay(plan.replay)
        return await exchange.take(actor, place_id, data, plan.digest, publish=publish, looked=looked, reason=reason)

    plan = _run(work)
    if as_json:
        typer.echo(plan.model_dump_json())
        return
    _say(plan, dry_run=dry_run)


def export_kb(
    file: Annotated[Path, typer.Argument(help='Where to write; its ending says the kind: .xlsx, .csv or .jsonl.')],
    by: By,
    place: Place = '',
) -> None:
    """Write the entries of a place and below to a file; cells are harmless to open."""

    async def work(container: Container) -> bytes:
        actor, place_id = await _who_and_where(container, by, place)
        return await container.assistant.exchange.export(actor, place_id, file.suffix.lstrip('.').lower())

    file.write_bytes(_run(work, model=False))
    typer.echo(f'已写入 {file}')


def _run(work: Callable[[Container], Awaitable[T]], *, model: bool = True) -> T:
    """Run ``work`` with the services up and, with ``model``, 小栖 loaded: duplicates and replays need it."""
    settings = Settings()
    logging.setup(settings.log_level, as_json=settings.log_json)

    async def run() -> T:
        container = Container(settings)
        await container.db.start()
        await container.bus.start()
        try:
            if not model:
                return await work(container)
            await container.assistant.start()
            try:
                await container.assistant.settled()
                return await work(container)
            finally:
                await container.assistant.stop()
        finally:
            await container.bus.stop()
            await container.db.stop()

    try:
        return asyncio.run(run())
    except NeedsSignature as refusal:
        typer.echo(f'{refusal.words("zh-CN")}（--reason）', err=True)
        raise typer.Exit(1) from refusal
    except AppError as refusal:
        typer.echo(refusal.words('zh-CN') + ('（--looked）' if refusal.field == 'looked' else ''), err=True)
        raise typer.Exit(1) from refusal


async def _who_and_where(container: Container, phone: str, name: str) -> tuple[Actor, int]:
    """Return the keeper and the place.

    :raises NotFound: nobody has this telephone, or no place of the keeper's has this name.
    """
    member_id = await container.community.member_by_phone(container.accounts.phone(phone).hash)
    if member_id is None:
        raise NotFound(N_('没有用这个手机号登记的人'))
    offices = [office.place for office in await container.community.offices(member_id)]
    if not name:
        if not offices:
            raise NotFound(N_('这个人没有任职，请换一位知识库的维护人员'))
        return Actor(member_id), offices[0].id
    for office in offices:
        for place in [office, *[one for kind in SCOPES for one in await container.community.below(office.id, kind)]]:
            if place.name == name and place.kind in SCOPES:
                return Actor(member_id), place.id
    raise NotFound(N_('没有找到“{name}”，请写这个人维护的区、街道或社区的名称'), name=name)


def _say(plan: ImportPlan, *, dry_run: bool) -> None:
    typer.echo(f'{"试运行，什么都没有写入" if dry_run else "导入好了"}：新增 {plan.added} 条，改动 {plan.changed} 条，不变 {plan.unchanged} 条')
    for problem in plan.problems:
        typer.echo(f'第 {problem.line} 行不导入：{problem.words("zh-CN")}')
    for twin in plan.twins[:SHOWN]:
        where = f'第 {twin.other_line} 行' if twin.other_line else '已有条目'
        typer.echo(f'第 {twin.line} 行“{twin.question}”和{where}“{twin.other}”意思相近')
    if plan.ignored:
        typer.echo(f'没有读的列：{"、".join(plan.ignored)}')
    if plan.replay is not None and dry_run:
        _say_replay(plan.replay)
    if not dry_run and plan.changes:
        typer.echo('正在运行的服务：用 Redis 时马上生效，否则请重启')


def _say_replay(replay: Replay) -> None:
    if not replay.by_meaning:
        typer.echo('语义检索没有就绪，没有回放最近的问题')
        return
    typer.echo(f'回放最近 {replay.asked} 个问题：{len(replay.changes)} 个回答会变，其中 {len(replay.regressions)} 个会变差')
    for one in replay.changes[:SHOWN]:
        words: dict[str, Any] = replay_line(one)
        typer.echo(f'  [{words["words"]}] {one.text}：{words["before"]} → {words["after"]}')
