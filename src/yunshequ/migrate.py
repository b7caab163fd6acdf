"""Bringing a database to the newest schema, on SQLite and PostgreSQL alike."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from yunshequ.core.database import sqlite_engine

SCRIPTS = Path(__file__).parent / 'migrations'


def config(url: str) -> Config:
    """Return Alembic's configuration for a database."""
    result = Config()
    result.set_main_option('script_location', str(SCRIPTS))
    result.attributes['url'] = url
    return result


def upgrade(url: str) -> None:
    """Run what is missing, from empty to head."""
    command.upgrade(config(url), 'head')


def is_current(url: str) -> bool:
    """Tell whether the schema is the one this version was written for."""
    engine = sqlite_engine(url, writing=False) if url.startswith('sqlite') else create_engine(url)
    try:
        with engine.connect() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()
    return found == ScriptDirectory.from_config(config(url)).get_current_head()
