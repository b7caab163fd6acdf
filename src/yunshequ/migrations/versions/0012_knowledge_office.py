"""The knowledge base as an office: review, working copies, links, departments with keepers"""

import sqlalchemy as sa
from alembic import op

from yunshequ.core.columns import BigId, UtcDateTime

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

NEW = (
    ('policy_no', sa.String(), ''), ('links', sa.JSON(), '[]'), ('overrides_id', sa.Integer(), None), ('author_id', sa.Integer(), None),
    ('pending', sa.JSON(), None), ('pending_state', sa.String(), None), ('submitted_at', UtcDateTime(), None), ('review_note', sa.String(), ''),
    ('published_at', UtcDateTime(), None), ('confirmed_at', UtcDateTime(), None), ('confirmed_by', sa.Integer(), None),
)


def upgrade() -> None:
    """Apply."""
    for name, kind, default in NEW:
        op.add_column('kb_entry', sa.Column(name, kind, nullable=default is None, server_default=default))
    for name in ('act', 'note'):
        op.add_column('kb_revision', sa.Column(name, sa.String(), nullable=False, server_default=''))
    op.create_index('ix_kb_entry_department', 'kb_entry', ['department'])
    op.create_index('ix_kb_entry_overrides', 'kb_entry', ['overrides_id'])
    op.create_table('kb_department',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('about', sa.String(), nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('place_path', sa.String(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('closed_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('place_id', 'name')
    )
    op.create_table('kb_keeper',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('department_id', sa.Integer(), nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('department_id', 'member_id')
    )
    op.create_index('ix_kb_keeper_member', 'kb_keeper', ['member_id'])
    # what is published counts as confirmed when it was last changed; the departments it names become departments of the district
    op.execute("UPDATE kb_entry SET published_at = changed_at, confirmed_at = changed_at, confirmed_by = changed_by WHERE state = 'published'")
    op.execute('UPDATE kb_entry SET author_id = changed_by')
    op.execute("""
        INSERT INTO kb_department (name, about, place_id, place_path, created_at)
        SELECT DISTINCT kb_entry.department, '', place.id, place.path, (SELECT MIN(created_at) FROM kb_entry)
        FROM kb_entry JOIN place ON kb_entry.place_path LIKE place.path || '%' AND place.parent_id IS NULL
        WHERE kb_entry.department <> ''""")


def downgrade() -> None:
    """Take back."""
    op.drop_index('ix_kb_keeper_member', 'kb_keeper')
    op.drop_table('kb_keeper')
    op.drop_table('kb_department')
    op.drop_index('ix_kb_entry_overrides', 'kb_entry')
    op.drop_index('ix_kb_entry_department', 'kb_entry')
    for name in ('note', 'act'):
        op.drop_column('kb_revision', name)
    for name, _kind, _default in reversed(NEW):
        op.drop_column('kb_entry', name)
