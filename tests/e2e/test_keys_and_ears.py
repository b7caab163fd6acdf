"""One way through the app with the keyboard alone, as a screen reader hears it, and with motion turned off."""

import asyncio
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e import site as sites
from tests.e2e.conftest import Stage
from tests.e2e.people import CONNECTED, ENTRANCES, Person
from tests.e2e.site import Site
from yunshequ.ballots.schemas import BallotDraft, OptionDraft, Stance
from yunshequ.bootstrap import Container
from yunshequ.community.levels import Level
from yunshequ.core.policy import Actor
from yunshequ.core.settings import Settings

AUNT, WORKER, ROOM = '3栋-张阿姨', '社区小沈', '景和园3栋楼栋群'
BALLOT = '楼道里要不要装声控灯'
MOST_TABS = 150
FOCUS = """element => {
  if (!element.matches(':focus-visible')) return 'not visible as focused';
  for (let one = element, up = 0; one && up < 4; one = one.parentElement, up += 1) {
    const style = getComputedStyle(one);
    if (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== 'none') return '';
  }
  return 'no ring around it';
}"""
UNNAMED = re.compile(r'^\s*- (?:button|link|textbox|radio|checkbox|combobox|tab|switch|img)(?: \[[^]]*\])*:?$', re.MULTILINE)
"""A line of an aria snapshot that names what can be used, or an image, by its kind only."""


@pytest.fixture
def site(filled: Path, tmp_path: Path) -> Iterator[Site]:
    """The demo with a vote in 景和园 that everybody who has joined may take part in."""
    folder = sites.copy(filled, tmp_path / 'data')
    made = Site(folder)

    async def prepare() -> None:
        c = Container(Settings(_env_file=None, data_dir=folder, assistant=False))  # type: ignore[call-arg]
        await c.db.start()
        worker = Actor(made.value('SELECT id FROM member WHERE nickname = ?', WORKER))
        room = made.value('SELECT place_id FROM room WHERE title = ?', ROOM)
        ballot = await c.ballots.create(worker, BallotDraft(
            client_id='keys-and-ears', place_id=room, title=BALLOT, rule='consultation.open', level=Level.MEMBER,
            closes_at=c.clock.now() + timedelta(days=3), options=(
                OptionDraft(text='同意', stance=Stance.YES), OptionDraft(text='不同意', stance=Stance.NO),
                OptionDraft(text='弃权', stance=Stance.ABSTAIN))))
        await c.ballots.open(worker, ballot)
        await c.db.stop()

    asyncio.run(prepare())
    yield made
    made.kill()


async def reach(page: Page, target: Locator, key: str = 'Tab') -> None:
    """Press Tab until the focus stands on ``target``, where it must be seen."""
    await target.first.wait_for()
    for _ in range(MOST_TABS):
        if await target.first.evaluate('one => one === document.activeElement'):
            assert await target.first.evaluate(FOCUS) == '', await target.first.evaluate('one => one.outerHTML.slice(0, 200)')
            return
        await page.keyboard.press(key)
    where = await page.evaluate('() => document.activeElement.outerHTML.slice(0, 200)')
    raise AssertionError(f'{MOST_TABS} tabs do not lead to {target}; the focus is on {where}')


async def follow(page: Page, target: Locator, where: str) -> None:
    """Reach a link or a button and press Enter."""
    await reach(page, target)
    await page.keyboard.press('Enter')
    await page.wait_for_url(where)
    await page.wait_for_function(CONNECTED)


async def test_the_keyboard_alone_is_enough(stage: Stage) -> None:
    person = await stage.desk(AUNT)
    page = await person.open('/login')
    await follow(page, page.locator('.ys-demo').get_by_role('button', name=ENTRANCES[AUNT], exact=True), '**/messages')
    await follow(page, page.get_by_role('link', name=re.compile(ROOM)), '**/rooms/*')
    await reach(page, page.locator('.ys-room .ys-composer textarea'))
    await page.keyboard.type('键盘也能发消息')
    await page.keyboard.press('Enter')
    await expect(page.get_by_role('log').get_by_text('键盘也能发消息', exact=True)).to_be_visible()
    await person.go(page, '/messages')
    await follow(page, page.get_by_role('link', name=re.compile('^议事')), '**/deliberate*')
    await follow(page, page.get_by_role('link', name=re.compile(BALLOT)), '**/ballots/*')
    await reach(page, page.get_by_role('radio', name=re.compile('^同意')))
    await page.keyboard.press('Space')
    await reach(page, page.locator('.ys-ballot button[type=submit]'))
    await page.keyboard.press('Enter')
    await expect(page.locator('.ys-ballot-done')).to_be_visible()
    await follow(page, page.locator('.ys-alarm'), '**/emergency/*')
    await follow(page, page.locator('.ys-call a', has_text='查看详情'), '**/calls/*')
    await reach(page, page.get_by_role('button', name='我报名'))
    await page.keyboard.press('Enter')
    await expect(page.locator('.ys-shift-mine').first).to_be_visible()


