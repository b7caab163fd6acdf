"""What stands on a page, as a person reads it: conversations, votes, boards."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from playwright.async_api import Locator, Page, expect

_LINES = """root => [...root.querySelectorAll('[data-seq]')].map(row => [
  Number(row.dataset.seq), (row.querySelector('.ys-words, .ys-ballot-title') || row).textContent.trim()])"""
_PENDING = "root => [...root.querySelectorAll('.ys-msg:not([data-seq]) .ys-words')].map(one => one.textContent.trim())"


class Conversation:
    """An open room."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.box = page.locator('.ys-room .ys-composer textarea')

    def bubble(self, text: str) -> Locator:
        """Return the bubbles that say exactly ``text``."""
        return self.page.locator('.ys-room .ys-msg', has=self.page.locator('.ys-words').get_by_text(text, exact=True))

    async def write(self, text: str) -> None:
        """Type without sending."""
        await self.box.fill(text)

    async def say(self, text: str, *, at_xiaoqi: bool = False) -> None:
        """Type and send."""
        if at_xiaoqi:
            await self.box.press_sequentially('@小栖')
            await self.page.locator('.ys-people li', has_text='小栖').first.click()
            await self.box.press_sequentially(text)
        else:
            await self.box.fill(text)
        await self.page.locator('.ys-send').click()

    async def has(self, text: str) -> None:
        """Wait until the room shows ``text`` once, accepted by the server."""
        await expect(self.bubble(text)).to_have_count(1)
        await expect(self.bubble(text)).to_have_attribute('data-seq', re.compile(r'\d+'))

    async def lines(self) -> list[tuple[int, str]]:
        """Return number and text of all that is shown, in the order shown."""
        return [(seq, text) for seq, text in await self.page.locator('.ys-room .ys-list').evaluate(_LINES)]

    async def unsent(self) -> Sequence[str]:
        """Return the bubbles the server has not answered for."""
        return [str(one) for one in await self.page.locator('.ys-room .ys-list').evaluate(_PENDING)]


@dataclass(slots=True)
class Bar:
    """An option of a vote: its words and how long its bar is, 0 to 1."""

    label: str
    tally: str
    share: float


class Ballot:
    """A vote, as a card in a room or as a page."""

    def __init__(self, page: Page, title: str) -> None:
        self.page = page
        self.card = page.locator('.ys-ballot', has=page.locator('.ys-ballot-title', has_text=title))

    def option(self, label: str) -> Locator:
        """Return one option."""
        return self.card.locator('.ys-option', has=self.page.locator('.ys-option-label', has_text=re.compile(rf'^{label}')))

    async def vote(self, label: str) -> None:
        """Choose and give the vote."""
        await self.option(label).locator('label').click()
        await self.card.locator('button[type=submit]').click()
        await expect(self.card.locator('.ys-ballot-done')).to_be_visible()

    async def change(self, label: str) -> None:
        """Give it another way."""
        await self.card.locator('.ys-ballot-done .ys-text-btn').click()
        await self.option(label).locator('label').click()
        await self.card.locator('button[type=submit]').click()
        await expect(self.card.locator('.ys-ballot-done')).to_be_visible()

    async def shows(self, label: str, votes: int, of: int) -> None:
        """Wait until the option's figure and bar say ``votes`` of ``of``."""
        await expect(self.option(label).locator('.ys-option-tally')).to_contain_text(f'{votes} 票')
        share = f'scaleX({votes / of if of else 0:.6g})'
        await self.page.wait_for_function(
            '([bar, wanted]) => Math.abs(parseFloat(bar.style.transform.slice(7)) - parseFloat(wanted.slice(7))) < 0.001',
            arg=[await self.option(label).locator('.ys-bar i').element_handle(), share])

    async def bars(self) -> list[Bar]:
        """Return every option with its figure and bar."""
        found = []
        for option in await self.card.locator('.ys-option').all():
            style = await option.locator('.ys-bar i').get_attribute('style') or ''
            share = re.search(r'scaleX\(([\d.e-]+)\)', style)
            found.append(Bar(
                (await option.locator('.ys-option-label').inner_text()).split('\n')[0], await option.locator('.ys-option-tally').inner_text(),
                float(share.group(1)) if share else -1))
        return found


class Board:
    """A volunteer board."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def shift(self, title: str) -> Locator:
        """Return one shift."""
        return self.page.locator('.ys-shift', has=self.page.locator('strong', has_text=title))

    async def sign_up(self, title: str) -> None:
        """Take a seat by one tap."""
        await self.shift(title).get_by_role('button', name='我报名').click()
        await expect(self.shift(title).locator('.ys-shift-mine')).to_be_visible()

    async def cancel(self, title: str) -> None:
        """Give it back."""
        await self.shift(title).get_by_role('button', name='取消报名').click()

    async def shows(self, title: str, words: str) -> None:
        """Wait until the counter of a shift says ``words``."""
        await expect(self.shift(title).locator('.ys-seats')).to_have_text(words)

    async def seats(self) -> list[tuple[str, str]]:
        """Return every shift with its counter."""
        return [
            (await shift.locator('.ys-shift-head strong').inner_text(), await shift.locator('.ys-seats').inner_text())
            for shift in await self.page.locator('.ys-shift').all()]
