"""Identity: the roll's people, real names, checks by two, expiry and share of a residence, changes of households, acting for others"""

import sqlalchemy as sa
from alembic import op

from yunshequ.core.columns import BigId, UtcDateTime

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table('household') as table:
        table.add_column(sa.Column('merged_into', sa.Integer(), nullable=True))
    with op.batch_alter_table('household_member') as table:
        table.add_column(sa.Column('checked_until', UtcDateTime(), nullable=True))
        table.add_column(sa.Column('share', sa.Integer(), server_default='0', nullable=False))
    for name in ('ballot_named_vote', 'ballot_named_vote_entry'):
        with op.batch_alter_table(name) as table:
            table.add_column(sa.Column('helper_id', sa.Integer(), nullable=True))
    op.create_table('acting_consent',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('principal_id', sa.Integer(), nullable=False),
    sa.Column('helper_id', sa.Integer(), nullable=False),
    sa.Column('purposes', sa.JSON(), nullable=False),
    sa.Column('text_version', sa.String(), nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=True),
    sa.Column('proposed_by', sa.Integer(), nullable=True),
    sa.Column('confirmed_by', sa.Integer(), nullable=True),
    sa.Column('given_at', UtcDateTime(), nullable=True),
    sa.Column('valid_until', UtcDateTime(), nullable=False),
    sa.Column('withdrawn_at', UtcDateTime(), nullable=True),
    sa.Column('withdrawn_by', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_acting_consent_principal_id', 'acting_consent', ['principal_id'])
    op.create_index('ix_acting_consent_helper_id', 'acting_consent', ['helper_id'])
    op.create_table('acting_entry',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('principal_id', sa.Integer(), nullable=False),
    sa.Column('helper_id', sa.Integer(), nullable=False),
    sa.Column('purpose', sa.String(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('words', sa.String(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_acting_entry_principal_id', 'acting_entry', ['principal_id'])
    op.create_index('ix_acting_entry_helper_id', 'acting_entry', ['helper_id'])
    op.create_table('household_change',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('on_day', sa.String(), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('before', sa.JSON(), nullable=False),
    sa.Column('after', sa.JSON(), nullable=False),
    sa.Column('made_by', sa.Integer(), nullable=False),
    sa.Column('made_at', UtcDateTime(), nullable=False),
    sa.Column('undone_at', UtcDateTime(), nullable=True),
    sa.Column('undone_by', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_household_change_place_id', 'household_change', ['place_id'])
    op.create_table('roll_person',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('household_id', sa.Integer(), nullable=False),
    sa.Column('relation', sa.String(), nullable=False),
    sa.Column('name_mask', sa.String(), nullable=False),
    sa.Column('name_key', sa.String(), nullable=False),
    sa.Column('phone_key', sa.String(), nullable=True),
    sa.Column('tail_key', sa.String(), nullable=True),
    sa.Column('member_id', sa.Integer(), nullable=True),
    sa.Column('matched_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('household_id', 'name_key')
    )
    op.create_table('real_name',
    sa.Column('member_id', BigId, autoincrement=False, nullable=False),
    sa.Column('name_mask', sa.String(), nullable=False),
    sa.Column('name_key', sa.String(), nullable=False),
    sa.Column('number_key', sa.String(), nullable=True),
    sa.Column('how', sa.String(), nullable=False),
    sa.Column('verified_at', UtcDateTime(), nullable=False),
    sa.Column('valid_until', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('member_id'),
    sa.UniqueConstraint('number_key')
    )
    op.create_table('identity_check',
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('household_id', sa.Integer(), nullable=True),
    sa.Column('relation', sa.String(), nullable=True),
    sa.Column('share', sa.Integer(), nullable=False),
    sa.Column('residence_until', UtcDateTime(), nullable=True),
    sa.Column('papers', sa.JSON(), nullable=False),
    sa.Column('name_mask', sa.String(), nullable=False),
    sa.Column('name_key', sa.String(), nullable=False),
    sa.Column('number_key', sa.String(), nullable=False),
    sa.Column('proposed_by', sa.Integer(), nullable=False),
    sa.Column('proposed_at', UtcDateTime(), nullable=False),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.Column('decided_at', UtcDateTime(), nullable=True),
    sa.Column('confirmed', sa.Boolean(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_identity_check_place', 'identity_check', ['place_id'])
    op.create_index('ux_identity_check_open', 'identity_check', ['member_id'], unique=True,
                    sqlite_where=sa.text('decided_at IS NULL'), postgresql_where=sa.text('decided_at IS NULL'))


def downgrade() -> None:
    """Take back."""
    op.drop_table('identity_check')
    op.drop_table('real_name')
    op.drop_table('roll_person')
    op.drop_table('household_change')
    op.drop_table('acting_entry')
    op.drop_table('acting_consent')
    for name in ('ballot_named_vote_entry', 'ballot_named_vote'):
        with op.batch_alter_table(name) as table:
            table.drop_column('helper_id')
    with op.batch_alter_table('household_member') as table:
        table.drop_column('share')
        table.drop_column('checked_until')
    with op.batch_alter_table('household') as table:
        table.drop_column('merged_into')
