"""Learning: which open questions mean the same, and whether their askers were told"""

import sqlalchemy as sa
from alembic import op

from yunshequ.core.columns import UtcDateTime

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column('answer_log', sa.Column('group_id', sa.Integer(), nullable=True))
    op.add_column('answer_log', sa.Column('told_at', UtcDateTime(), nullable=True))
    op.create_index('ix_answer_log_settled', 'answer_log', ['settled_by'])


def downgrade() -> None:
    """Take back."""
    op.drop_index('ix_answer_log_settled', 'answer_log')
    op.drop_column('answer_log', 'told_at')
    op.drop_column('answer_log', 'group_id')
