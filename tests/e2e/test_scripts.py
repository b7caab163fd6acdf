"""Stored scripts: hostile words in every text people write, every page opened in Chromium; nothing runs, nothing is asked of another host."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from tests.e2e import site as sites
from tests.e2e.conftest import Stage
from tests.e2e.poison import DOORS, MACHINE, PAYLOADS, WORDS, poison, text_columns
from tests.e2e.site import Site
from tests.e2e.test_accessibility import NOBODY, VISITS, find

INJECTED = """() => [...document.querySelectorAll(
  'img[src="x"], img[src*="evil"], iframe, object, embed, base[href*="evil"], meta[http-equiv="refresh"], marquee, math, video, audio, ' +
  'a[href^="javascript:" i], [onerror], [onload], [onfocus], [onclick], [ontoggle], [onmouseover], [formaction], svg script')]
  .map((one) => one.outerHTML.slice(0, 120))"""
SHOWN = 'window.__ran=1'


@pytest.fixture
def names() -> dict[str, Any]:
    """Numbers and codes that addresses need, looked up before their rows are poisoned."""
    return {}


@pytest.fixture
def site(filled: Path, tmp_path: Path, names: dict[str, Any]) -> Iterator[Site]:
    """The demo with hostile words everywhere."""
    folder = sites.copy(filled, tmp_path / 'data')
    made = Site(folder)
    names.update(find(made))
    assert poison(folder) > 500
    yield made
    made.kill()


def test_every_text_is_thought_of(filled: Path) -> None:
    unknown = {
        f'{table}.{column}' for table, columns in text_columns(filled).items() if table not in DOORS
        for column in columns if column not in {*WORDS.get(table, ()), *MACHINE}}
    assert unknown == set()
    assert len(PAYLOADS) >= 60


async def test_hostile_words_stay_words_on_every_page(stage: Stage, names: dict[str, Any]) -> None:
    people: dict[str, Any] = {}
    shown, seen = [], 0

    async def look(page: Page, path: str) -> None:
        await page.evaluate('() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
        assert await page.evaluate('() => window.__ran') is None, f'a script ran on {path}'
        assert await page.evaluate(INJECTED) == [], f'an element was made on {path}'
        if SHOWN in await page.evaluate('() => document.body.innerText'):
            shown.append(path)

    for visits in VISITS.values():
        for one in visits:
            if one.who not in people:
                person = await stage.phone(one.who or 'nobody')
                person.context.on('dialog', lambda dialog: pytest.fail(f'a dialog opened: {dialog.message}'))
                people[one.who] = person
                if one.who != NOBODY:
                    await person.enter(one.who)
            path = one.path.format(**names)
            page = await people[one.who].open(path)
            await look(page, path)
            if 'about' in one.opened:
                await one.opened['about'](page)
                await look(page, f'{path} about')
            seen += 1
            await page.close()
    assert seen > 50
    assert len(set(shown)) > 25, shown  # the words are there to be read
