"""Second factor: the authenticator apps of people in office, and which logins have given a code"""

import sqlalchemy as sa
from alembic import op

from yunshequ.core.columns import BigId, UtcDateTime

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table('second_factor',
    sa.Column('member_id', BigId, autoincrement=False, nullable=False),
    sa.Column('nonce', sa.String(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('last_step', BigId, nullable=False),
    sa.Column('recovery', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('member_id')
    )
    op.add_column('login_session', sa.Column('proven', sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Take back."""
    op.drop_column('login_session', 'proven')
    op.drop_table('second_factor')
