"""`yunshequ`: what a keeper of the house does from a terminal."""

import asyncio
import json
import os
import shutil
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from yunshequ import cli_kb
from yunshequ.assistant.holidays import Holidays
from yunshequ.bootstrap import Container
from yunshequ.community import seed as community_seed
from yunshequ.community.places import add_place
from yunshequ.community.schemas import PlaceKind
from yunshequ.core import database, logging
from yunshequ.core.clock import local
from yunshequ.core.errors import AppError
from yunshequ.core.policy import Role
from yunshequ.core.settings import Settings
from yunshequ.core.unit import Tx
from yunshequ.migrate import is_current, upgrade
from yunshequ.seed import demo as demo_seed
from yunshequ.seed import district as district_seed

T = TypeVar('T')

app = typer.Typer(help='掌上云社区: serve it, migrate it, fill it, check it.', no_args_is_help=True, pretty_exceptions_enable=False)
seed = typer.Typer(help='Fill an empty database.', no_args_is_help=True)
model = typer.Typer(help='The encoder of 小栖.', no_args_is_help=True)
app.add_typer(seed, name='seed')
app.add_typer(model, name='model')
app.add_typer(cli_kb.app, name='kb')

ROOT = Path(__file__).resolve().parents[2]


def _settings() -> Settings:
    settings = Settings()
    logging.setup(settings.log_level, as_json=settings.log_json)
    return settings


def _current() -> Settings:
    """Return the settings if the database has this version's schema; else say what to do and end with 1."""
    settings = _settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    if not is_current(settings.resolved_database_url()):
        print('数据库的结构不是最新，什么都没有改动。请先运行 yunshequ migrate，再运行这条命令', file=sys.stderr)
        raise typer.Exit(1)
    return settings


def _with_container(settings: Settings, work: Callable[[Container], Awaitable[T]]) -> T:
    """Run ``work`` with the services up but nothing listening, no jobs and no model."""

    async def run() -> T:
        container = Container(settings)
        await container.db.start()
        await container.bus.start()
        try:
            return await work(container)
        finally:
            await container.bus.stop()
            await container.db.stop()

    return asyncio.run(run())


@app.command()
def serve() -> None:
    """Serve until a signal ends the process; everything else is set by YUNSHEQU_… (docs/settings.md)."""
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, str(ROOT / 'main.py')])  # noqa: S606 - ourselves, no shell


@app.command()
def migrate() -> None:
    """Bring the database to this version's schema."""
    settings = _settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    upgrade(settings.resolved_database_url())
    print('数据库已是最新结构')


@seed.command('demo')
def seed_demo() -> None:
    """The nine 街道, three communities in depth, three stories. Does nothing if it is there already."""
    settings = _current()
    for line in asyncio.run(demo_seed.fill(settings, ROOT / 'data' / 'seed')):
        print(line)


@seed.command('district')
def seed_district(
    members: Annotated[int, typer.Option(help='People.')] = 220_000,
    rooms: Annotated[int, typer.Option(help='Rooms.')] = 1_160,
    messages: Annotated[int, typer.Option(help='Messages.')] = 2_000_000,
) -> None:
    """The real size, from a fixed seed: 9 街道, 126 communities, 1,160 rooms, 220,000 people, two million messages."""
    settings = _current()
    began = time.monotonic()
    size = district_seed.Size(members=members, rooms=rooms, messages=messages)
    _with_container(settings, lambda container: district_seed.fill(container, size, say=lambda line: print(line, flush=True)))
    print(f'完成，用时 {time.monotonic() - began:.0f} 秒')


@app.command('create-admin')
def create_admin(
    phone: str, name: str,
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)],
    district: Annotated[str, typer.Option(help='Name of the district, made if the database has none.')] = '栖霞区',
) -> None:
    """Make somebody the administrator of the district and of everything below it."""
    settings = _current()

    async def work(container: Container) -> int:
        number = container.accounts.phone(phone)
        member_id = await container.community.create_member(name, phone_hash=number.hash, phone_mask=number.mask)
        await container.accounts.seed_password(member_id, password)
        tops = await container.community.children(None)

        def appoint(tx: Tx) -> None:
            top = tops[0] if tops else add_place(tx, PlaceKind.DISTRICT, district, None)
            community_seed.appoint(tx, member_id, top.id, Role.ADMIN)

        await container.db.write(appoint)
        return member_id

    try:
        member_id = _with_container(settings, work)
    except AppError as error:
        print(error.words('zh-CN'))
        raise typer.Exit(1) from error
    print(f'管理员已建立：{name}（成员 {member_id}）')


@app.command('reset-factor')
def reset_factor(phone: str) -> None:
    """Forget somebody's authenticator app (lost phone, lost recovery codes) and end their logins; the next login sets a new one up."""
    settings = _current()

    async def work(container: Container) -> bool:
        member_id = await container.community.member_by_phone(container.accounts.phone(phone).hash)
        return member_id is not None and await container.accounts.reset_factor(member_id)

    try:
        done = _with_container(settings, work)
    except AppError as error:
        print(error.words('zh-CN'))
        raise typer.Exit(1) from error
    print('已重置：下次登录时重新设置二次验证' if done else '这个手机号没有设置过二次验证')


