"""The live core: people, places, rooms, 小栖, votes, volunteers"""

import sqlalchemy as sa
from alembic import op

from yunshequ.core.columns import BigId, UtcDateTime

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table('answer_feedback',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('log_id', sa.Integer(), nullable=False),
    sa.Column('rater', sa.String(), nullable=False),
    sa.Column('helpful', sa.Boolean(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('log_id', 'rater')
    )
    op.create_table('answer_log',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('room_id', sa.Integer(), nullable=False),
    sa.Column('question_seq', sa.Integer(), nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('place_path', sa.String(), nullable=True),
    sa.Column('asker', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('asked_at', UtcDateTime(), nullable=False),
    sa.Column('band', sa.String(), nullable=True),
    sa.Column('body', sa.String(), nullable=True),
    sa.Column('entry_id', sa.Integer(), nullable=True),
    sa.Column('confidence', sa.Float(), nullable=True),
    sa.Column('candidates', sa.JSON(), nullable=False),
    sa.Column('answer_seq', sa.Integer(), nullable=True),
    sa.Column('answered_at', UtcDateTime(), nullable=True),
    sa.Column('settled_by', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key')
    )
    with op.batch_alter_table('answer_log', schema=None) as batch_op:
        batch_op.create_index('ix_answer_log_band', ['band', 'asked_at'], unique=False)
        batch_op.create_index('ix_answer_log_path', ['place_path', 'asked_at'], unique=False)
        batch_op.create_index('ix_answer_log_question', ['room_id', 'question_seq'], unique=False)
        batch_op.create_index('ix_answer_log_room', ['room_id', 'answer_seq'], unique=False)

    op.create_table('audit_entry',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('action', sa.String(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=True),
    sa.Column('detail', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('audit_entry', schema=None) as batch_op:
        batch_op.create_index('ix_audit_entry_actor', ['actor_id', 'id'], unique=False)
        batch_op.create_index('ix_audit_entry_subject', ['subject', 'id'], unique=False)

    op.create_table('ballot',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('place_path', sa.String(), nullable=False),
    sa.Column('place_name', sa.String(), nullable=False),
    sa.Column('topic_id', sa.Integer(), nullable=True),
    sa.Column('draft_number', sa.Integer(), nullable=True),
    sa.Column('room_id', sa.Integer(), nullable=True),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('body', sa.String(), nullable=False),
    sa.Column('method', sa.String(), nullable=False),
    sa.Column('unit', sa.String(), nullable=False),
    sa.Column('level', sa.String(), nullable=False),
    sa.Column('secret', sa.Boolean(), nullable=False),
    sa.Column('max_choices', sa.Integer(), nullable=False),
    sa.Column('max_score', sa.Integer(), nullable=False),
    sa.Column('rule', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('opens_at', UtcDateTime(), nullable=True),
    sa.Column('closes_at', UtcDateTime(), nullable=False),
    sa.Column('opened_at', UtcDateTime(), nullable=True),
    sa.Column('closed_at', UtcDateTime(), nullable=True),
    sa.Column('cancel_reason', sa.String(), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=False),
    sa.Column('client_id', sa.String(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('roll_units', sa.Integer(), nullable=False),
    sa.Column('roll_area', sa.Integer(), nullable=False),
    sa.Column('roll_heads', sa.Integer(), nullable=False),
    sa.Column('cast_units', sa.Integer(), nullable=False),
    sa.Column('cast_area', sa.Integer(), nullable=False),
    sa.Column('cast_heads', sa.Integer(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('outcome', sa.JSON(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('created_by', 'client_id')
    )
    with op.batch_alter_table('ballot', schema=None) as batch_op:
        batch_op.create_index('ix_ballot_place', ['place_path', 'state'], unique=False)
        batch_op.create_index('ix_ballot_topic', ['topic_id'], unique=False)

    op.create_table('ballot_named_vote',
    sa.Column('ballot_id', BigId, nullable=False),
    sa.Column('unit', sa.String(), nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('choice', sa.JSON(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('cast_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('ballot_id', 'unit')
    )
    op.create_table('ballot_named_vote_entry',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('ballot_id', sa.Integer(), nullable=False),
    sa.Column('unit', sa.String(), nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('client_id', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('choice', sa.JSON(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('ballot_id', 'member_id', 'client_id')
    )
    op.create_table('ballot_option',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('ballot_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('stance', sa.String(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('ballot_id', 'position')
    )
    op.create_table('ballot_roll',
    sa.Column('ballot_id', BigId, nullable=False),
    sa.Column('unit', sa.String(), nullable=False),
    sa.Column('label', sa.String(), nullable=False),
    sa.Column('area', sa.Integer(), nullable=False),
    sa.Column('heads', sa.Integer(), nullable=False),
    sa.Column('voted', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('ballot_id', 'unit')
    )
    op.create_table('ballot_secret_vote',
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('ballot_id', sa.Integer(), nullable=False),
    sa.Column('choice', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('key'),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('ballot_secret_vote', schema=None) as batch_op:
        batch_op.create_index('ix_ballot_secret_vote', ['ballot_id', 'key'], unique=False)

    op.create_table('ballot_tally',
    sa.Column('ballot_id', BigId, nullable=False),
    sa.Column('option_id', BigId, nullable=False),
    sa.Column('votes', sa.Integer(), nullable=False),
    sa.Column('area', sa.Integer(), nullable=False),
    sa.Column('heads', sa.Integer(), nullable=False),
    sa.Column('score', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('ballot_id', 'option_id')
    )
    op.create_table('ballot_voter',
    sa.Column('ballot_id', BigId, nullable=False),
    sa.Column('member_id', BigId, nullable=False),
    sa.Column('unit', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('ballot_id', 'member_id', 'unit')
    )
    with op.batch_alter_table('ballot_voter', schema=None) as batch_op:
        batch_op.create_index('ix_ballot_voter_member', ['member_id', 'ballot_id'], unique=False)

    op.create_table('blocked_term',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('term', sa.String(), nullable=False),
    sa.Column('category', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('place_id', 'term')
    )
    op.create_table('credential',
    sa.Column('member_id', BigId, autoincrement=False, nullable=False),
    sa.Column('password_hash', sa.String(), nullable=False),
    sa.Column('changed_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('member_id')
    )
    op.create_table('demo_account',
    sa.Column('member_id', BigId, autoincrement=False, nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('member_id')
    )
    op.create_table('due_job',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('run_at', UtcDateTime(), nullable=False),
    sa.Column('payload', sa.JSON(), nullable=False),
    sa.Column('key', sa.String(), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('claimed_until', UtcDateTime(), nullable=True),
    sa.Column('last_error', sa.String(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key')
    )
    with op.batch_alter_table('due_job', schema=None) as batch_op:
        batch_op.create_index('ix_due_job_run_at', ['run_at'], unique=False)

    op.create_table('handoff_case',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('room_id', sa.Integer(), nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('place_path', sa.String(), nullable=False),
    sa.Column('asker_id', sa.Integer(), nullable=False),
    sa.Column('question', sa.String(), nullable=False),
    sa.Column('log_id', sa.Integer(), nullable=True),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('worker_id', sa.Integer(), nullable=True),
    sa.Column('opened_at', UtcDateTime(), nullable=False),
    sa.Column('due_at', UtcDateTime(), nullable=False),
    sa.Column('taken_at', UtcDateTime(), nullable=True),
    sa.Column('closed_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('handoff_case', schema=None) as batch_op:
        batch_op.create_index('ix_handoff_case_desk', ['place_id', 'state'], unique=False)
        batch_op.create_index('ux_handoff_case_open', ['room_id'], unique=True, sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))

    op.create_table('household',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('room_no', sa.String(), nullable=False),
    sa.Column('area_cm2', sa.Integer(), nullable=False),
    sa.Column('on_roll', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('place_id', 'room_no')
    )
    with op.batch_alter_table('household', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_household_place_id'), ['place_id'], unique=False)

    op.create_table('household_member',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('household_id', sa.Integer(), nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('relation', sa.String(), nullable=False),
    sa.Column('verified_at', UtcDateTime(), nullable=True),
    sa.Column('valid_until', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('household_id', 'member_id')
    )
    with op.batch_alter_table('household_member', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_household_member_member_id'), ['member_id'], unique=False)

    op.create_table('image',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('token', sa.String(), nullable=False),
    sa.Column('room_id', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=False),
    sa.Column('width', sa.Integer(), nullable=False),
    sa.Column('height', sa.Integer(), nullable=False),
    sa.Column('bytes', sa.Integer(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('token')
    )
    op.create_table('incident',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('level', sa.String(), nullable=False),
    sa.Column('drill', sa.Boolean(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('opened_by', sa.Integer(), nullable=False),
    sa.Column('client_id', sa.String(), nullable=False),
    sa.Column('opened_at', UtcDateTime(), nullable=False),
    sa.Column('confirmed_at', UtcDateTime(), nullable=False),
    sa.Column('closed_at', UtcDateTime(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('opened_by', 'client_id')
    )
    with op.batch_alter_table('incident', schema=None) as batch_op:
        batch_op.create_index('ix_incident_state', ['state', 'id'], unique=False)

    op.create_table('join_code',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('token', sa.String(), nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('room_id', sa.Integer(), nullable=True),
    sa.Column('household_id', sa.Integer(), nullable=True),
    sa.Column('created_by', sa.Integer(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('expires_at', UtcDateTime(), nullable=True),
    sa.Column('max_uses', sa.Integer(), nullable=True),
    sa.Column('uses', sa.Integer(), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('revoked_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('token')
    )
    op.create_table('join_use',
    sa.Column('code_id', BigId, nullable=False),
    sa.Column('member_id', BigId, nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('code_id', 'member_id')
    )
    op.create_table('kb_entry',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('question', sa.String(), nullable=False),
    sa.Column('answer', sa.String(), nullable=False),
    sa.Column('steps', sa.JSON(), nullable=False),
    sa.Column('category', sa.String(), nullable=False),
    sa.Column('department', sa.String(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('place_path', sa.String(), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('valid_from', UtcDateTime(), nullable=True),
    sa.Column('valid_until', UtcDateTime(), nullable=True),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('changed_at', UtcDateTime(), nullable=False),
    sa.Column('changed_by', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key')
    )
    with op.batch_alter_table('kb_entry', schema=None) as batch_op:
        batch_op.create_index('ix_kb_entry_path', ['place_path'], unique=False)
        batch_op.create_index('ix_kb_entry_state', ['state', 'category'], unique=False)

    op.create_table('kb_revision',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('entry_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=True),
    sa.Column('content', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('entry_id', 'version')
    )
    op.create_table('kb_similar',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('entry_id', sa.Integer(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('entry_id', 'text')
    )
    op.create_table('login_session',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('token_digest', sa.String(), nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('device', sa.String(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('last_seen_at', UtcDateTime(), nullable=False),
    sa.Column('expires_at', UtcDateTime(), nullable=False),
    sa.Column('revoked_at', UtcDateTime(), nullable=True),
    sa.Column('ticket_digest', sa.String(), nullable=True),
    sa.Column('ticket_expires_at', UtcDateTime(), nullable=True),
    sa.Column('by_code', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('ticket_digest'),
    sa.UniqueConstraint('token_digest')
    )
    with op.batch_alter_table('login_session', schema=None) as batch_op:
        batch_op.create_index('ix_login_session_member', ['member_id'], unique=False)

    op.create_table('member',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('nickname', sa.String(), nullable=False),
    sa.Column('phone_hash', sa.String(), nullable=True),
    sa.Column('phone_mask', sa.String(), nullable=True),
    sa.Column('is_bot', sa.Boolean(), nullable=False),
    sa.Column('party_member', sa.Boolean(), nullable=False),
    sa.Column('party_visible', sa.Boolean(), nullable=False),
    sa.Column('skills', sa.JSON(), nullable=False),
    sa.Column('locale', sa.String(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('left_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('phone_hash')
    )
    with op.batch_alter_table('member', schema=None) as batch_op:
        batch_op.create_index('ux_member_bot', ['is_bot'], unique=True, sqlite_where=sa.text('is_bot'), postgresql_where=sa.text('is_bot'))

    op.create_table('message',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('room_id', sa.Integer(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.Column('sender_id', sa.Integer(), nullable=False),
    sa.Column('client_id', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('body', sa.String(), nullable=False),
    sa.Column('payload', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('reply_seq', sa.Integer(), nullable=True),
    sa.Column('mentions', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.Column('recalled_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('room_id', 'seq'),
    sa.UniqueConstraint('sender_id', 'client_id')
    )
    op.create_table('notice_receipt',
    sa.Column('room_id', BigId, autoincrement=False, nullable=False),
    sa.Column('seq', BigId, autoincrement=False, nullable=False),
    sa.Column('member_id', BigId, autoincrement=False, nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('room_id', 'seq', 'member_id')
    )
    op.create_table('one_time_code',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('phone_hash', sa.String(), nullable=False),
    sa.Column('code_hash', sa.String(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('expires_at', UtcDateTime(), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('used_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('one_time_code', schema=None) as batch_op:
        batch_op.create_index('ix_one_time_code_phone', ['phone_hash', 'id'], unique=False)

    op.create_table('place',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('parent_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('path', sa.String(), nullable=False),
    sa.Column('profile', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('place', schema=None) as batch_op:
        batch_op.create_index('ix_place_parent', ['parent_id'], unique=False)
        batch_op.create_index('ix_place_path', ['path'], unique=False)

    op.create_table('role_grant',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('valid_from', UtcDateTime(), nullable=True),
    sa.Column('valid_until', UtcDateTime(), nullable=True),
    sa.Column('granted_by', sa.Integer(), nullable=True),
    sa.Column('revoked_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('role_grant', schema=None) as batch_op:
        batch_op.create_index('ix_role_grant_place', ['place_id', 'role'], unique=False)
        batch_op.create_index('ux_role_grant_live', ['member_id', 'place_id', 'role'], unique=True, sqlite_where=sa.text('revoked_at IS NULL'), postgresql_where=sa.text('revoked_at IS NULL'))

    op.create_table('room',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('welcome', sa.String(), nullable=False),
    sa.Column('rules', sa.String(), nullable=False),
    sa.Column('last_seq', sa.Integer(), nullable=False),
    sa.Column('last_n', sa.Integer(), nullable=False),
    sa.Column('last_at', UtcDateTime(), nullable=True),
    sa.Column('last_line', sa.String(), nullable=False),
    sa.Column('notice_seq', sa.Integer(), nullable=True),
    sa.Column('quiet', sa.Boolean(), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('archived_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('room', schema=None) as batch_op:
        batch_op.create_index('ix_room_place', ['place_id'], unique=False)

    op.create_table('room_member',
    sa.Column('room_id', BigId, autoincrement=False, nullable=False),
    sa.Column('member_id', BigId, autoincrement=False, nullable=False),
    sa.Column('joined_at', UtcDateTime(), nullable=False),
    sa.Column('read_seq', sa.Integer(), nullable=False),
    sa.Column('read_n', sa.Integer(), nullable=False),
    sa.Column('mention_seq', sa.Integer(), nullable=False),
    sa.Column('muted', sa.Boolean(), nullable=False),
    sa.Column('pinned', sa.Boolean(), nullable=False),
    sa.Column('left_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('room_id', 'member_id')
    )
    with op.batch_alter_table('room_member', schema=None) as batch_op:
        batch_op.create_index('ix_room_member_member', ['member_id'], unique=False)

    op.create_table('topic',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('place_path', sa.String(), nullable=False),
    sa.Column('place_name', sa.String(), nullable=False),
    sa.Column('room_id', sa.Integer(), nullable=True),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('summary', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('drafts', sa.Integer(), nullable=False),
    sa.Column('opinions', sa.Integer(), nullable=False),
    sa.Column('decision', sa.String(), nullable=False),
    sa.Column('decided_at', UtcDateTime(), nullable=True),
    sa.Column('created_by', sa.Integer(), nullable=False),
    sa.Column('client_id', sa.String(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('created_by', 'client_id')
    )
    with op.batch_alter_table('topic', schema=None) as batch_op:
        batch_op.create_index('ix_topic_place', ['place_path', 'state'], unique=False)

    op.create_table('topic_draft',
    sa.Column('topic_id', BigId, nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('topic_id', 'number')
    )
    op.create_table('topic_opinion',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('topic_id', sa.Integer(), nullable=False),
    sa.Column('draft_number', sa.Integer(), nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('client_id', sa.String(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.Column('agree', sa.Integer(), nullable=False),
    sa.Column('disagree', sa.Integer(), nullable=False),
    sa.Column('skip', sa.Integer(), nullable=False),
    sa.Column('outcome', sa.String(), nullable=True),
    sa.Column('answer', sa.String(), nullable=False),
    sa.Column('answered_by', sa.Integer(), nullable=True),
    sa.Column('answered_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('member_id', 'client_id')
    )
    with op.batch_alter_table('topic_opinion', schema=None) as batch_op:
        batch_op.create_index('ix_topic_opinion_topic', ['topic_id', 'id'], unique=False)

    op.create_table('topic_opinion_stance',
    sa.Column('opinion_id', BigId, nullable=False),
    sa.Column('member_id', BigId, nullable=False),
    sa.Column('stance', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('opinion_id', 'member_id')
    )
    op.create_table('topic_progress',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('topic_id', sa.Integer(), nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('client_id', sa.String(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('member_id', 'client_id')
    )
    with op.batch_alter_table('topic_progress', schema=None) as batch_op:
        batch_op.create_index('ix_topic_progress_topic', ['topic_id', 'id'], unique=False)

    op.create_table('volunteer_guard',
    sa.Column('member_id', BigId, autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('member_id')
    )
    op.create_table('incident_entry',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('incident_id', BigId, nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('level', sa.String(), nullable=True),
    sa.Column('corrects_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['incident_id'], ['incident.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('incident_entry', schema=None) as batch_op:
        batch_op.create_index('ix_incident_entry_incident', ['incident_id', 'id'], unique=False)

    op.create_table('volunteer_call',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('incident_id', BigId, nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('room_id', sa.Integer(), nullable=True),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=False),
    sa.Column('client_id', sa.String(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('closes_at', UtcDateTime(), nullable=True),
    sa.Column('closed_at', UtcDateTime(), nullable=True),
    sa.Column('posted_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['incident_id'], ['incident.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('created_by', 'client_id')
    )
    with op.batch_alter_table('volunteer_call', schema=None) as batch_op:
        batch_op.create_index('ix_volunteer_call_incident', ['incident_id'], unique=False)
        batch_op.create_index('ix_volunteer_call_room', ['room_id', 'state'], unique=False)

    op.create_table('volunteer_shift',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('call_id', BigId, nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('skills', sa.JSON(), nullable=False),
    sa.Column('spot', sa.String(), nullable=False),
    sa.Column('lead_id', sa.Integer(), nullable=True),
    sa.Column('starts_at', UtcDateTime(), nullable=False),
    sa.Column('ends_at', UtcDateTime(), nullable=False),
    sa.Column('capacity', sa.Integer(), nullable=False),
    sa.Column('taken', sa.Integer(), nullable=False),
    sa.Column('waiting', sa.Integer(), nullable=False),
    sa.Column('tickets', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('secret', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['call_id'], ['volunteer_call.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('volunteer_shift', schema=None) as batch_op:
        batch_op.create_index('ix_volunteer_shift_call', ['call_id'], unique=False)

    op.create_table('volunteer_signup',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('shift_id', BigId, nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('client_id', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('promoted_at', UtcDateTime(), nullable=True),
    sa.Column('checked_in_at', UtcDateTime(), nullable=True),
    sa.Column('checked_in_by', sa.Integer(), nullable=True),
    sa.Column('checked_out_at', UtcDateTime(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['shift_id'], ['volunteer_shift.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('member_id', 'client_id'),
    sa.UniqueConstraint('shift_id', 'position')
    )
    with op.batch_alter_table('volunteer_signup', schema=None) as batch_op:
        batch_op.create_index('ix_volunteer_signup_member', ['member_id', 'state'], unique=False)
        batch_op.create_index('ux_volunteer_signup_live', ['shift_id', 'member_id'], unique=True, sqlite_where=sa.text("state IN ('confirmed', 'waitlisted', 'checked_in')"), postgresql_where=sa.text("state IN ('confirmed', 'waitlisted', 'checked_in')"))



    if op.get_bind().dialect.name == 'sqlite':
        op.execute("CREATE VIRTUAL TABLE message_search USING fts5(grams, content='')")
    else:
        op.execute('CREATE TABLE message_search (id BIGINT PRIMARY KEY, grams tsvector NOT NULL)')
        op.execute('CREATE INDEX ix_message_search_grams ON message_search USING gin (grams)')


def downgrade() -> None:
    """Take back."""
    op.execute('DROP TABLE message_search')
    with op.batch_alter_table('volunteer_signup', schema=None) as batch_op:
        batch_op.drop_index('ux_volunteer_signup_live', sqlite_where=sa.text("state IN ('confirmed', 'waitlisted', 'checked_in')"), postgresql_where=sa.text("state IN ('confirmed', 'waitlisted', 'checked_in')"))
        batch_op.drop_index('ix_volunteer_signup_member')

    op.drop_table('volunteer_signup')
    with op.batch_alter_table('volunteer_shift', schema=None) as batch_op:
        batch_op.drop_index('ix_volunteer_shift_call')

    op.drop_table('volunteer_shift')
    with op.batch_alter_table('volunteer_call', schema=None) as batch_op:
        batch_op.drop_index('ix_volunteer_call_room')
        batch_op.drop_index('ix_volunteer_call_incident')

    op.drop_table('volunteer_call')
    with op.batch_alter_table('incident_entry', schema=None) as batch_op:
        batch_op.drop_index('ix_incident_entry_incident')

    op.drop_table('incident_entry')
    op.drop_table('volunteer_guard')
    with op.batch_alter_table('topic_progress', schema=None) as batch_op:
        batch_op.drop_index('ix_topic_progress_topic')

    op.drop_table('topic_progress')
    op.drop_table('topic_opinion_stance')
    with op.batch_alter_table('topic_opinion', schema=None) as batch_op:
        batch_op.drop_index('ix_topic_opinion_topic')

    op.drop_table('topic_opinion')
    op.drop_table('topic_draft')
    with op.batch_alter_table('topic', schema=None) as batch_op:
        batch_op.drop_index('ix_topic_place')

    op.drop_table('topic')
    with op.batch_alter_table('room_member', schema=None) as batch_op:
        batch_op.drop_index('ix_room_member_member')

    op.drop_table('room_member')
    with op.batch_alter_table('room', schema=None) as batch_op:
        batch_op.drop_index('ix_room_place')

    op.drop_table('room')
    with op.batch_alter_table('role_grant', schema=None) as batch_op:
        batch_op.drop_index('ux_role_grant_live', sqlite_where=sa.text('revoked_at IS NULL'), postgresql_where=sa.text('revoked_at IS NULL'))
        batch_op.drop_index('ix_role_grant_place')

    op.drop_table('role_grant')
    with op.batch_alter_table('place', schema=None) as batch_op:
        batch_op.drop_index('ix_place_path')
        batch_op.drop_index('ix_place_parent')

    op.drop_table('place')
    with op.batch_alter_table('one_time_code', schema=None) as batch_op:
        batch_op.drop_index('ix_one_time_code_phone')

    op.drop_table('one_time_code')
    op.drop_table('notice_receipt')
    op.drop_table('message')
    with op.batch_alter_table('member', schema=None) as batch_op:
        batch_op.drop_index('ux_member_bot', sqlite_where=sa.text('is_bot'), postgresql_where=sa.text('is_bot'))

    op.drop_table('member')
    with op.batch_alter_table('login_session', schema=None) as batch_op:
        batch_op.drop_index('ix_login_session_member')

    op.drop_table('login_session')
    op.drop_table('kb_similar')
    op.drop_table('kb_revision')
    with op.batch_alter_table('kb_entry', schema=None) as batch_op:
        batch_op.drop_index('ix_kb_entry_state')
        batch_op.drop_index('ix_kb_entry_path')

    op.drop_table('kb_entry')
    op.drop_table('join_use')
    op.drop_table('join_code')
    with op.batch_alter_table('incident', schema=None) as batch_op:
        batch_op.drop_index('ix_incident_state')

    op.drop_table('incident')
    op.drop_table('image')
    with op.batch_alter_table('household_member', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_household_member_member_id'))

    op.drop_table('household_member')
    with op.batch_alter_table('household', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_household_place_id'))

    op.drop_table('household')
    with op.batch_alter_table('handoff_case', schema=None) as batch_op:
        batch_op.drop_index('ux_handoff_case_open', sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))
        batch_op.drop_index('ix_handoff_case_desk')

    op.drop_table('handoff_case')
    with op.batch_alter_table('due_job', schema=None) as batch_op:
        batch_op.drop_index('ix_due_job_run_at')

    op.drop_table('due_job')
    op.drop_table('demo_account')
    op.drop_table('credential')
    op.drop_table('blocked_term')
    with op.batch_alter_table('ballot_voter', schema=None) as batch_op:
        batch_op.drop_index('ix_ballot_voter_member')

    op.drop_table('ballot_voter')
    op.drop_table('ballot_tally')
    with op.batch_alter_table('ballot_secret_vote', schema=None) as batch_op:
        batch_op.drop_index('ix_ballot_secret_vote')

    op.drop_table('ballot_secret_vote')
    op.drop_table('ballot_roll')
    op.drop_table('ballot_option')
    op.drop_table('ballot_named_vote_entry')
    op.drop_table('ballot_named_vote')
    with op.batch_alter_table('ballot', schema=None) as batch_op:
        batch_op.drop_index('ix_ballot_topic')
        batch_op.drop_index('ix_ballot_place')

    op.drop_table('ballot')
    with op.batch_alter_table('audit_entry', schema=None) as batch_op:
        batch_op.drop_index('ix_audit_entry_subject')
        batch_op.drop_index('ix_audit_entry_actor')

    op.drop_table('audit_entry')
    with op.batch_alter_table('answer_log', schema=None) as batch_op:
        batch_op.drop_index('ix_answer_log_room')
        batch_op.drop_index('ix_answer_log_question')
        batch_op.drop_index('ix_answer_log_path')
        batch_op.drop_index('ix_answer_log_band')

    op.drop_table('answer_log')
    op.drop_table('answer_feedback')
