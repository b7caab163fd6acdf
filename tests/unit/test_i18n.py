"""English is complete: whatever is marked for translation has a text with the same places."""

import ast
import re
from pathlib import Path

import pytest

from yunshequ.core.i18n import catalogue, in_locale, translate

ROOT = Path(__file__).parents[2]
PLACE = re.compile(r'{(\w+)}')


def marked() -> dict[str, str]:
    """Return every message id in the code with the file it stands in."""
    found: dict[str, str] = {}
    for path in [*(ROOT / 'src').rglob('*.py'), *(ROOT / 'pages').rglob('*.py')]:
        for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {'_', 'N_'} and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found[first.value] = str(path.relative_to(ROOT))
    return found


def test_nothing_is_untranslated() -> None:
    english = catalogue('en')
    missing = {msgid: where for msgid, where in marked().items() if msgid not in english}
    assert missing == {}


def test_places_survive_translation() -> None:
    english = catalogue('en')
    wrong = {m: english[m] for m in marked() if m in english and set(PLACE.findall(m)) != set(PLACE.findall(english[m]))}
    assert wrong == {}


EXAMPLES = re.compile(r'小栖|掌上云社区|[“"‘\'].*?[”"’\']|(e\.g\.|for example|such as|like)[^.;)]*')
"""What may stay Chinese in an English text: names, and what a person is to type or sees written."""


def test_no_chinese_is_left_in_english() -> None:
    left = {msgid for msgid, words in catalogue('en').items() if re.search(r'[\u4e00-\u9fff]', EXAMPLES.sub('', words))}
    assert left - {'简体中文', '中文'} == set()


def test_an_unknown_locale_speaks_chinese() -> None:
    with in_locale('fr'):
        assert translate('发送', 'zh-CN') == '发送'


@pytest.mark.parametrize('locale', ['zh-CN', 'en'])
def test_refusals_have_words_in_every_language(locale: str) -> None:
    from yunshequ.core.errors import Conflict

    assert Conflict('发出超过 2 分钟的消息不能撤回').words(locale)