@app.command('move-phone')
def move_phone(old: str, new: str) -> None:
    """Set the number of somebody in office anew (lost phone); their logins end, the password is void. Residents: /staff/people, two persons."""
    settings = _settings()
    try:
        done = _with_container(settings, lambda container: container.lost_phones.move(old, new))
    except AppError as error:
        print(error.words('zh-CN'))
        raise typer.Exit(1) from error
    print('已换号：原来的登录已全部退出，请用新号码登录' if done else '这个手机号没有账号')


@model.command('build')
def model_build() -> None:
    """Build the default encoder from its packages; needs no network, does nothing if it stands already."""
    from embeddings import ModelBuildError, build_packaged_model  # noqa: PLC0415 - torch is slow to load

    settings = _settings()
    if settings.encoder != 'packaged':
        print(f'设置中指定了模型 {settings.encoder}，无需构建')
        return
    try:
        folder = build_packaged_model(settings.data_dir / 'models', progress=_say)
    except ModelBuildError as error:
        print(f'模型没有建成，小栖将只按字面回答：{error}')
        raise typer.Exit(1) from error
    print(f'模型就绪：{folder}')


def _say(step: str, share: float) -> None:
    print(f'{share:4.0%} {step}', flush=True)


@app.command()
def check() -> None:
    """Look at settings, database, model, disk and clock, and say what to mend. Exit code 1 if anything must be."""
    settings = _settings()
    problems = 0
    for name, finding in (
        ('设置 settings', _check_settings(settings)), ('数据库 database', _check_database(settings)), ('模型 model', _check_model(settings)),
        ('磁盘 disk', _check_disk(settings)), ('时钟 clock', _check_clock(settings)),
    ):
        problems += finding is not None
        print(f'{"✗" if finding else "✓"} {name}: {finding or "好"}')
    for name, hint in (('放假安排 holidays', _holidays_to_fill()), ('法条出处 citations', _citations_to_check())):
        print(f'{"!" if hint else "✓"} {name}: {hint or "好"}')
    raise typer.Exit(1 if problems else 0)


def _check_settings(settings: Settings) -> str | None:
    if settings.secret and len(settings.secret) < 32:
        return 'YUNSHEQU_SECRET 太短，请用至少 32 个随机字符'
    if settings.sms == 'http' and not settings.sms_url:
        return 'YUNSHEQU_SMS=http 时请同时设置 YUNSHEQU_SMS_URL'
    if settings.base_url.startswith('https') and not settings.secure_cookies:
        return '网站走 HTTPS，请设置 YUNSHEQU_SECURE_COOKIES=true'
    return None


def _check_database(settings: Settings) -> str | None:
    url = settings.resolved_database_url()
    said = database.ping(url)
    if said is not None:
        return f'连不上（{said}），请检查 YUNSHEQU_DATABASE_URL'
    return None if is_current(url) else '结构不是最新，请运行 yunshequ migrate'


def _check_model(settings: Settings) -> str | None:
    if not settings.assistant:
        return None
    from embeddings import PACKAGED_MODEL_NAME, is_built  # noqa: PLC0415 - torch is slow to load

    if settings.encoder == 'packaged' and not is_built(settings.data_dir / 'models' / PACKAGED_MODEL_NAME):
        return '还没有构建，请运行 yunshequ model build（之前小栖只按字面回答）'
    return None


def _check_disk(settings: Settings) -> str | None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.data_dir).free / 2**30
    return f'只剩 {free:.1f} GiB，请清理或换一块盘（建议留 2 GiB 以上）' if free < 2 else None


def _holidays_to_fill() -> str | None:
    """A hint, no problem: everything runs, but hand-offs say the wrong hour on a holiday."""
    years = Holidays.load().missing(local(datetime.now(UTC)).date())
    named = '、'.join(f'{year} 年' for year in years)
    return f'{named}的放假和调休还没有填，请照国务院办公厅的通知填进 data/rules/office/holidays.json 后重新启动' if years else None


def _citations_to_check() -> str | None:
    """A hint: articles that rule packs rest on and that nobody has read yet."""
    listed = json.loads((ROOT / 'data' / 'rules' / 'sources' / 'citations.json').read_text(encoding='utf-8'))['citations']
    open_ones = [f'{one["law"]}{one["article"]}' for one in listed if one['state'] == 'unverified']
    return f'{len(open_ones)} 处没有核到，用之前请照官方文本核对：{"；".join(open_ones)}' if open_ones else None


def _check_clock(settings: Settings) -> str | None:
    """A machine without a battery starts in the past; the newest row of the audit knows better."""
    if datetime.now(UTC).year < 2026:
        return '系统时间不对，请打开自动对时（timedatectl set-ntp true）'
    url = settings.resolved_database_url()
    if database.ping(url) is not None or not is_current(url):
        return None
    newest = _with_container(settings, lambda container: container.newest_audit())
    if newest is not None and newest > datetime.now(UTC):
        return '系统时间早于数据库里最近的记录，请对时后再启动'
    return None


if __name__ == '__main__':
    app()
