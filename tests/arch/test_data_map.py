"""The data map in SECURITY.md says exactly what the modules declare, and every column of every table has been looked at."""

from pathlib import Path

import pytest
from sqlalchemy import Table

from yunshequ.bootstrap import Container
from yunshequ.core.i18n import translate
from yunshequ.core.personal import Fate, Holding, Keeper
from yunshequ.core.settings import Settings
from yunshequ.tables import metadata

DOCUMENT = Path(__file__).parents[2] / 'SECURITY.md'
HEAD = '| table | personal columns | what for | seen by | kept | on deletion of the account |'
FATES = {Fate.DELETE: 'deleted', Fate.BLANK: 'emptied', Fate.KEEP: 'kept under 已注销用户'}

NEVER_PERSONAL = {
    'id', 'seq', 'n', 'position', 'number', 'version', 'state', 'kind', 'key', 'client_id', 'place_id', 'place_path', 'place_name', 'room_id',
    'created_at', 'at', 'asked_at', 'expires_at', 'closed_at', 'opened_at', 'decided_at', 'due_at', 'settled_at', 'changed_at',
}
"""Names that never tell anything about a person by themselves, in any table."""

NOT_PERSONAL: dict[str, set[str]] = {
    'place': {'parent_id', 'name', 'path', 'profile'},
    'household': {'room_no', 'area_cm2', 'on_roll', 'merged_into'},
    'member': {'is_bot'},
    'role_grant': set(),
    'join_code': {'token', 'household_id', 'max_uses', 'uses', 'revoked_at'},
    'login_session': {'ticket_expires_at'},
    'one_time_code': {'tries'},
    'throttle_hit': {'until'},
    'demo_account': set(),
    'room': {
        'welcome', 'rules', 'last_seq', 'last_n', 'last_at', 'notice_seq', 'quiet', 'archived_at', 'rules_version', 'asks', 'question',
        'mode', 'slow_seconds', 'hush_from', 'hush_until'},
    'room_member': {'rules_seen'},
    'notice_reminder': {'day'},
    'entry_request': {'token', 'granted'},
    'message': {'reply_seq'},
    'image': {'bytes'},
    'blocked_term': {'term', 'category', 'homophones'},
    'report_case': {'claimed_at'},
    'allowed_phrase': {'phrase'},
    'word_category': {'category', 'action'},
    'chain': {'example', 'most', 'closes_at', 'closed_at', 'lines'},
    'ballot': {
        'topic_id', 'draft_number', 'body', 'method', 'unit', 'level', 'secret', 'max_choices', 'max_score', 'rule', 'opens_at', 'closes_at',
        'cancel_reason', 'roll_units', 'roll_area', 'roll_heads', 'cast_units', 'cast_area', 'cast_heads', 'outcome'},
    'ballot_option': {'ballot_id', 'text', 'stance'},
    'ballot_roll': {'area', 'heads'},
    'ballot_secret_vote': {'ballot_id', 'choice'},  # nothing leads from it to a person: that is what makes it secret
    'ballot_tally': {'ballot_id', 'option_id', 'votes', 'area', 'heads', 'score'},
    'topic': {'drafts', 'opinions', 'decision'},
    'topic_opinion': {'draft_number', 'agree', 'disagree', 'skip', 'outcome', 'answered_at'},
    'incident': {'level', 'drill', 'confirmed_at'},
    'incident_entry': {'incident_id', 'level', 'corrects_id'},
    'volunteer_call': {'incident_id', 'closes_at', 'posted_at'},
    'volunteer_shift': {'call_id', 'skills', 'spot', 'capacity', 'taken', 'waiting', 'tickets', 'secret'},
    'volunteer_signup': {'promoted_at'},
    'kb_entry': {
        'question', 'answer', 'steps', 'category', 'department', 'source', 'valid_from', 'valid_until', 'policy_no', 'links', 'overrides_id',
        'pending', 'pending_state', 'submitted_at', 'review_note', 'published_at', 'confirmed_at'},
    'kb_similar': {'entry_id', 'text'},
    'kb_signature': {'digest', 'reason', 'entries', 'regressions'},
    'kb_bulk': {'entries', 'undone_at'},
    'kb_revision': {'entry_id', 'content', 'act', 'note'},
    'department': {'name', 'about', 'answers', 'hours'},
    'answer_log': {
        'reason', 'question_seq', 'band', 'entry_id', 'confidence', 'candidates', 'answer_seq', 'answered_at', 'settled_by', 'group_id', 'told_at'},
    'answer_feedback': {'log_id'},
    'handoff_case': {'log_id', 'taken_at', 'department_id', 'reopened'},
    'household_change': {'undone_at'},
    'due_job': {'run_at', 'attempts', 'claimed_until'},
    'data_export': {'bytes'},
    'deletion_request': {'rules'},
    'export_request': {'refusal', 'taken_at'},
}
"""The other columns of which somebody has decided that they tell nothing about a person. A new column fails until it stands here or
in the ``personal.py`` of its module."""


