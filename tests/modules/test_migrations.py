"""Empty → head gives exactly the tables the code was written for, on both databases, and back again."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect

from yunshequ.migrate import config, is_current, upgrade
from yunshequ.tables import metadata


def test_head_equals_the_models(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={
            'include_name': lambda name, kind, _parents: kind != 'table' or not str(name).startswith('message_search')})
        differences = compare_metadata(context, metadata)
        assert 'message_search' in inspect(connection).get_table_names()
    engine.dispose()
    assert differences == []
    assert is_current(database_url)


def test_down_and_up_again(database_url: str) -> None:
    command.downgrade(config(database_url), 'base')
    assert not is_current(database_url)
    upgrade(database_url)
    assert is_current(database_url)


AT = datetime(2026, 11, 2, 1, tzinfo=UTC)


def put(connection: Connection, table: str, *rows: dict[str, Any]) -> None:
    """Insert rows into a table as it is at this revision; what they leave out is empty, nought or an instant."""
    held = sa.Table(table, sa.MetaData(), autoload_with=connection)
    blank = {int: 0, str: '', datetime: AT, bool: False, dict: [], list: []}
    for row in rows:
        needed = {column.name: blank[column.type.python_type] for column in held.columns
                  if not column.nullable and not column.primary_key and column.server_default is None}
        connection.execute(held.insert().values(needed | row))


def test_desks_and_departments_become_one(database_url: str) -> None:
    """Whoever answered goes on answering, whoever wrote goes on writing; cases, also those of desks that are gone, keep their department."""
    command.downgrade(config(database_url), '0014')
    engine = create_engine(database_url)
    with engine.begin() as connection:
        put(connection, 'kb_department', *(
            {'id': key, 'name': name, 'about': about, 'place_id': 1, 'place_path': '/1/', 'created_at': AT}
            for key, name, about in ((3, '社保', '参保'), (5, '住建', ''))))
        put(connection, 'kb_keeper', {'department_id': 3, 'member_id': 21, 'at': AT, 'by': 9}, {'department_id': 5, 'member_id': 22, 'at': AT})
        put(connection, 'department_desk', *(
            {'id': key, 'place_id': place, 'place_path': path, 'department': name, 'changed_at': AT, 'changed_by': 9}
            for key, place, path, name in ((1, 1, '/1/', '社保'), (2, 4, '/1/2/4/', '住建'))))
        put(connection, 'desk_keeper', *({'desk_id': key, 'member_id': member} for key, member in ((1, 21), (1, 31), (2, 32))))
        put(connection, 'handoff_case', *(
            {'room_id': room, 'place_id': 4, 'place_path': '/1/2/4/', 'asker_id': 50, 'question': '', 'state': 'closed', 'opened_at': AT,
             'due_at': AT, 'closed_at': AT, 'stars': room, 'desk_id': key, 'department': name}
            for room, key, name in ((1, 1, '社保'), (2, 2, '住建'), (3, None, ''), (4, 77, '社保'), (5, 78, '老龄办'))))
    engine.dispose()
    upgrade(database_url)
    with engine.begin() as connection:
        departments = connection.execute(sa.text(
            'SELECT id, name, place_path, about, answers, hours IS NULL, closed_at IS NULL FROM department ORDER BY id')).all()
        assert [tuple(row) for row in departments] == [
            (3, '社保', '/1/', '参保', True, True, True), (5, '住建', '/1/', '', False, True, True),
            (6, '住建', '/1/2/4/', '', True, True, True), (7, '老龄办', '/1/2/4/', '', False, True, False)]
        keepers = connection.execute(sa.text('SELECT department_id, member_id FROM department_keeper ORDER BY department_id, member_id')).all()
        assert [tuple(row) for row in keepers] == [(3, 21), (3, 31), (5, 22), (6, 32)]
        cases = connection.execute(sa.text('SELECT stars, department_id FROM handoff_case ORDER BY stars')).all()
        assert [tuple(row) for row in cases] == [(1, 3), (2, 6), (3, None), (4, 3), (5, 7)]
        put(connection, 'department', {'name': '残联', 'about': '', 'place_id': 1, 'place_path': '/1/', 'answers': False, 'created_at': AT})
        assert connection.scalar(sa.text("SELECT id FROM department WHERE name = '残联'")) == 8  # ids go on after those brought along
    engine.dispose()
    command.downgrade(config(database_url), '0014')
    with engine.begin() as connection:
        assert connection.execute(sa.text('SELECT department FROM department_desk ORDER BY id')).scalars().all() == ['社保', '住建']
        assert connection.scalar(sa.text('SELECT COUNT(*) FROM desk_keeper')) == 3
        assert connection.execute(sa.text('SELECT department FROM handoff_case ORDER BY stars')).scalars().all() == ['社保', '住建', '', '社保', '老龄办']
    engine.dispose()
    upgrade(database_url)
