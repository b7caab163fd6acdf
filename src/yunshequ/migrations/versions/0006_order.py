"""Good order: what moderators do, reports, appeals, messages held for review, removals by two; modes of rooms"""

import sqlalchemy as sa
from alembic import op

from yunshequ.core.columns import BigId, UtcDateTime

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

OF_ROOM = (('mode', sa.String(), 'open'), ('slow_seconds', sa.Integer(), '0'))


def upgrade() -> None:
    """Apply."""
    for name, kind, default in OF_ROOM:
        op.add_column('room', sa.Column(name, kind, nullable=False, server_default=default))
    op.create_index('ux_room_owner', 'room', ['owner_id'], unique=True)
    op.add_column('room_member', sa.Column('vouched_at', UtcDateTime(), nullable=True))
    op.add_column('blocked_term', sa.Column('homophones', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        'moderation_act',
        sa.Column('id', BigId, autoincrement=True, nullable=False), sa.Column('room_id', sa.Integer(), nullable=False),
        sa.Column('place_id', sa.Integer(), nullable=False), sa.Column('kind', sa.String(), nullable=False),
        sa.Column('member_id', sa.Integer(), nullable=False), sa.Column('seq', sa.Integer()), sa.Column('held_id', sa.Integer()),
        sa.Column('case_id', sa.Integer()), sa.Column('reason', sa.String(), nullable=False),
        sa.Column('note', sa.String(), nullable=False), sa.Column('by_id', sa.Integer(), nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False), sa.Column('until', UtcDateTime()), sa.Column('undone_at', UtcDateTime()),
        sa.Column('undone_by', sa.Integer()), sa.Column('undone_why', sa.String(), nullable=False), sa.PrimaryKeyConstraint('id'))
    op.create_index('ix_moderation_act_room', 'moderation_act', ['room_id', 'id'])
    op.create_index('ix_moderation_act_member', 'moderation_act', ['member_id', 'id'])
    op.create_table(
        'report_case',
        sa.Column('id', BigId, autoincrement=True, nullable=False), sa.Column('room_id', sa.Integer(), nullable=False),
        sa.Column('place_id', sa.Integer(), nullable=False), sa.Column('seq', sa.Integer(), nullable=False),
        sa.Column('member_id', sa.Integer(), nullable=False), sa.Column('body', sa.String(), nullable=False),
        sa.Column('image', sa.String()), sa.Column('state', sa.String(), nullable=False),
        sa.Column('opened_at', UtcDateTime(), nullable=False), sa.Column('claimed_by', sa.Integer()),
        sa.Column('claimed_at', UtcDateTime()), sa.Column('decided_at', UtcDateTime()), sa.Column('outcome', sa.String()),
        sa.PrimaryKeyConstraint('id'), sa.UniqueConstraint('room_id', 'seq'))
    op.create_index('ix_report_case_place', 'report_case', ['place_id', 'state'])
    op.create_table(
        'report',
        sa.Column('id', BigId, autoincrement=True, nullable=False), sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('reporter_id', sa.Integer(), nullable=False), sa.Column('reason', sa.String(), nullable=False),
        sa.Column('note', sa.String(), nullable=False), sa.Column('at', UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint('id'), sa.UniqueConstraint('case_id', 'reporter_id'))
    op.create_index('ix_report_reporter', 'report', ['reporter_id', 'id'])
    op.create_table(
        'appeal',
        sa.Column('id', BigId, autoincrement=True, nullable=False), sa.Column('act_id', sa.Integer(), nullable=False),
        sa.Column('words', sa.String(), nullable=False), sa.Column('at', UtcDateTime(), nullable=False),
        sa.Column('decided_by', sa.Integer()), sa.Column('decided_at', UtcDateTime()), sa.Column('upheld', sa.Boolean()),
        sa.Column('answer', sa.String(), nullable=False), sa.PrimaryKeyConstraint('id'), sa.UniqueConstraint('act_id'))
    op.create_table(
        'held_message',
        sa.Column('id', BigId, autoincrement=True, nullable=False), sa.Column('room_id', sa.Integer(), nullable=False),
        sa.Column('place_id', sa.Integer(), nullable=False), sa.Column('sender_id', sa.Integer(), nullable=False),
        sa.Column('client_id', sa.String(), nullable=False), sa.Column('draft', sa.JSON(), nullable=False),
        sa.Column('term', sa.String(), nullable=False), sa.Column('category', sa.String(), nullable=False),
        sa.Column('at', UtcDateTime(), nullable=False), sa.Column('state', sa.String(), nullable=False),
        sa.Column('decided_by', sa.Integer()), sa.Column('decided_at', UtcDateTime()),
        sa.PrimaryKeyConstraint('id'), sa.UniqueConstraint('sender_id', 'client_id'))
    op.create_index('ix_held_message_place', 'held_message', ['place_id', 'state'])
    op.create_table(
        'removal_proposal',
        sa.Column('id', BigId, autoincrement=True, nullable=False), sa.Column('room_id', sa.Integer(), nullable=False),
        sa.Column('place_id', sa.Integer(), nullable=False), sa.Column('member_id', sa.Integer(), nullable=False),
        sa.Column('reason', sa.String(), nullable=False), sa.Column('note', sa.String(), nullable=False),
        sa.Column('proposed_by', sa.Integer(), nullable=False), sa.Column('at', UtcDateTime(), nullable=False),
        sa.Column('state', sa.String(), nullable=False), sa.Column('decided_by', sa.Integer()),
        sa.Column('decided_at', UtcDateTime()), sa.PrimaryKeyConstraint('id'))
    op.create_index('ix_removal_proposal_place', 'removal_proposal', ['place_id', 'state'])


def downgrade() -> None:
    """Take back."""
    for table in ('removal_proposal', 'held_message', 'appeal', 'report', 'report_case', 'moderation_act'):
        op.drop_table(table)
    op.drop_index('ux_room_owner', 'room')
    with op.batch_alter_table('blocked_term') as batch:
        batch.drop_column('homophones')
    with op.batch_alter_table('room_member') as batch:
        batch.drop_column('vouched_at')
    with op.batch_alter_table('room') as batch:
        for name, _kind, _default in reversed(OF_ROOM):
            batch.drop_column(name)
