"""What a member goes by in one room (我在本群的昵称)"""

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column('room_member', sa.Column('nickname', sa.String(), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column('room_member', 'nickname')