@pytest.fixture
def container(tmp_path: Path) -> Container:
    return Container(Settings(_env_file=None, data_dir=tmp_path, assistant=False, secret='s' * 32))  # type: ignore[call-arg]


def declared(container: Container) -> list[tuple[Keeper, Holding]]:
    return [(keeper, holding) for keeper in reversed(container.privacy.keepers) for holding in keeper.holdings]


def line(container: Container, holding: Holding) -> str:
    columns = ', '.join(f'`{name}`' for name in holding.columns)
    purpose, seen_by = translate(holding.purpose, 'en'), translate(holding.seen_by, 'en')
    kept = translate(container.privacy.rules.periods[holding.period].words, 'en')
    return f'| `{holding.table.name}` | {columns} | {purpose} | {seen_by} | {kept} | {FATES[holding.fate]} |'


def test_the_map_says_what_the_modules_declare(container: Container) -> None:
    text = DOCUMENT.read_text(encoding='utf-8')
    _before, found, after = text.partition(HEAD + '\n')
    assert found, f'SECURITY.md has no table that begins {HEAD}'
    drawn = [row for row in after.partition('\n\n')[0].splitlines() if row.startswith('| `')]
    wanted = [line(container, holding) for _keeper, holding in declared(container)]
    assert drawn == wanted, '\n'.join(['write:', *wanted])


def test_every_table_and_column_has_been_looked_at(container: Container) -> None:
    personal: dict[str, set[str]] = {}
    for _keeper, holding in declared(container):
        assert holding.table.name not in personal, f'{holding.table.name} is declared twice'
        personal[holding.table.name] = set(holding.columns)
    left = {
        f'{table.name}.{column.name}' for table in metadata.sorted_tables for column in table.columns
        if column.name not in personal.get(table.name, set()) | NOT_PERSONAL.get(table.name, set()) | NEVER_PERSONAL}
    assert left == set(), 'neither in the personal.py of a module nor in NOT_PERSONAL'
    assert personal.keys() | NOT_PERSONAL.keys() <= metadata.tables.keys()
    for name, columns in NOT_PERSONAL.items():
        assert columns <= set(metadata.tables[name].columns.keys()), name
        assert not columns & personal.get(name, set()), name


POINTERS = ('member_id', 'owner_id', 'sender_id', 'actor_id', 'asker_id', 'worker_id', 'lead_id', 'by')


def leads_to_a_member(table: Table) -> list[str]:
    return [column.name for column in table.columns if column.name in POINTERS or column.name.endswith('_by')]


def test_whatever_leads_to_a_member_is_in_the_map(container: Container) -> None:
    mapped = {holding.table.name: set(holding.columns) for _keeper, holding in declared(container)}
    missing = {f'{table.name}.{name}' for table in metadata.sorted_tables for name in leads_to_a_member(table)
               if name not in mapped.get(table.name, set())}
    assert missing - {'answer_log.settled_by'} == set()  # names an entry, not a person


def test_every_period_of_the_map_is_in_the_rule_pack_with_a_source(container: Container) -> None:
    periods = container.privacy.rules.periods
    used = {holding.period for _keeper, holding in declared(container)} | {s.period for k in container.privacy.keepers for s in k.sweeps}
    assert used <= periods.keys()
    assert all(period.source and period.words for period in periods.values())


CODED = {'state', 'kind', 'what', 'how', 'role', 'relation', 'stance', 'outcome', 'purpose', 'locale'}
"""Names of columns that hold codes."""
WRITTEN = {('export_request', 'purpose')}
"""Of these names, yet in a person's own words."""


def test_the_copy_tells_codes_in_words(container: Container) -> None:
    bare = {
        (holding.table.name, name) for _keeper, holding in declared(container) for name in holding.shown
        if name in CODED and name not in holding.words and name not in holding.refs}
    assert bare <= WRITTEN
