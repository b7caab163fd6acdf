"""A quarrel at 23:00: reported, claimed, recalled and muted; told, appealed, and lifted by another moderator. At phones, live."""

from playwright.async_api import Locator, Page, expect

from tests.e2e.conftest import SCREENS, Stage
from tests.e2e.people import picture
from tests.e2e.views import Conversation

AUNT, YOUNG, WORKER, SECRETARY = '3栋-张阿姨', '3栋-小刘', '社区小沈', '夏书记'
INSULT = '你装什么装，滚出我们楼'
ROOM = '景和园3栋楼栋群'


def line(page: Page, words: str) -> Locator:
    """Return the line of a list that says ``words``."""
    return page.locator('.ys-lines > li', has_text=words)


async def choose(page: Page, label: str, option: str) -> None:
    """Choose in one of Quasar's selects in the open dialog."""
    await page.locator('.q-dialog .q-select', has_text=label).click()
    await page.locator('.q-menu .q-item', has_text=option).first.click()


async def report(page: Page) -> None:
    """Hold the message and report it."""
    await Conversation(page).bubble(INSULT).locator('.ys-bubble').click(button='right')
    await page.get_by_role('menuitem', name='举报').click()
    await page.locator('dialog label', has_text='辱骂').click()
    await picture(page, SCREENS / 'moderation-report.png')
    await page.get_by_role('button', name='提交举报').click()
    await expect(page.locator('.ys-toast')).to_contain_text('已收到您的举报')


async def decide(page: Page) -> None:
    """Claim the report, recall and mute for an hour."""
    await line(page, INSULT).get_by_role('button', name='认领').click()
    await line(page, INSULT).get_by_role('button', name='处理', exact=True).click()
    await page.locator('.q-dialog .q-radio', has_text='撤回并禁言').click()
    await choose(page, '理由', '辱骂')
    await picture(page, SCREENS / 'moderation-decide.png')
    await page.locator('.q-dialog').get_by_role('button', name='确定').click()
    await expect(line(page, INSULT)).to_have_count(0)


async def appeal(page: Page) -> None:
    """See why, and appeal."""
    await expect(line(page, '禁言')).to_contain_text('自动解除')
    await picture(page, SCREENS / 'moderation-mine.png')
    await line(page, '禁言').get_by_role('button', name='申诉').click()
    await page.locator('.q-dialog textarea').fill('我在劝架，是在念他发给我的话')
    await picture(page, SCREENS / 'moderation-appeal.png')
    await page.locator('.q-dialog').get_by_role('button', name='确定').click()


async def review(page: Page) -> None:
    """Lift the mute as another moderator than the one who decided."""
    await line(page, '我在劝架').get_by_role('button', name='撤销处理').click()
    await page.locator('.q-dialog textarea').fill('看了前后文，确实在劝架')
    await page.locator('.q-dialog').get_by_role('button', name='确定').click()
    await expect(line(page, '我在劝架')).to_have_count(0)


async def test_a_quarrel_at_eleven_at_night(stage: Stage) -> None:
    room = stage.site.value('SELECT id FROM room WHERE title = ?', ROOM)
    aunt, young = await stage.phone(AUNT), await stage.phone(YOUNG)
    worker, secretary = await stage.phone(WORKER), await stage.phone(SECRETARY)
    hers, his, office, second = [await person.enter(person.name) for person in (aunt, young, worker, secretary)]
    for person, page in ((aunt, hers), (young, his)):
        await person.go(page, f'/rooms/{room}')
    for person, page in ((worker, office), (secretary, second)):
        await person.go(page, '/staff/order')
    await picture(office, SCREENS / 'moderation-empty.png')
    await Conversation(his).say(INSULT)
    await Conversation(hers).has(INSULT)
    await report(hers)
    await expect(line(office, INSULT)).to_contain_text('1 人举报')
    await expect(office.locator('body')).not_to_contain_text(AUNT)
    await picture(office, SCREENS / 'moderation-queue.png')
    await line(office, INSULT).get_by_role('button', name='认领').click()
    await expect(line(second, INSULT)).to_contain_text('正在处理')
    await picture(second, SCREENS / 'moderation-claimed.png')
    await line(office, INSULT).get_by_role('button', name='放回').click()
    log = await aunt.open(f'/rooms/{room}/log')
    await expect(log.locator('.ys-desk')).to_contain_text('还没有任何处理')
    await decide(office)
    await expect(line(log, '撤回发言')).to_contain_text('**刘')  # on a page that was open, without a reload
    await expect(line(log, '禁言')).to_contain_text('**刘')
    await expect(log.locator('.ys-desk')).not_to_contain_text(YOUNG)
    await expect(hers.locator('.ys-room')).to_contain_text('管理人员撤回了一条消息')
    await expect(his.locator('.ys-readonly')).to_contain_text('您在这个群被禁言到')
    await picture(his, SCREENS / 'moderation-muted.png')
    await picture(hers, SCREENS / 'moderation-recalled.png')
    await his.locator('.ys-readonly a').click()
    await appeal(his)
    await expect(line(office, '我在劝架')).to_contain_text('是您作出的处理')
    await picture(office, SCREENS / 'moderation-own.png')
    await expect(line(second, '我在劝架')).to_contain_text('禁言')
    await picture(second, SCREENS / 'moderation-appeals.png')
    await review(second)
    await expect(line(his, '禁言')).to_contain_text('已撤销')
    await expect(line(log, '禁言')).to_contain_text('已撤销')
    await picture(log, SCREENS / 'moderation-log-live.png')
    await picture(his, SCREENS / 'moderation-lifted.png')
    await young.go(his, f'/rooms/{room}')
    await Conversation(his).say('谢谢，我注意语气')
    await Conversation(hers).has('谢谢，我注意语气')
    await aunt.go(hers, f'/rooms/{room}/log')
    await expect(line(hers, '撤回发言')).to_contain_text('**刘')
    await picture(hers, SCREENS / 'moderation-log.png')
    await worker.go(office, f'/staff/rooms/{room}')
    await picture(office, SCREENS / 'moderation-manage.png')
