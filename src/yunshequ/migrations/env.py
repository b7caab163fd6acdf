"""Alembic's entry: online only, the URL comes from ``yunshequ.migrate``."""

from alembic import context
from sqlalchemy import create_engine

from yunshequ.core.database import sqlite_engine
from yunshequ.tables import metadata


def run() -> None:
    """Run migrations in one transaction."""
    url = context.config.attributes['url']
    sqlite = url.startswith('sqlite')
    engine = sqlite_engine(url, writing=True) if sqlite else create_engine(url)
    with engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=metadata, render_as_batch=sqlite, compare_type=False,
            include_name=lambda name, kind, _parents: kind != 'table' or not str(name).startswith('message_search'),
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
    engine.dispose()


run()
