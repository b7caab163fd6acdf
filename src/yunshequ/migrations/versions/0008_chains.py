"""Chains: lists people sign up on in rooms"""

import sqlalchemy as sa
from alembic import op

from yunshequ.core.columns import BigId, UtcDateTime

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table('chain',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('room_id', sa.Integer(), nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('starter_id', sa.Integer(), nullable=False),
    sa.Column('client_id', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('example', sa.String(), nullable=False),
    sa.Column('most', sa.Integer(), nullable=True),
    sa.Column('closes_at', UtcDateTime(), nullable=True),
    sa.Column('closed_at', UtcDateTime(), nullable=True),
    sa.Column('lines', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('starter_id', 'client_id')
    )
    op.create_index('ix_chain_room', 'chain', ['room_id'])
    op.create_table('chain_line',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('chain_id', sa.Integer(), nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('chain_id', 'member_id')
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table('chain_line')
    op.drop_index('ix_chain_room', 'chain')
    op.drop_table('chain')
