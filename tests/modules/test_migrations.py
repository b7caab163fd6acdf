"""Empty → head gives exactly the tables the code was written for, on both databases, and back again."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect

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
