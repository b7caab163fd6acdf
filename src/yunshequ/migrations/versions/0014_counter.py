"""Lost phones: a resident's new number that two persons of the office set. Offices that pass to a successor"""

import sqlalchemy as sa
from alembic import op

from yunshequ.core.columns import BigId, UtcDateTime

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table('phone_change',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('phone_hash', sa.String(), nullable=False),
    sa.Column('phone_mask', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('asked_by', sa.Integer(), nullable=False),
    sa.Column('asked_at', UtcDateTime(), nullable=False),
    sa.Column('expires_at', UtcDateTime(), nullable=False),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.Column('decided_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_phone_change_member', 'phone_change', ['member_id'])
    op.create_index('ix_phone_change_state', 'phone_change', ['state', 'place_id'])
    op.create_table('office_handover',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('grant_id', sa.Integer(), nullable=False),
    sa.Column('giver_id', sa.Integer(), nullable=False),
    sa.Column('taker_id', sa.Integer(), nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('due_at', UtcDateTime(), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('planned_by', sa.Integer(), nullable=False),
    sa.Column('planned_at', UtcDateTime(), nullable=False),
    sa.Column('done_at', UtcDateTime(), nullable=True),
    sa.Column('undone_by', sa.Integer(), nullable=True),
    sa.Column('undone_at', UtcDateTime(), nullable=True),
    sa.Column('fresh', sa.Boolean(), nullable=False),
    sa.Column('passed', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_office_handover_place', 'office_handover', ['place_id', 'state'])
    op.create_index('ix_office_handover_grant', 'office_handover', ['grant_id'])


def downgrade() -> None:
    """Take back."""
    op.drop_index('ix_office_handover_grant', 'office_handover')
    op.drop_index('ix_office_handover_place', 'office_handover')
    op.drop_table('office_handover')
    op.drop_index('ix_phone_change_state', 'phone_change')
    op.drop_index('ix_phone_change_member', 'phone_change')
    op.drop_table('phone_change')
