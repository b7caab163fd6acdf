"""What the database holds, and whether a page shows just that: all of it, in its order, once."""

import asyncio
from typing import Any

from playwright.async_api import Page

from tests.e2e.people import CONNECTED
from tests.e2e.site import Site
from tests.e2e.views import Conversation

LOOKS = 240
"""Times a page is looked at, every quarter of a second, until it must agree."""


def accepted(site: Site) -> dict[str, set[Any]]:
    """Return all that people have been told is done."""
    return {
        'messages': set(site.rows('SELECT room_id, seq, sender_id, client_id, kind, body FROM message')),
        'votes': set(site.rows('SELECT ballot_id, unit, member_id, choice, version FROM ballot_named_vote')),
        'tallies': set(site.rows('SELECT ballot_id, option_id, votes FROM ballot_tally')),
        'signups': set(site.rows('SELECT shift_id, member_id, client_id, state, position FROM volunteer_signup')),
        'seats': set(site.rows('SELECT id, taken, waiting, capacity FROM volunteer_shift')),
        'members': set(site.rows('SELECT id, nickname, phone_hash FROM member')),
        'places': set(site.rows('SELECT room_id, member_id, left_at FROM room_member')),
        'ratings': set(site.rows('SELECT log_id, rater, helpful FROM answer_feedback')),
        'logins': set(site.rows('SELECT id, member_id, revoked_at FROM login_session')),
    }


def said(site: Site, room_id: int) -> list[tuple[int, str]]:
    """Return number and text of a room's log, as the database has it."""
    return site.rows(
        "SELECT seq, trim(body) FROM message WHERE room_id = ? AND kind != 'recall' ORDER BY seq", room_id)


async def same_as_database(site: Site, room_id: int, *pages: Page) -> None:
    """Wait until every page shows the room as the database has it: all of it, in its order, each line once."""
    for page in pages:
        room = Conversation(page)
        wanted = said(site, room_id)
        for _ in range(LOOKS):
            shown = await room.lines()
            if shown and [seq for seq, _ in shown] == [seq for seq, _ in wanted][-len(shown):] and not await room.unsent():
                break
            await asyncio.sleep(0.25)
            wanted = said(site, room_id)
        shown = await room.lines()
        assert [seq for seq, _ in shown] == [seq for seq, _ in wanted][-len(shown):]
        for (seq, text), (_, body) in zip(shown, wanted[-len(shown):], strict=True):
            assert text == body or body in text or text in body, (seq, text, body)
        assert not await room.unsent()


async def same_as_fresh(page: Page) -> None:
    """Wait until a page that stood open says what the same page says when it is loaded anew."""
    fresh = await page.context.new_page()
    await fresh.goto(page.url)
    await fresh.wait_for_function(CONNECTED)
    for _ in range(LOOKS):
        if await page.inner_text('main') == await fresh.inner_text('main'):
            break
        await asyncio.sleep(0.25)
    assert await page.inner_text('main') == await fresh.inner_text('main'), page.url
    await fresh.close()
