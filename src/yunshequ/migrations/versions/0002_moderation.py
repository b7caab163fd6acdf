"""Moderation: phrases that excuse a sensitive word, what each category of a place leads to"""

import sqlalchemy as sa
from alembic import op

from yunshequ.core.columns import BigId

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table('allowed_phrase',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('phrase', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('place_id', 'phrase')
    )
    op.create_table('word_category',
    sa.Column('place_id', BigId, autoincrement=False, nullable=False),
    sa.Column('category', sa.String(), nullable=False),
    sa.Column('action', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('place_id', 'category')
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table('word_category')
    op.drop_table('allowed_phrase')
