"""小栖 in talk: quiet hours of rooms, desks of departments, the duty roster, what residents say of a hand-off"""

import sqlalchemy as sa
from alembic import op

from yunshequ.core.columns import BigId, UtcDateTime

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column('room', sa.Column('hush_from', sa.Integer(), nullable=True))
    op.add_column('room', sa.Column('hush_until', sa.Integer(), nullable=True))
    for column in (
        sa.Column('desk_id', sa.Integer(), nullable=True), sa.Column('department', sa.String(), server_default='', nullable=False),
        sa.Column('talk', sa.JSON(), server_default='[]', nullable=False), sa.Column('stars', sa.Integer(), nullable=True),
        sa.Column('rated_at', UtcDateTime(), nullable=True), sa.Column('reopened', sa.Integer(), server_default='0', nullable=False),
    ):
        op.add_column('handoff_case', column)
    op.create_table('department_desk',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('place_path', sa.String(), nullable=False),
    sa.Column('department', sa.String(), nullable=False),
    sa.Column('changed_at', UtcDateTime(), nullable=False),
    sa.Column('changed_by', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('place_id', 'department')
    )
    op.create_index('ix_department_desk_department', 'department_desk', ['department'])
    op.create_table('desk_keeper',
    sa.Column('desk_id', BigId, autoincrement=False, nullable=False),
    sa.Column('member_id', BigId, autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('desk_id', 'member_id')
    )
    op.create_table('duty_turn',
    sa.Column('place_id', BigId, autoincrement=False, nullable=False),
    sa.Column('day', sa.String(), nullable=False),
    sa.Column('member_id', BigId, autoincrement=False, nullable=False),
    sa.Column('set_by', sa.Integer(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('place_id', 'day', 'member_id')
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table('duty_turn')
    op.drop_table('desk_keeper')
    op.drop_index('ix_department_desk_department', 'department_desk')
    op.drop_table('department_desk')
    for name in ('reopened', 'rated_at', 'stars', 'talk', 'department', 'desk_id'):
        op.drop_column('handoff_case', name)
    op.drop_column('room', 'hush_until')
    op.drop_column('room', 'hush_from')
