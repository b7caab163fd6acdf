"""Limits that outlive the process: what counts against them"""

import sqlalchemy as sa
from alembic import op

from yunshequ.core.columns import BigId, UtcDateTime

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table('throttle_hit',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.Column('until', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_throttle_hit_key', 'throttle_hit', ['key', 'until'])
    op.create_index('ix_throttle_hit_until', 'throttle_hit', ['until'])


def downgrade() -> None:
    """Take back."""
    op.drop_index('ix_throttle_hit_until', 'throttle_hit')
    op.drop_index('ix_throttle_hit_key', 'throttle_hit')
    op.drop_table('throttle_hit')
