"""Every file leaves from memory, compressed once, and is asked for once in a lifetime."""

import gzip
import re
from pathlib import Path

import pytest
from nicegui import __version__ as nicegui_version
from nicegui import ui

from pages import live
from pages.live import slim, template
from pages.live.assets import ALIVE, OVERRIDES
from pages.live.mount import UNUSED_MODULES
from tests.bench.browser import parse
from tests.pages.live.conftest import Running

NICEGUI = f'/_nicegui/{nicegui_version}'


@pytest.mark.parametrize('path', [f'{NICEGUI}/static/quasar.umd.prod.js', f'{NICEGUI}/static/nicegui.css', '/static/live.js?v=1'])
async def test_files_are_compressed_immutable_and_revalidated(running: Running, path: str) -> None:
    browser = running.browser()
    packed = await browser.get(path)
    plain = await browser.get(path, **{'accept-encoding': 'identity'})
    assert (packed.status, packed.header('content-encoding'), plain.header('content-encoding')) == (200, 'gzip', '')
    assert packed.body == plain.body
    assert packed.size < plain.size / 2
    assert packed.header('cache-control') == 'public, max-age=31536000, immutable'
    assert packed.header('vary') == 'Accept-Encoding'
    again = await browser.get(path, **{'if-none-match': packed.header('etag')})
    assert (again.status, again.body) == (304, b'')


async def test_the_first_request_is_built_once(running: Running) -> None:
    browser = running.browser()
    html = (await browser.get('/toy')).body.decode()
    component = next(url for url in re.findall(r'from "([^"]+)"', html) if url.endswith('echo_toy.js'))
    first = await browser.get(component)
    assert b'toy' in first.body
    asset = running.assets._cache[component]
    assert (await browser.get(component)).body == first.body
    assert running.assets._cache[component] is asset


async def test_our_addresses_change_with_the_content(running: Running) -> None:
    url = running.assets.url('live.js')
    assert re.fullmatch(r'/static/live\.js\?v=[0-9a-f]{12}', url)
    answer = await running.browser().get(url)
    assert b'YS.live' in answer.body
    brief = await running.browser().get('/static/live.js')
    assert brief.header('cache-control') == 'public, max-age=300'
    with pytest.raises(FileNotFoundError):
        running.assets.url('no.js')


@pytest.mark.parametrize(
    'path',
    ['/static/../mount.py', '/static/%2e%2e/__init__.py', '/static//etc/passwd', '/static/none.js', f'{NICEGUI}/static/none.js'],
)
async def test_nothing_outside_the_folder_is_served(running: Running, path: str) -> None:
    assert (await running.browser().get(path)).status == 404
    assert path not in running.assets._cache


async def test_no_web_font_is_ever_named(running: Running) -> None:
    answer = await running.browser().get('/toy')
    assert b'font' not in answer.body.lower()
    fonts = await running.browser().get(f'{NICEGUI}/static/fonts.css')
    assert fonts.body == OVERRIDES[f'{NICEGUI}/static/fonts.css'][1]


async def test_pages_are_compressed_and_small(running: Running) -> None:
    answer = await running.browser().get('/toy')
    assert answer.header('content-encoding') == 'gzip'
    assert answer.header('cache-control') == 'no-store'
    assert answer.size < 3500
    plain = await running.browser().get('/toy', **{'accept-encoding': 'identity'})
    assert plain.header('content-encoding') == ''
    assert parse(plain).client_id != parse(answer).client_id


async def test_a_page_that_redirects_or_fails_passes(running: Running) -> None:
    @ui.page('/away')
    def away() -> None:
        ui.navigate.to('/toy')

    missing = await running.browser().get('/no-such-page')
    assert missing.status == 404
    assert (await running.browser().get('/away')).status == 200


async def test_the_browser_can_ask_whether_the_server_lives(running: Running) -> None:
    answer = await running.browser().get(ALIVE)
    assert (answer.status, answer.header('cache-control')) == (204, 'no-store')
    assert answer.header('x-turn') == '0'
    turns = [int((await running.browser().get(ALIVE)).header('x-turn')) for _ in range(20)]
    assert turns == sorted(turns)
    for _ in range(900):
        running.assets.turns.take()
    wait, number = (await running.browser().get(ALIVE)).header('x-turn').split()
    again = (await running.browser().get(f'{ALIVE}?turn={number}')).header('x-turn')
    assert int(wait) > 750
    assert again.split()[1] == number
    head = await running.browser().get(f'{NICEGUI}/static/nicegui.js')
    assert len(gzip.compress(head.body)) > 1000


async def test_the_trimmed_template_keeps_what_the_page_needs() -> None:
    text, styles = template.trim(template._source(), '/static/base.css')
    for needed in (
        'parseElements(String.raw`{{ elements | safe }}`)', 'id="popup"', 'id="too_long_message_popup"', '{{ head_html | safe }}',
        'dompurify', 'app.mount("#app")', '@import url("{{ prefix | safe }}/static/base.css");', 'layer(quasar_importants)',
    ):
        assert needed in text
    assert 'fonts.css' not in text
    assert '.q-position-engine' in styles
    assert '#esm-fallback ~ *' in styles
    assert '{{' not in styles


async def test_an_unknown_template_is_left_as_it_is() -> None:
    assert template.trim('<html>\n  <body>{{ body }}</body></html>', '/x.css') == ('<html>\n<body>{{ body }}</body></html>', '')


def test_slimming_keeps_meaning() -> None:
    source = """import {a} from 'b';
// a line of comment
  /* one more
     over two lines */
const url = 'https://x/*';  // stays
  const t = `<input accept="image/*">`; /* stays */
const c = 1 /* inline */ + 2;
"""
    assert slim.script(source) == """import {a} from 'b';
const url = 'https://x/*';  // stays
const t = `<input accept="image/*">`; /* stays */
const c = 1 /* inline */ + 2;
"""
    assert slim.style('/* a */\n.a {\n  color: red; /* b */\n}\n') == '.a {\ncolor: red; \n}\n'
    assert slim.palette('.text-red{a}.text-red-4{b}.bg-grey-3{c}.bg-blue-grey-10{d}') == '.text-red{a}.bg-grey-3{c}'
    assert slim.file('/x/vue.prod.js', b'// kept\n') == b'// kept\n'


def test_no_page_uses_what_is_left_out() -> None:
    names = '|'.join(module.removeprefix('nicegui-').replace('-', '_') for module in UNUSED_MODULES)
    uses = re.compile(rf'ui\.(?:{names})\b|\b(?:text|bg)-(?:red|blue|green|orange|amber|teal|pink|purple|yellow)-\d')
    found = [path.name for path in Path('pages').rglob('*.py') if uses.search(path.read_text(encoding='utf8'))]
    assert found == []


async def test_shared_values_are_a_file_of_their_own(running: Running) -> None:
    labels = {'send': '发送', 'back': '返回'}

    @ui.page('/labelled')
    def labelled() -> None:
        for _ in range(2):
            live.share(ui.element('div'), 'labels', labels)

    page = parse(await running.browser().get('/labelled'))
    html = page.response.body.decode()
    [url] = re.findall(r'src="(/static/shared/[^"]+)"', html)
    assert '发送' not in html
    assert html.count('YS.shared.k') == 2
    answer = await running.browser().get(url)
    assert answer.header('cache-control').endswith('immutable')
    assert '"send":"发送"' in answer.body.decode()
    assert (await running.browser().get('/static/shared/kffffffffffff.js')).status == 404
