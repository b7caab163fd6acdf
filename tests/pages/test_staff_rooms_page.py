"""/staff/rooms and /staff/words: an office finds the rooms it is not in yet and keeps its list of words; others do neither."""



from tests.bench.browser import Page
from tests.pages.site import Site


def says(page: Page, words: str) -> bool:
    return any(words in str(element) for element in page.elements.values())


async def test_an_office_sees_rooms_it_is_not_in(site: Site) -> None:
    page = await site.load('secretary', '/staff/rooms')
    assert says(page, '进入 景和园3栋楼栋群')  # not inside: a button that enters
    assert says(page, f'/rooms/{site.world.community_room.id}')  # inside: a link
    assert says(page, '新建一个群')
    assert await site.c.rooms.join(site.world['secretary'], site.world.room.id)
    page = await site.load('secretary', '/staff/rooms')
    assert not says(page, '进入 景和园3栋楼栋群')
    assert says(page, f'/rooms/{site.world.room.id}')


async def test_a_wide_office_finds_all_below_it(site: Site) -> None:
    page = await site.load('street', '/staff/rooms')
    assert says(page, '燕子矶街道的群')
    assert says(page, '进入 景和园3栋楼栋群')
    assert says(page, '进入 景和园社区群')


async def test_others_see_their_own_or_nothing(site: Site) -> None:
    page = await site.load('grid', '/staff/rooms')
    assert says(page, '我在的群')
    assert says(page, f'/rooms/{site.world.community_room.id}')
    assert not says(page, '景和园3栋楼栋群')
    assert not says(page, '新建一个群')
    refused = await site.load('grid', f'/staff/rooms?place={site.world.community}')
    assert says(refused, '请先扫码加入这个群')
    for who, path in (('alice', '/staff/rooms'), ('other_worker', f'/staff/rooms?place={site.world.community}')):
        assert not says(await site.load(who, path), '景和园3栋楼栋群')


async def test_an_office_finds_its_list_of_words_from_the_rooms(site: Site) -> None:
    words = site.c.rooms.words
    await words.add_term(site.world['street'], site.world.street, '收购旧药', '违法')
    await words.add_term(site.world['worker'], site.world.community, '团购山货', '广告')
    await words.allow(site.world['worker'], site.world.community, '不许团购山货')
    address = f'/staff/words?place={site.world.community}'
    assert says(await site.load('worker', '/staff/rooms'), address)
    page = await site.load('worker', address)
    for shown in ('移除 团购山货', '移除 不许团购山货', '收购旧药', '代办假证', '试一试', '最近被标记的发言'):
        assert says(page, shown), shown
    assert not says(page, '移除 收购旧药')  # from above: to read, not to change


async def test_the_list_of_words_is_nobody_elses_business(site: Site) -> None:
    await site.c.rooms.words.add_term(site.world['worker'], site.world.community, '团购山货', '广告')
    for who in ('alice', 'lead', 'other_worker', 'grid'):
        page = await site.load(who, f'/staff/words?place={site.world.community}')
        assert not says(page, '团购山货'), who
        assert not says(page, '试一试'), who


async def test_a_room_has_a_page_for_those_who_look_after_it(site: Site) -> None:
    address = f'/staff/rooms/{site.world.room.id}'
    assert says(await site.load('worker', '/staff/rooms'), address)
    await site.c.rooms.join(site.world['worker'], site.world.room.id)
    page = await site.load('grid', address)
    assert says(page, '管理 景和园3栋楼栋群')
    assert says(page, '小栖不主动说话')
    for who in ('alice', 'lead', 'other_worker'):
        assert not says(await site.load(who, address), '小栖不主动说话'), who
