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


HAN = re.compile(r'[\u4e00-\u9fff]')
SCRIPTS = sorted(path for path in (ROOT / 'pages').rglob('*.js') if 'vendor' not in path.parts)
COMMENT = re.compile(r'/\*.*?\*/|(?<![:\w\'"`])//[^\n]*', re.DOTALL)
SPOKEN = re.compile(r'\s(?:aria-label|title|placeholder|alt)="(?=[^"])(?![{\s]*")')
"""An attribute people read or hear with fixed words in it: components are given theirs as labels."""


@pytest.mark.parametrize('path', SCRIPTS, ids=lambda path: path.name)
def test_components_have_no_words_of_their_own(path: Path) -> None:
    """What a component says it is given as labels, which are built by ``_()`` for each language."""
    code = COMMENT.sub('', path.read_text(encoding='utf-8'))
    assert [line.strip()[:120] for line in code.splitlines() if HAN.search(line)] == []
    assert [match.group() for match in SPOKEN.finditer(code)] == []


LABEL = re.compile(r'\blabels\.([a-z_0-9]+)')
GIVEN = re.compile(r"""['"]([a-z_0-9]+)['"]\s*:|\b([a-z_0-9]+)=""")


def test_components_ask_for_labels_they_are_given() -> None:
    """A label that no Python file gives would leave a hole on the page."""
    given: set[str] = set()
    for source in (ROOT / 'pages').rglob('*.py'):
        for one in GIVEN.findall(source.read_text(encoding='utf-8')):
            given |= set(one)
    asked = {(path.name, name) for path in SCRIPTS for name in LABEL.findall(path.read_text(encoding='utf-8'))}
    assert {one for one in asked if one[1] not in given} == set()


def words_left_alone(tree: ast.Module) -> list[tuple[int, str]]:
    """Return Chinese strings of a module that are neither docstrings nor in a call that translates them."""
    fine: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            fine.add(id(node.value))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {'_', 'N_', 'translate'}:
            fine.update(id(one) for one in ast.walk(node))
    return [(node.lineno, node.value) for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in fine and HAN.search(node.value)]


SIGNS = {'、', '（', '）', '：'}
LEFT_ALONE = {
    # names of things that are called so in every language, and what is compared, not shown
    '微信', '简体中文', '掌上云社区', '小栖',
    # options offered for a vote: kept with it, in the language of the place
    '同意', '不同意', '弃权',
}


def test_pages_say_nothing_untranslated() -> None:
    found = {}
    for path in sorted((ROOT / 'pages').rglob('*.py')):
        alone = [one for one in words_left_alone(ast.parse(path.read_text(encoding='utf-8'))) if one[1] not in LEFT_ALONE]
        if alone:
            found[str(path.relative_to(ROOT))] = alone
    assert found == {}


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
