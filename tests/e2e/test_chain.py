"""接龙 on two phones: one starts it, the other joins by a tap, both see it; the first ends it."""

from playwright.async_api import Page, expect

from tests.e2e.conftest import Stage

AUNT, NEIGHBOUR = '3栋-张阿姨', '3栋-小刘'
TITLE = '周六去菜场，要搭车的接龙'


async def in_the_room(stage: Stage, name: str) -> Page:
    """Return somebody's phone, in the room of the community."""
    phone = await stage.phone(name)
    page = await phone.enter(name)
    await page.get_by_text('景和园社区群').first.click()
    await page.get_by_label('图片和更多').wait_for()
    return page


async def test_one_starts_and_the_other_joins_by_a_tap(stage: Stage) -> None:
    aunt, neighbour = await in_the_room(stage, AUNT), await in_the_room(stage, NEIGHBOUR)
    await aunt.get_by_label('图片和更多').click()
    await aunt.get_by_role('link', name='接龙').click()
    await aunt.get_by_label('接什么').fill(TITLE)
    await aunt.get_by_role('button', name='发到群里').click()
    cards = [page.locator('.ys-chain', has_text=TITLE) for page in (aunt, neighbour)]
    for card in cards:
        await expect(card).to_contain_text('0 人已接')
    await cards[1].get_by_role('button', name='我来接').click()
    for card in cards:
        await expect(card.locator('li')).to_contain_text([NEIGHBOUR])
    await cards[1].get_by_role('button', name='改一下').click()
    await cards[1].get_by_label('我接的内容').fill('3栋-小刘 两个人')
    await cards[1].get_by_role('button', name='接上').click()
    for card in cards:
        await expect(card.locator('li')).to_contain_text(['3栋-小刘 两个人'])
        await expect(card).to_contain_text('1 人已接')
    await cards[0].get_by_role('button', name='结束接龙').click()
    await expect(cards[1]).to_contain_text('已结束')
    await expect(cards[1].get_by_role('button', name='改一下')).to_have_count(0)


async def test_the_example_stands_on_the_card_and_a_tap_asks_for_a_line(stage: Stage) -> None:
    aunt = await in_the_room(stage, AUNT)
    await aunt.get_by_label('图片和更多').click()
    await aunt.get_by_role('link', name='接龙').click()
    await aunt.get_by_label('接什么').fill('带菜的接龙')
    await aunt.get_by_label('一行怎么写').fill('两斤青菜')
    await aunt.get_by_role('button', name='发到群里').click()
    card = aunt.locator('.ys-chain', has_text='带菜的接龙')
    await expect(card).to_contain_text('例如：两斤青菜')
    await card.get_by_role('button', name='我来接').click()
    await expect(card.get_by_label('我接的内容')).to_have_value(AUNT)
    await expect(card).to_contain_text('例如：两斤青菜')
