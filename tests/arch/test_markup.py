"""People's text is text: nothing of ours turns a string they wrote into markup."""

import ast
import re
from pathlib import Path

PAGES = Path(__file__).parents[2] / 'pages'
MARKUP = re.compile(r'v-html|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function')


def test_no_component_writes_markup() -> None:
    scripts = list(PAGES.rglob('*.js'))
    assert len(scripts) > 20
    assert [path.name for path in scripts if MARKUP.search(path.read_text(encoding='utf-8'))] == []


def is_safe(value: ast.expr, source: str) -> bool:
    """Tell whether markup is a constant, or has been through ``escape``."""
    return isinstance(value, ast.Constant) or 'escape(' in source


def test_markup_written_by_pages_is_ours_or_escaped() -> None:
    """Every function that writes ``ui.html`` past NiceGUI's sanitiser writes constants or escapes what it puts in."""
    careless, calls = [], 0
    for path in PAGES.rglob('*.py'):
        text = path.read_text(encoding='utf-8')
        for function in (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
            source = ast.get_source_segment(text, function) or ''
            for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
                if ast.unparse(call.func) == 'ui.html':
                    calls += 1
                    if not is_safe(call.args[0], source):
                        careless.append(f'{path.relative_to(PAGES)}:{call.lineno}')
    assert calls > 10
    assert careless == []
