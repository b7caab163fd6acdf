"""Lost phones: a resident's new number that two persons of the office set"""

import sqlalchemy as sa
from alembic import op

from yunshequ.core.columns import BigId, UtcDateTime

revision = '0015'
down_revision = '0010'
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


def downgrade() -> None:
    """Take back."""
    op.drop_index('ix_phone_change_state', 'phone_change')
    op.drop_index('ix_phone_change_member', 'phone_change')
    op.drop_table('phone_change')
