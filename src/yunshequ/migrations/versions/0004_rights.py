"""Rights over personal data: consents, copies, deletions, who looked, downloads for two persons"""

import sqlalchemy as sa
from alembic import op

from yunshequ.core.columns import BigId, UtcDateTime

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table('consent_entry',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('purpose', sa.String(), nullable=False),
    sa.Column('version', sa.String(), nullable=False),
    sa.Column('given', sa.Boolean(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_consent_entry_member', 'consent_entry', ['member_id', 'purpose', 'id'])
    op.create_table('data_export',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('token', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('bytes', sa.Integer(), nullable=False),
    sa.Column('asked_at', UtcDateTime(), nullable=False),
    sa.Column('expires_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('token')
    )
    op.create_index('ix_data_export_member', 'data_export', ['member_id', 'id'])
    op.create_table('deletion_request',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('asked_at', UtcDateTime(), nullable=False),
    sa.Column('due_at', UtcDateTime(), nullable=False),
    sa.Column('settled_at', UtcDateTime(), nullable=True),
    sa.Column('rules', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ux_deletion_request_waiting', 'deletion_request', ['member_id'], unique=True,
                    sqlite_where=sa.text("state = 'waiting'"), postgresql_where=sa.text("state = 'waiting'"))
    op.create_table('access_entry',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('what', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_access_entry_member', 'access_entry', ['member_id', 'id'])
    op.create_table('export_request',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('what', sa.String(), nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('purpose', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('asked_by', sa.Integer(), nullable=False),
    sa.Column('asked_at', UtcDateTime(), nullable=False),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.Column('decided_at', UtcDateTime(), nullable=True),
    sa.Column('refusal', sa.String(), nullable=False),
    sa.Column('expires_at', UtcDateTime(), nullable=True),
    sa.Column('taken_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_export_request_asker', 'export_request', ['asked_by', 'id'])
    op.create_index('ix_export_request_place', 'export_request', ['place_id', 'state'])
    # what was agreed to before there was a record of it: the mark of party members and the list of skills
    member = sa.table('member', sa.column('id'), sa.column('created_at'), sa.column('party_visible', sa.Boolean()), sa.column('skills'))
    consent = sa.table('consent_entry', *(sa.column(name) for name in ('member_id', 'purpose', 'version', 'given', 'at')))
    for purpose, agreed in (('party_mark', member.c.party_visible), ('volunteer_match', sa.cast(member.c.skills, sa.String()) != '[]')):
        op.execute(consent.insert().from_select(
            ['member_id', 'purpose', 'version', 'given', 'at'],
            sa.select(member.c.id, sa.literal(purpose), sa.literal('1'), sa.true(), member.c.created_at).where(agreed)))


def downgrade() -> None:
    """Take back."""
    for table in ('export_request', 'access_entry', 'deletion_request', 'data_export', 'consent_entry'):
        op.drop_table(table)
