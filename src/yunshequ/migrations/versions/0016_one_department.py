"""One department: who keeps its entries also answers its hand-offs, where it takes any. The desks of departments are gone"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from yunshequ.core.columns import BigId, UtcDateTime

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None

department = sa.table(
    'department', sa.column('id', BigId), sa.column('name'), sa.column('about'), sa.column('place_id'), sa.column('place_path'),
    sa.column('answers', sa.Boolean()), sa.column('hours', sa.JSON(none_as_null=True)), sa.column('created_at', UtcDateTime()),
    sa.column('closed_at', UtcDateTime()))
keeper = sa.table(
    'department_keeper', sa.column('id', BigId), sa.column('department_id'), sa.column('member_id'), sa.column('at', UtcDateTime()),
    sa.column('by'))
old_department = sa.table(
    'kb_department', sa.column('id', BigId), sa.column('name'), sa.column('about'), sa.column('place_id'), sa.column('place_path'),
    sa.column('created_at', UtcDateTime()), sa.column('closed_at', UtcDateTime()))
old_keeper = sa.table(
    'kb_keeper', sa.column('id', BigId), sa.column('department_id'), sa.column('member_id'), sa.column('at', UtcDateTime()), sa.column('by'))
desk = sa.table(
    'department_desk', sa.column('id', BigId), sa.column('place_id'), sa.column('place_path'), sa.column('department'),
    sa.column('changed_at', UtcDateTime()), sa.column('changed_by'))
desk_keeper = sa.table('desk_keeper', sa.column('desk_id'), sa.column('member_id'))
case = sa.table(
    'handoff_case', sa.column('id', BigId), sa.column('place_id'), sa.column('place_path'), sa.column('opened_at', UtcDateTime()),
    sa.column('desk_id'), sa.column('department'), sa.column('department_id'))

Row = dict[str, Any]


def upgrade() -> None:
    """Apply."""
    _make('department', 'department_keeper', answers=True)
    op.create_index('ix_department_name', 'department', ['name'])
    op.add_column('handoff_case', sa.Column('department_id', sa.Integer(), nullable=True))
    departments = [row | {'answers': False, 'hours': None} for row in _rows(old_department)]
    keepers = [{name: value for name, value in row.items() if name != 'id'} for row in _rows(old_keeper)]
    found = {(row['place_id'], row['name']): row for row in departments}

    def at(place_id: int, path: str, name: str, since: datetime, closed: datetime | None = None) -> Row:
        if (place_id, name) not in found:
            found[place_id, name] = {
                'id': max((row['id'] for row in departments), default=0) + 1, 'name': name, 'about': '', 'place_id': place_id,
                'place_path': path, 'answers': False, 'hours': None, 'created_at': since, 'closed_at': closed}
            departments.append(found[place_id, name])
        return found[place_id, name]

    answering = _rows(desk_keeper)
    by_desk: dict[int, Row] = {}
    for row in _rows(desk):
        its = by_desk[row['id']] = at(row['place_id'], row['place_path'], row['department'], row['changed_at'])
        its |= {'answers': True, 'closed_at': None}  # somebody answered there until now
        held = {one['member_id'] for one in keepers if one['department_id'] == its['id']}
        keepers += [
            {'department_id': its['id'], 'member_id': one['member_id'], 'at': row['changed_at'], 'by': row['changed_by']}
            for one in answering if one['desk_id'] == row['id'] and one['member_id'] not in held]
    moved: list[tuple[int, int]] = []
    for row in _rows(case):
        its = by_desk.get(row['desk_id']) if row['desk_id'] is not None else None
        if its is None and row['department']:  # its desk was closed since: the department of that name, else one that is closed
            near = [one for one in departments if one['name'] == row['department'] and row['place_path'].startswith(one['place_path'])]
            its = max(near, key=lambda one: len(one['place_path'])) if near else at(
                row['place_id'], row['place_path'], row['department'], row['opened_at'], row['opened_at'])
        if its is not None:
            moved.append((row['id'], its['id']))
    _put(department, departments)
    _put(keeper, keepers)
    _count_on('department')
    bind = op.get_bind()
    for case_id, department_id in moved:
        bind.execute(sa.update(case).where(case.c.id == case_id).values(department_id=department_id))
    for name in ('department', 'desk_id'):
        op.drop_column('handoff_case', name)
    op.drop_table('desk_keeper')
    op.drop_index('ix_department_desk_department', 'department_desk')
    op.drop_table('department_desk')
    op.drop_index('ix_kb_keeper_member', 'kb_keeper')
    op.drop_table('kb_keeper')
    op.drop_table('kb_department')


def downgrade() -> None:
    """Take back."""
    _make('kb_department', 'kb_keeper', answers=False)
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
    op.add_column('handoff_case', sa.Column('desk_id', sa.Integer(), nullable=True))
    op.add_column('handoff_case', sa.Column('department', sa.String(), server_default='', nullable=False))
    departments, keepers = _rows(department), _rows(keeper)
    answering = [row for row in departments if row['answers']]
    _put(old_department, [{name: value for name, value in row.items() if name not in {'answers', 'hours'}} for row in departments])
    _put(old_keeper, keepers)
    _put(desk, [
        {'id': row['id'], 'place_id': row['place_id'], 'place_path': row['place_path'], 'department': row['name'],
         'changed_at': datetime.now(UTC), 'changed_by': 0} for row in answering])
    held = {row['id'] for row in answering}
    _put(desk_keeper, [
        {'desk_id': one['department_id'], 'member_id': one['member_id']} for one in keepers if one['department_id'] in held])
    bind = op.get_bind()
    for row in departments:
        bind.execute(sa.update(case).where(case.c.department_id == row['id']).values(
            desk_id=row['id'] if row['id'] in held else None, department=row['name']))
    for name in ('kb_department', 'kb_keeper', 'department_desk'):
        _count_on(name)
    op.drop_column('handoff_case', 'department_id')
    op.drop_index('ix_department_keeper_member', 'department_keeper')
    op.drop_table('department_keeper')
    op.drop_index('ix_department_name', 'department')
    op.drop_table('department')


def _make(departments: str, keepers: str, *, answers: bool) -> None:
    """Create the two tables, under their new or old names."""
    more = [sa.Column('answers', sa.Boolean(), nullable=False), sa.Column('hours', sa.JSON(), nullable=True)] if answers else []
    op.create_table(departments,
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('about', sa.String(), nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('place_path', sa.String(), nullable=False),
    *more,
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('closed_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('place_id', 'name')
    )
    op.create_table(keepers,
    sa.Column('id', BigId, autoincrement=True, nullable=False),
    sa.Column('department_id', sa.Integer(), nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('department_id', 'member_id')
    )
    op.create_index(f'ix_{keepers}_member', keepers, ['member_id'])


def _rows(table: sa.TableClause) -> list[Row]:
    order = table.c.id if 'id' in table.c else table.c.member_id
    return [dict(row) for row in op.get_bind().execute(sa.select(table).order_by(order)).mappings()]


def _put(table: sa.TableClause, rows: Sequence[Row]) -> None:
    if rows:
        op.get_bind().execute(sa.insert(table), list(rows))


def _count_on(name: str) -> None:
    """Have PostgreSQL give ids after those that were brought along."""
    bind = op.get_bind()
    if bind.dialect.name == 'postgresql':
        newest = bind.scalar(sa.select(sa.func.coalesce(sa.func.max(sa.column('id')), 0)).select_from(sa.table(name)))
        bind.execute(sa.select(sa.func.setval(sa.func.pg_get_serial_sequence(name, 'id'), newest + 1, False)))
