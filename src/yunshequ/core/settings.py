"""Settings: every one can be given as an environment variable ``YUNSHEQU_<NAME>`` or in ``.env``.

docs/settings.md describes each; ``tests/unit/test_settings.py`` fails when one is missing there.
"""

import secrets
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """All that can be set. Defaults suit a pilot on one machine."""

    model_config = SettingsConfigDict(env_prefix='YUNSHEQU_', env_file='.env', extra='ignore')

    data_dir: Path = Field(Path('data'), description='Where the database, images, models and indexes are kept.')
    database_url: str = Field('', description='SQLAlchemy URL; empty: SQLite in data_dir. PostgreSQL: postgresql+psycopg://user@host/db')
    redis_url: str = Field('', description='Redis for several processes, e.g. redis://127.0.0.1:6379/0; empty: one process.')
    host: str = Field('0.0.0.0', description='Address to listen on.')  # noqa: S104 - phones in the same network must reach a pilot
    port: int = Field(8080, description='Port to listen on.')
    unix_socket: str = Field('', description='Path of a Unix socket to listen on instead of host and port: for a proxy on the same machine.')
    base_url: str = Field('', description='Address that QR codes and links carry, e.g. https://sq.example.cn; empty: as the visitor called us.')
    node: str = Field('', description='Name of this process behind a sticky proxy; shown to the proxy in the socket address.')
    behind_proxy: bool = Field(False, description='Trust X-Forwarded-* headers: set when nginx or the like stands in front.')
    secure_cookies: bool = Field(False, description='Send cookies over HTTPS only: set when the site is served over HTTPS.')
    secret: str = Field('', description='Key for hashes and signatures, 32 random bytes or more; empty: made once and kept in data_dir/secret.')
    demo: bool = Field(False, description='Show demo accounts and one-time codes on the login page. Never set with real people.')
    locale: Literal['zh-CN', 'en'] = Field('zh-CN', description='Language until a person chooses another.')
    log_level: str = Field('INFO', description='DEBUG, INFO, WARNING or ERROR.')
    log_json: bool = Field(False, description='Write log lines as JSON.')
    session_days: int = Field(90, description='Days a login lasts without use.')
    reconnect_seconds: float = Field(60.0, description='Seconds a page is kept for a phone that lost its signal.')
    upload_max_mb: int = Field(12, description='Largest picture accepted, in MiB.')
    file_max_mb: int = Field(20, description='Largest document accepted in a room, in MiB.')
    encoder: str = Field('packaged', description='"packaged", a folder, or a Hugging Face name of a sentence-transformers model.')
    reranker: str = Field('', description='Folder or Hugging Face name of a cross-encoder that looks at the best candidates again; empty: none.')
    encoder_threads: int = Field(1, description='CPU threads the model may use.')
    assistant: bool = Field(True, description='Load the model and let 小栖 answer by meaning; without it rooms work and say so.')
    knowledge_review: Literal['two', 'one'] = Field(
        'two', description='Whether a second keeper looks at an answer before 小栖 tells it (two), or its writer may publish it (one).')
    knowledge_confirm_days: int = Field(
        180, ge=7, description="Days after which an answer that nobody confirmed is told with a reserve and lies on its owner's desk.")
    knowledge_ahead_days: int = Field(
        14, ge=1, description='Days before its end from which an answer says so, and before a deadline from which it lies on a desk.')
    second_factor: Literal['office', 'off'] = Field(
        'office', description='Whether people in office give a code of an authenticator app when they log in; the demo never asks.')
    sms: Literal['console', 'http'] = Field('console', description='How one-time codes leave: printed in the log (demo), or HTTP POST to sms_url.')
    sms_url: str = Field('', description='Address of the HTTP text-message gateway.')
    sms_token: str = Field('', description='Bearer token for the text-message gateway.')

    def resolved_database_url(self) -> str:
        """Return the URL in force."""
        return self.database_url or f'sqlite:///{self.data_dir.resolve() / "yunshequ.db"}'

    def secret_key(self) -> bytes:
        """Return the key for hashes and signatures, making one on first use."""
        if self.secret:
            return self.secret.encode()
        path = self.data_dir / 'secret'
        if not path.exists():
            self.data_dir.mkdir(parents=True, exist_ok=True)
            path.write_text(secrets.token_hex(32))
            path.chmod(0o600)
        return path.read_text().strip().encode()
