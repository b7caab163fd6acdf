"""Tools of the knowledge base: who signed for answers that get worse, bulk edits that can be taken back"""

import sqlalchemy as sa
from alembic import op

from yunshequ.core.columns import BigId, UtcDateTime

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table('kb_signature',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('entries', sa.JSON(), nullable=False),
    sa.Column('regressions', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_kb_signature_digest', 'kb_signature', ['digest'])
    op.create_table('kb_bulk',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=False),
    sa.Column('entries', sa.JSON(), nullable=False),
    sa.Column('undone_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_kb_bulk_by', 'kb_bulk', ['by', 'at'])


def downgrade() -> None:
    """Take back."""
    op.drop_index('ix_kb_bulk_by', 'kb_bulk')
    op.drop_table('kb_bulk')
    op.drop_index('ix_kb_signature_digest', 'kb_signature')
    op.drop_table('kb_signature')