async def hears(page: Page, *lines: str) -> str:
    """Return what a screen reader would read of a page; each of ``lines`` must be in it, and nothing may be without a name."""
    said = await page.locator('body').aria_snapshot()
    nameless = UNNAMED.findall(said)
    assert not nameless, (page.url, nameless, said)
    for line in lines:
        assert re.search(line, said, re.MULTILINE), (page.url, line, said)
    return said


async def test_what_a_screen_reader_says(stage: Stage) -> None:
    person, worker = await stage.phone(AUNT), await stage.desk(WORKER)
    page = await person.open('/login')
    await hears(page, r'- main', r'- button "获取验证码', r'- textbox "手机号')
    page = await person.enter(AUNT)
    await hears(page, r'- navigation "主要栏目"', r'- link "消息', r'- link "议事')
    await expect(page.get_by_role('link', name=re.compile(ROOM))).to_be_visible()
    room = stage.site.value('SELECT id FROM room WHERE title = ?', ROOM)
    await person.go(page, f'/rooms/{room}')
    await hears(page, r'- log "', r'- textbox "', r'- button "发送"')
    log = page.get_by_role('log')
    await expect(log).to_have_attribute('aria-live', 'polite')
    await page.locator('.ys-room .ys-composer textarea').fill('听得到吗')
    await page.get_by_role('button', name='发送', exact=True).click()
    await expect(log.get_by_text('听得到吗', exact=True)).to_be_visible()
    desk = await worker.enter(WORKER)
    await worker.go(desk, f'/rooms/{room}')
    await desk.locator('.ys-room .ys-composer textarea').fill('听得到，张阿姨')
    await desk.get_by_role('button', name='发送', exact=True).click()
    await expect(log.get_by_text('听得到，张阿姨', exact=True)).to_be_visible()  # inside the live region: it is read out
    assert '听得到，张阿姨' in await log.aria_snapshot()

    ballot = stage.site.value('SELECT id FROM ballot WHERE title = ?', BALLOT)
    await person.go(page, f'/ballots/{ballot}')
    await hears(page, rf'- heading "{BALLOT}"', r'- group', r'- radio "同意', r'- radio "不同意', r'- radio "弃权')
    await page.get_by_role('radio', name=re.compile('^同意')).check()
    await page.locator('.ys-ballot button[type=submit]').click()
    done = page.locator('.ys-ballot-done')
    await expect(done).to_have_attribute('role', 'status')
    await expect(done).to_contain_text('您')

    call = stage.site.value('SELECT id FROM volunteer_call')
    await person.go(page, f'/calls/{call}')
    await hears(page, r'- button ".*我报名', r'- heading')
    await page.get_by_role('button', name=re.compile('我报名')).first.click()
    await expect(page.locator('.ys-shift-mine').first).to_be_visible()
    await hears(page, r'- button ".*取消报名')


MOVING = """() => [...document.querySelectorAll('*')].flatMap(one => ['', '::before', '::after'].map(part => [one, part])).filter(([one, part]) => {
  const style = getComputedStyle(one, part || null);
  const longest = list => Math.max(...list.split(',').map(word => parseFloat(word) * (word.trim().endsWith('ms') ? 1 : 1000)));
  return (style.animationName !== 'none' && (longest(style.animationDuration) > 1 || style.animationIterationCount === 'infinite'))
    || (style.transitionProperty !== 'none' && longest(style.transitionDuration) > 1) || style.scrollBehavior === 'smooth';
}).map(([one, part]) => one.className + part).slice(0, 20)"""


@pytest.mark.parametrize('wish', ['reduce', 'no-preference'])
async def test_who_wants_no_motion_sees_none(stage: Stage, wish: str) -> None:
    person: Person = await stage.phone(AUNT, reduced_motion=wish)
    page = await person.enter(AUNT)
    room = stage.site.value('SELECT id FROM room WHERE title = ?', ROOM)
    ballot = stage.site.value('SELECT id FROM ballot WHERE title = ?', BALLOT)
    call = stage.site.value('SELECT id FROM volunteer_call')
    moving = []
    for path in ('/messages', f'/rooms/{room}', f'/ballots/{ballot}', f'/calls/{call}', '/emergency', '/me'):
        await person.go(page, path)
        moving += await page.evaluate(MOVING)
    assert bool(moving) == (wish == 'no-preference'), moving
    if wish == 'reduce':
        await person.go(page, f'/rooms/{room}')
        await page.evaluate("() => { window.__ran = 0; document.addEventListener('transitionrun', () => { window.__ran += 1 }); }")
        await page.locator('.ys-room .ys-composer textarea').fill('不要动画')
        await page.get_by_role('button', name='发送', exact=True).click()
        await expect(page.get_by_role('log').get_by_text('不要动画', exact=True)).to_be_visible()
        assert not [one for one in await page.evaluate(MOVING) if one], 'what comes later moves'
