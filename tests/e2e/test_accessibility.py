"""axe on every page there is: by day and by night, normal and 大字, on a phone and at a desk. Nothing serious is found.

The list of pages is taken from the application itself, so a new page without a line in ``VISITS`` fails here.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from nicegui import Client
from playwright.async_api import Page

import pages
from tests.e2e.conftest import Stage
from tests.e2e.people import CONNECTED, DESK, PHONE, Person
from tests.e2e.site import Site
from tests.pages.live.conftest import fresh_nicegui  # noqa: F401 - a fixture
from yunshequ.bootstrap import Container
from yunshequ.core.settings import Settings
from yunshequ.gateway.app import create

NOBODY, AUNT, WORKER, SECRETARY, FARMER = '', '3栋-张阿姨', '社区小沈', '夏书记', '东埂组-仇阿姨'
TEACHER = '1栋-谈老师'
GRAVE = {'serious', 'critical'}
AT_ONCE = 3
LOOKS = [(theme, large) for theme in ('light', 'dark') for large in (False, True)]

Opening = Callable[[Page], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Visit:
    """Who goes where; in the address ``{name}`` stands for what ``find`` finds. ``opened`` are states a person brings about."""

    who: str
    path: str
    opened: dict[str, Opening] = field(default_factory=dict)


def click(selector: str, wait: str = '') -> Opening:
    """Return how to open something by a click."""

    async def opening(page: Page) -> None:
        await page.locator(selector).first.click()
        if wait:
            await page.locator(wait).first.wait_for()

    return opening


def press(selector: str, wait: str) -> Opening:
    """Return how to open something by a long press (the right button at a desk)."""

    async def opening(page: Page) -> None:
        await page.locator(selector).last.click(button='right')
        await page.locator(wait).first.wait_for()

    return opening


def both(first: Opening, then: Opening) -> Opening:
    """Return how to do one after the other."""

    async def opening(page: Page) -> None:
        await first(page)
        await then(page)

    return opening


VISITS: dict[str, list[Visit]] = {
    '/login': [Visit(NOBODY, '/login')],
    '/join': [Visit(AUNT, '/join')],
    '/join/{token}': [Visit(NOBODY, '/join/{token}'), Visit(AUNT, '/join/{other_token}'), Visit(AUNT, '/join/NOSUCHCODE')],
    '/join-sheet/{token}': [Visit(WORKER, '/join-sheet/{token}')],
    '/messages': [Visit(AUNT, '/messages'), Visit(WORKER, '/messages')],
    '/rooms/{room_id}': [
        Visit(AUNT, '/rooms/{room}', {
            'about': click('.ys-room-head button >> nth=1', 'dialog'), 'search': click('.ys-room-head button', 'dialog'),
            'tools': click('.ys-write .ys-icon-btn', '.ys-tools'), 'menu': press('.ys-bubble', '.ys-menu'),
            'forward': both(press('.ys-bubble', '.ys-menu'), click('.ys-menu button:has-text("转发")', '.ys-forward button[role=radio]')),
            'name': both(click('.ys-room-head button >> nth=1', 'dialog'), click('.ys-about button:has-text("昵称")', '.ys-my-name'))}),
        Visit(WORKER, '/rooms/{community_room}', {'notice': both(
            click('.ys-write .ys-icon-btn', '.ys-tools'), click('.ys-tool:has-text("公告")', 'dialog'))}),
    ],
    '/rooms/{room_id}/gallery': [Visit(AUNT, '/rooms/{community_room}/gallery', {'files': click('[role=tab] >> nth=1', '.ys-empty')})],
    '/services': [Visit(AUNT, '/services')],
    '/assistant': [Visit(AUNT, '/assistant')],
    '/deliberate': [Visit(FARMER, '/deliberate'), Visit(AUNT, '/deliberate')],
    '/deliberate/{topic_id}': [Visit(FARMER, '/deliberate/{topic}'), Visit(TEACHER, '/deliberate/{other_topic}')],
    '/ballots/{ballot_id}': [
        Visit(FARMER, '/ballots/{ballot}', {
            'who': click('button:has-text("谁投了什么")', 'dialog'), 'picked': click('.ys-option label', '.ys-option.is-picked'),
            'voted': click('.ys-ballot button[type=submit]', '.ys-ballot-done'),
            'change': click('button:has-text("改一下")', 'button:has-text("不改了")')}),
        Visit(TEACHER, '/ballots/{secret_ballot}'),
        Visit(AUNT, '/ballots/{closed_ballot}')],
    '/ballots/new': [Visit(WORKER, '/ballots/new', {'list': click('label:has-text("怎么计票")', '.q-menu, .q-dialog')})],
    '/emergency': [Visit(AUNT, '/emergency')],
    '/emergency/{incident_id}': [Visit(AUNT, '/emergency/{incident}')],
    '/calls/{call_id}': [
        Visit(AUNT, '/calls/{call}'),
        Visit(WORKER, '/calls/{call}', {'roster': click('button:has-text("报名名单")', 'dialog'), 'code': click('button:has-text("签到码")', '.ys-code')})],
    '/me/helpers': [Visit(AUNT, '/me/helpers')],
    '/me/identity': [Visit(AUNT, '/me/identity'), Visit(TEACHER, '/me/identity')],
    '/me': [Visit(AUNT, '/me'), Visit(WORKER, '/me')],
    '/me/privacy': [Visit(AUNT, '/me/privacy', {'held': click('summary', 'details[open]')})],
    '/me/privacy/leave': [Visit(AUNT, '/me/privacy/leave', {'sure': click('button:has-text("我要注销账号")', '.q-dialog')})],
    '/privacy': [Visit(NOBODY, '/privacy')],
    '/staff': [Visit(WORKER, '/staff')],
    '/staff/rooms': [Visit(WORKER, '/staff/rooms')],
    '/rooms/{room_id}/log': [Visit(AUNT, '/rooms/{room}/log')],
    '/me/order': [Visit(AUNT, '/me/order')],
    '/staff/order': [Visit(WORKER, '/staff/order')],
    '/staff/rooms/{room_id}': [Visit(WORKER, '/staff/rooms/{community_room}')],
    '/staff/rooms/{room_id}/notices/{seq}': [Visit(WORKER, '/staff/rooms/{community_room}/notices/{notice}', {
        'names': click('.ys-receipts summary', '.ys-names')})],
    '/staff/words': [Visit(WORKER, '/staff/words')],
    '/staff/deliberate': [Visit(WORKER, '/staff/deliberate')],
    '/staff/deliberate/new': [Visit(WORKER, '/staff/deliberate/new')],
    '/staff/knowledge': [Visit(WORKER, '/staff/knowledge')],
    '/staff/knowledge/new': [Visit(WORKER, '/staff/knowledge/new')],
    '/staff/knowledge/{entry_id}': [Visit(WORKER, '/staff/knowledge/{entry}'), Visit(WORKER, '/staff/knowledge/{entry}?view=history')],
    '/staff/knowledge/due': [Visit(WORKER, '/staff/knowledge/due')],
    '/staff/knowledge/departments': [Visit(SECRETARY, '/staff/knowledge/departments', {
        'new': click('details.ys-manage summary', 'button:has-text("设这个部门")')})],
    '/staff/knowledge/desk': [Visit(WORKER, '/staff/knowledge/desk')],
    '/services/guide/{entry_id}': [Visit(AUNT, '/services/guide/{entry}', {'large': click('button:has-text("大字看")', '.is-large')})],
    '/staff/knowledge/duty': [Visit(WORKER, '/staff/knowledge/duty')],
    '/staff/knowledge/asked': [Visit(WORKER, '/staff/knowledge/asked')],
    '/staff/knowledge/files': [Visit(WORKER, '/staff/knowledge/files')],
    '/staff/knowledge/bulk': [Visit(WORKER, '/staff/knowledge/bulk', {'plan': click('button:has-text("看看会改什么")', '.q-notification')})],
    '/rooms/{room_id}/chains/new': [Visit(AUNT, '/rooms/{community_room}/chains/new')],
    '/staff/knowledge/figures': [Visit(WORKER, '/staff/knowledge/figures')],
    '/staff/emergency': [Visit(SECRETARY, '/staff/emergency')],
    '/staff/emergency/new': [Visit(SECRETARY, '/staff/emergency/new')],
    '/staff/emergency/{incident_id}': [Visit(SECRETARY, '/staff/emergency/{incident}')],
    '/staff/emergency/{incident_id}/call': [Visit(SECRETARY, '/staff/emergency/{incident}/call')],
    '/staff/calls/{call_id}': [Visit(SECRETARY, '/staff/calls/{call}')],
    '/staff/shifts/{shift_id}': [Visit(SECRETARY, '/staff/shifts/{shift}')],
    '/staff/privacy': [Visit(WORKER, '/staff/privacy')],
    '/staff/people': [
        Visit(WORKER, '/staff/people?view=roll', {'member': click('td button:has-text("查看")', '.q-dialog')}),
        *(Visit(WORKER, f'/staff/people?view={view}') for view in ('claims', 'identity', 'phones', 'changes', 'holders', 'codes', 'file', 'places'))],
}
ELSEWHERE = {'/', '/deliberation'}
"""Addresses that only lead on."""
REFUSED = Visit(AUNT, '/staff/people')
"""The page that says no."""


def find(site: Site) -> dict[str, Any]:
    """Return the numbers and codes of the demo that addresses need."""
    token = 'SELECT token FROM join_code JOIN room ON room.id = join_code.room_id WHERE title = ?'
    return {
        'token': site.value(token, '景和园3栋楼栋群'), 'other_token': site.value(token, '花园村村民群'),
        'room': site.value('SELECT id FROM room WHERE title = ?', '景和园3栋楼栋群'),
        'community_room': site.value('SELECT id FROM room WHERE title = ?', '景和园社区群'),
        'notice': site.value('SELECT notice_seq FROM room WHERE title = ?', '景和园社区群'),
        'topic': site.value("SELECT id FROM topic WHERE place_name LIKE '花园村%'"),
        'other_topic': site.value("SELECT id FROM topic WHERE place_name LIKE '甘家巷%'"),
        'ballot': site.value("SELECT id FROM ballot WHERE state = 'open' AND NOT secret"),
        'secret_ballot': site.value('SELECT id FROM ballot WHERE secret'),
        'closed_ballot': site.value("SELECT id FROM ballot WHERE state = 'closed'"),
        'incident': site.value('SELECT id FROM incident'), 'call': site.value('SELECT id FROM volunteer_call'),
        'shift': site.value('SELECT id FROM volunteer_shift'), 'entry': site.value('SELECT id FROM kb_entry'),
    }


def test_every_page_is_visited(fresh_nicegui: None, tmp_path: Path) -> None:  # noqa: F811
    settings = Settings(_env_file=None, data_dir=tmp_path, assistant=False, secret='s' * 32)  # type: ignore[call-arg]
    container = Container(settings)
    pages.mount(create(container), container, quiet_collector=False)
    assert set(Client.page_routes.values()) - ELSEWHERE == set(VISITS)


class Examiner:
    """Runs axe in every look and keeps what is grave."""

    def __init__(self, width: int) -> None:
        self._width = width
        self.findings: dict[str, list[str]] = {}
        self.looked = 0

    async def look(self, page: Page, name: str) -> None:
        """Look at a page in every look."""
        for theme, large in LOOKS:
            await page.evaluate('(wish) => YS.prefs.set(wish)', {'theme': theme, 'large': large})
            await page.evaluate('() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))')
            found = await Axe().run(page, options={'resultTypes': ['violations']})
            self.looked += 1
            for violation in found.response['violations']:
                if violation['impact'] in GRAVE:
                    self._keep(violation, f'{name} {theme}{" 大字" if large else ""} {self._width}')

    def _keep(self, violation: dict[str, Any], where: str) -> None:
        for node in violation['nodes']:
            why = (node['any'] or node['all'] or node['none'] or [{'message': ''}])[0]['message']
            what = f'{violation["impact"]} {violation["id"]}: {" ".join(map(str, node["target"]))}: {node["html"][:160]}: {why}'
            self.findings.setdefault(what, []).append(where)

    def report(self) -> str:
        """Return what was found, each with the places."""
        return '\n'.join(f'{what}\n    {", ".join(where)}' for what, where in sorted(self.findings.items()))


STILL = '*, *::before, *::after { animation: none !important; transition: none !important }'
"""Colours are judged where they come to rest."""


async def visit(person: Person, visit: Visit, names: dict[str, Any], examiner: Examiner) -> None:
    """Open a page, look at it, bring about each of its states and look again."""
    path = visit.path.format(**names)
    page = await person.open(path)
    await page.add_style_tag(content=STILL)
    assert page.url.endswith(path), f'{path} led to {page.url}'
    await examiner.look(page, path)
    for state, opening in visit.opened.items():
        await opening(page)
        await examiner.look(page, f'{path}#{state}')
        await page.keyboard.press('Escape')
    await page.close()


@pytest.mark.parametrize('device', [PHONE, DESK], ids=['390', '1440'])
async def test_axe_finds_nothing_grave(stage: Stage, device: dict[str, Any]) -> None:
    names = find(stage.site)
    wanted = [one for visits in VISITS.values() for one in visits]
    people: dict[str, Person] = {}
    for who in {one.who for one in wanted}:
        people[who] = await stage.somebody(who or 'nobody', **device)
        if who:
            page = await people[who].enter(who)
            await page.close()
    width = device['viewport']['width']
    examiner = Examiner(width)
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(visiting: Visit) -> None:
        async with gate:
            await visit(people[visiting.who], visiting, names, examiner)

    await asyncio.gather(*(one(visiting) for visiting in wanted))
    refused = await people[AUNT].context.new_page()
    with people[AUNT].being_refused():
        await refused.goto(REFUSED.path)
        await refused.wait_for_function(CONNECTED)
    await refused.add_style_tag(content=STILL)
    await examiner.look(refused, 'refused')
    assert examiner.looked >= len(LOOKS) * (len(wanted) + 1)
    assert not examiner.findings, examiner.report()


CRAMPED = """() => [...document.querySelectorAll('.q-field')].filter(one => one.offsetParent).flatMap(one => {
  const label = one.querySelector('.q-field__label');
  const value = one.querySelector('textarea, input.q-field__native, .q-field__native > span');
  if (!label || !value || !(value.value || value.textContent)) return [];
  const style = getComputedStyle(value);
  const tight = parseFloat(style.lineHeight) < 1.05 * parseFloat(style.fontSize);
  const text = value.getBoundingClientRect().top + parseFloat(style.paddingTop);
  return tight || label.getBoundingClientRect().bottom > text + 4 ? [label.textContent] : [];
})"""
"""Fields whose lines or whose label and value run into each other."""


async def test_large_type_runs_into_no_label_and_no_line(stage: Stage) -> None:
    person = await stage.phone(WORKER)
    page = await person.enter(WORKER)
    await person.go(page, f'/staff/rooms/{find(stage.site)["room"]}')
    await page.add_style_tag(content=STILL)
    for large in (False, True):
        await page.evaluate('(wish) => YS.prefs.set(wish)', {'large': large})
        await page.evaluate('() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))')
        assert await page.locator('.q-field textarea:visible').count() >= 2
        assert await page.evaluate(CRAMPED) == [], f'large: {large}'
