"""What an answer may look like (图文答案): a safe part of markdown, read into a small tree and never into markup.

Paragraphs, line breaks, bold, lists and links; nothing else is read as a sign, so ``<`` is ``<``. The tree goes to pages,
the plain text to everything that only shows text: search, previews, forwards, text messages. As no markup is ever made of
what a keeper wrote, there is nothing to clean afterwards.
"""

import re
from collections.abc import Iterator, Sequence, Set
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from yunshequ.core.errors import Invalid
from yunshequ.core.i18n import N_

Tree = list[dict[str, Any]]
"""Blocks ``{t: p|ul|ol, …}``: ``p`` has ``spans``; ``ul`` and ``ol`` have ``items``, each a list of blocks."""

MAX_HREF = 500
"""Longest address of a link, in characters."""
DEEPEST = 4
"""Lists within lists beyond this depth are read as one."""

_OWN_PAGE = re.compile(r'/(?![/\\])[\w\-./~%?=&#+,:@!]*', re.ASCII)
_OUTSIDE = re.compile(r'https://(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}(?::\d{1,5})?(?:[/?#][\w\-./~%?=&#+,:@!]*)?', re.ASCII | re.IGNORECASE)


def _reader() -> MarkdownIt:
    reader = MarkdownIt('zero', {'html': False, 'linkify': False, 'typographer': False, 'maxNesting': 160})
    reader.enable(['emphasis', 'link', 'list', 'newline', 'escape'])
    reader.validateLink = is_safe  # type: ignore[method-assign, assignment]
    reader.normalizeLink = lambda href: href  # type: ignore[method-assign, assignment]
    return reader


def is_safe(href: str) -> bool:
    """Tell whether an address may be linked to: a page of our own (``/…``) or an https address, nothing else."""
    return len(href) <= MAX_HREF and bool(_OWN_PAGE.fullmatch(href) or _OUTSIDE.fullmatch(href))


def require_safe(href: str, field: str) -> None:
    """Return if the address may be linked to.

    :raises Invalid: it may not; the words say what may.
    """
    if not is_safe(href):
        raise Invalid(
            N_('链接只能是本站页面（以 / 开头，例如 /ballots/3）或 https:// 开头的网址，请改这一条：{href}'), field=field, href=href[:80])


def read(text: str) -> Tree:
    """Return an answer as blocks."""
    tokens = list(_reader().parse(text))
    blocks: Tree = []
    position = 0
    while position < len(tokens):
        block, position = _block(tokens, position, 1)
        if block is not None:
            blocks.append(block)
    return blocks


def is_rich(blocks: Tree) -> bool:
    """Tell whether blocks say more than their plain text does."""
    return any(block['t'] != 'p' or any(set(span) != {'text'} for span in block['spans']) for block in blocks)


def without(blocks: Tree, gone: Set[str]) -> Tree:
    """Return blocks whose links to addresses in ``gone`` are words only."""
    return [
        block | {'spans': [{key: value for key, value in span.items() if key != 'href' or value not in gone} for span in block['spans']]}
        if block['t'] == 'p' else block | {'items': [without(item, gone) for item in block['items']]}
        for block in blocks]


def plain(text: str) -> str:
    """Return an answer as plain text: lists keep their marks, a link is its words and its address."""
    return '\n'.join(_lines(read(text), ''))


def links_of(text: str) -> tuple[str, ...]:
    """Return the addresses written as links in an answer, also those that may not be one."""
    return tuple(match.group(1) for match in re.finditer(r'\]\(\s*<?([^)\s>]*)', text))


def _block(tokens: Sequence[Token], position: int, depth: int) -> tuple[dict[str, Any] | None, int]:
    """Read the block that begins at ``position``; returns it and where the next one begins."""
    token = tokens[position]
    if token.type == 'inline':
        return {'t': 'p', 'spans': _spans(token.children or [])}, position + 1
    if token.type not in {'bullet_list_open', 'ordered_list_open'}:
        return None, position + 1
    items: list[Tree] = []
    position += 1
    while not (tokens[position].nesting == -1 and tokens[position].level == token.level):
        if tokens[position].type == 'list_item_open':
            items.append([])
            position += 1
            continue
        block, position = _block(tokens, position, depth + 1)
        if block is not None and items:
            if block['t'] != 'p' and depth >= DEEPEST:
                items.extend(block['items'])
            else:
                items[-1].append(block)
    made: dict[str, Any] = {'t': 'ul' if token.type == 'bullet_list_open' else 'ol', 'items': items}
    start = token.attrGet('start')
    if made['t'] == 'ol' and start not in {None, 1}:
        made['start'] = int(start)
    return made, position + 1


def _spans(children: Sequence[Token]) -> list[dict[str, Any]]:
    spans: list[dict[str, Any]] = []
    bold = 0
    href = ''
    for child in children:
        if child.type == 'strong_open':
            bold += 1
        elif child.type == 'strong_close':
            bold -= 1
        elif child.type in {'em_open', 'em_close'}:
            _add(spans, _span(child.markup, bold, href))  # one asterisk is no sign of ours: 2*3*4 stays
        elif child.type == 'link_open':
            href = str(child.attrGet('href') or '')
        elif child.type == 'link_close':
            href = ''
        else:
            words = '\n' if child.type in {'softbreak', 'hardbreak'} else child.content
            _add(spans, _span(words, bold, href))
    return spans


def _span(text: str, bold: int, href: str) -> dict[str, Any]:
    return {'text': text} | ({'b': True} if bold else {}) | ({'href': href} if href else {})


def _add(spans: list[dict[str, Any]], span: dict[str, Any]) -> None:
    if not span['text']:
        return
    if spans and spans[-1].keys() == span.keys() and spans[-1].get('href') == span.get('href'):
        spans[-1]['text'] += span['text']
    else:
        spans.append(span)


def _lines(blocks: Tree, indent: str) -> Iterator[str]:
    for place, block in enumerate(blocks):
        if block['t'] == 'p':
            if place and blocks[place - 1]['t'] == 'p':
                yield ''
            words = ''.join(_said(span) for span in block['spans'])
            yield from (indent + line for line in words.split('\n'))
            continue
        for number, item in enumerate(block['items'], int(block.get('start', 1))):
            mark = f'{number}. ' if block['t'] == 'ol' else '· '
            for at, line in enumerate(_lines(item, '')):
                yield indent + (mark if at == 0 else ' ' * len(mark)) + line


def _said(span: dict[str, Any]) -> str:
    href = span.get('href', '')
    if href.startswith('https://') and href != span['text']:
        return f'{span["text"]}（{href}）'
    return str(span['text'])
