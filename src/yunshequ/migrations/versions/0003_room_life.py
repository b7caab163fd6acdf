"""Room life: rules seen, entry by approval, reminders of notices, files; which message shows a picture"""

import json

import sqlalchemy as sa
from alembic import op

from yunshequ.core.columns import BigId, UtcDateTime

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. Who is in a room already has seen its rules."""
    op.add_column('room', sa.Column('rules_version', sa.Integer(), nullable=False, server_default='1'))
    op.add_column('room', sa.Column('asks', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column('room', sa.Column('question', sa.String(), nullable=False, server_default=''))
    op.add_column('room_member', sa.Column('rules_seen', sa.Integer(), nullable=False, server_default='1'))
    op.add_column('image', sa.Column('seq', sa.Integer(), nullable=True))
    op.create_index('ix_image_room', 'image', ['room_id', 'seq'])
    op.create_table('notice_reminder',
    sa.Column('room_id', BigId, autoincrement=False, nullable=False),
    sa.Column('seq', BigId, autoincrement=False, nullable=False),
    sa.Column('day', sa.String(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('due_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('room_id', 'seq', 'day')
    )
    op.create_table('entry_request',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('room_id', sa.Integer(), nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('token', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('nickname', sa.String(), nullable=False),
    sa.Column('room_no', sa.String(), nullable=False),
    sa.Column('relation', sa.String(), nullable=False),
    sa.Column('answer', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('granted', sa.Boolean(), nullable=False),
    sa.Column('asked_at', UtcDateTime(), nullable=False),
    sa.Column('decided_at', UtcDateTime(), nullable=True),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('room_id', 'member_id')
    )
    op.create_index('ix_entry_request_state', 'entry_request', ['state', 'room_id'])
    op.create_table('room_file',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('token', sa.String(), nullable=False),
    sa.Column('room_id', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('bytes', sa.Integer(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('token')
    )
    op.create_index('ix_room_file_room', 'room_file', ['room_id', 'seq'])
    _find_pictures()


def _find_pictures() -> None:
    """Note for each picture which message shows it."""
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT seq, payload FROM message WHERE kind = 'image' AND payload IS NOT NULL")).all()
    for seq, payload in rows:
        data = json.loads(payload) if isinstance(payload, str) else payload
        if data.get('image'):
            connection.execute(sa.text('UPDATE image SET seq = :seq WHERE token = :token'), {'seq': seq, 'token': data['image']})


def downgrade() -> None:
    """Take back."""
    op.drop_index('ix_room_file_room', 'room_file')
    op.drop_table('room_file')
    op.drop_index('ix_entry_request_state', 'entry_request')
    op.drop_table('entry_request')
    op.drop_table('notice_reminder')
    op.drop_index('ix_image_room', 'image')
    op.drop_column('image', 'seq')
    op.drop_column('room_member', 'rules_seen')
    op.drop_column('room', 'question')
    op.drop_column('room', 'asks')
    op.drop_column('room', 'rules_version')
