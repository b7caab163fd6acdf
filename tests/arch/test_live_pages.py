"""Every page that listens for live events is left open in a test that compares it with a fresh one.

What listens: a component whose script calls ``listen`` (or imports one of the library's that does), and ``Watch``. A page is live when
its function draws such a component, itself or through functions and classes of ``pages`` that it names.
"""

import ast
import re
from pathlib import Path

from tests.pages import test_live_civic, test_live_office, test_state_plus_events

PAGES = Path(__file__).parents[2] / 'pages'
FRAME = {'Shell', 'ModelNote'}
"""Stand around every page: the frame is read with each of them; the note of the model has its own test (test_assistant_pages)."""
LEFT_OPEN = {
    one.route for module in (test_state_plus_events, test_live_civic, test_live_office) for one in module.WATCHED} | {test_live_office.ENTRY.route}
ELSEWHERE = {
    '/join': 'the same form as /join/{code}, before a code was typed: there is nothing yet that could happen to it',
}


def listening_scripts() -> set[str]:
    """Return the names of the scripts, in components and in their library, that listen."""
    scripts = {path.name: path.read_text(encoding='utf-8') for path in (PAGES / 'components').rglob('*.js')}
    found = {name for name, text in scripts.items() if re.search(r'\bthis\.listen\(', text)}
    while True:
        more = {name for name, text in scripts.items() if set(re.findall(r"from 'ys/([\w.]+)'", text)) & found - {'base.js'}} - found
        if not more:
            return found
        found |= more


def listening_components() -> set[str]:
    """Return the classes of components that listen."""
    scripts, found = listening_scripts(), set()
    for path in (PAGES / 'components').glob('*.py'):
        found |= {name for name, script in re.findall(r"class (\w+)\(LiveElement, component='([\w.]+)'", path.read_text()) if script in scripts}
    return found - FRAME


class _Module:
    """One file of pages: what it defines, what each definition names, which of them are pages."""

    def __init__(self, path: Path) -> None:
        tree = ast.parse(path.read_text(encoding='utf-8'))
        self.name = '.'.join(path.relative_to(PAGES.parent).with_suffix('').parts).removesuffix('.__init__')
        self.imports: dict[str, str] = {}
        self.names: dict[str, set[str]] = {}
        self.routes: dict[str, str] = {}
        constants: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or '').startswith('pages'):
                self.imports |= {one.asname or one.name: f'{node.module}.{one.name}' for one in node.names}
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Constant):
                constants[node.targets[0].id] = node.value.value
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                self.names.setdefault(node.name, set()).update(self._named(node))
        if 'PATH' in self.imports:
            constants['PATH'] = _PATHS[self.imports['PATH']]
        for node in ast.walk(tree):
            if isinstance(node, ast.AsyncFunctionDef):
                for decorator in node.decorator_list:
                    if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == 'ui.page':
                        self.routes[_spelled(decorator.args[0], constants)] = node.name

    @staticmethod
    def _named(node: ast.AST) -> set[str]:
        found = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
        return found | {
            f'{one.value.id}.{one.attr}' for one in ast.walk(node) if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name)}


def _spelled(node: ast.expr, constants: dict[str, str]) -> str:
    """Return a route as it is registered; a constant from elsewhere stands by its name."""
    if isinstance(node, ast.JoinedStr):
        return ''.join(_spelled(part, constants) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return _spelled(node.value, constants)
    if isinstance(node, ast.Constant):
        return str(node.value)
    return constants.get(ast.unparse(node), ast.unparse(node))


_PATHS = {'pages.knowledge.around.PATH': '/staff/knowledge'}


def live_routes() -> set[str]:
    """Return the routes of pages that listen."""
    components = listening_components()
    modules = {module.name: module for module in map(_Module, PAGES.rglob('*.py'))}
    live: set[tuple[str, str]] = set()

    def listens(module: _Module, named: str) -> bool:
        head, _, rest = named.partition('.')
        if head in module.imports:
            origin = module.imports[head]
            if rest:
                return (origin, rest) in live
            home, _, name = origin.rpartition('.')
            return name in components or (home, name) in live
        return not rest and (module.name, head) in live and head not in module.routes.values()  # nobody calls a page

    while True:
        more = {
            (module.name, name) for module in modules.values() for name, named in module.names.items()
            if name != 'register' and any(listens(module, one) for one in named - {name})} - live
        if not more:
            break
        live |= more
    return {route for module in modules.values() for route, name in module.routes.items() if (module.name, name) in live}


def _shape(route: str) -> str:
    return re.sub(r'\{\w+\}', '{}', route)


def test_every_live_page_is_left_open_in_a_test() -> None:
    found = {_shape(route) for route in live_routes()}
    assert len(found) > 15
    assert not found - {_shape(route) for route in LEFT_OPEN} - ELSEWHERE.keys()


def test_the_exceptions_are_live_pages() -> None:
    assert ELSEWHERE.keys() <= {_shape(route) for route in live_routes()}
