"""The keepers' tools at a desk and on a phone: files looked at first, many entries changed and taken back, a signature before harm."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e import site as sites
from tests.e2e.conftest import SCREENS, Stage
from tests.e2e.people import picture
from tests.e2e.site import Site
from tests.e2e.views import Conversation

AUNT, WORKER = '3栋-张阿姨', '社区小沈'
QUESTION = '老年人优待证怎么办？'
FILE = (
    '编号,问题,相似问法,答案,分类,失效日期\nlib-1,社区图书室几点开门？,借书几点|图书室时间,周一到周六，早上九点到晚上六点。,文化,2027-12-31\n'
    'lib-2,社区健身房怎么预约？,,在前台登记，带门禁卡。,体育,\n,缺答案的问题,,,,\n,日期不对的问题,,这是一个答案。,,明年\n')


@pytest.mark.parametrize('device', ['desk', 'phone'])
async def test_a_file_is_shown_before_it_is_imported_and_a_second_time_changes_nothing(stage: Stage, device: str, tmp_path: Path) -> None:
    worker = await (stage.desk if device == 'desk' else stage.phone)(WORKER)
    page = await worker.enter(WORKER)
    await worker.go(page, '/staff/knowledge/files')
    file = tmp_path / '知识.csv'
    file.write_bytes(FILE.encode('gb18030'))
    await picture(page, SCREENS / f'kb-files-empty-{device}.png')
    await page.locator('.ys-kb-file input[type=file]').set_input_files(file)
    plan = page.locator('.ys-kb-file')
    await expect(plan).to_contain_text('新增 2 条')
    await expect(plan).to_contain_text('有问题 2 行')
    await expect(plan).to_contain_text('没有写“答案”')
    await expect(plan).to_contain_text('日期“明年”看不懂')
    await expect(plan).to_contain_text('第 4 行')
    await picture(page, SCREENS / f'kb-files-plan-{device}.png')
    await page.get_by_role('button', name='导入', exact=True).click()
    await expect(plan).to_contain_text('导入好了')
    await page.locator('.ys-kb-file input[type=file]').set_input_files(file)
    await expect(plan).to_contain_text('不变 2 条')
    await expect(plan).to_contain_text('不用导入')
    await expect(page.get_by_role('button', name='导入', exact=True)).to_have_count(0)
    with worker.being_refused():
        await page.locator('.ys-kb-file input[type=file]').set_input_files(
            {'name': '合影.csv', 'mimeType': 'text/csv', 'buffer': b'\x89PNG no knowledge'})
        await expect(page.locator('.ys-kb-file [role=alert]')).to_be_visible()
    async with page.expect_download() as taken:
        await page.get_by_role('link', name='jsonl', exact=True).click()
    assert '社区图书室几点开门' in Path(await (await taken.value).path()).read_text(encoding='utf-8')


@pytest.mark.parametrize('device', ['desk', 'phone'])
async def test_many_entries_are_changed_at_once_and_taken_back(stage: Stage, device: str) -> None:
    worker = await (stage.desk if device == 'desk' else stage.phone)(WORKER)
    page = await worker.enter(WORKER)
    await worker.go(page, '/staff/knowledge/files')
    await page.locator('.ys-kb-file input[type=file]').set_input_files(
        {'name': '知识.csv', 'mimeType': 'text/csv', 'buffer': FILE.encode()})
    await page.get_by_role('button', name='导入', exact=True).click()
    await expect(page.locator('.ys-kb-file')).to_contain_text('导入好了')

    await worker.go(page, '/staff/knowledge?q=社区&state=draft')
    await page.get_by_role('link', name='批量修改').click()
    await expect(page.get_by_text('选了 0 条')).to_be_visible()
    await page.get_by_role('button', name='全选').click()
    await expect(page.get_by_text('选了 2 条')).to_be_visible()
    await page.get_by_label('分类改成').fill('便民')
    await expect(page.get_by_role('button', name='看看会改什么')).to_be_in_viewport()
    await page.get_by_role('button', name='看看会改什么').click()
    preview = page.get_by_role('dialog', name='会改什么')
    await expect(page.get_by_role('button', name='确认修改 2 条')).to_be_in_viewport()
    await expect(preview).to_contain_text('分类：文化 → 便民')
    await expect(preview).to_contain_text('分类：体育 → 便民')
    await picture(page, SCREENS / f'kb-bulk-preview-{device}.png')
    await page.get_by_role('button', name='确认修改 2 条').click()
    await expect(page.get_by_role('button', name='撤销这次修改')).to_be_in_viewport()
    categories = 'SELECT category FROM kb_entry WHERE key IN (?, ?) ORDER BY key'
    assert stage.site.rows(categories, 'lib-1', 'lib-2') == [('便民',), ('便民',)]
    await picture(page, SCREENS / f'kb-bulk-done-{device}.png')
    await page.get_by_role('button', name='撤销这次修改').click()
    await expect(page.get_by_text('已撤销，2 条回到原来的内容')).to_be_visible()
    assert stage.site.rows(categories, 'lib-1', 'lib-2') == [('文化',), ('体育',)]


class TestReplay:
    """With 小栖's model loaded."""

    @pytest.fixture
    def site(self, filled: Path, tmp_path: Path) -> Iterator[Site]:
        """小栖 with its model, in a community where the writer may publish."""
        made = Site(sites.copy(filled, tmp_path / 'data'), assistant=True, YUNSHEQU_KNOWLEDGE_REVIEW='one')
        yield made
        made.kill()

    @pytest.mark.parametrize('device', ['desk', 'phone'])
    async def test_an_answer_that_would_be_lost_is_signed_for_before_it_is_published(self, stage: Stage, device: str) -> None:
        await stage.site.model_ready()
        aunt = await stage.phone(AUNT)
        chat = await aunt.enter(AUNT)
        await aunt.go(chat, '/assistant')
        await Conversation(chat).say(QUESTION)
        await chat.locator('.ys-answer').get_by_role('button', name='有用').click()
        await expect(chat.locator('.ys-answer').get_by_role('button', name='有用')).to_have_count(0)

        worker = await (stage.desk if device == 'desk' else stage.phone)(WORKER)
        page = await worker.enter(WORKER)
        await worker.go(page, '/staff/knowledge/new')
        await page.get_by_label('问题', exact=True).fill(QUESTION)
        await page.get_by_label('答案（先说结论，用“您”）').fill('请您到社区服务站登记，我们帮您办。')
        await expect(page.locator('main').get_by_role('link', name='老年人优待证').first).to_be_visible()
        publish = page.get_by_role('button', name='发布', exact=True)
        await publish.click()
        different = page.locator('.ys-kb-dialog').get_by_role('button', name='我看过了，内容不一样')
        await expect(different).to_be_visible()
        await picture(page, SCREENS / f'kb-near-{device}.png')
        await different.click()
        dialog = page.locator('.ys-kb-dialog', has_text='回放最近')
        await expect(dialog).to_contain_text('变差')
        await expect(dialog).to_contain_text('1 人说有用')
        await picture(page, SCREENS / f'kb-replay-{device}.png')
        sign = dialog.get_by_role('button', name='签字并发布')
        await sign.click()
        await expect(dialog.get_by_text('请写明为什么可以这样改')).to_be_visible()
        await dialog.get_by_label('理由').fill('本社区上门代办，以本社区的为准')
        await sign.click()
        await page.wait_for_url(re.compile(r'/staff/knowledge/\d+$'))
        await expect(page.get_by_text('已发布').first).to_be_visible()
        assert stage.site.rows('SELECT reason FROM kb_signature') == [('本社区上门代办，以本社区的为准',)]
        await Conversation(chat).say(f'请问{QUESTION}')
        await expect(chat.locator('.ys-answer').last).to_contain_text('我们帮您办')
